import t from 'tap'
import type { CallId } from '../../../src/call/ids.ts'
import { silentLog } from '../../../src/operations/log.ts'
import type { EisecRequest } from '../../../src/records/eisec.ts'
import { EisecRequests } from '../../../src/wiring/eisec-requests.ts'
import { until } from '../../support/until.ts'

const requestOf = (n: number, run = 1): EisecRequest => ({ callId: `call-${n}` as CallId, logOn: 'test', run })

function makeRequests(over: { write?: () => Promise<void> } = {}) {
  const world = { now: 0, isAway: false, written: [] as EisecRequest[][], erased: [] as string[], late: [] as string[] }
  const requests = new EisecRequests({
    write: async batch => {
      await over.write?.()
      if (world.isAway) throw new Error('the record is away')
      world.written.push([...batch])
    },
    erase: async ended => {
      if (world.isAway) throw new Error('the record is away')
      world.erased.push(...ended.keys())
    },
    onLate: callId => world.late.push(callId),
    ...{ deadlineMs: 5_000, dropMs: 60_000, log: silentLog },
    clock: { monotonicMs: () => world.now }
  })
  return { world, requests }
}

t.test('calls that come together are written together', async t => {
  const { world, requests } = makeRequests()
  requests.add(requestOf(1))
  requests.add(requestOf(2))
  await until(() => (world.written.length === 1 ? '' : 'not written'))
  t.same(world.written, [[requestOf(1), requestOf(2)]])
  requests.add(requestOf(3))
  await until(() => (world.written.length === 2 ? '' : 'not written'))
  await requests.stop()
})

t.test('while the record is away they wait, the screen is told once, and they are written when it is back', async t => {
  const { world, requests } = makeRequests()
  world.isAway = true
  requests.add(requestOf(1))
  await until(() => {
    world.now += 1_000
    return world.late.length === 1 ? '' : 'nobody is told'
  })
  world.isAway = false
  await until(() => (world.written.length === 1 ? '' : 'not written'))
  t.same(world.late, ['call-1'])
  await requests.stop()
})

t.test('what ends before it is written is never written, and what ends after is erased', async t => {
  const { world, requests } = makeRequests()
  requests.add(requestOf(1))
  requests.end('call-1' as CallId, 1)
  requests.add(requestOf(2, 2))
  requests.end('call-2' as CallId, 1)
  await until(() => (world.erased.length === 2 ? '' : 'not erased'))
  t.same(world.written, [[requestOf(2, 2)]], 'what ended was an earlier run')
  await requests.stop()
})

t.test('at the stop the record gets one more try', async t => {
  const { world, requests } = makeRequests()
  requests.add(requestOf(1))
  await requests.stop()
  t.equal(world.written.length, 1)
  requests.add(requestOf(2))
  await new Promise(done => setImmediate(done))
  t.equal(world.written.length, 1)
})
