import type { Call, Cli } from '../../src/call/call.ts'
import type { CallEvent, OfferedEvent } from '../../src/call/call-event.ts'
import { CallRegistry } from '../../src/call/call-registry.ts'
import { makeEventId, toSipSwitchCallId } from '../../src/call/ids.ts'

/** 12:00 UTC on an ordinary day; tests that need another hour say so. */
export const NOON = Date.UTC(2026, 2, 3, 12)

/** The network number of a mobile caller, from Ofcom's drama range: 07700 900000 to 900999. */
export function cliOf(lastThree: number): Cli {
  const national = `7700900${String(lastThree).padStart(3, '0')}`
  return { network: { raw: `+44${national}`, e164: `+44${national}`, kind: 'mobile' }, trust: 'asserted' }
}

/** A 999 call for Thames Valley that rings at desk 4001, unless the test says otherwise. */
export function anOffer(over: Partial<OfferedEvent> & { readonly name?: string } = {}): OfferedEvent {
  const { name = 'call-1', ...rest } = over
  const receivedAt = rest.receivedAt ?? NOON
  return {
    kind: 'offered',
    eventId: makeEventId(receivedAt),
    trunk: 'demo-switch',
    force: 'tvp',
    homeForce: 'tvp',
    switchCallId: toSipSwitchCallId(name, 'tag'),
    receivedAt,
    device: '4001',
    line: '999',
    route: 'primary',
    access: 'voice',
    direction: 'in',
    cli: cliOf(123),
    ddi: '999',
    ...rest
  }
}

/** The same call offered to the line, at no desk yet. */
export function aQueueOffer(over: Parameters<typeof anOffer>[0] = {}): OfferedEvent {
  const { device: _, ...rest } = anOffer(over)
  return rest
}

type Later = Exclude<CallEvent, OfferedEvent>
/** A later event of the call an offer began, a second after it. */
export function then<K extends Later['kind']>(
  offer: OfferedEvent,
  kind: K,
  over: Partial<Extract<Later, { kind: K }>> = {}
): CallEvent {
  const receivedAt = over.receivedAt ?? offer.receivedAt + 1_000
  const head = {
    eventId: makeEventId(receivedAt),
    trunk: offer.trunk,
    force: offer.force,
    switchCallId: offer.switchCallId,
    receivedAt
  }
  const cause = kind === 'released' ? { cause: 'ended' } : {}
  return { ...head, ...cause, kind, ...over } as CallEvent
}

/** The call after these events; fails when one of them changed nothing. */
export function callAfter(...events: readonly CallEvent[]): Call {
  const registry = new CallRegistry()
  let call: Call | undefined
  for (const event of events) {
    const result = registry.apply(event)
    if (result.kind === 'ignored') throw new Error(`${event.kind} was ignored: ${result.reason}`)
    call = result.call
  }
  if (call === undefined) throw new Error('no events given')
  return call
}
