import { type Applied, applyEvent, makeCall } from './apply-event.ts'
import { type Call, devicesOf, heard } from './call.ts'
import type { CallEvent, OfferedEvent } from './call-event.ts'
import { correlationKey, isSameCall, isTooOldToJoin } from './correlate.ts'
import { type CallId, makeCallId, type SwitchCallId, type TrunkId } from './ids.ts'
import { sentLocationAfter } from './sent-location.ts'

export interface RegistryLimits {
  /** Calls held at once, live and released. */
  readonly maxCalls: number
  /** Released calls kept for wrap-up; the oldest goes first, and stays in the record. */
  readonly maxReleased: number
  /** Ids of ended calls remembered, so that a switch that uses a Call-ID again makes a new call. */
  readonly maxEndedIds: number
}

export const REGISTRY_LIMITS: RegistryLimits = { maxCalls: 50_000, maxReleased: 5_000, maxEndedIds: 200_000 }

/**
 * A Call-ID seen again this soon after its end is a straggler of the old call, later it is a new call (Timer B twice).
 * Where the driver drops stragglers itself it is a new call at once.
 */
export const STRAGGLER_MS = 64_000

/** Stands for a trunk that is not known; no trunk's id has this character. */
const ANY_TRUNK = '*'
/** Thousands of calls may come from one number at once; the one that is meant is among the oldest. */
const MAX_LOOKED_AT = 64

export type RegistryResult =
  | { readonly kind: 'changed'; readonly call: Call; readonly previous?: Call }
  | { readonly kind: 'ignored'; readonly reason: Extract<Applied, { kind: 'ignored' }>['reason']; readonly call?: Call }

/** The calls of this node: every event finds or makes its call here and steps it. Bounded; never throws. */
export class CallRegistry {
  readonly #limits: RegistryLimits
  readonly #calls = new Map<CallId, Call>()
  readonly #bySwitchCall = new Map<string, CallId>()
  /** Every switch's name for a call, so that all of them are forgotten with it. */
  readonly #names = new Map<CallId, string[]>()
  /** Calls another switch may yet report, oldest first; those it no longer can are dropped when they are met. */
  readonly #byNumber = new Map<string, Set<CallId>>()
  readonly #numberOf = new Map<CallId, string>()
  /** In order of release, so that the oldest is first. */
  readonly #released = new Set<CallId>()
  readonly #endedIds = new Map<CallId, number>()
  readonly #onForget: (callId: CallId) => void

  constructor({
    limits = REGISTRY_LIMITS,
    onForget = () => {}
  }: { limits?: RegistryLimits; onForget?: (callId: CallId) => void } = {}) {
    this.#limits = limits
    this.#onForget = onForget
  }

  get size(): number {
    return this.#calls.size
  }

  get(callId: CallId): Call | undefined {
    return this.#calls.get(callId)
  }

  /** Whether an event by this name finds its call here. */
  knows(event: Pick<CallEvent, 'trunk' | 'switchCallId'>): boolean {
    return this.#find(event) !== undefined
  }

  /** The call that an event by this name is of. */
  callOf(event: Pick<CallEvent, 'trunk' | 'switchCallId'>): Call | undefined {
    return this.#find(event)
  }

  calls(): Iterable<Call> {
    return this.#calls.values()
  }

  /** Finds or makes the event's call and steps it. `full`: not one call more fits, and none has ended. */
  apply(event: CallEvent): RegistryResult {
    const known = this.#find(event)
    if (event.kind === 'offered') return this.#offer(event, known)
    if (known === undefined) return { kind: 'ignored', reason: 'unknown-call' }
    const applied = applyEvent(known, event)
    if (applied.kind === 'ignored') return { ...applied, call: known }
    this.#put(applied.call)
    return { kind: 'changed', call: applied.call, previous: known }
  }

  /**
   * A call from the record, which has raised its generation for us. One we hold that is as new stays as it is; of one
   * that we had adopted before, what we know beyond the record stays. The call as it is held now.
   */
  adopt(recorded: Call): Call {
    const known = this.#calls.get(recorded.callId)
    if (known !== undefined && known.generation >= recorded.generation) return known
    if (known === undefined) this.#makeRoom()
    const call = goesOn(known, recorded)
    this.#put(call)
    // Which other trunk gave the later ids is not on record, so any trunk may use them.
    for (const switchCallId of call.switchCallIds) {
      this.#name(call.callId, call.trunk, switchCallId)
      this.#name(call.callId, ANY_TRUNK, switchCallId)
    }
    return call
  }

