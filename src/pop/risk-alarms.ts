import type { Call } from '../call/call.ts'
import type { CallId, HandlerId } from '../call/ids.ts'
import { isOwnOffer } from './address.ts'
import type { AlarmCause, AlarmRecord } from './alarm.ts'
import type { AlarmBook } from './alarm-book.ts'
import type { Card } from './card.ts'
import { isEmergency } from './escalation-words.ts'
import type { Panel } from './pop.ts'

interface Parts {
  readonly alarms: Pick<AlarmBook, 'raise'>
  readonly record: Pick<AlarmRecord, 'everRaised'>
}

/** Handlers one alarm is told to: those who have the call, else those whom it was offered to. */
const MAX_HANDLERS = 50
/** So many calls are asked about at once. */
const MAX_ASKED = 500

/**
 * A caller who says nothing, or has left, and for whom a high risk of domestic abuse is on record: whoever has the call and the
 * supervisors are told, once for each call, until one of them says what was done. Which of the two is known first does not
 * matter, nor does the call's end.
 */
export class RiskAlarms {
  readonly #parts: Parts
  /** Calls whose alarm was raised here, or is being asked about; no more than there are cards. */
  readonly #known = new Set<CallId>()
  /** Of calls that another process may have raised it for. */
  readonly #unsure = new Map<string, AlarmCause>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Each time a card changes, its panels too. */
  onCard({ call, panels, audience, had }: Card): void {
    if (this.#known.has(call.callId)) return
    const cause = causeOf(call, panels.get('warnings')?.panel, handlersOf({ audience, had }))
    if (cause === undefined) return
    this.#known.add(call.callId)
    // A call that was taken up from the record may have had its alarm, and somebody may have ended that.
    if (call.generation === 1) this.#parts.alarms.raise(cause)
    else this.#unsure.set(cause.key, cause)
  }

  /** The warnings of a call whose card is closed already: they came after everybody had let go of it. */
  onLatePanel(call: Call, panel: Panel): void {
    const cause = causeOf(call, panel, [])
    if (cause !== undefined) this.#unsure.set(cause.key, cause)
  }

  onForgotten(callId: CallId): void {
    this.#known.delete(callId)
  }

  /** Called every second. Rejects while the record is away, and the next time asks again. */
  async ask(): Promise<void> {
    const asked = [...this.#unsure].slice(0, MAX_ASKED)
    if (asked.length === 0) return
    const raised = new Set(await this.#parts.record.everRaised(asked.map(([key]) => key)))
    for (const [key, cause] of asked) {
      if (!raised.has(key)) this.#parts.alarms.raise(cause)
      this.#unsure.delete(key)
    }
  }
}

const WHOSE: Readonly<Record<string, string>> = {
  number: 'the number',
  person: 'a person of the number',
  address: 'the address of the number',
  place: 'an address at the caller’s place'
}

function causeOf(call: Call, panel: Panel | undefined, handlers: readonly HandlerId[]): AlarmCause | undefined {
  const { callId, force, line, flags, direction } = call
  if (panel?.panel !== 'warnings' || panel.risk === undefined) return undefined
  if ((!flags.silent && !flags.abandoned) || flags.test || direction === 'out') return undefined
  const what = flags.abandoned ? 'left before anybody answered' : 'cannot speak'
  return {
    code: 'risk-unheard',
    key: `risk-unheard:${callId}`,
    ...{ force, call: callId, handlers },
    isUrgent: isEmergency(call),
    data: { line, what, of: WHOSE[panel.risk.of] ?? 'the caller' }
  }
}

function handlersOf({ audience, had }: Pick<Card, 'audience' | 'had'>): readonly HandlerId[] {
  const own = [...audience].flatMap(([handler, offer]) => (isOwnOffer(offer) ? [handler] : []))
  const theirs = new Set([...own, ...had])
  return [...(theirs.size > 0 ? theirs : audience.keys())].slice(0, MAX_HANDLERS)
}
