import Type, { type Static } from 'typebox'
import { AmlConfig } from './aml-schema.ts'
import { DatabaseConfig } from './database-schema.ts'
import { FORCE_LINK_SETTINGS } from './deep-link-schema.ts'
import { DisclosuresConfig } from './disclosure-schema.ts'
import { DrachtioConfig } from './drachtio-schema.ts'
import { EisecConfig } from './eisec-schema.ts'
import { EscalationConfig } from './escalation-schema.ts'
import { BuddyGrantsConfig } from './grants-schema.ts'
import { FORCE_HANDOVER_SETTINGS } from './handover-schema.ts'
import { HeldConfig } from './held-schema.ts'
import { FORCE_LEDGER_SETTINGS, LedgerConfig } from './ledger-schema.ts'
import { LimitsConfig } from './limits-schema.ts'
import { LookupsConfig } from './lookups-schema.ts'
import { MapConfig } from './map-schema.ts'
import { NodeConfig } from './node-schema.ts'
import { PlacesConfig } from './places-schema.ts'
import { FORCE_RECORD_SETTINGS, RecordsConfig } from './records-schema.ts'
import { RedisConfig } from './redis-schema.ts'
import { FORCE_RETENTION_SETTINGS, RetentionConfig } from './retention-schema.ts'
import { RoutingConfig } from './routing-schema.ts'
import { SIP_TRANSPORT_SETTINGS, TRUNK_TRANSPORT_SETTINGS } from './sip-transport-schema.ts'
import { SourceConfig } from './sources-schema.ts'
import { SwitchConfig } from './switch-schema.ts'
import { CALLER_NUMBER_SETTINGS, TrunkHeaderConfig } from './trunk-header-schema.ts'
import { TrunkNumberConfig } from './trunk-number-schema.ts'
import { TrunkRedirectConfig } from './trunk-redirect-schema.ts'
import { FORCE_UNITS_SETTINGS } from './units-schema.ts'
import { QuietLineConfig, SyntheticConfig } from './watch-schema.ts'
import { WorkerConfig } from './worker-schema.ts'

/*
 * Every setting once: type, unit in the name, default, meaning. docs/configuration.md is made from this file.
 * Order of precedence: these defaults, config/<site>.json, the environment, secret files.
 */

const strict = { additionalProperties: false } as const
const port = (standard: number, description: string) =>
  Type.Integer({ minimum: 0, maximum: 65_535, default: standard, description: `${description}; 0 takes any free one` })
const ms = (standard: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: 600_000, default: standard, description })
const perSecond = (standard: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: 100_000, default: standard, description })
const id = (description: string) => Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,39}$', description })

export const ForceConfig = Type.Object(
  {
    id: id('Short name of the force, used everywhere'),
    name: Type.String({ minLength: 1, maxLength: 80, description: 'As handlers read it' }),
    ...FORCE_LEDGER_SETTINGS,
    ...FORCE_RECORD_SETTINGS,
    ...FORCE_RETENTION_SETTINGS,
    ...FORCE_LINK_SETTINGS,
    ...FORCE_UNITS_SETTINGS,
    ...FORCE_HANDOVER_SETTINGS
  },
  strict
)

export const TrunkConfig = Type.Object(
  {
    id: id('Name of the trunk'),
    peers: Type.Array(Type.String({ minLength: 2, maxLength: 64 }), {
      minItems: 1,
      maxItems: 64,
      description: 'IP addresses the switch speaks from; anyone else gets silence'
    }),
    ...TRUNK_TRANSPORT_SETTINGS,
    mode: Type.Union([Type.Literal('event-leg'), Type.Literal('ring-leg'), Type.Literal('redirect')], {
      description:
        'event-leg: a separate dialog, answered 200 with inactive media. ring-leg: a fork, answered 180 and never 200. redirect: asks where the call should go, answered 302; not for 999'
    }),
    redirect: Type.Optional(TrunkRedirectConfig),
    separateDialog: Type.Boolean({
      default: false,
      description:
        'Must be true for event-leg: the switch opens its own dialog to us, never a fork of the caller’s INVITE'
    }),
    answer: Type.Union([Type.Literal('durable'), Type.Literal('received')], {
      default: 'durable',
      description: 'durable: the switch is answered when the journal holds the call. received: at once'
    }),
    sendsReason: Type.Boolean({ default: false, description: 'The switch puts a Reason into its CANCELs (RFC 3326)' }),
    ddiFrom: Type.Array(Type.String({ pattern: '^(request-uri|to|history-info|header:[A-Za-z0-9-]{1,64})$' }), {
      default: ['request-uri', 'to'],
      description: 'Where the number the caller reached stands; the first that `numbers` knows wins'
    }),
    deviceFrom: Type.Array(Type.String({ pattern: '^(request-uri|to|header:[A-Za-z0-9-]{1,64})$' }), {
      default: ['header:X-Device'],
      description: 'Where the handler’s device stands; the first that is present wins'
    }),
    ...CALLER_NUMBER_SETTINGS,
    headers: Type.Array(TrunkHeaderConfig, {
      maxItems: 32,
      default: [],
      description:
        'What the switch’s own headers say of a call; `X-Access`, `X-Call-State` and `X-Party` are read without a row'
    }),
    callsPerSecond: perSecond(50, 'New calls a second from each peer of the trunk; over it 101 is refused, 999 never'),
    burst: perSecond(200, 'Most of them at once after a quiet time'),
    numbers: Type.Array(TrunkNumberConfig, { minItems: 1, maxItems: 500, description: 'Line and force of each number' })
  },
  strict
)

