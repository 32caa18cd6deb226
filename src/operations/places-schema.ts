import Type from 'typebox'

/** Files of Ordnance Survey that a place is said with; a section of config-schema.ts. */
export const PlacesConfig = Type.Object(
  {
    codePointOpen: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 4_096,
        description:
          'Folder with the files of Code-Point Open (`.csv` or `.csv.gz`): a fix is shown with the nearest postcode, and the address of a fixed line becomes a place by its postcode'
      })
    ),
    openNames: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 4_096,
        description: 'Folder with the files of OS Open Names, likewise: a fix is shown with the nearest place'
      })
    ),
    ostn15: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 4_096,
        description:
          'Ordnance Survey’s OSTN15 as text, may be packed as `.gz`: the National Grid to the millimetre; without it within 5 m'
      })
    )
  },
  { additionalProperties: false, default: {} }
)
