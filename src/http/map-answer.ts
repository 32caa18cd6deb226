import Type, { type Static } from 'typebox'

/** What a page needs to know of the map. Every address is one of ours. */
export const MapAnswer = Type.Object({
  kind: Type.String(),
  attribution: Type.String(),
  layers: Type.Array(
    Type.Object({
      url: Type.String(),
      shows: Type.String(),
      projection: Type.String(),
      label: Type.Optional(Type.String())
    })
  ),
  tiles: Type.Optional(
    Type.Object({
      url: Type.String(),
      projection: Type.String(),
      tilePixels: Type.Integer(),
      origin: Type.Array(Type.Number(), { minItems: 2, maxItems: 2 }),
      resolutions: Type.Array(Type.Number())
    })
  )
})
export type MapAnswer = Static<typeof MapAnswer>
