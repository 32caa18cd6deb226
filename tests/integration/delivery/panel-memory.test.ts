import t, { type Test } from 'tap'
import type { CallId } from '../../../src/call/ids.ts'
import { PanelMemory } from '../../../src/delivery/panel-memory.ts'
import { silentLog } from '../../../src/operations/log.ts'
import type { RevisedPanel } from '../../../src/pop/pop.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { callId, panelOf } from '../../support/pop-words.ts'
import { makeRedisPrefix, type TestRedis } from '../../support/stores.ts'
import { until } from '../../support/until.ts'

failOnLeaks(t)

const CALL = callId(1) as CallId
const PANELS: readonly RevisedPanel[] = [
  { rev: 3, panel: panelOf(1, 'identity') },
  { rev: 3, panel: panelOf(1, 'history') }
]

/** The memory as one gateway has it, with the panels on the card it holds, if it does. */
async function aNode(t: Test, corner: TestRedis, card: readonly RevisedPanel[] = []) {
  const heard: string[] = []
  const asked: string[] = []
  const time = { nowMs: 0 }
  const memory = new PanelMemory({
    commands: await corner.connect('commands'),
    subscriber: await corner.connect('subscriber'),
    keyPrefix: corner.keyPrefix,
    onPanel: (id, { panel }) => heard.push(`${id} ${panel.panel}`),
    panelsOf: id => {
      asked.push(id)
      return id === CALL ? card : []
    },
    log: silentLog,
    clock: { monotonicMs: () => time.nowMs }
  })
  t.teardown(memory.start())
  const isListening = () => corner.redis.pubsub('NUMSUB', `${corner.keyPrefix}:panels`)
  return { memory, heard, asked, time, isListening }
}

async function twoNodes(t: Test) {
  const corner = await makeRedisPrefix(t)
  const [one, two] = [await aNode(t, corner, PANELS), await aNode(t, corner)]
  await until(async () => (Number((await one.isListening())[1]) === 2 ? '' : 'not both listen'))
  return { corner, one, two }
}

t.test('panels that Redis has lost are put there again by the gateway that has the call', async t => {
  const { corner, one, two } = await twoNodes(t)
  for (const panel of PANELS) await one.memory.keep(CALL, panel, true)
  await corner.redis.del(...(await corner.keys()))
  t.same(await two.memory.read(CALL), [])
  two.memory.want(CALL)
  await until(async () => ((await two.memory.read(CALL)).length === 2 ? '' : 'not both there'))
  const byName = new Map((await two.memory.read(CALL)).map(revised => [revised.panel.panel, revised]))
  t.same(byName, new Map(PANELS.map(revised => [revised.panel.panel, revised])))
  t.same([one.heard, two.heard], [[], []], 'no card changes by it')
})

t.test('a room of screens that opens at once asks for a call once', async t => {
  const { one, two } = await twoNodes(t)
  for (let n = 0; n < 50; n++) two.memory.want(CALL)
  await until(async () => ((await two.memory.read(CALL)).length === 2 ? '' : 'not both there'))
  t.same(one.asked, [CALL])
  two.time.nowMs += 1_000
  two.memory.want(CALL)
  await until(() => (one.asked.length === 2 ? '' : 'not asked again'))
  t.same(one.asked, [CALL, CALL])
})

t.test('what is no question and no panel is left alone', async t => {
  const { corner, one, two } = await twoNodes(t)
  for (const message of ['want nothing', 'want', `${CALL} {`, 'x']) {
    await corner.redis.publish(`${corner.keyPrefix}:panels`, message)
  }
  await two.memory.keep(CALL, { rev: 4, panel: panelOf(1, 'location') }, false)
  await until(() => (one.heard.length === 1 ? '' : 'not heard'))
  t.same(one.heard, [`${CALL} location`])
  t.same(one.asked, [])
})
