import t from 'tap'
import { ControlSender } from '../../../src/handover/control-sender.ts'
import type { Posted } from '../../../src/handover/control-webhook.ts'
import type { HandoverOutbox, Leased } from '../../../src/handover/handover-record.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import { aHandover } from '../../support/handovers.ts'
import { until } from '../../support/until.ts'

const leased = (attempts = 0): Leased => ({ known: { rev: 1, handover: aHandover() }, attempts })

function makeSender(answers: readonly Posted[], { isTakenHeard = true } = {}) {
  const seen: string[] = []
  const queue: Leased[] = []
  const world = { isAway: false, posts: 0 }
  const outbox: HandoverOutbox = {
    lease: async (force, limit) => {
      if (world.isAway) throw new Error('away')
      t.equal(force, 'tvp')
      return queue.splice(0, limit)
    },
    done: async () => void seen.push('done'),
    again: async (_, inMs, why) => void seen.push(`again in ${inMs}: ${why}`)
  }
  const sender = new ControlSender({
    link: {
      force: 'tvp',
      post: async () => answers[world.posts++] ?? { kind: 'taken', word: undefined },
      ...{ deadlineMs: 1_000, retry: { firstMs: 500, maxMs: 4_000 } }
    },
    outbox,
    onTaken: async (_, word) => {
      if (!isTakenHeard) throw new Error('away')
      seen.push(`taken ${word?.state ?? 'without a word'}`)
    },
    ...{ random: () => 1, log: silentLog, metrics: makeMetrics() }
  })
  return { sender, seen, queue, world }
}

t.test('they have it: that is on record before it is done with', async t => {
  const { sender, seen, queue } = makeSender([{ kind: 'taken', word: { state: 'accepted', incident: 'CAD-1' } }])
  queue.push(leased())
  sender.kick()
  await until(() => (seen.length === 2 ? '' : `seen: ${seen}`))
  t.same(seen, ['taken accepted', 'done'])
})

t.test('they do not: again and again, each time after a longer wait, and never longer than the most', async t => {
  const failed: Posted = { kind: 'failed', why: 'HTTP 500' }
  const { sender, seen, queue } = makeSender([failed, failed, failed])
  for (const attempts of [0, 1, 9]) {
    queue.push(leased(attempts))
    sender.kick()
    await until(() => (queue.length === 0 ? '' : 'not leased'))
    await until(() => (seen.some(each => each.includes('again')) ? '' : 'not tried'))
  }
  await until(() => (seen.length === 3 ? '' : `seen: ${seen}`))
  t.same(seen, ['again in 500: HTTP 500', 'again in 1000: HTTP 500', 'again in 4000: HTTP 500'])
})

t.test(
  'what the record did not hear is not done with: its lease ends, and it is sent again under the same key',
  async t => {
    const { sender, seen, queue, world } = makeSender([], { isTakenHeard: false })
    queue.push(leased())
    sender.kick()
    await until(() => (world.posts === 1 ? '' : 'not posted'))
    await sender.stop()
    t.same(seen, [])
  }
)

t.test('a record that is away stops nothing: the next round asks again', async t => {
  const { sender, seen, queue, world } = makeSender([])
  queue.push(leased())
  world.isAway = true
  sender.kick()
  await until(() => {
    world.isAway = false
    sender.kick()
    return seen.includes('done') ? '' : 'not sent yet'
  })
  await sender.stop()
  queue.push(leased())
  sender.kick()
  t.equal(queue.length, 1, 'one that has stopped takes no more')
})
