import { setTimeout as pause } from 'node:timers/promises'
import type { CDPSession } from 'playwright-core'
import t from 'tap'
import { openBrowser, openPage } from '../support/browser.ts'
import { figure } from '../support/figure.ts'
import { callId, goneEvent, popEvent, stateEvent } from '../support/pop-words.ts'
import { ScriptedConsole } from '../support/scripted-console.ts'
import { until } from '../support/until.ts'
import { SYSTEMS, wholeCard } from '../support/whole-card.ts'

/*
 * Rule 19: twelve hours of a busy desk, as fast as the page takes them: 3,000 calls, each with all its panels, answered,
 * ended and closed. What the page holds is as much afterwards as it was after the first few hundred.
 */

const CALLS = 3_000
/** By then whatever is kept on purpose is there. */
const WARM_CALLS = 300
const MAX_GROWTH_MB = 5
const AT_ONCE = 4
const SAMPLES = 5
const BETWEEN_SAMPLES_MS = 1_000

const browser = await openBrowser(t)

async function measure(devtools: CDPSession) {
  for (let times = 0; times < 3; times++) await devtools.send('HeapProfiler.collectGarbage')
  const { usedSize } = await devtools.send('Runtime.getHeapUsage')
  const { nodes, jsEventListeners } = await devtools.send('Memory.getDOMCounters')
  return { mb: usedSize / 1_048_576, nodes, listeners: jsEventListeners }
}

async function least(devtools: CDPSession) {
  const found: Awaited<ReturnType<typeof measure>>[] = []
  for (let times = 0; times < SAMPLES; times++) {
    await pause(BETWEEN_SAMPLES_MS)
    found.push(await measure(devtools))
  }
  const of = (key: 'mb' | 'nodes' | 'listeners') => Math.min(...found.map(each => each[key]))
  return { mb: of('mb'), nodes: of('nodes'), listeners: of('listeners') }
}

t.test('rule 19: three thousand calls leave no more behind than three hundred', async t => {
  const gateway = await ScriptedConsole.start(t)
  gateway.panels = SYSTEMS.map(each => ({ ...each, forces: [...each.forces] }))
  const page = await openPage(t, browser, { width: 1_280, height: 720 })
  const link = await gateway.signOn(page)
  const devtools = await page.context().newCDPSession(page)
  const play = async (from: number, to: number) => {
    for (let first = from; first < to; first += AT_ONCE) {
      const calls = Array.from({ length: Math.min(AT_ONCE, to - first) }, (_, at) => first + at)
      const now = Date.now()
      for (const n of calls) link.event(popEvent(n, 1, { offeredAt: now }))
      for (const n of calls) for (const event of wholeCard(n)) link.event(event)
      const talked = { offeredAt: now, answeredAt: now, takenBy: 'tvp-h01' }
      for (const n of calls) link.event(stateEvent(n, 2, { ...talked, state: 'answered' }))
      for (const n of calls) link.event(stateEvent(n, 3, { ...talked, state: 'released', releasedAt: now }))
      for (const n of calls) link.event(goneEvent(n, 4))
      // Every message was taken, and every pop was painted: nothing of it is left for later.
      await gateway.hears('acknowledged', heard => (heard.of('ack').at(-1)?.seq ?? 0) >= link.seq)
      await page.locator('.card.empty').waitFor()
      link.heard.length = 0
      link.heard.push({ t: 'ack', seq: link.seq, pops: [] })
    }
  }
  await play(1, WARM_CALLS)
  // What a press or a word leaves for a moment goes by itself: the least of several is what stays.
  const before = await least(devtools)
  await play(WARM_CALLS, CALLS)
  const after = await least(devtools)
  const grown = after.mb - before.mb
  figure(
    t,
    19,
    `${CALLS} calls: heap ${before.mb.toFixed(2)} → ${after.mb.toFixed(2)} MB, nodes ${before.nodes} → ${after.nodes}, listeners ${before.listeners} → ${after.listeners}`
  )
  t.ok(grown < MAX_GROWTH_MB, `${grown.toFixed(2)} MB more`)
  t.ok(after.nodes <= before.nodes, `${after.nodes} nodes after ${before.nodes}`)
  t.ok(after.listeners <= before.listeners, `${after.listeners} listeners after ${before.listeners}`)
  link.event(popEvent(CALLS + 1, 1, { offeredAt: Date.now() }))
  await until(async () =>
    (await page.locator('article[data-call]').getAttribute('data-call')) === callId(CALLS + 1) ? '' : 'not open'
  )
})
