import { mock } from 'node:test'
import t from 'tap'
import type { BarePop } from '../../../src/pop/pop.ts'
import { makeMarkSilentElsewhere } from '../../../src/wiring/silent-elsewhere.ts'
import { anOffer, callAfter } from '../../support/call-events.ts'

const call = callAfter(anOffer())
const silent = { ...call, flags: { ...call.flags, silent: true } }

/** A gateway where the call is not; the one that has it marks it when the record has been looked at so often. */
function makeDesk({ offer = 'device' as BarePop['offer'], marksAfter = 2 } = {}) {
  mock.timers.enable({ apis: ['setTimeout'] })
  const asked: string[] = []
  let looks = 0
  const mark = makeMarkSilentElsewhere({
    courier: { foreignCard: () => ({ pop: { offer } }) as never },
    readOpen: async () => ({ call: ++looks > marksAfter ? silent : call }),
    ask: async (handler, callId) => void asked.push(`${handler} ${callId}`)
  })
  const done = async (known = call) => {
    const answer = mark('ann', { call: known })
    for (let turn = 0; turn < 200; turn++) {
      await Promise.resolve()
      if (turn % 10 === 9) mock.timers.tick(100)
    }
    return answer
  }
  return { done, asked }
}

t.afterEach(() => mock.timers.reset())

t.test(
  'a silent caller whose call another gateway has is marked there, and it is done when the record has it',
  async t => {
    const { done, asked } = makeDesk()
    t.same(await done(), { ok: true })
    t.same(asked, [`ann ${call.callId}`])
  }
)

t.test('the key again, or for an offer to many, asks nobody', async t => {
  const { done, asked } = makeDesk()
  t.same(await done(silent), { ok: true })
  t.same(asked, [])
  mock.timers.reset()
  const many = makeDesk({ offer: 'queue' })
  t.match(await many.done(), { ok: false, code: 'call.not-entitled' })
  t.same(many.asked, [])
})

t.test('while the gateway that has the call does not answer the handler is told to try again', async t => {
  const { done } = makeDesk({ marksAfter: 1_000 })
  t.match(await done(), { ok: false, code: 'call.try-again' })
})
