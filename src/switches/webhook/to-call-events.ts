import type { Cli } from '../../call/call.ts'
import type { CallEvent, OfferedEvent } from '../../call/call-event.ts'
import { toCli } from '../../call/cli.ts'
import { type EventId, type SwitchCallId, toLinkSwitchCallId } from '../../call/ids.ts'
import type { SwitchConfig } from '../../operations/switch-schema.ts'
import type { SnapshotCall, SwitchEvent } from './switch-batch.ts'

/** What of a call its later events need. */
export interface LinkCallContext {
  readonly link: Pick<SwitchConfig, 'id' | 'numbers'>
  /** Epoch ms, before anything was parsed. */
  readonly receivedAt: number
  readonly makeEventId: (now: number) => EventId
  /** Whose the call is, where it is known here already. */
  readonly forceOf: (switchCallId: SwitchCallId) => string | undefined
}

type OfCall = Exclude<SwitchEvent, { type: 'heartbeat' | 'snapshot' }>
type Offer = Extract<SwitchEvent, { type: 'offered' }> | SnapshotCall

/** One event of a switch as one of ours: what it says is taken as it stands, and judged by the call's own machine. */
export function toCallEvent(event: OfCall, context: LinkCallContext): CallEvent {
  if (event.type === 'offered') return toOffer(event, context)
  const head = headOf(event.call, context)
  switch (event.type) {
    case 'queued':
      return { ...head, kind: 'queued', ...(event.queue === undefined ? {} : { acdQueue: event.queue }) }
    case 'corrected':
      return { ...head, kind: 'corrected', ...correctionOf(event) }
    case 'party-joined':
    case 'party-left':
      return {
        ...head,
        kind: event.type,
        role: event.role,
        ...(event.party === undefined ? {} : { party: event.party })
      }
    case 'released':
      return { ...head, kind: 'released', cause: event.cause ?? 'ended' }
    default:
      return { ...head, kind: event.type, ...(event.device === undefined ? {} : { device: event.device }) }
  }
}

/**
 * A call that the switch says is open, as what brings it to that state: offered, and from there on. The call's machine leaves
 * out what it has already.
 */
export function toStandingEvents(call: SnapshotCall, context: LinkCallContext): readonly CallEvent[] {
  const head = headOf(call.call, context)
  const device = call.device === undefined ? {} : { device: call.device }
  const then = (kind: 'alerting' | 'answered' | 'held' | 'retrieved'): CallEvent => ({
    ...{ ...head, ...device, kind },
    eventId: context.makeEventId(context.receivedAt)
  })
  const offered = toOffer(call, context)
  switch (call.state) {
    case 'offered':
      return [offered]
    case 'queued':
      return [offered, { ...head, kind: 'queued', ...(call.queue === undefined ? {} : { acdQueue: call.queue }) }]
    case 'alerting':
      return [offered, then('alerting')]
    case 'answered':
      return [offered, then('answered'), then('retrieved')]
    default:
      return [offered, then('answered'), then('held')]
  }
}

/** Says nothing, so that it changes nothing: who has the call is asked, and gives it to whoever hears its switch now. */
export function toProbe({ call }: SnapshotCall, context: LinkCallContext): CallEvent {
  return { ...headOf(call, context), kind: 'corrected' }
}

/** A call of this switch that is open here and that its snapshot does not have: its end was in what was not heard. */
export function toMissing(switchCallId: SwitchCallId, force: string, { link, ...context }: LinkCallContext): CallEvent {
  const { receivedAt, makeEventId } = context
  const head = { trunk: link.id, force, switchCallId, receivedAt, eventId: makeEventId(receivedAt) }
  return { ...head, kind: 'released', cause: 'lost' }
}

function toOffer(offer: Offer, context: LinkCallContext): OfferedEvent {
  const { device, queue, chosen, silent, reference, to } = offer
  const { number } = rowOf(to, context)
  const acdQueue = queue ?? number.acdQueue
  const ivrPath = chosen ?? number.ivrPath
  const isSilent = silent ?? number.silent
  return {
    ...{
      ...headOf(offer.call, context),
      kind: 'offered',
      force: number.force,
      homeForce: number.homeForce ?? number.force
    },
    ...{ line: number.line, route: number.route, access: number.access ?? 'voice', direction: 'in' },
    ...{ cli: cliOf({ payphone: number.payphone === true, ...offer }), ddi: to },
    ...(device === undefined ? {} : { device }),
    ...(acdQueue === undefined ? {} : { acdQueue }),
    ...(ivrPath === undefined ? {} : { ivrPath }),
    ...(isSilent === undefined ? {} : { silent: isSilent }),
    ...(number.test === undefined ? {} : { test: number.test }),
    ...(reference === undefined ? {} : { said: { headers: { reference } } })
  }
}

/** A number that no row has falls on the first: a caller must not be refused for a hole in our config. */
export function rowOf(to: string, { link }: Pick<LinkCallContext, 'link'>) {
  const known = link.numbers.find(({ number }) => number === to)
  const [first] = link.numbers
  const number = known ?? first
  if (number === undefined) throw new Error('a switch without numbers is refused when the config is checked')
  return { number, isKnown: known !== undefined }
}

function headOf(call: string, { link, receivedAt, makeEventId, forceOf }: LinkCallContext) {
  const switchCallId = toLinkSwitchCallId(call)
  const force = forceOf(switchCallId) ?? link.numbers[0]?.force ?? ''
  return { trunk: link.id, force, switchCallId, receivedAt, eventId: makeEventId(receivedAt) }
}

type Caller = Pick<Offer, 'from' | 'shown' | 'name' | 'withheld' | 'payphone'>

function cliOf({ from, shown, name, withheld = false, payphone = false }: Caller): Cli {
  return toCli({
    ...(from === undefined ? {} : { network: from }),
    ...(shown === undefined ? {} : { presentation: shown }),
    ...(name === undefined ? {} : { name }),
    ...{ isWithheld: withheld, isPayphone: payphone }
  })
}

/** Who calls is said again whole, or not at all. */
function correctionOf(said: Extract<SwitchEvent, { type: 'corrected' }>) {
  const isCaller = said.from !== undefined || said.shown !== undefined || said.withheld !== undefined
  return {
    ...(isCaller ? { cli: cliOf(said) } : {}),
    // That somebody speaks now is the handler's to say: it would take back their own word.
    ...(said.silent === true ? { silent: true } : {})
  }
}
