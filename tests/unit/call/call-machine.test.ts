import t from 'tap'
import type { CallState } from '../../../src/call/call.ts'
import type { CallEventKind } from '../../../src/call/call-event.ts'
import { NEXT, step } from '../../../src/call/call-machine.ts'

const STATES = Object.keys(NEXT) as CallState[]
const KINDS: CallEventKind[] = [
  'offered',
  'queued',
  'alerting',
  'answered',
  'held',
  'retrieved',
  'transferred',
  'corrected',
  'party-joined',
  'party-left',
  'released'
]

t.test('every state answers every kind of event, and never throws', async t => {
  for (const state of STATES) {
    for (const kind of KINDS) {
      const result = step(state, kind)
      t.ok(result.kind === 'changed' || result.reason !== undefined, `${state} ${kind}`)
    }
  }
})

t.test('every live call may be released, and a released call stays so', async t => {
  for (const state of STATES.filter(state => state !== 'released')) {
    t.match(step(state, 'released'), { kind: 'changed', state: 'released' }, state)
  }
  for (const kind of KINDS) t.equal(step('released', kind).kind, 'ignored', kind)
})

t.test('nobody answers: the call goes back to the ACD queue and may ring again', async t => {
  t.match(step('alerting', 'queued'), { state: 'queued' })
  t.match(step('queued', 'alerting'), { state: 'alerting' })
})

t.test('a repeat is told from an order no switch should send', async t => {
  t.match(step('answered', 'answered'), { kind: 'ignored', reason: 'already-in-state' })
  t.match(step('queued', 'held'), { kind: 'ignored', reason: 'not-from-this-state' })
})

t.test('a correction, and whoever joins or leaves, keeps the state of a live call', async t => {
  for (const state of STATES.filter(state => state !== 'released')) {
    for (const kind of ['corrected', 'party-joined', 'party-left'] as const) {
      t.match(step(state, kind), { kind: 'changed', state })
    }
  }
})
