import type { Call } from '../call/call.ts'
import type { CallId } from '../call/ids.ts'
import type { NodeJudgement } from '../delivery/node-lease.ts'
import { EisecClient } from '../lookups/location/eisec/eisec-client.ts'
import type { EisecReport } from '../lookups/location/eisec/eisec-inquiries.ts'
import { eisecNumber } from '../lookups/location/eisec/eisec-number.ts'
import type { LateFixes, SourceState } from '../lookups/location/late-fix.ts'
import { readEisecPasswords } from '../operations/eisec-passwords.ts'
import type { EisecLogOn } from '../operations/eisec-schema.ts'
import { reasonOf } from '../operations/errors.ts'
import { after, interval, type Stop } from '../operations/lifecycle.ts'
import type { AlarmBook } from '../pop/alarm-book.ts'
import { addRequests, claimLogOn, dropOldRequests, endRequests, giveLogOn, openRequests } from '../records/eisec.ts'
import type { Base } from './base.ts'
import { EisecOwner } from './eisec-owner.ts'
import { makePasswordBook, passwordRecord } from './eisec-passwords.ts'
import { EisecRequests } from './eisec-requests.ts'
import { EisecStandings } from './eisec-standings.ts'
import type { Stores } from './open-stores.ts'
import { Paced } from './paced.ts'
import type { Lookups } from './start-lookups.ts'

interface Ports {
  readonly fixes: LateFixes
  readonly alarms: Pick<AlarmBook, 'raise' | 'letGo'>
  readonly watch: { readonly judged: Pick<NodeJudgement, 'beside'> }
}

export interface Eisec {
  /** Of an offered call, or one whose number was corrected. Returns at once; only 999 calls are asked about. */
  readonly look: (call: Call) => void
  /** Of a call taken over from a gateway that may have died before it could leave the call in the record. */
  readonly adopted: (call: Call) => void
  /** Another gateway has left calls in the record, or given a log-on back. */
  readonly onNotice: () => void
}

const NOT_ASKED: Eisec = { look: () => {}, adopted: () => {}, onNotice: () => {} }
const SWEEP_MS = 60_000
/** Each makes the location lookup of a call run again; a site that comes back answers for many calls in one moment. */
const REPORTS = { everyMs: 5, maxWaiting: 1_000 } as const
/** Calls whose number is remembered. */
const MAX_ASKED = 5_000

/** Everything that asks EISEC. Without a log-on in the config there is nothing, and no call costs anything for it. */
export function startEisec(base: Base, stores: Stores, ports: Ports): Eisec {
  const logOns = base.config.eisec.logOns.filter(({ sites }) => sites.every(({ port }) => port > 0))
  if (logOns.length === 0) return NOT_ASKED
  const standings = new EisecStandings(base, ports.alarms)
  const desks = logOns.map(logOn => startDesk(base, stores, { ...ports, standings, logOn }))
  const byForce = (force: string) => desks.find(({ logOn }) => logOn.forces?.includes(force) ?? true)
  const later = makeLater(base, call => {
    const telephone = eisecNumber(call)
    if (telephone !== undefined) byForce(call.force)?.ask(call, telephone)
  })
  const look = (call: Call) => {
    // Most calls end here.
    if (eisecNumber(call) !== undefined) later(call)
  }
  return {
    look,
    adopted: call => {
      // Later than that an answer says nothing any more of where the caller is.
      if (call.state !== 'released' && base.clock.now() - call.offeredAt < base.config.eisec.dropMs) look(call)
    },
    onNotice: () => {
      for (const { look } of desks) look()
    }
  }
}

/** The lookups, and what is asked beside them and answers when it can; a late fix is no reason to ask EISEC again. */
export function withEisec(lookups: Lookups, eisec: () => Eisec): Lookups {
  return {
    ...lookups,
    look: (call, only) => {
      lookups.look(call, only)
      if (only === undefined) eisec().look(call)
    },
    fill: call => {
      lookups.fill(call)
      eisec().adopted(call)
    }
  }
}

/** In the next turn of the loop: what the pop and the switch's answer still have to do goes before. */
function makeLater({ releases }: Base, run: (call: Call) => void): (call: Call) => void {
  let waiting: Call[] = []
  let stop: Stop = () => {}
  releases.push('EISEC calls', () => stop())
  return call => {
    waiting.push(call)
    if (waiting.length > 1) return
    stop = after(0, () => {
      const calls = waiting
      waiting = []
      for (const each of calls) run(each)
    })
  }
}

interface DeskPorts extends Ports {
  readonly standings: EisecStandings
  readonly logOn: EisecLogOn
}

/** One log-on: its owner, its requests, and what is told of it. */
function startDesk(base: Base, { pool }: Stores, ports: DeskPorts) {
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
  const standing = ports.standings.add(id, () => owner.client?.state)
  const reports = new Paced<EisecReport>(REPORTS, report => {
    tellFixes(ports, report)
    if (report.isFinal) requests.end(report.callId, owner.runOf(report.callId))
  })
  const owner: EisecOwner = new EisecOwner({
    logOn: id,
    claim: () => claimLogOn(pool, id, node),
    give: () => giveLogOn(pool, id, node),
    open: known => openRequests(pool, id, { known, withinMs: dropMs }),
    makeClient: () => makeClient(base, pool, { logOn, onReport: report => reports.add(report), ...standing }),
    hasBeside: () => ports.watch.judged.beside.length > 0,
    onOwner: standing.onOwner,
    ...{ log, clock }
  })
  releases.push(`EISEC requests ${id}`, () => requests.stop())
  releases.push(`EISEC reports ${id}`, () => reports.stop())
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
function tellFixes({ fixes }: Ports, { callId, state, fixes: found }: EisecReport): void {
  const standing: SourceState = STATES[state]
  const [fix] = found
  // It says where in metres of the National Grid; the lookup makes degrees of them, by the exact grid where there is one.
  if (fix === undefined) fixes.note(callId as CallId, 'eisec', standing)
  else fixes.add(callId as CallId, fix, { state: standing })
}