const SipConfig = Type.Object(
  {
    driver: Type.Union([Type.Literal('embedded'), Type.Literal('drachtio')], {
      default: 'embedded',
      description:
        'embedded: listens itself. drachtio: takes its calls from the drachtio-servers below, and listens for no SIP'
    }),
    drachtio: Type.Optional(DrachtioConfig),
    host: Type.String({ default: '127.0.0.1', description: 'Address to listen on, whatever the transport' }),
    port: port(5060, 'SIP port, UDP and TCP'),
    advertisedHost: Type.Optional(Type.String({ description: 'What our Contact says, where it differs from `host`' })),
    udpMaxBytes: Type.Integer({
      minimum: 1_500,
      maximum: 65_535,
      default: 16_384,
      description: 'Largest datagram taken'
    }),
    tcpMaxBytes: Type.Integer({
      minimum: 4_096,
      maximum: 1_048_576,
      default: 65_536,
      description: 'Largest message taken on a connection'
    }),
    maxHeaders: Type.Integer({ minimum: 20, maximum: 1_000, default: 200, description: 'Most headers in one message' }),
    maxConnections: Type.Integer({
      minimum: 1,
      maximum: 20_000,
      default: 1_000,
      description: 'Most connections, of all transports; the first of each switch is let in all the same'
    }),
    ...SIP_TRANSPORT_SETTINGS,
    idleMs: ms(300_000, 'A connection that is silent for this long is closed'),
    maxDialogs: Type.Integer({
      minimum: 100,
      maximum: 200_000,
      default: 20_000,
      description: 'Most dialogs and transactions held; the last tenth of the dialogs is for 999'
    }),
    callsPerSecond: perSecond(800, 'New calls a second from all peers together; over it 101 is refused, 999 never'),
    pingsPerSecond: perSecond(100, 'OPTIONS answered 200 a second, for each peer'),
    badPerSecond: perSecond(50, 'Broken messages answered a second, for each peer; beyond it they meet silence'),
    maxLoopDelayMs: ms(50, 'Messages wait longer than this before they are looked at: 101 is refused')
  },
  { ...strict, default: {} }
)

const HttpConfig = Type.Object(
  {
    host: Type.String({ default: '127.0.0.1', description: 'Address to listen on' }),
    port: port(8080, 'HTTP and WebSocket port'),
    origins: Type.Array(Type.String({ pattern: '^https?://[^/]+$' }), {
      default: [],
      description: 'Origins whose pages may open a socket; none given: this host’s own, by name and by address'
    }),
    gateways: Type.Array(Type.String({ pattern: '^https?://[^/]+$', maxLength: 300 }), {
      maxItems: 32,
      default: [],
      description:
        'Address of every gateway as handlers’ pages reach it, this one’s too, the same at each: a page whose gateway is gone goes to another by itself'
    }),
    secureCookie: Type.Boolean({ default: false, description: 'Cookies only over TLS; must be true outside a demo' }),
    sessionHours: Type.Integer({
      minimum: 1,
      maximum: 14,
      default: 12,
      description: 'A sign-on lasts a shift at most'
    }),
    sessionSecretFile: Type.Optional(
      Type.String({
        description:
          'File with at least 32 bytes that sign cookies and tickets and make the tags of SIP dialogs, the same at all gateways of a site; without it one is kept in dataDir'
      })
    )
  },
  { ...strict, default: {} }
)

export const ConfigSchema = Type.Object(
  {
    site: Type.String({ minLength: 1, maxLength: 80, default: 'callbox', description: 'Name of this installation' }),
    demo: Type.Boolean({ default: false, description: 'Demo data, demo sign-on and the banner that says so' }),
    dataDir: Type.String({ default: './.callbox', description: 'Embedded stores and the spool live here' }),
    keyPrefix: Type.String({ pattern: '^[a-z0-9-]{1,40}$', default: 'gw', description: 'Before every Redis key' }),
    logLevel: Type.Union(
      [
        Type.Literal('debug'),
        Type.Literal('info'),
        Type.Literal('warn'),
        Type.Literal('error'),
        Type.Literal('silent')
      ],
      { default: 'info', description: 'Least level written' }
    ),
    sip: SipConfig,
    http: HttpConfig,
    redis: RedisConfig,
    database: DatabaseConfig,
    forces: Type.Array(ForceConfig, { minItems: 1, maxItems: 60, description: 'The forces served here' }),
    trunks: Type.Array(TrunkConfig, { maxItems: 200, default: [], description: 'The switches attached by SIP' }),
    switches: Type.Array(SwitchConfig, {
      maxItems: 50,
      default: [],
      description: 'Switches attached by a link of their own ([by webhook](connecting-by-webhook.md))'
    }),
    ledger: LedgerConfig,
    buddyGrants: BuddyGrantsConfig,
    lookups: LookupsConfig,
    sources: Type.Array(SourceConfig, {
      maxItems: 30,
      default: [],
      description: 'Systems of the force’s own whose answers become panels ([sources](sources.md))'
    }),
    eisec: EisecConfig,
    aml: AmlConfig,
    held: HeldConfig,
    places: PlacesConfig,
    map: MapConfig,
    records: RecordsConfig,
    disclosures: DisclosuresConfig,
    routing: RoutingConfig,
    escalation: EscalationConfig,
    node: NodeConfig,
    worker: WorkerConfig,
    synthetic: SyntheticConfig,
    quietLine: QuietLineConfig,
    retention: RetentionConfig,
    limits: LimitsConfig
  },
  strict
)

export type Config = Readonly<Static<typeof ConfigSchema>>
export type TrunkConfig = Static<typeof TrunkConfig>
export type ForceConfig = Static<typeof ForceConfig>
