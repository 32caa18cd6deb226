import { AskedCalls } from './call/asked-calls.ts'
import type { Call } from './call/call.ts'
import type { CallEvent, CorrectedEvent, OfferedEvent } from './call/call-event.ts'
import type { CallRegistry } from './call/call-registry.ts'
import type { CallId, TrunkId } from './call/ids.ts'
import { hasSentLocation } from './call/sent-location.ts'
import { isSynthetic } from './call/synthetic.ts'
import type { Journal } from './journal/journal.ts'
import type { LookAgain } from './lookups/lookup.ts'
import type { Clock } from './operations/lifecycle.ts'
import type { Log } from './operations/log.ts'
import type { Metrics } from './operations/metrics.ts'
import type { TakeEvent, Taken } from './switches/switch-driver.ts'

interface Parts {
  /** Adds what the gateway knows and no switch says: who sits at the device, and whether this number rang before. */
  readonly stamp?: (event: CallEvent) => CallEvent
  readonly registry: CallRegistry
  readonly journal: Pick<Journal, 'append'>
  /** The bare pop or the new state; returns at once. */
  readonly deliver: (call: Call, receivedAt: number) => void
  /** Queues the lookups, or `only` some; returns at once and holds the job itself while Redis is away. */
  readonly look: (call: Call, only?: LookAgain) => void
  /** While this node, after a standstill, learns what others took over: nothing is taken before that. */
  readonly gate?: () => Promise<void> | undefined
  /**
   * The call of an event that is not here may be another node's. Undefined when it cannot be; else true when the event
   * may be applied, false when the record did not say in time: then the event waits (`later`).
   */
  readonly adopt?: (event: CallEvent) => Promise<boolean> | undefined
  readonly later?: (event: CallEvent) => void
  /** Whether another node has had this call, where what comes in may be old because this node stood still; else undefined. */
  readonly isOthers?: (event: OfferedEvent) => Promise<boolean> | undefined
  /** Trunks whose switch is answered before the journal has the call. */
  readonly answersAtOnce: ReadonlySet<TrunkId>
  readonly node: string
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
}

/**
 * The one door into the gateway (design §3 steps 2 to 5): the call is stepped, its pop leaves, its entry goes to the
 * journal and its lookups to the queue, side by side. Only the journal is waited for, because the switch's answer
 * says that we will not lose the call.
 */
export function makeTakeEvent(parts: Parts): {
  take: TakeEvent
  /** Without asking whose the call is. */
  apply: TakeEvent
  forget: (callId: CallId) => void
} {
  /** Calls whose offer is not in the journal yet: a repeat of the offer waits for it. Bounded by the registry. */
  const notDurable = new Map<CallId, { readonly event: OfferedEvent; readonly taken: Promise<Taken> }>()

  const asked = new AskedCalls()

  const toJournal = (event: CallEvent, call: Call): Promise<Taken> => {
    const taken = append(parts, event, call)
    if (event.kind !== 'offered') return taken
    notDurable.set(call.callId, { event, taken })
    return taken.then(outcome => {
      if (outcome === 'durable') notDurable.delete(call.callId)
      return outcome
    })
  }

  /**
   * The switch sends its offer again: it gets the first one's answer, and after a refusal a new try. As the same event,
   * because what was refused may be written all the same, only later.
   */
  const repeat = async (event: CallEvent, call: Call): Promise<Taken> => {
    const first = notDurable.get(call.callId)
    if (first === undefined) return 'durable'
    if ((await first.taken) === 'durable') return 'durable'
    return toJournal(isSameOffer(first.event, event) ? { ...event, eventId: first.event.eventId } : event, call)
  }

  const apply: TakeEvent = async event => {
    const result = parts.registry.apply(parts.stamp?.(event) ?? event)
    const isCounted = !isSynthetic(event.force)
    const came = result.kind === 'changed' ? 'changed' : result.reason
    if (isCounted) parts.metrics.callEvents.inc({ kind: event.kind, result: came })
    if (result.kind === 'ignored') {
      if (result.reason === 'repeat-offer' && result.call !== undefined) return repeat(event, result.call)
      if (result.reason !== 'full') return 'ignored'
      parts.log.error('call.refused', { trunk: event.trunk, reason: 'full' })
      return 'refused'
    }
    const { call } = result
    const { callId, force, line, state, seq } = call
    const fields = { callId, trunk: event.trunk, force, line, what: event.kind, state, seq }
    if (isCounted) parts.log.info('call.changed', fields)
    else parts.log.debug('call.changed', fields)
    parts.deliver(call, event.receivedAt)
    const durable = toJournal(event, call)
    if (isCounted) lookAgain(parts, event, call)
    return parts.answersAtOnce.has(event.trunk) ? 'received' : durable
  }

  const take: TakeEvent = event => {
    const gate = parts.gate?.() ?? asked.of(event)
    if (gate !== undefined) return gate.then(() => take(event))
    if (parts.registry.knows(event)) return apply(event)
    if (event.kind === 'offered') {
      // Else an offer never waits: its call has the same id on every node, and what another has of it is merged afterwards.
      const others = parts.isOthers?.(event)
      if (others === undefined) return apply(event)
      asked.note(event, others)
      return unlessOthers({ ...parts, apply }, event, others)
    }
    const adopted = parts.adopt?.(event)
    if (adopted === undefined) return apply(event)
    asked.note(event, adopted)
    return adoptFirst({ ...parts, apply }, event, adopted)
  }

  return { take, apply, forget: callId => void notDurable.delete(callId) }
}

interface WithApply {
  readonly apply: TakeEvent
}

async function adoptFirst(
  { apply, later }: Parts & WithApply,
  event: CallEvent,
  adopted: Promise<boolean>
): Promise<Taken> {
  if (await adopted) return apply(event)
  later?.(event)
  return 'ignored'
}

/** Its call may have ended long ago: a pop of it would ring for nobody, and a second 200 would open a second dialog. */
async function unlessOthers(
  { apply, log }: Parts & WithApply,
  event: OfferedEvent,
  others: Promise<boolean>
): Promise<Taken> {
  if (!(await others)) return apply(event)
  log.info('call.elsewhere', { trunk: event.trunk, force: event.force, line: event.line })
  return 'elsewhere'
}

/** Of one leg of the call: another switch's report of it has its own. */
function isSameOffer(one: OfferedEvent, other: CallEvent): boolean {
  return one.trunk === other.trunk && one.switchCallId === other.switchCallId
}

/** A new call, or one whose number or place was corrected; that a caller is silent changes no answer. */
function lookAgain({ look }: Pick<Parts, 'look'>, event: CallEvent, call: Call): void {
  if (event.kind === 'offered') look(call)
  else if (event.kind !== 'corrected') return
  else if (event.lateFixes !== undefined) look(call, toLookAgain(event))
  else if (event.cli !== undefined || hasSentLocation(event)) look(call)
}

/** Undefined: everything, since what was said of the caller is not all that has changed. */
function toLookAgain({ isLinkChange, isNoteChange, isCallerChange }: CorrectedEvent): LookAgain | undefined {
  if (isNoteChange === true) return 'notes'
  if (isCallerChange === true) return isLinkChange === true ? undefined : 'caller'
  return isLinkChange === true ? 'links' : 'location'
}

async function append({ journal, log, node }: Parts, event: CallEvent, call: Call): Promise<Taken> {
  try {
    await journal.append({ event, call, node })
    return 'durable'
  } catch (thrown) {
    log.fault('call.not-durable', thrown, { callId: call.callId, trunk: event.trunk })
    return 'refused'
  }
}
