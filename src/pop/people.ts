import Type, { type Static } from 'typebox'
import { PanelItem } from './pop.ts'

/* What a handler who looks for a person is answered. */

const text = (maxLength: number) => Type.String({ maxLength })
const at = Type.Number({ description: 'Epoch ms' })

export const FoundPerson = Type.Object({
  person: text(20),
  name: text(300),
  born: Type.Optional(text(40)),
  /** Whose record it is. */
  force: text(40),
  source: text(80),
  asOf: at,
  /** Where they are now, as far as a record says. */
  address: Type.Optional(text(300)),
  /** Warnings held of them. */
  markers: Type.Integer({ minimum: 0 })
})
export type FoundPerson = Static<typeof FoundPerson>

export const FoundPeople = Type.Object({
  people: Type.Array(FoundPerson, { maxItems: 20 }),
  /** There are others beyond these. */
  more: Type.Boolean()
})
export type FoundPeople = Static<typeof FoundPeople>

const NullableAt = Type.Union([at, Type.Null()])

export const PersonWords = Type.Object({
  ...FoundPerson.properties,
  addresses: Type.Array(Type.Object({ text: text(300), relation: text(300), asOf: at, untilAt: NullableAt }), {
    maxItems: 10
  }),
  markerList: Type.Array(
    Type.Object({
      kind: text(80),
      /** The kind in words. */
      title: text(80),
      text: text(1_000),
      source: text(80),
      grade: Type.Union([text(80), Type.Null()]),
      madeAt: at,
      reviewAt: NullableAt,
      expiresAt: NullableAt
    }),
    { maxItems: 50 }
  )
})
export type PersonWords = Static<typeof PersonWords>

/** Contacts of a call's numbers that its panel had no room for. */
export const OlderContacts = Type.Object({
  items: Type.Array(PanelItem, { maxItems: 20 }),
  /** How many there are beyond these. */
  more: Type.Integer({ minimum: 0 })
})
export type OlderContacts = Static<typeof OlderContacts>

/** One meaning of what a handler typed of a caller's place. */
export const TypedPlaceWords = Type.Object({
  /** By which it is chosen. */
  place: text(80),
  title: text(300),
  /** How the words were read. */
  method: text(40),
  radiusMetres: Type.Number({ minimum: 0 }),
  gridReference: text(20),
  near: Type.Optional(text(120))
})
export type TypedPlaceWords = Static<typeof TypedPlaceWords>
export const TypedPlaces = Type.Object({ places: Type.Array(TypedPlaceWords, { maxItems: 20 }) })
export type TypedPlaces = Static<typeof TypedPlaces>
