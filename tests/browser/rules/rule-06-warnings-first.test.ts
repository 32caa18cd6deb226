import type { Page } from 'playwright-core'
import t from 'tap'
import { openBrowser, openPage } from '../../support/browser.ts'
import { figure } from '../../support/figure.ts'
import { panelEvent, popEvent } from '../../support/pop-words.ts'
import { ScriptedConsole } from '../../support/scripted-console.ts'
import { markerItem } from '../../support/whole-card.ts'

/* Rule 6: what must be known before anybody goes there is in sight without scrolling, whole, and its count is said. */

const browser = await openBrowser(t)
const NOW = { offeredAt: Date.now() }

/** A warning with as much to say as the demo's longest has. */
const LONG = { whose: 'Beatrix Thistlecombe-Quillfeather', source: 'Command and control', grade: 'C3' }

/** What of a list stands in sight as a whole; of the rest nothing is counted. */
function inSight(page: Page, selector: string): Promise<string[]> {
  return page.locator(selector).evaluateAll(all =>
    all
      .filter(each => {
        const { top, bottom, left, right } = each.getBoundingClientRect()
        const corners = [
          [left + 3, top + 3],
          [right - 3, top + 3],
          [left + 3, bottom - 3],
          [right - 3, bottom - 3]
        ] as const
        return corners.every(([x, y]) => {
          const at = document.elementFromPoint(x, y)
          return at !== null && each.contains(at)
        })
      })
      .map(each => each.textContent ?? '')
  )
}

async function callWith(page: Page, gateway: ScriptedConsole, titles: readonly string[], more = 0): Promise<void> {
  const link = await gateway.signOn(page)
  link.event(popEvent(1, 1, NOW))
  const note = { kind: 'note', title: 'Not by place: the fix is too coarse.', fields: { unchecked: 'too-coarse' } }
  link.event(panelEvent(1, 1, 'warnings', { items: [note, ...titles.map(each => markerItem(each, LONG))], more }))
  await page.locator('[data-panel=warnings][data-status=found]').waitFor()
}

for (const [width, height, density] of [
  [1_280, 720, 'normal'],
  [1_920, 1_080, 'normal'],
  [1_280, 720, 'compact'],
  [1_920, 1_080, 'compact']
] as const) {
  t.test(
    `rule 6: at ${width} by ${height}, ${density}, warnings stand whole above all panels, without scrolling`,
    async t => {
      const gateway = await ScriptedConsole.start(t)
      const page = await openPage(t, browser, { width, height, density })
      const titles = ['Domestic abuse, high risk', 'Firearms']
      await callWith(page, gateway, titles)
      const seen = await inSight(page, '[data-panel=warnings] .warnings li')
      const screen = `${width} × ${height}${density === 'normal' ? '' : ', compact'}`
      figure(t, 6, `${seen.length} long warnings whole at ${screen}`)
      t.equal(seen.length, titles.length, 'none is cut at an edge')
      t.equal(await page.locator('.further').count(), 0, 'and none is said to be')
      const tops = await page
        .locator('article .panel')
        .evaluateAll(all => all.map(each => each.getBoundingClientRect().top))
      t.equal(Math.min(...tops), tops[0], 'they are the first of the panels')
    }
  )

  t.test(
    `rule 6: at ${width} by ${height}, ${density}, those out of sight are counted in words, and can be scrolled to`,
    async t => {
      const gateway = await ScriptedConsole.start(t)
      const page = await openPage(t, browser, { width, height, density })
      const titles = Array.from({ length: 20 }, (_, n) => (n < 12 ? 'Violence' : 'Hoax calls'))
      await callWith(page, gateway, titles, 4)
      const whole = (await inSight(page, '[data-panel=warnings] .warnings li')).length
      t.ok(whole >= 2, `${whole} are whole`)
      await page.locator('.further', { hasText: `${titles.length - whole} further down` }).waitFor()
      await page.locator('[data-panel=warnings] .status', { hasText: '20 of 24 shown' }).waitFor()
      await page.locator('[data-panel=warnings] .panel-body').evaluate(body => {
        body.scrollTop = body.scrollHeight
      })
      const last = (await inSight(page, '[data-panel=warnings] .warnings li')).length
      t.ok(last >= 1)
      await page.locator('.further', { hasText: `${titles.length - last} further down` }).waitFor()
    }
  )
}

for (const [width, height, density] of [
  [640, 360, 'normal'],
  [960, 540, 'normal'],
  [640, 360, 'compact'],
  [960, 540, 'compact']
] as const) {
  t.test(
    `rule 6: zoomed to 200 % (${width} by ${height}, ${density}) the kinds and their count are in sight from the first`,
    async t => {
      const gateway = await ScriptedConsole.start(t)
      const page = await openPage(t, browser, { width, height, density })
      const link = await gateway.signOn(page)
      link.event(popEvent(1, 1, NOW))
      const line = page.locator('.warnings-line')
      await line.getByText('Warnings: Looking').waitFor()
      const titles = ['Firearms', 'Violence', 'Violence', 'Domestic abuse, high risk']
      link.event(panelEvent(1, 1, 'warnings', { items: titles.map(each => markerItem(each, LONG)), more: 4 }))
      await line.getByText('Warnings: 4 of 8 shown').waitFor()
      const seen = await inSight(page, '.warnings-line')
      t.match(seen[0], /Firearms · Violence × 2 · Domestic abuse, high risk/)
      const cut = await line.locator('span').evaluate(words => words.scrollHeight - words.clientHeight)
      t.ok(cut <= 1, 'no kind is cut off')
      t.equal(await page.evaluate(() => scrollY), 0)
      await line.click()
      t.equal((await inSight(page, '[data-panel=warnings] h2')).length, 1, 'one press goes to the warnings themselves')
      link.event(panelEvent(1, 2, 'warnings', { status: 'failed', items: [] }))
      await line.getByText('Warnings: Could not check').waitFor()
    }
  )
}
