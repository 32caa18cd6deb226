import t from 'tap'
import { LEASE_MS, type NodeJudgement } from '../../../src/delivery/node-lease.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import type { Recovered } from '../../../src/wiring/adopt-calls.ts'
import { NodeWatch } from '../../../src/wiring/node-watch.ts'
import { anOffer, then } from '../../support/call-events.ts'

const BESIDE: NodeJudgement = {
  ...{ gone: [], unheard: [], deaths: [], beside: ['n-other'], lostSites: [] },
  ...{ isOneSilent: false, hasOthers: true }
}

/** A node's view of the others, at a time that moves by hand. */
function makeWatch() {
  let now = 0
  const clock = { now: () => now, monotonicMs: () => now }
  const watch = new NodeWatch({ node: 'n-me', log: silentLog, metrics: makeMetrics(), clock }, async () => {})
  const hearAt = (at: number, judged: NodeJudgement) => {
    now = at
    watch.onNodes(judged)
    return watch.isRecordBehind()
  }
  const isBehindAt = (at: number) => {
    now = at
    return watch.isRecordBehind()
  }
  return { hearAt, isBehindAt }
}

t.test(
  'a hang-up that a silent gateway did not take is not refused by the next, whose record may lack the call',
  async t => {
    const { hearAt, isBehindAt } = makeWatch()
    t.equal(hearAt(0, BESIDE), false)
    t.equal(hearAt(1_000, { ...BESIDE, isOneSilent: true }), true, 'its lease has not run out yet')
    t.equal(hearAt(LEASE_MS, BESIDE), true, 'it is back, and has still to write')
    for (let at = LEASE_MS; at < 40_000; at += 1_000) hearAt(at, BESIDE)
    t.equal(hearAt(40_000, BESIDE), false)
    t.equal(isBehindAt(41_000), false)
  }
)

t.test('nor by one that has not heard from the record itself: all may have kept calls meanwhile', async t => {
  const { hearAt, isBehindAt } = makeWatch()
  t.equal(hearAt(0, BESIDE), false)
  t.equal(isBehindAt(LEASE_MS), true)
  t.equal(hearAt(LEASE_MS, BESIDE), true, 'it is back, and they have still to write')
  t.equal(isBehindAt(LEASE_MS + 29_000), true)
  for (let at = LEASE_MS; at < 60_000; at += 1_000) hearAt(at, BESIDE)
  t.equal(hearAt(60_000, BESIDE), false)
  t.equal(hearAt(60_001, { ...BESIDE, beside: [], hasOthers: false }), false)
  t.equal(isBehindAt(90_000), false, 'a gateway without others has every call itself')
})

t.test('a hang-up found on the disk before the gateway has its calls waits until it has', async t => {
  const clock = { now: () => 0, monotonicMs: () => 0 }
  const watch = new NodeWatch({ node: 'n-me', log: silentLog, metrics: makeMetrics(), clock }, async () => {})
  const kept = { kept: Promise.resolve(), letGo: () => {} }
  const heard: string[] = []
  watch.kept(then(anOffer(), 'released'), kept)
  const adopter = {
    ofOwners: async () => 0,
    superseded: () => {},
    kept: (events: readonly Recovered[]) => void heard.push(...events.map(({ event }) => event.kind)),
    handedOver: () => false,
    reconcile: async () => {}
  }
  const hands = { hear: () => {}, reconcile: async () => {} }
  watch.attach({ adopter, hands, cutScreens: () => {}, doorbell: { hear: () => true } })
  t.same(heard, ['released'])
  watch.kept(then(anOffer(), 'held'), kept)
  t.same(heard, ['released', 'held'])
})

t.test('a gateway that stood still, was taken for dead and then dies is dead a second time', async t => {
  const clock = { now: () => 0, monotonicMs: () => 0 }
  const watch = new NodeWatch({ node: 'n-me', log: silentLog, metrics: makeMetrics(), clock }, async () => {})
  const deaths: string[] = []
  const adopter = {
    ...{ ofOwners: async () => 0, superseded: () => {}, kept: () => {}, handedOver: () => false },
    reconcile: async () => {}
  }
  const hands = { hear: () => {}, reconcile: async () => {} }
  const screens = { cutScreens: () => {}, doorbell: { hear: () => true } }
  watch.attach({ adopter, hands, ...screens, onNode: (_, death) => void deaths.push(death) })
  const lapsed = (end: string) => ({ ...BESIDE, unheard: ['n-other'], deaths: [`n-other:${end}`] })
  for (const judged of [lapsed('1'), lapsed('1'), BESIDE, lapsed('2')]) watch.onNodes(judged)
  t.same(deaths, ['n-other:1', 'n-other:2'], 'so that what it had still to say this time is made up for as well')
})
