import type { Call } from '../call/call.ts'
import { type CallId, type ForceId, popCallId } from '../call/ids.ts'
import type { Clock } from '../operations/lifecycle.ts'
import type { AlarmCause, AlarmRecord } from './alarm.ts'
import type { AlarmBook } from './alarm-book.ts'
import type { Card } from './card.ts'
import type { EscalationRecord } from './escalation-record.ts'
import { isWatched } from './escalation-rules.ts'
import { isEmergency } from './escalation-words.ts'
import type { PopWatch } from './pop-watch.ts'

interface Parts {
  readonly alarms: Pick<AlarmBook, 'raise' | 'end' | 'letGo' | 'openOf'>
  readonly record: Pick<EscalationRecord, 'progressOf'> & Pick<AlarmRecord, 'everRaised'>
  /** The live calls of this gateway. */
  readonly watched: () => Iterable<PopWatch>
  readonly watchOf: (callId: CallId) => PopWatch | undefined
  /** Acknowledged by the record, whichever gateway heard it. */
  readonly onAcked: (popIds: readonly string[]) => void
  readonly nothingAckedMs: number
  readonly clock: Clock
}

/** Calls since the last acknowledgement of a force. */
interface Unheard {
  count: number
  readonly sinceAt: number
}

/** One call may be a desk with its screen off; two in a row are more than that. */
const MIN_CALLS = 2
/** So many calls are asked about at once. */
const MAX_ASKED = 500
/** A call of an earlier process that is older than this had its alarm, or is in the ledger. */
const UNSURE_MS = 3_600_000

/** Alarms that follow from calls by themselves: nobody to show one to, nobody who acknowledges, callers who left or cannot speak. */
export class CallAlarms {
  readonly #parts: Parts
  /** Alarms that nobody is signed on, kept up by this gateway; no more than lines and queues. */
  readonly #nobody = new Set<string>()
  /** Calls taken up from the record whose alarm may never have been raised, because the process before died. */
  readonly #unsure = new Map<string, AlarmCause>()
  /** No more entries than forces. */
  readonly #unheard = new Map<ForceId, Unheard>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Each time a card changes, before whoever watches the pop sees it. */
  onCard(card: Card): void {
    const { alarms, watchOf } = this.#parts
    const { call } = card
    const known = watchOf(call.callId)
    if (known === undefined && call.generation > 1) this.#noteRestored(call)
    if (!isWatched(call)) {
      if (known !== undefined && call.flags.abandoned && isEmergency(call))
        alarms.raise(callAlarm('abandoned-999', call))
      return
    }
    const isNew = known === undefined && call.generation === 1
    const wasSilent = known?.card.call.flags.silent ?? !isNew
    if (call.flags.silent && !wasSilent && isEmergency(call)) alarms.raise(callAlarm('silent-999', call))
    if (isOnNoScreen(card)) this.#raiseNobody(call)
    else if (isNew) this.#count(call)
  }

