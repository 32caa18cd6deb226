import Type from 'typebox'

const strict = { additionalProperties: false } as const

/** Of `sip` in config-schema.ts: where a force puts drachtio-servers in front. */
export const DrachtioConfig = Type.Object(
  {
    servers: Type.Array(
      Type.Object(
        {
          host: Type.String({ minLength: 1, maxLength: 255, description: 'Where its admin port is reached' }),
          port: Type.Integer({ minimum: 1, maximum: 65_535, default: 9022, description: 'Its admin port' })
        },
        strict
      ),
      { minItems: 1, maxItems: 16, description: 'Each drachtio-server whose calls come here' }
    ),
    secretFile: Type.String({ description: 'File with the admin secret of these servers; others may not read it' })
  },
  strict
)
