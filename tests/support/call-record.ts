import type { CallEvent } from '../../src/call/call-event.ts'
import type { CallRecord } from '../../src/pop/call-record.ts'
import { anOffer, NOON, then } from './call-events.ts'
import { entriesOf } from './journal-entries.ts'

/** A call as its record has it: offered at noon, answered, ended a minute later, unless the test says otherwise. */
export function aCallRecord(
  over: Partial<CallRecord> = {},
  events: readonly CallEvent[] = ordinaryEvents()
): CallRecord {
  const entries = entriesOf(...events)
  const last = entries.at(-1)?.call
  if (last === undefined) throw new Error('no events given')
  const { callId, force, homeForce, line, state, cause = null, generation, seq, offeredAt } = last
  return {
    format: 'callbox-call/1',
    head: {
      ...{ callId, force, homeForce, line, state, cause, generation, seq, offeredAt },
      ...{ answeredAt: last.answeredAt ?? null, releasedAt: last.releasedAt ?? null },
      ...{ takenBy: 'ann', takenAt: NOON + 2_000, closedAt: null, closedBy: null, result: null, summary: null },
      ...{ switchCallIds: [...last.switchCallIds], call: last }
    },
    events: entries.map(({ event, call, node }) => ({
      ...{ eventId: event.eventId, receivedAt: event.receivedAt, durableAt: event.receivedAt + 1, kind: event.kind },
      ...{ generation: call.generation, seq: call.seq, trunk: event.trunk, node, event }
    })),
    ...{ shown: [], hands: [], steps: [], alarms: [], notes: [], places: [], incidents: [], links: [] },
    ...{ decisions: [], handovers: [], handoverSteps: [], handoverAlarms: [], handoverSendings: [], jobChoices: [] },
    ...{ incidentPlaces: [], callerWords: [], ledgerActs: [], ledger: null, disclosures: [] },
    ...over
  }
}

function ordinaryEvents(): readonly CallEvent[] {
  const offer = anOffer()
  return [
    offer,
    then(offer, 'answered', { receivedAt: NOON + 2_000, device: '4001' }),
    then(offer, 'released', { receivedAt: NOON + 60_000 })
  ]
}

export function aNote(over: Partial<CallRecord['notes'][number]> = {}): CallRecord['notes'][number] {
  return {
    ...{ note: 'n1', about: 'note', text: 'Caller whispers.', why: null, handler: 'ann', version: 2, isDone: true },
    ...{ begunAt: NOON + 10_000, savedAt: NOON + 20_000 },
    ...over
  }
}

export function aPlace(over: Partial<CallRecord['places'][number]> = {}): CallRecord['places'][number] {
  return {
    fixId: 'aml-0123456789abcdef',
    source: 'aml',
    fix: {
      source: 'aml',
      shape: 'circle',
      latitude: 51.752,
      longitude: -1.2577,
      radiusMetres: 12,
      fixedAt: NOON + 5_000
    },
    ...{ state: null, cameAt: NOON + 5_000, typedBy: null, confirmedAt: null, confirmedBy: null },
    ...over
  }
}

export function anAlarm(over: Partial<CallRecord['alarms'][number]> = {}): CallRecord['alarms'][number] {
  return {
    ...{ alarm: '01990000-0000-7000-8000-000000000001', code: 'silent-999', priority: 2 },
    ...{ words: 'A 999 caller cannot speak.', remedy: 'See that a handler stays on the line.' },
    ...{ raisedAt: NOON + 8_000, endedAt: null, endedBy: null, reason: null, handlers: null },
    ...over
  }
}