  /**
   * Another node has the call now. It is not over: unlike after `forget`, its switch's name for it still means it.
   * Nothing when we hold it in the same or a later generation than `generation`.
   */
  handOver(callId: CallId, generation: number): boolean {
    const call = this.#calls.get(callId)
    if (call === undefined || call.generation >= generation) return false
    this.#drop(callId)
    return true
  }

  /** Ids of calls that ended earlier today, from the record: a Call-ID used again then makes a new call. */
  rememberEnded(callId: CallId): void {
    if (!this.#calls.has(callId)) this.#remember(callId, 0)
  }

  /** The card is closed; only the id stays, against a Call-ID used again. */
  forget(callId: CallId): void {
    const call = this.#calls.get(callId)
    if (call === undefined) return
    this.#remember(callId, call.releasedAt ?? call.offeredAt)
    this.#drop(callId)
  }

  #drop(callId: CallId): void {
    this.#calls.delete(callId)
    this.#released.delete(callId)
    for (const name of this.#names.get(callId) ?? []) {
      // A later call may have the name by now.
      if (this.#bySwitchCall.get(name) === callId) this.#bySwitchCall.delete(name)
    }
    this.#names.delete(callId)
    this.#indexNumber(callId, undefined)
    this.#onForget(callId)
  }

  #offer(event: OfferedEvent, known: Call | undefined): RegistryResult {
    // The ended call keeps its card: it is still to be written up.
    if (known !== undefined && !isUsedAgain(known, event)) {
      return { kind: 'ignored', reason: 'repeat-offer', call: known }
    }
    const replaced = this.#replaced(event)
    const same = replaced ?? this.#sameCall(event)
    if (same !== undefined) return this.#join(same, event)
    if (!this.#makeRoom()) return { kind: 'ignored', reason: 'full' }
    const call = makeCall(event, this.#freshId(event))
    this.#put(call)
    this.#name(call.callId, event.trunk, event.switchCallId)
    return { kind: 'changed', call }
  }

  /** RFC 3891: the call that this leg takes over. The old leg's end says nothing of the call from now on. */
  #replaced({ trunk, replaces }: OfferedEvent): Call | undefined {
    if (replaces === undefined) return undefined
    const call = this.#find({ trunk, switchCallId: replaces })
    if (call === undefined || call.state === 'released') return undefined
    for (const name of [key(trunk, replaces), key(ANY_TRUNK, replaces)]) this.#bySwitchCall.delete(name)
    return call
  }

  /** A second switch, or a second leg, reports a call we have: one call, one pop, both ids. */
  #join(call: Call, event: OfferedEvent): RegistryResult {
    const isTalking = call.state === 'answered' || call.state === 'held'
    // Only the switch that has the conversation can move it; another's later report of the ringing is old news.
    const kind = isTalking && event.replaces !== undefined ? 'transferred' : 'alerting'
    const isNews = event.replaces !== undefined || !isTalking || devicesOf(call).length === 0
    const rung = event.device === undefined || !isNews ? undefined : applyEvent(call, { ...event, kind })
    const base = rung?.kind === 'changed' ? rung.call : { ...heard(call), seq: call.seq + 1 }
    const joined: Call = {
      ...base,
      switchCallIds: [...base.switchCallIds.filter(id => id !== event.replaces), event.switchCallId],
      // What was sent first is of the switch that has the caller; another's is taken where that one said nothing.
      ...sentLocationAfter(event, base)
    }
    this.#put(joined)
    this.#name(call.callId, event.trunk, event.switchCallId)
    return { kind: 'changed', call: joined, previous: call }
  }

