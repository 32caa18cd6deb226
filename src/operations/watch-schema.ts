import Type from 'typebox'

/** Test calls a gateway places to itself; a section of config-schema.ts. */
export const SyntheticConfig = Type.Object(
  {
    everyMs: Type.Integer({
      minimum: 0,
      maximum: 600_000,
      default: 30_000,
      description:
        'A test call goes the whole way through this gateway, from its SIP port to a pop on a socket, this long after the last; 0: none'
    })
  },
  { additionalProperties: false, default: {} }
)
