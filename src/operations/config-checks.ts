import type { ErrorObject } from 'ajv'
import type { Config, TrunkConfig } from './config-schema.ts'
import { type ConfigMistake, toShortJson } from './config-validate.ts'
import { checkLinks, LINK_RULES } from './deep-link-schema.ts'
import { checkEisec, EISEC_RULES } from './eisec-checks.ts'
import { checkHandovers } from './handover-checks.ts'
import { HANDOVER_RULES } from './handover-schema.ts'
import { checkHeld, HELD_RULES } from './held-checks.ts'
import { isLoopback } from './loopback.ts'
import { checkMap, MAP_RULES } from './map-checks.ts'
import { parseRedisPlace } from './redis-place.ts'
import { checkSources, SOURCE_RULES } from './sources-checks.ts'
import { checkTransports, TRANSPORT_RULES } from './transport-checks.ts'
import { checkUnits, UNIT_RULES } from './units-checks.ts'

/** What no schema can say: rules between settings. docs/configuration.md lists them in these words. */
export const MEANING_RULES = {
  separateDialog:
    'an event-leg trunk must say separateDialog: true: a 200 into a fork of the caller’s INVITE would take the call from the handlers and leave the caller with dead air',
  redirectTarget:
    'must be there on a redirect trunk, and on no other: a call that nobody was chosen for goes to its defaultTarget',
  noEmergencyRedirect:
    'must not be 999 on a redirect trunk: an emergency call must not wait for us to say where it goes',
  knownForce: 'must be the id of a force in `forces`',
  uniqueForce: 'must not be the id of another force',
  uniqueGrant: 'must not be the name of another grant',
  uniqueTrunk: 'must not be the id of another trunk or switch',
  uniqueNumber: 'must stand once in a trunk or switch',
  ownNumbers: 'must not be a number of another trunk with the same peer: the call could not be told apart',
  forkedPeer:
    'must hold neither `to` nor `history-info` where a ring-leg trunk has the same peer: a branch of a fork carries the number dialled there, and would be answered 200',
  headerValues: 'must have `values`: a line or force of ours is never taken from a header as it stands',
  headerWords: 'must be one of the words this setting knows',
  drachtioServers: 'must be given where sip.driver is drachtio',
  trunkRate: 'must not be over `sip.callsPerSecond`, which all trunks share',
  redisUrl: 'must be an address of Redis that can be read, as docs/operating.md has them',
  ...TRANSPORT_RULES,
  ...HELD_RULES,
  ...MAP_RULES,
  ...EISEC_RULES,
  ...LINK_RULES,
  ...HANDOVER_RULES,
  crimesRadius: 'must not be less than `lookups.crimesRadiusMetres`',
  ...SOURCE_RULES,
  ...UNIT_RULES,
  gatewaysSecret:
    'must come with http.sessionSecretFile, the same file at each: what one gateway signs the next must believe',
  gatewaysSecure: 'must be https:// where http.secureCookie is true',
  secureCookie:
    'must be true unless this is a demo or http.host is a loopback address: a sign-on must not cross a network in clear'
} as const

/**
 * The rules between settings, on every part of `settings` that keeps the schema, so that one run lists all mistakes.
 * `schemaFaults` says which parts do not.
 */
export function checkMeaning(settings: unknown, schemaFaults: readonly ErrorObject[]): ConfigMistake[] {
  const broken = schemaFaults.filter(fault => fault.keyword !== 'additionalProperties').map(fault => fault.instancePath)
  const isSound = (pointer: string) => !broken.some(at => at === pointer || at.startsWith(`${pointer}/`) || at === '')
  const config = settings as Config
  const wrong: ConfigMistake[] = []
  const forces = isSound('/forces') ? config.forces.map(force => force.id) : undefined
  if (forces !== undefined) wrong.push(...findRepeats(forces, at => `forces[${at}].id`, MEANING_RULES.uniqueForce))
  if (forces !== undefined && isSound('/buddyGrants')) wrong.push(...checkBuddyGrants(config.buddyGrants, forces))
  if (!broken.includes('/trunks') && !broken.includes('')) {
    const trunks = config.trunks.map((trunk, at) => ({ at, trunk })).filter(({ at }) => isSound(`/trunks/${at}`))
    wrong.push(...checkTrunks(trunks, forces))
    if (isSound('/sip')) wrong.push(...checkRates(trunks, config.sip.callsPerSecond))
    if (isSound('/sip')) wrong.push(...trunks.flatMap(({ at, trunk }) => checkTransports(at, trunk, config.sip)))
  }
  if (isSound('/switches') && isSound('/trunks')) wrong.push(...checkSwitches(config, forces))
  if (isSound('/sip') && config.sip.driver === 'drachtio' && config.sip.drachtio === undefined) {
    wrong.push({ path: 'sip.drachtio', value: 'undefined', rule: MEANING_RULES.drachtioServers })
  }
  if (isSound('/redis') && config.redis.url !== undefined && parseRedisPlace(config.redis.url) === undefined) {
    wrong.push({ path: 'redis.url', value: 'set', rule: MEANING_RULES.redisUrl })
  }
  if (isSound('/forces'))
    wrong.push(...checkLinks(config.forces), ...checkHandovers(config.forces), ...checkUnits(config.forces))
  if (isSound('/lookups')) wrong.push(...checkRadii(config.lookups))
  if (isSound('/map')) wrong.push(...checkMap(config))
  if (isSound('/held') && isSound('/lookups')) wrong.push(...checkHeld(config))
  if (isSound('/eisec') && isSound('/demo')) wrong.push(...checkEisec(config, forces))
  if (isSound('/sources') && isSound('/demo')) wrong.push(...checkSources(config, forces))
  if (isSound('/http')) wrong.push(...checkGateways(config))
  if (isSound('/http') && isSound('/demo')) wrong.push(...checkCookie(config))
  return wrong
}

