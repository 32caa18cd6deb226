import Type, { type Static } from 'typebox'
import { CALLER_SETTINGS } from './caller-schema.ts'
import { CRIME_SETTINGS } from './crimes-schema.ts'
import { IncidentsConfig } from './incidents-schema.ts'

const strict = { additionalProperties: false } as const
const ms = (standard: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: 600_000, default: standard, description })

/** How long each source has, and how much of what it knows is shown. */
export const LookupsConfig = Type.Object(
  {
    historyDeadlineMs: ms(1_500, 'After this the history panel says late'),
    identityDeadlineMs: ms(1_500, 'After this the identity panel says late'),
    locationDeadlineMs: ms(1_500, 'After this the location panel says late'),
    incidentsDeadlineMs: ms(
      2_500,
      'After this the panel of incidents nearby says late; it waits for the place first, so it is longer than `locationDeadlineMs`'
    ),
    notesDeadlineMs: ms(1_500, 'After this the notes of a call say late'),
    unitsDeadlineMs: ms(
      2_500,
      'After this the panel of units says late; it waits for the place first, so it is longer than `locationDeadlineMs`'
    ),
    lateAnswerMs: ms(
      10_000,
      'An answer of a built-in source that comes after its deadline still goes onto the panel until so long after the question'
    ),
    ...CALLER_SETTINGS,
    ...CRIME_SETTINGS,
    incidents: IncidentsConfig
  },
  { ...strict, default: {} }
)
export type LookupsConfig = Static<typeof LookupsConfig>
