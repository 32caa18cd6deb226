import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkMeaning } from './config-checks.ts'
import type { Config } from './config-schema.ts'
import { ConfigFault, type ConfigMistake, toMistakes, validate } from './config-validate.ts'
import { checkEisecPasswords, redactedEisec } from './eisec-passwords.ts'
import { Fault, reasonOf } from './errors.ts'
import { readControlSecrets, redactedForces } from './handover-checks.ts'
import { checkHeldFiles, placeHeldFiles } from './held-checks.ts'
import { checkMapFiles, placeMapFiles, redactedMap } from './map-checks.ts'
import { redactedRedisUrl } from './redis-place.ts'
import { readSecret, readSecretLine } from './secret-file.ts'
import { type RoutingReader, readRouters, readSenders, type Sender } from './sender-tokens.ts'
import { checkSourceFiles, placeSourceFiles, redactedSources } from './sources-checks.ts'
import { readSwitchSecrets, redactedSwitches } from './switch-secrets.ts'
import { checkTlsFiles, placeTlsFiles } from './transport-checks.ts'

/** The config of `npm start` as shipped. */
export const DEFAULT_CONFIG = fileURLToPath(new URL('../../config/default.json', import.meta.url))
/** The config of `npm run demo`. */
export const DEMO_CONFIG = fileURLToPath(new URL('../../config/demo.json', import.meta.url))

const SESSION_SECRET_MIN_BYTES = 32
const AML_KEY_MIN_BYTES = 16
const AML_KEYS_MAX = 2

/** Environment variables, the setting each stands for, and how its text is read. */
export const ENVIRONMENT = [
  { name: 'CALLBOX_REDIS_URL', path: ['redis', 'url'] },
  { name: 'CALLBOX_DATABASE_URL', path: ['database', 'url'] },
  { name: 'CALLBOX_SIP_HOST', path: ['sip', 'host'] },
  { name: 'CALLBOX_SIP_PORT', path: ['sip', 'port'], number: true },
  { name: 'CALLBOX_HTTP_HOST', path: ['http', 'host'] },
  { name: 'CALLBOX_HTTP_PORT', path: ['http', 'port'], number: true },
  { name: 'CALLBOX_WORKER_HOST', path: ['worker', 'host'] },
  { name: 'CALLBOX_WORKER_PORT', path: ['worker', 'port'], number: true },
  { name: 'CALLBOX_DATA_DIR', path: ['dataDir'] },
  { name: 'CALLBOX_LOG_LEVEL', path: ['logLevel'] }
] as const satisfies readonly { name: string; path: readonly string[]; number?: true }[]

export type Environment = Readonly<Record<string, string | undefined>>

export interface LoadedConfig {
  /** Frozen, with every default filled in. */
  readonly config: Config
  /** Absolute path of the file it came from. */
  readonly path: string
  /** Signs cookies and tickets; absent where no `http.sessionSecretFile` is given. */
  readonly sessionSecret?: Buffer
  /** The admin secret of the drachtio-servers; absent with the embedded driver. */
  readonly drachtioSecret?: string
  /** The password of Redis' Sentinels; absent where they have none. */
  readonly sentinelPassword?: string
  /** Sign what is posted to `/api/v1/aml`; absent where no `aml.keyFile` is given. */
  readonly amlKeys?: readonly Buffer[]
  /** Systems that may post records; none where `records.senders` is empty. */
  readonly senders?: readonly Sender[]
  /** By force, the secrets of its command and control, the first of which signs; absent where no force has any. */
  readonly controlSecrets?: ReadonlyMap<string, readonly Buffer[]>
  /** Whoever routes calls and may ask for desks; none where `routing.readers` is empty. */
  readonly routers?: readonly RoutingReader[]
  /** The key of the force's map service; absent where it has none. */
  readonly mapKey?: string
  /** By switch, what its events are signed with; absent where none is attached. */
  readonly switchSecrets?: ReadonlyMap<string, readonly Buffer[]>
  /** Where the programs of embedded servers are looked for. */
  readonly searchPath: string
}

/**
 * Defaults, then the file (`path`, else CALLBOX_CONFIG, else config/default.json), then the environment, then secret
 * files. Rejects with `config.unreadable`, `config.secret-exposed`, or a ConfigFault that lists every mistake.
 */
