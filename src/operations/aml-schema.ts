import Type from 'typebox'

/** Advanced Mobile Location that is posted to us; a section of config-schema.ts. */
export const AmlConfig = Type.Object(
  {
    keyFile: Type.Optional(
      Type.String({
        description:
          'File with the key that signs what is posted to `/api/v1/aml`, or two, a line each, while it is changed; without it nothing is taken there. In the United Kingdom AML comes through EISEC'
      })
    ),
    windowSeconds: Type.Integer({
      minimum: 30,
      maximum: 3_600,
      default: 600,
      description: 'A place is joined to a call from its number that began this long before it, or after'
    }),
    keepSeconds: Type.Integer({
      minimum: 1,
      maximum: 600,
      default: 120,
      description: 'A place whose call is not here yet is kept this long'
    }),
    lines: Type.Array(Type.String({ minLength: 1, maxLength: 20 }), {
      minItems: 1,
      maxItems: 20,
      default: ['999'],
      description: 'Only calls of these lines: a phone sends its place for an emergency call and for no other'
    })
  },
  { additionalProperties: false, default: {} }
)
