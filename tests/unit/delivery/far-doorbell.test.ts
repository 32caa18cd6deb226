import t, { type Test } from 'tap'
import { FarDoorbell } from '../../../src/delivery/far-doorbell.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { toBarePop } from '../../../src/pop/bare-pop.ts'
import { panelRevision, unitsRevision } from '../../../src/pop/panel.ts'
import type { BarePop, Panel, PanelName } from '../../../src/pop/pop.ts'
import type { ScreenEvent } from '../../../src/pop/session-log.ts'
import { anOffer, callAfter, NOON, then } from '../../support/call-events.ts'
import { barePop } from '../../support/pop-words.ts'
import { until } from '../../support/until.ts'

const offer = anOffer()
const CALL = callAfter(offer, then(offer, 'answered'))

/** Two gateways that have the record and no Redis: what the first rings for, the second shows. */
function makePair() {
  const shown: ScreenEvent[] = []
  const looked: number[] = []
  const payloads: string[] = []
  const clock = { now: () => NOON, monotonicMs: () => 0 }
  const lookFor = async (_: string, run: number) => void looked.push(run)
  const parts = { hasBeside: () => true, lookFor, toBarePop, log: silentLog, clock }
  const there = new FarDoorbell({
    ...{ ...parts, node: 'n-2', isHere: () => true, notify: async () => {} },
    readOpen: async () => ({ call: CALL }),
    sendDirect: (_handlers, _eventId, ev) => shown.push(ev)
  })
  const here = new FarDoorbell({
    ...{ ...parts, node: 'n-1', isHere: () => false, readOpen: async () => undefined, sendDirect: () => {} },
    notify: async some => {
      payloads.push(...some)
      for (const payload of some) there.hear(JSON.parse(payload))
    }
  })
  return { here, shown, looked, payloads }
}

t.test(
  'what only the card knows of a call reaches the other gateway with the ring, and nothing of the caller',
  async t => {
    const { here, shown, payloads } = makePair()
    const said: Partial<BarePop> = {
      escalated: { from: 'tvp-d01', why: 'unacked', at: NOON },
      handedOverTo: { device: '4002', handler: 'tvp-h02', answered: true, at: NOON },
      wrapUp: true,
      takenBy: 'tvp-h02'
    }
    const data = barePop(1, {
      ...said,
      state: 'answered',
      number: { display: '07700 900123', trust: 'asserted', kind: 'mobile' }
    })
    here.ring(['ann'], 'pop:1', { type: 'call.pop', call: CALL.callId, rev: 3, data }, NOON)
    await until(() => (shown.length > 0 ? '' : 'nothing was shown'))
    t.match(shown, [{ type: 'call.pop', rev: 3, data: { ...said, number: { display: '07700 900123' } } }])
    t.notMatch(payloads.join(), /900123/)
    here.stop()
  }
)

t.test('each run of the lookups is asked once, whichever panel rang, and by its own number', async t => {
  const { here, looked } = makePair()
  const [run, other] = [20_001, 20_002]
  const panel = (name: PanelName, rev: number) => {
    const data: Panel = { panel: name, status: 'found', source: 'test', sinceOfferedMs: 1, items: [], more: 0 }
    here.ring(['ann'], `panel:${name}:${rev}`, { type: 'call.panel', call: CALL.callId, rev, data }, NOON)
  }
  // The panel of units has revisions of its own sort: of them no other panel may get one.
  panel('units', unitsRevision(run, { status: 'found' }, 12_000))
  panel('location', panelRevision(run, { status: 'found' }))
  panel('units', unitsRevision(other, { status: 'pending' }, 70_000))
  await until(() => (looked.length > 1 ? '' : `looked for ${looked}`))
  t.same(looked, [run, other])
  here.stop()
})

/** A gateway whose screens all are elsewhere, and what it has rung for. */
function makeRinger(t: Test) {
  const rung: string[] = []
  const state = { hasBeside: true, takes: true, now: 0 }
  const bell = new FarDoorbell({
    node: 'n-1',
    hasBeside: () => state.hasBeside,
    isHere: () => false,
    readOpen: async () => undefined,
    sendDirect: () => {},
    lookFor: async () => {},
    notify: async some => {
      if (!state.takes) throw new Error('no connection')
      for (const payload of some) {
        for (const { event } of (JSON.parse(payload) as { rings: { event: string }[] }).rings) rung.push(event)
      }
    },
    ...{ toBarePop, log: silentLog, clock: { now: () => NOON, monotonicMs: () => state.now } }
  })
  t.teardown(() => bell.stop())
  const ring = (eventId: string) =>
    bell.ring(['ann'], eventId, { type: 'call.pop', call: CALL.callId, rev: 3, data: barePop(1) }, NOON)
  return {
    ring,
    rung,
    state,
    untilRung: (all: string[]) => until(() => (rung.join() === all.join() ? '' : rung.join()))
  }
}

t.test('a call that comes before we know of the gateway with its screen rings there as soon as we do', async t => {
  const { ring, state, untilRung, rung } = makeRinger(t)
  state.hasBeside = false
  ring('pop:1')
  await new Promise(done => setTimeout(done, 150))
  t.same(rung, [], 'nobody to ring at')
  ring('pop:2')
  state.hasBeside = true
  await untilRung(['pop:1', 'pop:2'])
})

t.test('a ring that PostgreSQL did not take goes again; one of long ago is of no use to anybody', async t => {
  const { ring, state, untilRung } = makeRinger(t)
  state.takes = false
  ring('pop:1')
  await new Promise(done => setTimeout(done, 50))
  state.now = 2_000
  ring('pop:2')
  await new Promise(done => setTimeout(done, 150))
  state.now = 4_000
  state.takes = true
  await untilRung(['pop:2'])
})

t.test('a record that does not answer the first time is asked again for a call that rang', async t => {
  const shown: ScreenEvent[] = []
  let asked = 0
  const there = new FarDoorbell({
    ...{ node: 'n-2', hasBeside: () => true, isHere: () => true, notify: async () => {}, lookFor: async () => {} },
    readOpen: async () => {
      asked += 1
      if (asked === 1) throw new Error('timeout')
      return { call: CALL }
    },
    sendDirect: (_handlers, _eventId, ev) => shown.push(ev),
    ...{ toBarePop, log: silentLog, clock: { now: () => NOON, monotonicMs: () => 0 } }
  })
  const ring = { call: CALL.callId, event: 'pop:1', kind: 'call.pop', rev: 3, at: NOON, handlers: ['ann'] }
  t.ok(there.hear({ t: 'rings', from: 'n-1', rings: [{ ...ring, state: 'answered' }] }))
  await until(() => (shown.length > 0 ? '' : `asked ${asked} times`))
})
