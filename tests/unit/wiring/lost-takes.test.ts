import { mock } from 'node:test'
import t from 'tap'
import type { HandlerId } from '../../../src/call/ids.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeCard } from '../../../src/pop/card.ts'
import { LostTakes } from '../../../src/wiring/lost-takes.ts'
import { aQueueOffer, callAfter } from '../../support/call-events.ts'

t.test('the record is asked until it says who has the call, and once more for a take that it does late', async t => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  const answers: (HandlerId | undefined | Error)[] = [new Error('away'), undefined, 'tvp-1']
  const told: (HandlerId | undefined)[] = []
  const lost = new LostTakes({
    takenBy: async () => {
      const next = answers.shift()
      if (next instanceof Error) throw next
      return next
    },
    settle: (_, takenBy) => told.push(takenBy),
    log: silentLog
  })
  const card = makeCard(callAfter(aQueueOffer()))
  lost.doubt(card)
  lost.doubt(card)
  for (let s = 0; s < 20; s++) {
    mock.timers.tick(1_000)
    for (let turn = 0; turn < 5; turn++) await Promise.resolve()
  }
  t.same(told, [undefined, 'tvp-1'])
  t.same(answers, [], 'no more is asked than that')
})
