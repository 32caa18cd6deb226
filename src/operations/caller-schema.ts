import Type from 'typebox'

const metres = (standard: number, maximum: number, description: string) =>
  Type.Integer({ minimum: 5, maximum, default: standard, description })

/** What is shown of callers, and of warnings: part of `lookups`. */
export const CALLER_SETTINGS = {
  warningsDeadlineMs: Type.Integer({
    minimum: 1,
    maximum: 600_000,
    default: 1_500,
    description: 'After this the warnings panel says late'
  }),
  warningsNearMetres: metres(
    50,
    500,
    'Warnings of addresses within so many metres of the caller’s place are shown; of a place that is less certain, within its radius'
  ),
  warningsCoarseMetres: metres(
    100,
    1_000,
    'A place known only to within more metres than this brings no warnings of addresses, and the panel says so'
  ),
  historyItems: Type.Integer({ minimum: 1, maximum: 20, default: 20, description: 'Earlier contacts shown' })
}
