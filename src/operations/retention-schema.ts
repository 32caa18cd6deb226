import Type from 'typebox'

/*
 * How long the record keeps what; a section of config-schema.ts, and the same once more for each force that keeps it for
 * another time.
 */

/** Each with its standard in months and what it is about. */
const KEPT = {
  contactsMonths: [
    84,
    'Calls, with who was given and took them, their places, links to incidents and closed ledger entry'
  ],
  journalMonths: [24, 'What the switches told of each call, event by event'],
  locationFixesMonths: [24, 'Places of callers that came later than the call'],
  deliveriesMonths: [24, 'Which screen received and showed a call, who had it and wrote it up'],
  ledgerMonths: [84, 'Entries of the ledger, from when they were closed'],
  incidentsMonths: [84, 'Incidents that are closed and that no kept call led to'],
  markersMonths: [84, 'Warnings, from the last of their dates'],
  peopleMonths: [84, 'People, addresses and their numbers, from the last time that anything referred to them'],
  crimesMonths: [36, 'Crimes'],
  searchesMonths: [84, 'Who looked for whom in the record'],
  disclosuresMonths: [84, 'Who exported, printed, read along or replayed which call']
} as const satisfies Readonly<Record<string, readonly [number, string]>>

export type RetentionKey = keyof typeof KEPT
export type RetentionMonths = Readonly<Record<RetentionKey, number>>

const RANGE = { minimum: 1, maximum: 1_200 } as const

function eachKept<T>(make: (standard: number, description: string) => T): Record<RetentionKey, T> {
  const made = Object.entries(KEPT).map(([key, [standard, of]]) => [key, make(standard, `${of}: kept this long`)])
  return Object.fromEntries(made) as Record<RetentionKey, T>
}

/** Beside the other settings of a force. */
export const FORCE_RETENTION_SETTINGS = {
  retention: Type.Optional(
    Type.Object(
      eachKept((_, description) => Type.Optional(Type.Integer({ ...RANGE, description }))),
      { additionalProperties: false }
    )
  )
}

export const RetentionConfig = Type.Object(
  {
    ...eachKept((standard, description) => Type.Integer({ ...RANGE, default: standard, description })),
    isOn: Type.Boolean({
      default: true,
      description: 'What is older is deleted every night; false: only by `callbox retention run`'
    }),
    fromHour: Type.Integer({
      minimum: 0,
      maximum: 23,
      default: 2,
      description: 'The hour, UTC, from which a gateway deletes what is due'
    })
  },
  { additionalProperties: false, default: {} }
)
