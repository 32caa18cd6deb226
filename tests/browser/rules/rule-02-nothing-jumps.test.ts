import t from 'tap'
import { openBrowser, openPage } from '../../support/browser.ts'
import { figure } from '../../support/figure.ts'
import { popEvent } from '../../support/pop-words.ts'
import { ScriptedConsole } from '../../support/scripted-console.ts'
import { until } from '../../support/until.ts'
import { ALL_PANELS, SYSTEMS, wholeCard } from '../../support/whole-card.ts'

/* Rule 2: every panel has its room from the pop on; what comes later moves nothing. */

const browser = await openBrowser(t)
const LIMIT = 0.01

for (const [width, height, density] of [
  [1_920, 1_080, 'normal'],
  [1_280, 720, 'normal'],
  [640, 360, 'normal'],
  [1_920, 1_080, 'compact'],
  [1_280, 720, 'compact'],
  [640, 360, 'compact']
] as const) {
  t.test(`rule 2: at ${width} by ${height}, ${density}, nothing moves from the pop to the last panel`, async t => {
    const gateway = await ScriptedConsole.start(t)
    gateway.panels = SYSTEMS.map(each => ({ ...each, forces: [...each.forces] }))
    const page = await openPage(t, browser, { width, height, density })
    const link = await gateway.signOn(page)
    link.event(popEvent(1, 1, { offeredAt: Date.now() }))
    await page.locator('article[data-call]').waitFor()
    // Painted: what moves from here on is seen to move.
    await gateway.hears('seen', heard => heard.of('seen').length === 1)
    await page.evaluate(() => {
      const kept = { sum: 0, moved: [] as string[] }
      Object.assign(globalThis, { shifts: kept })
      new PerformanceObserver(list => {
        for (const entry of list.getEntries() as (PerformanceEntry & {
          value: number
          sources?: { node?: Node; previousRect: DOMRect; currentRect: DOMRect }[]
        })[]) {
          kept.sum += entry.value
          kept.moved.push(
            ...(entry.sources ?? []).map(
              ({ node, previousRect, currentRect }) =>
                `${(node as Element | undefined)?.className ?? node?.nodeValue} ${JSON.stringify([previousRect, currentRect])}`
            )
          )
        }
      }).observe({ type: 'layout-shift' })
    })
    for (const [at, event] of wholeCard(1).entries()) {
      link.event(event)
      const name = ALL_PANELS[at] ?? ''
      await page.locator(`[data-panel="${name}"][data-status=found]`).waitFor()
    }
    // Two frames more: the observer is told of a shift after the frame it was in.
    await page.evaluate(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))))
    const { sum, moved } = await page.evaluate(
      () => (globalThis as unknown as { shifts: { sum: number; moved: string[] } }).shifts
    )
    figure(t, 2, `layout shift ${sum.toFixed(4)} at ${width} × ${height}${density === 'normal' ? '' : ', compact'}`)
    t.ok(sum < LIMIT, `${sum}: ${moved.join(', ')}`)
    await until(() => (link.of('ack').length > 0 ? '' : 'nothing was acknowledged'))
  })
}