function checkRadii({ crimesRadiusMetres: least, crimesMaxRadiusMetres: most }: Config['lookups']): ConfigMistake[] {
  if (most >= least) return []
  return [{ path: 'lookups.crimesMaxRadiusMetres', value: String(most), rule: MEANING_RULES.crimesRadius }]
}

interface PlacedTrunk {
  readonly at: number
  readonly trunk: TrunkConfig
}

function checkTrunks(trunks: readonly PlacedTrunk[], forces: readonly string[] | undefined): ConfigMistake[] {
  const ids = trunks.map(({ trunk }) => trunk.id)
  const wrong = findRepeats(ids, at => `trunks[${trunks[at]?.at}].id`, MEANING_RULES.uniqueTrunk)
  for (const { at, trunk } of trunks) {
    if (trunk.mode === 'event-leg' && !trunk.separateDialog) {
      wrong.push({ path: `trunks[${at}].separateDialog`, value: 'false', rule: MEANING_RULES.separateDialog })
    }
    wrong.push(...checkRedirect(at, trunk))
    wrong.push(...checkNumbers(`trunks[${at}]`, trunk, forces))
    wrong.push(...checkHeaders(at, trunk, forces))
  }
  return [...wrong, ...checkSharedPeers(trunks), ...checkForkedPeers(trunks)]
}

function checkRedirect(at: number, { mode, redirect, numbers, headers }: TrunkConfig): ConfigMistake[] {
  const wrong: ConfigMistake[] = []
  if ((mode === 'redirect') !== (redirect !== undefined)) {
    const value = redirect === undefined ? 'undefined' : toShortJson(redirect)
    wrong.push({ path: `trunks[${at}].redirect`, value, rule: MEANING_RULES.redirectTarget })
  }
  if (mode !== 'redirect') return wrong
  const rule = MEANING_RULES.noEmergencyRedirect
  for (const [n, { line }] of numbers.entries()) {
    if (line === '999') wrong.push({ path: `trunks[${at}].numbers[${n}].line`, value: toShortJson(line), rule })
  }
  for (const [n, { sets, values }] of headers.entries()) {
    const theirs = Object.entries(values ?? {}).find(([, word]) => sets === 'line' && word === '999')?.[0]
    if (theirs !== undefined) wrong.push({ path: `trunks[${at}].headers[${n}].values.${theirs}`, value: '"999"', rule })
  }
  return wrong
}

function checkRates(trunks: readonly PlacedTrunk[], most: number): ConfigMistake[] {
  const over = trunks.filter(({ trunk }) => trunk.callsPerSecond > most)
  return over.map(({ at, trunk }) => ({
    path: `trunks[${at}].callsPerSecond`,
    value: toShortJson(trunk.callsPerSecond),
    rule: MEANING_RULES.trunkRate
  }))
}

function checkBuddyGrants(grants: Config['buddyGrants'], forces: readonly string[]): ConfigMistake[] {
  const rule = MEANING_RULES.knownForce
  const unknown = grants.flatMap(({ owner, to }, at) =>
    [
      { path: `buddyGrants[${at}].owner`, force: owner },
      { path: `buddyGrants[${at}].to`, force: to }
    ].flatMap(({ path, force }) => (forces.includes(force) ? [] : [{ path, value: toShortJson(force), rule }]))
  )
  const names = grants.map(({ name }) => name)
  return [...unknown, ...findRepeats(names, at => `buddyGrants[${at}].name`, MEANING_RULES.uniqueGrant)]
}

/** A switch's name is that of its calls' trunk, and its table of numbers is one as a trunk's. */
function checkSwitches({ switches, trunks }: Config, forces: readonly string[] | undefined): ConfigMistake[] {
  const ids = [...trunks, ...switches].map(({ id }) => id)
  const repeats = findRepeats(ids, at => `switches[${at - trunks.length}].id`, MEANING_RULES.uniqueTrunk)
  return [
    // Trunks of one name are told already.
    ...repeats.filter(({ path }) => !path.startsWith('switches[-')),
    ...switches.flatMap((each, at) => checkNumbers(`switches[${at}]`, each, forces))
  ]
}

