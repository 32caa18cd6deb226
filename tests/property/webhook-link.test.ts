import t from 'tap'
import { CallRegistry } from '../../src/call/call-registry.ts'
import { makeEventId } from '../../src/call/ids.ts'
import { silentLog } from '../../src/operations/log.ts'
import { makeMetrics } from '../../src/operations/metrics.ts'
import type { Taken } from '../../src/switches/switch-driver.ts'
import { makeBatchReader } from '../../src/switches/webhook/switch-batch.ts'
import { WebhookLink } from '../../src/switches/webhook/webhook-link.ts'
import { makeRandom, runSeed } from '../support/random.ts'

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
const readBatch = makeBatchReader()

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
  const registry = new CallRegistry()
  const link = new WebhookLink({
    link: {
      ...{
        id: 'acd',
        kind: 'webhook',
        secretFile: 'x',
        answer: 'durable',
        silentSeconds: 30,
        batchesPerSecond: 10_000
      },
      numbers: [{ number: '999', line: '999', force: 'tvp', route: 'primary' }]
    },
    ...{ readBatch, makeEventId, onGap: () => {}, log: silentLog, metrics: makeMetrics() },
    callOf: switchCallId => registry.callOf({ trunk: 'acd', switchCallId }),
    openCalls: () =>
      [...registry.calls()].flatMap(({ state, switchCallIds: [switchCallId], force }) =>
        state === 'released' || switchCallId === undefined ? [] : [{ switchCallId, force }]
      ),
    clock: { now: () => 1_000_000, monotonicMs: () => 0 }
  })
  const open = () =>
    [...registry.calls()].flatMap(({ state, switchCallIds }) => (state === 'released' ? [] : switchCallIds)).sort()
  const start = () =>
    link.start(async (event): Promise<Taken> => {
      if (random.below(20) === 0) return 'refused'
      return registry.apply(event).kind === 'ignored' ? 'ignored' : 'durable'
    })
  const over = () =>
    [...registry.calls()].flatMap(({ state, switchCallIds }) => (state === 'released' ? switchCallIds : []))
  return { link, start, open, over }
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
      const result = await link.receive(body, 1_000_000)
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
      const result = await link.receive(snapshot, 1_000_000)
      if (result.kind === 'read' && result.refused === 0) break
    }
    const wanted = standing.map(({ call }) => call).filter(call => !ended.includes(call))
    t.same(open(), wanted.sort(), `round ${round}`)
  }
})
