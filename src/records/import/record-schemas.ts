import Type, { type Static, type TSchema } from 'typebox'

/*
 * What a record looks like, once for files and for what is pushed: columns of a CSV, keys of a line of JSON, bodies of
 * the API. docs/importing.md and the templates are made from it. A column `numbers.1.number` is the first of a list.
 */

const strict = { additionalProperties: false } as const
const text = (max: number, description: string) => Type.String({ minLength: 1, maxLength: max, description })
const TIME = 'as `2026-03-01T14:05:00Z` or with an offset; a date alone is its first moment, UTC'
const time = (description: string) =>
  Type.String({ minLength: 10, maxLength: 35, description: `${description}, ${TIME}` })

const KEY = {
  record_key: text(120, 'What the source itself calls the record: by it the record is written again and taken away')
}
const AS_OF = { as_of: Type.Optional(time('When the source knew it so')) }

const PLACE = {
  latitude: Type.Optional(Type.Number({ minimum: -90, maximum: 90, description: 'WGS84 degrees' })),
  longitude: Type.Optional(Type.Number({ minimum: -180, maximum: 180, description: 'WGS84 degrees' })),
  easting: Type.Optional(
    Type.Number({ minimum: 0, maximum: 700_000, description: 'National Grid, metres, in place of degrees' })
  ),
  northing: Type.Optional(Type.Number({ minimum: 0, maximum: 1_300_000, description: 'National Grid, metres' }))
}

const ADDRESS = {
  record_key: Type.Optional(
    text(120, 'What the source calls the address; without it the address is known by its text')
  ),
  ...PLACE
}

export const PersonRecord = Type.Object(
  {
    ...KEY,
    name: text(200, 'As it is shown'),
    born: Type.Optional(
      Type.String({
        pattern: '^\\d{4}(-\\d{2}(-\\d{2})?)?$',
        description: 'Date of birth, or its year, or year and month'
      })
    ),
    ...AS_OF,
    numbers: Type.Optional(
      Type.Array(
        Type.Object(
          {
            number: text(40, 'Telephone number, as +447700900123 or 07700 900123'),
            relation: Type.Optional(text(40, 'How the person is known by it: mobile, home, work; `known` unless said')),
            address: Type.Optional(
              Type.Integer({ minimum: 1, maximum: 20, description: 'Which of the addresses below it rings at, from 1' })
            ),
            as_of: Type.Optional(time('When it was known; that of the record unless said'))
          },
          strict
        ),
        { maxItems: 20, description: 'All numbers of the person: one that is not here any more is taken away' }
      )
    ),
    addresses: Type.Optional(
      Type.Array(
        Type.Object(
          {
            ...ADDRESS,
            text: text(300, 'The address in one line, its postcode last'),
            relation: Type.Optional(text(40, 'lives, works, visits …; `lives` unless said')),
            as_of: Type.Optional(time('When it was known; that of the record unless said')),
            until: Type.Optional(time('When the person moved out'))
          },
          strict
        ),
        { maxItems: 20, description: 'All addresses of the person, likewise' }
      )
    )
  },
  strict
)

export const MarkerRecord = Type.Object(
  {
    ...KEY,
    kind: Type.String({
      pattern: '^[a-z][a-z0-9-]{1,39}$',
      description: 'What is warned of, as `firearms` or `domestic-abuse-high-risk`'
    }),
    text: Type.Optional(Type.String({ maxLength: 1_000, description: 'What the handler reads' })),
    grade: Type.Optional(text(40, 'How far the source is trusted, as it grades itself')),
    made_at: time('When the warning was made'),
    review_at: Type.Optional(time('When it is to be looked at again')),
    expires_at: Type.Optional(time('When it holds no longer; it is then shown as expired')),
    ...AS_OF,
    person: Type.Optional(text(120, 'Of whom: the record_key of a person of this source that is on record')),
    number: Type.Optional(text(40, 'Or of which telephone number')),
    address: Type.Optional(
      Type.Object(
        {
          ...ADDRESS,
          text: Type.Optional(text(300, 'The address in one line; may be left out where its record_key is on record'))
        },
        { ...strict, description: 'Or of which address: exactly one of the three' }
      )
    )
  },
  strict
)

export const CrimeRecord = Type.Object(
  {
    ...KEY,
    category: text(60, 'A category of data.police.uk, as `burglary` or `Burglary`; others are kept as they are called'),
    happened_at: time('When it happened'),
    location: Type.Optional(Type.String({ maxLength: 200, description: 'The place in words' })),
    ...PLACE,
    outcome: Type.Optional(text(200, 'What came of it')),
    ...AS_OF
  },
  strict
)

export const IncidentRecord = Type.Object(
  {
    ...KEY,
    reference: text(60, 'Its number, as people say it'),
    type: text(60, 'What it is, as the force codes it'),
    status: Type.Union([Type.Literal('open'), Type.Literal('closed')], {
      description: 'Only an open one is shown as nearby'
    }),
    opened_at: time('When it was opened'),
    closed_at: Type.Optional(time('When it was closed')),
    grade: Type.Optional(text(40, 'Its grade, as the force has them')),
    summary: Type.Optional(Type.String({ maxLength: 1_000, description: 'In a sentence or two' })),
    ...PLACE,
    radius_metres: Type.Optional(
      Type.Number({ minimum: 0, maximum: 100_000, description: 'How far the place may be off' })
    ),
    ...AS_OF
  },
  strict
)

export const UnitRecord = Type.Object(
  {
    ...KEY,
    kind: text(40, 'response, neighbourhood, roads, dogs, armed …'),
    skills: Type.Optional(Type.Array(text(40, 'A skill'), { maxItems: 40, description: 'What its crew can do' })),
    base: Type.Optional(text(120, 'The station it works from')),
    ...PLACE,
    crew: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: 'How many are in it; 1 unless said' })),
    ...AS_OF
  },
  strict
)

/** A record that the source has no longer. */
export const Tombstone = Type.Object(
  { ...KEY, deleted: Type.Literal(true, { description: 'It is taken away' }) },
  strict
)

export type PersonRecord = Static<typeof PersonRecord>
export type MarkerRecord = Static<typeof MarkerRecord>
export type CrimeRecord = Static<typeof CrimeRecord>
export type IncidentRecord = Static<typeof IncidentRecord>
export type UnitRecord = Static<typeof UnitRecord>

export const RECORD_SCHEMAS = {
  crimes: CrimeRecord,
  people: PersonRecord,
  markers: MarkerRecord,
  incidents: IncidentRecord,
  units: UnitRecord
} as const satisfies Record<string, TSchema>

export type RecordKind = keyof typeof RECORD_SCHEMAS
export const RECORD_KINDS = Object.keys(RECORD_SCHEMAS) as readonly RecordKind[]