export async function loadConfig(from: { path?: string; env?: Environment } = {}): Promise<LoadedConfig> {
  const env = from.env ?? process.env
  const path = resolve(from.path ?? (env['CALLBOX_CONFIG'] || DEFAULT_CONFIG))
  const settings = await readSettings(path)
  const wrong: ConfigMistake[] = isRecord(settings) ? applyEnvironment(settings, env) : []
  const schemaFaults = validate(settings)
  wrong.push(...toMistakes(schemaFaults), ...checkMeaning(settings, schemaFaults))
  if (schemaFaults.length === 0) {
    placeTlsFiles(settings as Config, path)
    placeHeldFiles(settings as Config, path)
    placeSourceFiles(settings as Config, path)
    placeMapFiles(settings as Config, path)
    wrong.push(...(await checkTlsFiles(settings as Config)), ...(await checkHeldFiles(settings as Config)))
    wrong.push(...(await checkMapFiles(settings as Config)))
  }
  if (wrong.length === 0 && schemaFaults.length === 0) wrong.push(...(await checkSourceFiles(settings as Config)))
  if (wrong.length > 0 || schemaFaults.length > 0) throw new ConfigFault(wrong)
  const config = deepFreeze(settings as Config)
  const sessionSecret = await readSessionSecret(config, path)
  const drachtioSecret = await readDrachtioSecret(config, path)
  const sentinelPassword = await readSentinelPassword(config, path)
  await checkEisecPasswords(config, path)
  const amlKeys = await readAmlKeys(config, path)
  const senders = await readSenders(config, path)
  const routers = await readRouters(config, path)
  const mapKey = await readMapKey(config, path)
  const controlSecrets = await readControlSecrets(config, path)
  const switchSecrets = await readSwitchSecrets(config, path)
  const searchPath = env['PATH'] ?? ''
  return {
    ...{ config, path, searchPath },
    ...(sessionSecret === undefined ? {} : { sessionSecret }),
    ...(drachtioSecret === undefined ? {} : { drachtioSecret }),
    ...(sentinelPassword === undefined ? {} : { sentinelPassword }),
    ...(amlKeys === undefined ? {} : { amlKeys }),
    ...(senders.length === 0 ? {} : { senders }),
    ...(routers.length === 0 ? {} : { routers }),
    ...(mapKey === undefined ? {} : { mapKey }),
    ...(controlSecrets.size === 0 ? {} : { controlSecrets }),
    ...(switchSecrets.size === 0 ? {} : { switchSecrets })
  }
}

/** What may stand in a log: passwords in URLs and secrets only as `set` or `unset`. */
export function redactedConfig(config: Config): Record<string, unknown> {
  return {
    ...config,
    forces: redactedForces(config.forces),
    switches: redactedSwitches(config.switches),
    sources: redactedSources(config.sources),
    map: redactedMap(config.map),
    sip: { ...config.sip, drachtio: redactedDrachtio(config.sip.drachtio) },
    http: { ...config.http, sessionSecretFile: config.http.sessionSecretFile === undefined ? 'unset' : 'set' },
    redis: {
      ...config.redis,
      url: config.redis.url === undefined ? 'unset' : redactedRedisUrl(config.redis.url),
      sentinelPasswordFile: config.redis.sentinelPasswordFile === undefined ? 'unset' : 'set'
    },
    eisec: redactedEisec(config.eisec),
    records: { ...config.records, senders: config.records.senders.map(sender => ({ ...sender, tokenFile: 'set' })) },
    routing: { ...config.routing, readers: config.routing.readers.map(reader => ({ ...reader, tokenFile: 'set' })) },
    aml: { ...config.aml, keyFile: config.aml.keyFile === undefined ? 'unset' : 'set' },
    database: { ...config.database, url: redactedUrl(config.database.url) }
  }
}

function redactedDrachtio(drachtio: Config['sip']['drachtio']): unknown {
  return drachtio === undefined ? 'unset' : { ...drachtio, secretFile: 'set' }
}

