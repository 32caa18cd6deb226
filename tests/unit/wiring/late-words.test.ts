import { mock } from 'node:test'
import t from 'tap'
import type { CallId } from '../../../src/call/ids.ts'
import { LateWords } from '../../../src/wiring/late-words.ts'
import { callId } from '../../support/pop-words.ts'

async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await Promise.resolve()
}

t.test(
  'what the record was given late is said again once for each call, to screens that another gateway showed it',
  async t => {
    mock.timers.enable({ apis: ['setTimeout'] })
    t.teardown(() => mock.timers.reset())
    const [one, two] = [callId(1) as CallId, callId(2) as CallId]
    const said: string[] = []
    let hasOthers = false
    const late = new LateWords({ hasOthers: () => hasOthers, sayAgain: call => said.push(call) })
    late.add(one)
    mock.timers.tick(1_000)
    await turns()
    t.same(said, [], 'a gateway alone has shown everybody its own cards')
    hasOthers = true
    for (const call of [one, two, one]) late.add(call)
    mock.timers.tick(1_000)
    await turns()
    t.same(said, [one, two])
    late.add(one)
    mock.timers.tick(1_000)
    await turns()
    t.equal(said.length, 3, 'late once more, it is said once more')
    late.add(one)
    late.stop()
    mock.timers.tick(1_000)
    await turns()
    t.equal(said.length, 3)
  }
)