function checkNumbers(
  path: string,
  { numbers }: Pick<TrunkConfig, 'numbers'>,
  forces: readonly string[] | undefined
): ConfigMistake[] {
  const all = numbers.map(({ number }) => number)
  const wrong = findRepeats(all, n => `${path}.numbers[${n}].number`, MEANING_RULES.uniqueNumber)
  const rule = MEANING_RULES.knownForce
  for (const [n, { force, homeForce }] of numbers.entries()) {
    for (const [name, value] of Object.entries({ force, homeForce })) {
      if (value === undefined || forces?.includes(value) !== false) continue
      wrong.push({ path: `${path}.numbers[${n}].${name}`, value: toShortJson(value), rule })
    }
  }
  return wrong
}

/** What a header may say where only some words mean anything. */
const HEADER_WORDS: Readonly<Record<string, readonly string[]>> = {
  route: ['primary', 'secondary', 'buddy'],
  access: ['voice', 'relay', 'sms', 'bsl', 'ecall'],
  state: ['queued', 'alerting', 'answered', 'held'],
  party: ['operator', 'handler', 'dispatcher', 'ambulance', 'fire', 'coastguard', 'other'],
  silent: ['yes', 'no'],
  test: ['yes', 'no'],
  payphone: ['yes', 'no']
}

function checkHeaders(at: number, trunk: TrunkConfig, forces: readonly string[] | undefined): ConfigMistake[] {
  return trunk.headers.flatMap(({ sets, values }, n): ConfigMistake[] => {
    const path = `trunks[${at}].headers[${n}]`
    const isForce = sets === 'force' || sets === 'homeForce'
    if (values === undefined && (isForce || sets === 'line')) {
      return [{ path: `${path}.values`, value: 'undefined', rule: MEANING_RULES.headerValues }]
    }
    const words = isForce ? forces : HEADER_WORDS[sets]
    if (words === undefined) return []
    const rule = isForce ? MEANING_RULES.knownForce : MEANING_RULES.headerWords
    const odd = Object.entries(values ?? {}).filter(([, word]) => !words.includes(word))
    return odd.map(([theirs, word]) => ({ path: `${path}.values.${theirs}`, value: toShortJson(word), rule }))
  })
}

/** Trunks may share a peer (one border controller carries many lines), as long as the number tells them apart. */
function checkSharedPeers(trunks: readonly PlacedTrunk[]): ConfigMistake[] {
  const firstAt = new Map<string, number>()
  const wrong: ConfigMistake[] = []
  for (const { at, trunk } of trunks) {
    for (const [n, { number }] of trunk.numbers.entries()) {
      const keys = trunk.peers.map(peer => `${peer} ${number}`)
      const isTaken = keys.some(key => (firstAt.get(key) ?? at) !== at)
      for (const key of keys) if (!firstAt.has(key)) firstAt.set(key, at)
      if (!isTaken) continue
      const path = `trunks[${at}].numbers[${n}].number`
      wrong.push({ path, value: toShortJson(number), rule: MEANING_RULES.ownNumbers })
    }
  }
  return wrong
}

/** Which trunk a fork of the caller's INVITE belongs to must never hang on what else the fork carries. */
function checkForkedPeers(trunks: readonly PlacedTrunk[]): ConfigMistake[] {
  const forking = new Set(trunks.flatMap(({ trunk }) => (trunk.mode === 'ring-leg' ? trunk.peers : [])))
  return trunks.flatMap(({ at, trunk }) => {
    const isMixed = trunk.mode === 'event-leg' && trunk.peers.some(peer => forking.has(peer))
    const isOpen = trunk.ddiFrom.some(place => place === 'to' || place === 'history-info')
    if (!isMixed || !isOpen) return []
    return [{ path: `trunks[${at}].ddiFrom`, value: toShortJson(trunk.ddiFrom), rule: MEANING_RULES.forkedPeer }]
  })
}

function checkGateways({ http: { gateways, secureCookie, sessionSecretFile } }: Config): ConfigMistake[] {
  const open = gateways.flatMap((gateway, at): ConfigMistake[] =>
    secureCookie && gateway.startsWith('http:')
      ? [{ path: `http.gateways[${at}]`, value: toShortJson(gateway), rule: MEANING_RULES.gatewaysSecure }]
      : []
  )
  if (gateways.length < 2 || sessionSecretFile !== undefined) return open
  return [...open, { path: 'http.gateways', value: toShortJson(gateways), rule: MEANING_RULES.gatewaysSecret }]
}

function checkCookie({ http, demo }: Config): ConfigMistake[] {
  if (http.secureCookie || demo || isLoopback(http.host)) return []
  return [{ path: 'http.secureCookie', value: 'false', rule: MEANING_RULES.secureCookie }]
}

function findRepeats(values: readonly string[], pathOf: (at: number) => string, rule: string): ConfigMistake[] {
  const seen = new Set<string>()
  const wrong: ConfigMistake[] = []
  for (const [at, value] of values.entries()) {
    if (seen.has(value)) wrong.push({ path: pathOf(at), value: toShortJson(value), rule })
    seen.add(value)
  }
  return wrong
}
