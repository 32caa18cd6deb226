import Type, { type Static } from 'typebox'

const strict = { additionalProperties: false } as const
const hours = (standard: number | undefined, description: string) =>
  Type.Integer({
    ...{ minimum: 1, maximum: 720, description },
    ...(standard === undefined ? {} : { default: standard })
  })

/** Which open incidents may be the one that a caller speaks of. */
export const IncidentsConfig = Type.Object(
  {
    metres: Type.Integer({
      minimum: 10,
      maximum: 20_000,
      default: 1_000,
      description: 'Open incidents as near as this to the circle in which the caller is'
    }),
    coarseMetres: Type.Integer({
      minimum: 50,
      maximum: 20_000,
      default: 2_000,
      description: 'A place that is less sure than this, or known by its radio cell only, is too coarse to say'
    }),
    hours: hours(24, 'Opened within this time'),
    hoursByType: Type.Array(
      Type.Object(
        {
          type: Type.String({ minLength: 1, maxLength: 80, description: 'How the type of an incident begins' }),
          hours: hours(undefined, 'Opened within this time, for incidents of this type')
        },
        strict
      ),
      {
        maxItems: 100,
        default: [],
        description: 'Other times for some types: a collision is cleared in hours, a missing person is not'
      }
    )
  },
  { ...strict, default: {} }
)
export type IncidentsConfig = Static<typeof IncidentsConfig>
