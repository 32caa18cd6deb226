import t from 'tap'
import { makeRandom, runSeed } from '../support/random.ts'
import { LINK_NOON, makeWebhookBench } from '../support/webhook-bench.ts'

/*
 * Whatever a switch posts, in whatever order, torn, twice or without sense: it has an answer, and after a snapshot exactly
 * the calls are open that the snapshot has, but for those whose end was told.
 */

const seed = runSeed()
t.comment(`seed: ${seed}`)
const random = makeRandom(seed)
const ROUNDS = 200
const CALLS = ['c1', 'c2', 'c3', 'c4', 'c5']
const TYPES = [
  'offered',
  'queued',
  'alerting',
  'answered',
  'held',
  'retrieved',
  'transferred',
  'released',
  'corrected',
  'heartbeat',
  'tea'
]
const ODD = [null, 0, -1, '', 'x'.repeat(500), [], {}, '\u0000', '999', true]

function anyEvent(n: number): object {
  const event: Record<string, unknown> = {
    id: `e${random.below(n + 1)}`,
    type: random.pick(TYPES),
    call: random.pick(CALLS)
  }
  if (event['type'] === 'offered')
    Object.assign(event, { to: random.pick(['999', '101', '7']), from: `0770090070${random.below(10)}` })
  if (random.below(3) === 0) event['device'] = random.pick(['4001', '4002'])
  if (random.below(8) === 0) event[random.pick(['call', 'to', 'device', 'seq', 'mood', 'id'])] = random.pick(ODD)
  return event
}

function aLink() {
  const { link, take, registry } = makeWebhookBench({}, () => random.below(20) === 0)
  const named = (isOver: boolean) =>
    [...registry.calls()].flatMap(({ state, switchCallIds }) =>
      (state === 'released') === isOver ? switchCallIds : []
    )
  return { link, start: () => link.start(take), open: () => named(false).sort(), over: () => named(true) }
}

t.test('every batch has an answer, and a snapshot that is kept leaves exactly its calls open', async t => {
  for (let round = 0; round < ROUNDS; round++) {
    const { link, start, open, over } = aLink()
    await start()
    for (let n = 0; n < 20; n++) {
      const text = JSON.stringify({
        epoch: 'a',
        events: Array.from({ length: 1 + random.below(5) }, () => anyEvent(n * 5))
      })
      const body = Buffer.from(random.below(10) === 0 ? text.slice(0, random.below(text.length)) : text)
      const result = await link.receive(body, LINK_NOON)
      if (!/^(?:read|unreadable)$/.test(result.kind)) t.fail(`answered ${result.kind}`)
    }
    const standing = CALLS.filter(() => random.below(2) === 0).map((call, at) => ({
      ...{ call, to: '999', from: `0770090071${at}` },
      state: random.pick(['offered', 'queued', 'alerting', 'answered', 'held'])
    }))
    const snapshot = Buffer.from(
      JSON.stringify({ epoch: 'a', events: [{ id: 'all', type: 'snapshot', calls: standing }] })
    )
    // What has ended stays over: a list that is older than the end must not ring again.
    const ended: readonly string[] = over()
    for (;;) {
      const result = await link.receive(snapshot, LINK_NOON)
      if (result.kind === 'read' && result.refused === 0) break
    }
    const wanted = standing.map(({ call }) => call).filter(call => !ended.includes(call))
    t.same(open(), wanted.sort(), `round ${round}`)
  }
})
