import t from 'tap'
import type { CallEvent } from '../../../src/call/call-event.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { LateEvents } from '../../../src/wiring/late-events.ts'
import { anOffer, then } from '../../support/call-events.ts'
import { settle } from '../../support/hand-time.ts'
import { until } from '../../support/until.ts'

const keepNothing = () => ({ kept: Promise.resolve(), letGo: () => {} })

/** Ends whose calls the record is asked for; it answers when the test says so. */
function makeLate(t: { teardown: (end: () => void) => void }) {
  const asked: { readonly name: string; readonly answer: (isClosed: boolean) => void }[] = []
  const applied: string[] = []
  const late = new LateEvents({
    takeOver: ({ switchCallId }) => new Promise(answer => asked.push({ name: switchCallId, answer })),
    apply: async ({ switchCallId, kind }) => void applied.push(`${switchCallId} ${kind}`),
    keep: keepNothing,
    log: silentLog
  })
  t.teardown(() => late.stop())
  return { late, asked, applied }
}

const offerOf = (name: string) => anOffer({ name })
const endOf = (name: string): CallEvent => then(offerOf(name), 'released')

t.test(
  'the ends of many calls do not wait for each other: one call that the record is slow with holds up no other',
  async t => {
    const { late, asked, applied } = makeLate(t)
    const names = ['one', 'two', 'three']
    for (const name of names) late.add(endOf(name))
    await settle()
    t.equal(asked.length, 3)
    asked[2]?.answer(false)
    asked[1]?.answer(false)
    await settle()
    t.same(applied, [`${endOf('three').switchCallId} released`, `${endOf('two').switchCallId} released`])
    asked[0]?.answer(false)
    await settle()
    t.equal(applied.length, 3)
  }
)

t.test('what waits of one call goes on in its order, and not at all where that is closed', async t => {
  const { late, asked, applied } = makeLate(t)
  const held = then(offerOf('one'), 'answered')
  late.add(held)
  late.add(endOf('one'))
  late.add(endOf('closed'))
  await settle()
  t.equal(asked.length, 2, 'the record is asked once for each call')
  asked[1]?.answer(true)
  asked[0]?.answer(false)
  await settle()
  t.same(applied, [`${held.switchCallId} answered`, `${held.switchCallId} released`])
})

t.test('a record that does not answer is asked again, for every call that waits', async t => {
  const applied: string[] = []
  let isAway = true
  const late = new LateEvents({
    takeOver: () => (isAway ? Promise.reject(new Error('away')) : Promise.resolve(false)),
    apply: async ({ switchCallId }) => void applied.push(switchCallId),
    keep: keepNothing,
    log: silentLog
  })
  t.teardown(() => late.stop())
  for (const name of ['one', 'two']) late.add(endOf(name))
  await settle()
  t.same(applied, [])
  isAway = false
  await until(() => (applied.length === 2 ? '' : `${applied.length} of 2 applied`))
})

t.test('hundreds of ends are asked for a few at a time, and each is told', async t => {
  const { late, asked, applied } = makeLate(t)
  const names = Array.from({ length: 300 }, (_, at) => `call-${at}`)
  for (const name of names) late.add(endOf(name))
  let mostAtOnce = 0
  for (let answered = 0; answered < names.length; ) {
    await settle()
    const now = asked.slice(answered)
    mostAtOnce = Math.max(mostAtOnce, now.length)
    for (const { answer } of now) answer(false)
    answered += now.length
  }
  await settle()
  t.ok(mostAtOnce <= 10, 'the record has other work too')
  t.equal(new Set(applied).size, names.length)
})