  #find(event: Pick<CallEvent, 'trunk' | 'switchCallId'>): Call | undefined {
    const callId =
      this.#bySwitchCall.get(key(event.trunk, event.switchCallId)) ??
      this.#bySwitchCall.get(key(ANY_TRUNK, event.switchCallId))
    return callId === undefined ? undefined : this.#calls.get(callId)
  }

  /** The oldest call it may be: two callers behind one number are told of in the order in which they rang. */
  #sameCall(event: OfferedEvent): Call | undefined {
    const number = correlationKey(event.force, event.cli)
    const calls = number === undefined ? undefined : this.#byNumber.get(number)
    let looked = 0
    for (const callId of calls ?? []) {
      const call = this.#calls.get(callId)
      if (call === undefined || isTooOldToJoin(call, event.receivedAt)) this.#indexNumber(callId, undefined)
      else if (isSameCall(call, event) && !this.#hasReported(callId, event.trunk)) return call
      else if (++looked >= MAX_LOOKED_AT) return undefined
    }
    return undefined
  }

  /** One trunk never reports one call twice under two ids: there it is a second call of the same number. */
  #hasReported(callId: CallId, trunk: TrunkId): boolean {
    return this.#names.get(callId)?.some(name => name.startsWith(`${trunk}|`)) === true
  }

  #freshId(event: OfferedEvent): CallId {
    const at = {
      force: event.force,
      trunk: event.trunk,
      switchCallId: event.switchCallId,
      firstSeenAt: event.receivedAt
    }
    let occurrence = 0
    let callId = makeCallId({ ...at, occurrence })
    while (this.#endedIds.has(callId) || this.#calls.has(callId))
      callId = makeCallId({ ...at, occurrence: ++occurrence })
    return callId
  }

  #put(call: Call): void {
    this.#calls.set(call.callId, call)
    this.#indexNumber(call.callId, call.state === 'released' ? undefined : correlationKey(call.force, call.cli))
    if (call.state === 'released') this.#release(call.callId)
  }

  /** Under the number it has now, and no longer under one it had. */
  #indexNumber(callId: CallId, number: string | undefined): void {
    const before = this.#numberOf.get(callId)
    if (before === number) return
    if (before !== undefined) {
      const calls = this.#byNumber.get(before)
      calls?.delete(callId)
      if (calls?.size === 0) this.#byNumber.delete(before)
      this.#numberOf.delete(callId)
    }
    if (number === undefined) return
    this.#numberOf.set(callId, number)
    const calls = this.#byNumber.get(number)
    if (calls === undefined) this.#byNumber.set(number, new Set([callId]))
    else calls.add(callId)
  }

  #name(callId: CallId, trunk: TrunkId, switchCallId: SwitchCallId): void {
    const name = key(trunk, switchCallId)
    this.#bySwitchCall.set(name, callId)
    const names = this.#names.get(callId)
    if (names === undefined) this.#names.set(callId, [name])
    else if (!names.includes(name)) names.push(name)
  }

  #release(callId: CallId): void {
    this.#released.add(callId)
    if (this.#released.size > this.#limits.maxReleased) this.#forgetOldestReleased()
  }

  #makeRoom(): boolean {
    if (this.#calls.size < this.#limits.maxCalls) return true
    return this.#forgetOldestReleased()
  }

  #forgetOldestReleased(): boolean {
    const [oldest] = this.#released
    if (oldest === undefined) return false
    this.forget(oldest)
    return true
  }

  #remember(callId: CallId, at: number): void {
    this.#endedIds.set(callId, at)
    if (this.#endedIds.size <= this.#limits.maxEndedIds) return
    const [oldest] = this.#endedIds.keys()
    if (oldest !== undefined) this.#endedIds.delete(oldest)
  }
}

/**
 * When the generation before was ours too, nobody else has had the call since: what our own has more than the record is
 * on its way there.
 */
function goesOn(known: Call | undefined, recorded: Call): Call {
  const isOurs = known?.generation === recorded.generation - 1 && known.seq > recorded.seq
  return isOurs ? { ...known, generation: recorded.generation } : recorded
}

function isUsedAgain({ releasedAt }: Call, { receivedAt, isNoRepeat = false }: OfferedEvent): boolean {
  return releasedAt !== undefined && (isNoRepeat || receivedAt - releasedAt > STRAGGLER_MS)
}

function key(trunk: TrunkId, switchCallId: SwitchCallId): string {
  return `${trunk}|${switchCallId}`
}
