import t from 'tap'
import type { Call } from '../../../src/call/call.ts'
import type { SignOn } from '../../../src/pop/address.ts'
import { CHOSEN_MS, DeviceChooser } from '../../../src/pop/device-chooser.ts'
import { anOffer, callAfter, NOON, then } from '../../support/call-events.ts'

const at = (device: string, over: Partial<SignOn> = {}): SignOn => ({
  handler: `h-${device}`,
  name: device,
  force: 'tvp',
  role: 'handler',
  grants: [],
  lines: ['101'],
  acdQueues: [],
  position: `p-${device}`,
  devices: [device],
  ...over
})
const QUESTION = { force: 'tvp', line: '101' }

function chooser(signOns: readonly SignOn[], calls: readonly Call[] = []) {
  let ms = 1_000
  const made = new DeviceChooser({
    signOns: () => signOns,
    calls: () => calls,
    clock: { now: () => NOON + ms, monotonicMs: () => ms }
  })
  const pass = (later: number) => {
    ms += later
  }
  return { choose: () => made.choose(QUESTION), pass }
}
const ringing = (device: string) => callAfter(anOffer({ device, name: `r-${device}` }))
const ended = (device: string, atMs: number) => {
  const offer = anOffer({ device, name: `e-${device}-${atMs}` })
  return callAfter(offer, then(offer, 'answered'), then(offer, 'released', { cause: 'ended', receivedAt: atMs }))
}

t.test('nobody signed on for the line: no desk', async t => {
  t.equal(chooser([]).choose(), undefined)
  t.equal(chooser([at('4001', { lines: ['999'] })]).choose(), undefined)
  t.equal(chooser([at('5001', { force: 'hants' })]).choose(), undefined)
})

t.test('a desk with a call is not chosen', async t => {
  t.equal(chooser([at('4001'), at('4002')], [ringing('4001')]).choose(), '4002')
  t.equal(chooser([at('4001')], [ringing('4001')]).choose(), undefined)
})

t.test('the desk that is longest without a call comes first', async t => {
  const calls = [ended('4001', NOON + 60_000), ended('4002', NOON + 30_000), ended('4002', NOON + 40_000)]
  t.equal(chooser([at('4001'), at('4002')], calls).choose(), '4002')
  t.equal(chooser([at('4001'), at('4002'), at('4003')], calls).choose(), '4003', 'none yet is longest of all')
})

t.test('a force’s own handlers come before those who help', async t => {
  const helper = at('1001', { force: 'hants', grants: ['tvp'] })
  t.equal(chooser([helper, at('4001')]).choose(), '4001')
  t.equal(chooser([helper, at('4001')], [ringing('4001')]).choose(), '1001')
})

t.test('a desk just named is not named again before its phone can have rung', async t => {
  const { choose, pass } = chooser([at('4001'), at('4002')])
  t.same([choose(), choose(), choose()], ['4001', '4002', undefined])
  pass(CHOSEN_MS)
  t.equal(choose(), '4001')
})
