import Type, { type Static } from 'typebox'

/** Beside the other settings of a force: how its records are known when they come in. */
export const FORCE_RECORD_SETTINGS = {
  publishedAs: Type.Array(Type.String({ minLength: 1, maxLength: 80 }), {
    maxItems: 20,
    default: [],
    description:
      'What data.police.uk and files of boundaries call the force, beside its id and name, as `Hampshire`; case, spaces, hyphens and a `Police` or `Constabulary` at the end do not matter'
  }),
  areaFile: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 4_096,
      description:
        'GeoJSON (WGS84) with the area of the force: crimes that are imported with a place outside of it are flagged. What is not absolute is beside the config file'
    })
  )
}

const id = (description: string) => Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,39}$', description })

const SenderConfig = Type.Object(
  {
    force: id('Whose records it sends'),
    source: Type.String({
      minLength: 1,
      maxLength: 60,
      description: 'What its system is called, as handlers read it; its records are its own, and no other sender’s'
    }),
    kinds: Type.Array(
      Type.Union([
        Type.Literal('crimes'),
        Type.Literal('people'),
        Type.Literal('markers'),
        Type.Literal('incidents'),
        Type.Literal('units')
      ]),
      { minItems: 1, maxItems: 5, description: 'What it may send' }
    ),
    tokenFile: Type.String({
      minLength: 1,
      maxLength: 4_096,
      description:
        'File with its bearer token, 32 characters or more, or two, a line each, while it is changed; others may not read it'
    })
  },
  { additionalProperties: false }
)

/** Systems of the forces that send their records; a section of config-schema.ts. */
export const RecordsConfig = Type.Object(
  {
    senders: Type.Array(SenderConfig, {
      maxItems: 200,
      default: [],
      description: 'Who may post to `/api/v1/records/…`; without any nothing is taken there'
    }),
    batchesPerSecond: Type.Integer({
      minimum: 1,
      maximum: 1_000,
      default: 10,
      description: 'Batches a second of each sender, twice as many at once; over it they are told to come again'
    })
  },
  { additionalProperties: false, default: {} }
)

export type SenderConfig = Static<typeof SenderConfig>
