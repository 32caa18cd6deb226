import type { Call } from '../call/call.ts'
import type { CallId } from '../call/ids.ts'
import type { NodeJudgement } from '../delivery/node-lease.ts'
import { type ClientState, EisecClient } from '../lookups/location/eisec/eisec-client.ts'
import type { EisecReport } from '../lookups/location/eisec/eisec-inquiries.ts'
import { eisecNumber } from '../lookups/location/eisec/eisec-number.ts'
import { HELMERT_GRID, type NationalGrid } from '../lookups/location/grid.ts'
import type { LateFixes, SourceState } from '../lookups/location/late-fix.ts'
import type { LocationFix } from '../lookups/location/location.ts'
import { readEisecPasswords } from '../operations/eisec-passwords.ts'
import type { EisecLogOn } from '../operations/eisec-schema.ts'
import { reasonOf } from '../operations/errors.ts'
import { interval } from '../operations/lifecycle.ts'
import type { AlarmBook } from '../pop/alarm-book.ts'
import { letGoEisec, tellEisec } from '../pop/eisec-alarms.ts'
import { addRequests, claimLogOn, dropOldRequests, endRequests, giveLogOn, openRequests } from '../records/eisec.ts'
import type { Base } from './base.ts'
import { EisecOwner } from './eisec-owner.ts'
import { makePasswordBook, passwordRecord } from './eisec-passwords.ts'
import { EisecRequests } from './eisec-requests.ts'
import type { Stores } from './open-stores.ts'

interface Ports {
  readonly fixes: LateFixes
  readonly alarms: Pick<AlarmBook, 'raise' | 'letGo'>
  readonly watch: { readonly judged: Pick<NodeJudgement, 'beside'> }
  /** With OSTN15 where the force has given it. */
  readonly grid?: NationalGrid
}

export interface Eisec {
  /** Of an offered call, or one whose number was corrected. Returns at once; only 999 calls are asked about. */
  readonly look: (call: Call) => void
  /** Another gateway has left calls in the record, or given a log-on back. */
  readonly onNotice: () => void
}

const NOT_ASKED: Eisec = { look: () => {}, onNotice: () => {} }
const TELL_MS = 1_000
const SWEEP_MS = 60_000
/** Calls whose number is remembered. */
const MAX_ASKED = 5_000

/** Everything that asks EISEC. Without a log-on in the config there is nothing, and no call costs anything for it. */
export function startEisec(base: Base, stores: Stores, ports: Ports): Eisec {
  const logOns = base.config.eisec.logOns.filter(({ sites }) => sites.every(({ port }) => port > 0))
  if (logOns.length === 0) return NOT_ASKED
  const desks = logOns.map(logOn => startDesk(base, stores, { ...ports, logOn }))
  const byForce = (force: string) => desks.find(({ logOn }) => logOn.forces?.includes(force) ?? true)
  return {
    look: call => {
      const telephone = eisecNumber(call)
      // Most calls end here.
      if (telephone !== undefined) byForce(call.force)?.ask(call, telephone)
    },
    onNotice: () => {
      for (const { look } of desks) look()
    }
  }
}

/** One log-on: its owner, its requests, and what is told of it. */
function startDesk(base: Base, { pool }: Stores, ports: Ports & { readonly logOn: EisecLogOn }) {
  const { config, log, clock, releases, node } = base
  const { logOn, fixes } = ports
  const { id } = logOn
  const { deadlineMs, dropMs } = config.eisec
  const isOurs = () => owner.client !== undefined
  const requests = new EisecRequests({
    write: batch => addRequests(pool, batch, { isBell: !isOurs() }),
    erase: ended => endRequests(pool, ended),
    onLate: callId => {
      if (!isOurs()) fixes.note(callId, 'eisec', 'failed')
    },
    ...{ deadlineMs, dropMs, log, clock }
  })
  const standing = startStanding(base, ports, () => owner.client?.state)
  const onReport = (report: EisecReport) => {
    tellFixes(ports, report)
    if (report.isFinal) requests.end(report.callId, owner.runOf(report.callId))
  }
  const owner: EisecOwner = new EisecOwner({
    logOn: id,
    claim: () => claimLogOn(pool, id, node),
    give: () => giveLogOn(pool, id, node),
    open: known => openRequests(pool, id, { known, withinMs: dropMs }),
    makeClient: () => makeClient(base, pool, { logOn, onReport, ...standing }),
    hasBeside: () => ports.watch.judged.beside.length > 0,
    onOwner: standing.onOwner,
    ...{ log, clock }
  })
  releases.push(`EISEC requests ${id}`, () => requests.stop())
  releases.push(`EISEC ${id}`, () => owner.stop())
  const sweep = () => {
    if (isOurs())
      dropOldRequests(pool, 2 * dropMs).catch(thrown => log.debug('eisec.sweep', { reason: reasonOf(thrown) }))
  }
  releases.push('EISEC sweep', interval(sweep, SWEEP_MS))
  owner.start()
  const asked = new Map<CallId, string>()
  return {
    logOn,
    look: () => void owner.look(),
    /** A call whose place was corrected has the same number, and is not asked about twice. */
    ask: (call: Call, telephone: string) => {
      if (asked.get(call.callId) === telephone) return
      if (asked.size >= MAX_ASKED) asked.clear()
      asked.set(call.callId, telephone)
      owner.ask(call)
      requests.add({ callId: call.callId, logOn: id, run: call.seq })
    }
  }
}