  /** A screen has acknowledged these pops, here or at another gateway. */
  onAcked(popIds: readonly string[]): void {
    for (const popId of popIds) {
      const callId = popCallId(popId)
      const force = callId === undefined ? undefined : this.#parts.watchOf(callId)?.card.call.force
      if (force === undefined || !this.#unheard.delete(force)) continue
      this.#parts.alarms.letGo(`nothing-acknowledged:${force}`, 'A screen has acknowledged a pop.')
    }
  }

  /** Called twice a second. */
  tick(): void {
    const needed = new Set<string>()
    for (const { card } of this.#parts.watched()) if (isOnNoScreen(card)) needed.add(this.#raiseNobody(card.call))
    for (const key of this.#nobody) {
      if (needed.has(key)) continue
      this.#nobody.delete(key)
      this.#parts.alarms.letGo(key, 'The calls are on a screen, or have ended.')
    }
  }

  /** Called every second: what the record knows better than this gateway. Rejects while it is away. */
  async ask(): Promise<void> {
    await this.#raiseMissed()
    await this.#endPopAlarms()
    await this.#askForAcks()
  }

  #noteRestored(call: Call): void {
    const { clock } = this.#parts
    const { abandoned, silent, test } = call.flags
    if ((!abandoned && !silent) || test || !isEmergency(call) || clock.now() - call.offeredAt > UNSURE_MS) return
    const cause = callAlarm(abandoned ? 'abandoned-999' : 'silent-999', call)
    if (this.#unsure.size < MAX_ASKED) this.#unsure.set(cause.key, cause)
  }

  async #raiseMissed(): Promise<void> {
    if (this.#unsure.size === 0) return
    const raised = new Set(await this.#parts.record.everRaised([...this.#unsure.keys()]))
    for (const [key, cause] of this.#unsure) if (!raised.has(key)) this.#parts.alarms.raise(cause)
    this.#unsure.clear()
  }

  /** Alarms about pops whose cause is gone by the record, on whichever gateway. */
  async #endPopAlarms(): Promise<void> {
    const { alarms, record } = this.#parts
    const open = [...alarms.openOf('pop-unacked'), ...alarms.openOf('pop-not-taken')].slice(0, MAX_ASKED)
    if (open.length === 0) return
    const callIds = open.flatMap(({ alarm }) => (alarm.call === undefined ? [] : [alarm.call as CallId]))
    const progress = new Map((await record.progressOf(callIds)).map(each => [each.callId, each]))
    for (const { alarm, key } of open) {
      const found = progress.get(alarm.call as CallId)
      if (found === undefined) continue
      if (found.isOver) alarms.end(key, 'itself', 'The call has ended.')
      else if (alarm.code === 'pop-unacked' && found.isAcked) alarms.end(key, 'itself', 'A screen has acknowledged it.')
      else if (alarm.code === 'pop-not-taken' && found.isTaken) alarms.end(key, 'itself', 'The call is taken.')
    }
  }

  /** No success while calls come in. Another gateway may have heard what this one did not: the record is asked first. */
  async #askForAcks(): Promise<void> {
    const { nothingAckedMs, clock, record, alarms, watched, onAcked } = this.#parts
    const now = clock.monotonicMs()
    for (const [force, { count, sinceAt }] of this.#unheard) {
      if (count < MIN_CALLS || now - sinceAt < nothingAckedMs) continue
      const calls = [...watched()].filter(({ card, isAcked }) => card.call.force === force && !isAcked)
      const callIds = calls.slice(-MAX_ASKED).map(({ card }) => card.call.callId)
      const acked = (await record.progressOf(callIds)).filter(({ isAcked }) => isAcked)
      if (acked.length > 0) onAcked(acked.map(({ callId }) => `p_${callId}`))
      if (!this.#unheard.has(force)) continue
      const data = { seconds: Math.round(nothingAckedMs / 1000) }
      alarms.raise({ code: 'nothing-acknowledged', key: `nothing-acknowledged:${force}`, force, data })
    }
  }

  #count({ force }: Call): void {
    const unheard = this.#unheard.get(force)
    if (unheard === undefined) this.#unheard.set(force, { count: 1, sinceAt: this.#parts.clock.monotonicMs() })
    else unheard.count += 1
  }

  #raiseNobody(call: Call): string {
    const { force, line, acdQueue = '' } = call
    const key = ['nobody-signed-on', force, encodeURIComponent(line), encodeURIComponent(acdQueue)].join(':')
    this.#nobody.add(key)
    const isUrgent = isEmergency(call)
    this.#parts.alarms.raise({ code: 'nobody-signed-on', key, force, call: call.callId, isUrgent, data: { line } })
    return key
  }
}

/** The alarm of a call that a person must hear of. */
export function callAlarm(
  code: 'abandoned-999' | 'silent-999',
  { callId, force }: Pick<Call, 'callId' | 'force'>
): AlarmCause {
  return { code, key: `${code}:${callId}`, force, call: callId }
}

function isOnNoScreen({ audience, takenBy, call }: Card): boolean {
  return audience.size === 0 && takenBy === undefined && call.answeredAt === undefined
}
