import Type, { type Static } from 'typebox'

const ReaderConfig = Type.Object(
  {
    force: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,39}$', description: 'Whose desks it is told of' }),
    name: Type.String({ minLength: 1, maxLength: 60, description: 'Which system routes calls, for the log' }),
    tokenFile: Type.String({
      minLength: 1,
      maxLength: 4_096,
      description:
        'File with its bearer token, 32 characters or more, or two, a line each, while it is changed; others may not read it'
    })
  },
  { additionalProperties: false }
)
export type RoutingReaderConfig = Static<typeof ReaderConfig>

/** Whoever routes calls to desks and may ask which of them have a screen that answers; a section of config-schema.ts. */
export const RoutingConfig = Type.Object(
  {
    readers: Type.Array(ReaderConfig, {
      maxItems: 60,
      default: [],
      description: 'Who may ask `/api/v1/desks`; without any nobody may'
    }),
    asksPerSecond: Type.Integer({
      minimum: 1,
      maximum: 1_000,
      default: 20,
      description: 'Questions a second of each reader, twice as many at once; over it they are told to come again'
    })
  },
  { additionalProperties: false, default: {} }
)