/** Health and alarms of one log-on, told while it is ours. */
function startStanding(
  { clock, health, releases }: Base,
  { logOn, alarms }: Ports & { logOn: EisecLogOn },
  stateOf: () => ClientState | undefined
) {
  let graceLeft: number | undefined
  let awaySince: number | undefined
  const tell = () => {
    const state = stateOf()
    if (state === undefined) return
    if (state.kind === 'up' || state.kind === 'off') awaySince = undefined
    else awaySince ??= clock.monotonicMs()
    tellEisec(
      alarms,
      { logOn: logOn.id, state, graceLeft },
      awaySince === undefined ? 0 : clock.monotonicMs() - awaySince
    )
    const isWell = state.kind !== 'away' && state.kind !== 'refused'
    const why = `EISEC log-on ${logOn.id} is not up: no place, name or address of 999 callers comes from BT`
    health.set('eisec', isWell ? { ok: true, detail: { state: state.kind } } : { ok: false, why })
  }
  releases.push(`EISEC standing ${logOn.id}`, interval(tell, TELL_MS))
  return {
    onState: tell,
    onGrace: (left: number | undefined) => {
      graceLeft = left
      tell()
    },
    onOwner: (isOwner: boolean) => {
      awaySince = undefined
      graceLeft = undefined
      if (isOwner) return
      letGoEisec(alarms, logOn.id)
      health.set('eisec', { ok: true, detail: { state: 'at another gateway' } })
    }
  }
}

interface ClientNeeds {
  readonly logOn: EisecLogOn
  readonly onReport: (report: EisecReport) => void
  readonly onState: () => void
  readonly onGrace: (left: number | undefined) => void
}

function makeClient(base: Base, pool: Stores['pool'], { logOn, ...told }: ClientNeeds): EisecClient {
  const { config, loaded, log, metrics, clock } = base
  const { logOns: _, ...limits } = config.eisec
  return new EisecClient({
    logOn: logOn.id,
    user: logOn.user,
    sites: logOn.sites,
    limits,
    passwords: makePasswordBook({
      files: () => readEisecPasswords(logOn, loaded.path),
      record: passwordRecord(pool, logOn.id)
    }),
    random: Math.random,
    ...told,
    ...{ log, metrics, clock }
  })
}

const STATES = { searching: 'searching', late: 'searching', found: 'found', none: 'none', failed: 'failed' } as const

/** What is known of a call's place, to the record of late fixes and from there to whoever has the call. */
function tellFixes({ fixes, grid = HELMERT_GRID }: Ports, { callId, state, fixes: found }: EisecReport): void {
  const standing: SourceState = STATES[state]
  const [fix] = found
  const placed = fix === undefined ? undefined : inDegrees(fix, grid)
  if (placed === undefined) fixes.note(callId as CallId, 'eisec', standing)
  else fixes.add(callId as CallId, placed, { state: standing })
}

/** EISEC says where in metres of the National Grid; screens draw in degrees. */
function inDegrees(fix: LocationFix, grid: NationalGrid): LocationFix {
  const place = fix.grid === undefined ? undefined : grid.toLatLon(fix.grid)
  return place === undefined ? fix : { ...fix, ...place }
}
