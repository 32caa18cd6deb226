import Type from 'typebox'

/** Where the record is; a section of config-schema.ts. */
export const DatabaseConfig = Type.Object(
  {
    url: Type.Optional(Type.String({ description: 'Where PostgreSQL is; without it an embedded one is started' })),
    connectMs: Type.Integer({
      minimum: 1,
      maximum: 600_000,
      default: 5_000,
      description: 'How long the start waits for PostgreSQL'
    })
  },
  { additionalProperties: false, default: {} }
)
