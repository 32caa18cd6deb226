import Type from 'typebox'

/** Lines that fall silent; a section of config-schema.ts. */
export const QuietLineConfig = Type.Object(
  {
    isWatched: Type.Boolean({
      default: true,
      description: 'Lines of trunks that carry 999 are told of when they are quieter than ever at this hour'
    }),
    minMs: Type.Integer({
      minimum: 10_000,
      maximum: 3_600_000,
      default: 30_000,
      description: 'No shorter silence of a line is told'
    }),
    maxMs: Type.Integer({
      minimum: 600_000,
      maximum: 604_800_000,
      default: 86_400_000,
      description: 'A longer one always, of a line that ever had a call'
    })
  },
  { additionalProperties: false, default: {} }
)

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
