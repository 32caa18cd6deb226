import Type from 'typebox'

/** The section `redis` of config-schema.ts. */
export const RedisConfig = Type.Object(
  {
    url: Type.Optional(
      Type.String({
        description:
          'Where Redis is: `redis://host:6379/0`, `unix:///path`, `redis+sentinel://h1,h2,h3/master` or `redis+cluster://h1,h2,h3`, `rediss…` over TLS; without it an embedded one is started'
      })
    ),
    connectMs: Type.Integer({
      minimum: 1,
      maximum: 600_000,
      default: 5_000,
      description: 'How long the start waits for Redis'
    }),
    sentinelPasswordFile: Type.Optional(
      Type.String({ description: 'File with the password of the Sentinels, where they have one of their own' })
    )
  },
  { additionalProperties: false, default: {} }
)
