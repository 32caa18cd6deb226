import Type, { type Static } from 'typebox'

const count = Type.Integer({ minimum: 0 })
/** As 2025-10. */
const month = Type.String({ minLength: 7, maxLength: 7 })

const CrimeSource = Type.Object({
  force: Type.String({ maxLength: 40 }),
  source: Type.String({ maxLength: 80 }),
  /** Snapped to points and weeks late; else a force's own, with a true place and time. */
  published: Type.Boolean(),
  /** The latest month it has crimes of. */
  reachesTo: month,
  /** The last of the twelve months that are counted; of these `months` are held. */
  windowTo: month,
  months: count,
  /** Of how many of them the same month a year before is held too: `paired` and `before` are of these. */
  pairedMonths: count,
  count,
  paired: count,
  before: count,
  categories: Type.Array(
    Type.Object({
      category: Type.String({ maxLength: 80 }),
      label: Type.String({ maxLength: 80 }),
      count,
      paired: count,
      before: count
    }),
    { maxItems: 20 }
  )
})

/** What the panel `crimes` says beside the crimes it lists. */
export const CrimeSummary = Type.Object({
  /** The place it is around, by whose word, and how far off that may be; 0 where its source says nothing of that. */
  around: Type.Object({ source: Type.String({ maxLength: 40 }), confirmed: Type.Boolean(), offMetres: Type.Number() }),
  radiusMetres: Type.Number(),
  /** The caller may be anywhere in that circle, or beyond it. */
  areaView: Type.Boolean(),
  /** Of this address and street: how many of the listed are, and of how many days. */
  here: Type.Optional(
    Type.Object({
      count,
      /** There may be more than `count`. */
      atLeast: Type.Optional(Type.Boolean()),
      days: count,
      metres: Type.Number(),
      street: Type.Optional(Type.String({ maxLength: 80 }))
    })
  ),
  /** Why nothing is said of this address; absent when something is. */
  notHere: Type.Optional(Type.Union([Type.Literal('place-too-coarse'), Type.Literal('published-only')])),
  sources: Type.Array(CrimeSource, { maxItems: 8 }),
  /** For a map: points with how many crimes of the twelve months are there, the most first. */
  spots: Type.Array(
    Type.Object({
      easting: Type.Number(),
      northing: Type.Number(),
      /** A point that crimes are snapped to; else the middle of a square of a force's own. */
      published: Type.Optional(Type.Boolean()),
      count
    }),
    { maxItems: 20 }
  )
})
export type CrimeSummary = Static<typeof CrimeSummary>
