import Type, { type Static } from 'typebox'

const strict = { additionalProperties: false } as const

/** Location servers that may be asked for a caller's place (RFC 5985, RFC 6753). */
export const HeldConfig = Type.Object(
  {
    servers: Type.Array(
      Type.Object(
        {
          host: Type.String({
            pattern: '^(?:[A-Za-z0-9._-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}\\])$',
            description: 'Its name, or its address, exactly as references have it'
          }),
          port: Type.Optional(
            Type.Integer({
              minimum: 1,
              maximum: 65_535,
              description: 'Its port; 443, or 80 where it is asked in clear'
            })
          ),
          clear: Type.Boolean({
            default: false,
            description: 'It is asked by http, without TLS; only inside one network'
          })
        },
        strict
      ),
      {
        maxItems: 50,
        default: [],
        description: 'A reference to any other host is not followed, and the location panel says so'
      }
    ),
    method: Type.Union([Type.Literal('POST'), Type.Literal('GET')], {
      default: 'POST',
      description: 'POST asks for a place and an address within the time there is, GET takes what the server gives'
    }),
    deadlineMs: Type.Integer({
      minimum: 50,
      maximum: 600_000,
      default: 1_000,
      description: 'A server that has not answered by then is late; shorter than `lookups.locationDeadlineMs`'
    }),
    caFile: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Roots that the servers’ certificates are signed by, PEM; without it those of Node'
      })
    ),
    certFile: Type.Optional(
      Type.String({ minLength: 1, description: 'Our certificate, PEM, where a server asks who we are' })
    ),
    keyFile: Type.Optional(Type.String({ minLength: 1, description: 'The private key of it, PEM, without a password' }))
  },
  { ...strict, default: {} }
)

export type HeldConfig = Static<typeof HeldConfig>
