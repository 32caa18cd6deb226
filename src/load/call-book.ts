import { makeCallId, toSipSwitchCallId } from '../call/ids.ts'
import type { CrowdRow } from './crowd-words.ts'
import type { PlannedCall } from './plan.ts'
import { trunkOf } from './scenario.ts'
import { Schedule } from './schedule.ts'
import { readSippCallId, type SippLine } from './sipp-log.ts'
import type { Site } from './site.ts'

/** One call as its switch and the handlers' clients saw it. Times are epoch ms. */
export interface BookedCall {
  readonly planned: PlannedCall
  readonly sender: number
  readonly place: number
  readonly inviteAt: number
  /** 180 on a ring leg, 200 on an event leg: from then on it is ours. */
  answeredAt?: number
  refusedWith?: number
  endedAt?: number
  /** First pop at each desk, and panels of the call wherever they came first. */
  readonly pops: Map<number, number>
  readonly panels: Map<string, number>
  ackedAt?: number
  takenAt?: number
  /** Pops that came twice to a desk, or to a desk where it does not ring. */
  doubled: number
  wrong: number
  passedOn: number
}

/** One SIPp with what it was given. */
export interface Sender {
  readonly plan: readonly PlannedCall[]
  readonly rate: { readonly calls: number; readonly periodMs: number }
}

interface Parts {
  readonly site: Site
  readonly senders: readonly Sender[]
  readonly now?: () => number
}

/** A call placed just before midnight may have been seen first just after it, and its id has the day in it. */
const MIDNIGHT_MS = 60_000
const MAX_EARLY = 100_000

/**
 * Joins SIPp's log with the clients' journals by the id that the gateway gives to each call (docs/decisions/0002), so
 * that every Call-ID is accounted for.
 */
export class CallBook {
  readonly calls: BookedCall[] = []
  readonly schedules: readonly Schedule[]
  /** Calls of whom a client heard and that this load did not place. */
  get strangers(): number {
    return this.#early.size
  }
  readonly counts = { offered: 0, answered: 0, refused: 0, popped: 0, acked: 0 }
  readonly #parts: Parts
  readonly #bySip: readonly Map<number, BookedCall>[]
  readonly #byId = new Map<string, BookedCall>()
  /** What a client said before SIPp's log was read so far. */
  readonly #early = new Map<string, CrowdRow[]>()

  constructor(parts: Parts) {
    this.#parts = parts
    this.schedules = parts.senders.map(({ rate }) => new Schedule(rate))
    this.#bySip = parts.senders.map(() => new Map())
  }

  /** When the call was due, by what is known so far of its sender. */
  dueAt({ sender, place }: BookedCall): number {
    return this.schedules[sender]?.dueAt(place) ?? Number.NaN
  }

  /** A line of the log of SIPp number `sender`. */
  onSipp(sender: number, { at, isSent, sipCallId, method, status }: SippLine): void {
    const id = readSippCallId(sipCallId)
    if (id === undefined) return
    const known = this.#bySip[sender]?.get(id.at)
    if (isSent && status === undefined && method === 'INVITE' && known === undefined) {
      this.#open(sender, id, sipCallId, at)
    } else if (!isSent && status !== undefined && known !== undefined) this.#answer(known, method, status, at)
  }

  onCrowd(rows: readonly CrowdRow[]): void {
    for (const row of rows) {
      const call = this.#byId.get(row[1])
      if (call !== undefined) this.#note(call, row)
      else if (this.#early.size < MAX_EARLY) this.#early.set(row[1], [...(this.#early.get(row[1]) ?? []), row])
    }
  }

  #open(sender: number, id: { at: number; fromTag: string }, sipCallId: string, inviteAt: number): void {
    const planned = this.#parts.senders[sender]?.plan[id.at]
    if (planned === undefined) return
    const call: BookedCall = {
      ...{ planned, sender, place: id.at, inviteAt, pops: new Map(), panels: new Map() },
      ...{ doubled: 0, wrong: 0, passedOn: 0 }
    }
    this.calls.push(call)
    this.counts.offered += 1
    this.#bySip[sender]?.set(id.at, call)
    this.schedules[sender]?.sent(id.at, inviteAt)
    const { site } = this.#parts
    const switchCallId = toSipSwitchCallId(sipCallId, id.fromTag)
    const key = { force: site.force, trunk: trunkOf(planned, site), switchCallId, occurrence: 0 }
    for (const firstSeenAt of [inviteAt, inviteAt + MIDNIGHT_MS]) {
      const callId = makeCallId({ ...key, firstSeenAt })
      this.#byId.set(callId, call)
      for (const row of this.#early.get(callId) ?? []) this.#note(call, row)
      this.#early.delete(callId)
    }
  }

  #answer(call: BookedCall, method: string, status: number, at: number): void {
    if (method === 'BYE' || method === 'CANCEL') {
      if (status === 200) call.endedAt ??= at
    } else if (method !== 'INVITE' || status === 100) return
    else if (status >= 300 && call.answeredAt === undefined && call.refusedWith === undefined) {
      call.refusedWith = status
      this.counts.refused += 1
    } else if (status < 300 && call.answeredAt === undefined) {
      call.answeredAt = at
      this.counts.answered += 1
    }
  }

  #note(call: BookedCall, [word, , desk, at]: CrowdRow): void {
    if (word === 'pop') this.#notePop(call, desk, at)
    else if (word === 'again') call.doubled += 1
    else if (word === 'passed-on') call.passedOn += 1
    else if (word === 'ack') {
      if (call.ackedAt === undefined) this.counts.acked += 1
      call.ackedAt = Math.min(call.ackedAt ?? at, at)
    } else if (word === 'taken') call.takenAt ??= at
    else if (word.startsWith('panel:')) {
      const panel = word.slice('panel:'.length)
      call.panels.set(panel, Math.min(call.panels.get(panel) ?? at, at))
    }
  }

  #notePop(call: BookedCall, desk: number, at: number): void {
    if (!call.planned.desks.includes(desk)) call.wrong += 1
    else {
      if (call.pops.size === 0) this.counts.popped += 1
      call.pops.set(desk, at)
    }
  }
}

/** Epoch ms of the first pop of the call at a desk of its own. */
export function poppedAt({ pops }: BookedCall): number | undefined {
  return pops.size === 0 ? undefined : Math.min(...pops.values())
}

/** A desk at which it rang has no pop of it, and the switch was not told that the call was refused. */
export function lacksPop({ pops, planned, refusedWith }: BookedCall): boolean {
  return refusedWith === undefined && planned.desks.some(desk => !pops.has(desk))
}
