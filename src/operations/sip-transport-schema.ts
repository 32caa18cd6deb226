import Type, { type Static } from 'typebox'

/*
 * The settings of SIP's transports: what is listened on beside UDP and TCP, and by what a trunk's peers may come.
 * Both are spread into the sections of config-schema.ts.
 */

const strict = { additionalProperties: false } as const

export const SIP_TRANSPORTS = ['udp', 'tcp', 'tls', 'ws', 'wss'] as const
export type SipTransport = (typeof SIP_TRANSPORTS)[number]
/** Transports whose peer shows a certificate. */
const WITH_CERTIFICATE: readonly SipTransport[] = ['tls', 'wss']

const port = (standard: number, description: string) =>
  Type.Integer({ minimum: 0, maximum: 65_535, default: standard, description: `${description}; 0 takes any free one` })

const secured = (standard: number, what: string) =>
  Type.Object(
    {
      port: port(standard, `Port of ${what}; not listened on without this section`),
      certFile: Type.String({ minLength: 1, description: 'Our certificate and those between it and its root, PEM' }),
      keyFile: Type.String({
        minLength: 1,
        description: 'The private key of our certificate, PEM, without a password'
      }),
      caFile: Type.String({
        minLength: 1,
        description: 'Roots that the certificates of switches are signed by, PEM; who shows none is closed'
      }),
      minVersion: Type.Union([Type.Literal('TLSv1.2'), Type.Literal('TLSv1.3')], {
        default: 'TLSv1.2',
        description: 'The oldest TLS taken'
      })
    },
    strict
  )

export const SIP_TRANSPORT_SETTINGS = {
  alsoListen: Type.Optional(
    Type.Array(Type.String({ minLength: 2, maxLength: 64 }), {
      maxItems: 8,
      description: 'Further addresses to listen on, as `::1` beside `127.0.0.1`; every transport on each'
    })
  ),
  tls: Type.Optional(secured(5061, 'SIP over TLS')),
  ws: Type.Optional(
    Type.Object({ port: port(5066, 'Port of SIP over WebSocket; not listened on without this section') }, strict)
  ),
  wss: Type.Optional(secured(5067, 'SIP over secure WebSocket')),
  maxConnectionsPerPeer: Type.Integer({
    minimum: 1,
    maximum: 20_000,
    default: 500,
    description: 'Most connections from one address'
  }),
  messageMs: Type.Integer({
    minimum: 100,
    maximum: 600_000,
    default: 10_000,
    description: 'A message on a connection must be whole this long after its first byte'
  }),
  handshakeMs: Type.Integer({
    minimum: 100,
    maximum: 600_000,
    default: 5_000,
    description: 'A TLS or WebSocket connection must be open this long after it came'
  })
} as const

export const TRUNK_TRANSPORT_SETTINGS = {
  transports: Type.Optional(
    Type.Array(
      Type.Union([
        Type.Literal('udp'),
        Type.Literal('tcp'),
        Type.Literal('tls'),
        Type.Literal('ws'),
        Type.Literal('wss')
      ]),
      {
        minItems: 1,
        maxItems: 5,
        description:
          'What the switch may come by, anything else gets silence; none given: all, or with names only `tls`, `wss`'
      }
    )
  ),
  tlsNames: Type.Optional(
    Type.Array(Type.String({ pattern: '^[A-Za-z0-9.:_-]{1,253}$' }), {
      minItems: 1,
      maxItems: 64,
      description: 'Names, one of which the switch’s certificate must carry, whole: no wildcard counts'
    })
  ),
  tlsFingerprints: Type.Optional(
    Type.Array(Type.String({ pattern: '^[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31}$' }), {
      minItems: 1,
      maxItems: 64,
      description: 'SHA-256 of certificates, one of which the switch must show'
    })
  )
} as const

/** The files of one TLS listener. */
export type TlsSettings = Static<ReturnType<typeof secured>>

interface TrunkTransports {
  readonly transports?: readonly SipTransport[]
  readonly tlsNames?: readonly string[]
  readonly tlsFingerprints?: readonly string[]
}

export function isPinned({ tlsNames, tlsFingerprints }: TrunkTransports): boolean {
  return tlsNames !== undefined || tlsFingerprints !== undefined
}

/** What a trunk's peers may come by. A trunk that pins certificates is never reached where none is shown. */
export function transportsOf(trunk: TrunkTransports): readonly SipTransport[] {
  const said = trunk.transports ?? SIP_TRANSPORTS
  return isPinned(trunk) ? said.filter(each => WITH_CERTIFICATE.includes(each)) : said
}