/** A store's address without its password: `postgres://callbox:set@db/callbox`. */
export function redactedUrl(url: string | undefined): string {
  if (url === undefined) return 'unset'
  if (url.startsWith('/')) return url
  if (!URL.canParse(url)) return 'set'
  const parsed = new URL(url)
  if (parsed.password !== '') parsed.password = 'set'
  // PostgreSQL takes a password from the query too; nothing of a query is worth the risk.
  parsed.search = ''
  parsed.hash = ''
  return parsed.href
}

async function readSettings(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (thrown) {
    throw new Fault('config.unreadable', { path, reason: reasonOf(thrown) }, thrown)
  }
}

/** Lays the environment over the file's settings; an empty variable counts as not set. */
function applyEnvironment(settings: Record<string, unknown>, env: Environment): ConfigMistake[] {
  const wrong: ConfigMistake[] = []
  for (const variable of ENVIRONMENT) {
    const text = env[variable.name]
    if (text === undefined || text === '') continue
    if ('number' in variable && !/^\d{1,9}$/.test(text)) {
      wrong.push({ path: variable.name, value: JSON.stringify(text), rule: 'must be a whole number' })
      continue
    }
    const [first, second] = variable.path
    const value = 'number' in variable ? Number(text) : text
    if (second === undefined) {
      settings[first] = value
      continue
    }
    settings[first] ??= {}
    const section = settings[first]
    if (isRecord(section)) section[second] = value
  }
  return wrong
}

async function readSessionSecret(config: Config, configPath: string): Promise<Buffer | undefined> {
  const file = config.http.sessionSecretFile
  if (file === undefined) return undefined
  const secret = await readSecret(file, configPath)
  if (secret.length >= SESSION_SECRET_MIN_BYTES) return secret
  throw new ConfigFault([
    {
      path: 'http.sessionSecretFile',
      value: JSON.stringify(file),
      rule: `must hold at least ${SESSION_SECRET_MIN_BYTES} bytes, has ${secret.length}`
    }
  ])
}

/** One line; its end is no part of the secret. */
async function readDrachtioSecret({ sip }: Config, configPath: string): Promise<string | undefined> {
  if (sip.driver !== 'drachtio' || sip.drachtio === undefined) return undefined
  const secret = await readSecretLine(sip.drachtio.secretFile, configPath)
  // These stand between the fields of the server's own protocol.
  if (secret !== '' && !/[|\r\n]/.test(secret)) return secret
  throw badLine('sip.drachtio.secretFile', sip.drachtio.secretFile, 'must hold one line that is not empty and has no |')
}

async function readSentinelPassword({ redis }: Config, configPath: string): Promise<string | undefined> {
  if (redis.sentinelPasswordFile === undefined) return undefined
  const password = await readSecretLine(redis.sentinelPasswordFile, configPath)
  if (password !== '' && !/[\r\n]/.test(password)) return password
  throw badLine('redis.sentinelPasswordFile', redis.sentinelPasswordFile, 'must hold one line that is not empty')
}

async function readMapKey({ map }: Config, configPath: string): Promise<string | undefined> {
  const file = map.tiles?.keyFile
  if (file === undefined) return undefined
  const key = await readSecretLine(file, configPath)
  if (key !== '' && !/[\r\n]/.test(key)) return key
  throw badLine('map.tiles.keyFile', file, 'must hold one line that is not empty')
}

/** A key a line: the new one and the one before, while a sender changes over. */
async function readAmlKeys({ aml }: Config, configPath: string): Promise<readonly Buffer[] | undefined> {
  if (aml.keyFile === undefined) return undefined
  const keys = (await readSecretLine(aml.keyFile, configPath)).split(/\s*\r?\n\s*/).map(line => Buffer.from(line))
  if (keys.length <= AML_KEYS_MAX && keys.every(key => key.length >= AML_KEY_MIN_BYTES)) return keys
  throw badLine(
    'aml.keyFile',
    aml.keyFile,
    `must hold one key or two, a line each, of ${AML_KEY_MIN_BYTES} bytes or more`
  )
}

function badLine(path: string, file: string, rule: string): ConfigFault {
  return new ConfigFault([{ path, value: JSON.stringify(file), rule }])
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) deepFreeze(inner)
  }
  return value
}
