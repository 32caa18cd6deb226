import Type from 'typebox'

/** The section `worker` of config-schema.ts. */
export const WorkerConfig = Type.Object(
  {
    inGateway: Type.Boolean({
      default: true,
      description:
        'A gateway runs lookups in its own process. false: `callbox worker` processes do, and a gateway only while none of them takes jobs'
    }),
    host: Type.String({ default: '127.0.0.1', description: 'Address on which `callbox worker` says how it is' }),
    port: Type.Integer({
      minimum: 0,
      maximum: 65_535,
      default: 8_090,
      description: 'Its port for /livez, /readyz and /metrics; 0 takes any free one'
    })
  },
  { additionalProperties: false, default: {} }
)
