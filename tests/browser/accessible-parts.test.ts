import type { Page } from 'playwright-core'
import t from 'tap'
import { axeFinds } from '../support/axe.ts'
import { openBrowser, openPage } from '../support/browser.ts'
import { fix, openMapCall, showAround, showPlaces } from '../support/map-calls.ts'
import { mapIsReady } from '../support/map-page.ts'
import { panelEvent, popEvent } from '../support/pop-words.ts'
import { ScriptedConsole } from '../support/scripted-console.ts'
import { aWallboard, NOT_COUNTED } from '../support/wallboard.ts'

/* Rule 10 and rule 20 on parts that the seven scenes show in one state only: axe-core finds nothing in either light. */

const browser = await openBrowser(t)
const NOW = Date.now()
const THEMES = ['light', 'dark'] as const

async function finds(page: Page): Promise<readonly string[]> {
  const found: string[] = []
  for (const colorScheme of THEMES) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    found.push(...(await axeFinds(page)).map(each => `${colorScheme}: ${each}`))
  }
  return found
}

const note = (id: string, title: string, detail: string, isDone: boolean) => ({
  ...{ kind: 'note', title, detail, at: NOW },
  fields: { id, isDone, version: 1 }
})
const WRITTEN = [
  note('n-1', 'tvp-h02', 'A man shouts; the door is broken.', true),
  note('n-2', 'tvp-h02', 'Still on the line', false),
  {
    ...{ kind: 'assessment', title: 'tvp-h02', detail: 'Partner, has gone out', at: NOW },
    fields: { id: 'n-3', about: 'threat', versions: 2, why: 'Neighbour rang' }
  }
]

for (const [width, height] of [
  [1_920, 1_080],
  [1_280, 720]
] as const) {
  t.test(`notes at ${width} by ${height}: written, unfolded, and not to be asked for`, async t => {
    const gateway = await ScriptedConsole.start(t)
    const page = await openPage(t, browser, { width, height })
    const link = await gateway.signOn(page)
    link.event(popEvent(1, 1, { offeredAt: NOW, state: 'answered', answeredAt: NOW, takenBy: 'tvp-h01' }))
    link.event(panelEvent(1, 2, 'notes', { items: WRITTEN, source: 'Handlers', asOf: NOW }))
    await page.locator('.notes li').nth(1).waitFor()
    await page.locator('.assessment summary').click()
    await page.locator('[data-aspect=threat] input').first().fill('Partner, is back')
    await page.locator('[data-aspect=threat] .why').waitFor()
    t.same(await finds(page), [], 'written')
    for (const [nth, status] of (['none', 'failed'] as const).entries()) {
      link.event(panelEvent(1, nth + 3, 'notes', { status, items: [], source: 'Handlers' }))
      await page.locator(`[data-panel=notes][data-status=${status}]`).waitFor()
      t.same(await finds(page), [], status)
    }
  })

  t.test(`the map at ${width} by ${height}: everything on it, nothing on it, and not to be had`, async t => {
    const gateway = await ScriptedConsole.start(t)
    const page = await openPage(t, browser, { width, height })
    const link = await gateway.signOn(page)
    openMapCall(link)
    await page.locator('article[data-call]').waitFor()
    if (width < 1_800) await page.getByRole('button', { name: 'Map', exact: true }).click()
    await mapIsReady(page)
    t.same(await finds(page), [], 'nothing is known yet')
    showPlaces(link, 1, [fix('confirmed', { radiusMetres: 250 }), fix('offered', { radiusMetres: 18, id: 'better' })])
    showAround(link)
    await page.locator('.map-list').getByText('Better place offered').waitFor()
    t.same(await finds(page), [], 'everything')
    link.event(panelEvent(1, 9, 'location', { status: 'failed', items: [] }))
    await page.locator('[data-undrawn=location][data-trouble=true]').waitFor()
    t.same(await finds(page), [], 'nobody knows where the caller is')
  })
}

t.test('a map that does not come', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  await page.route(/map-board/, route => route.abort())
  await gateway.signOn(page)
  await page.locator('.map[data-state=failed]').waitFor()
  t.same(await finds(page), [])
})

t.test('the wallboard: live, not counted, not live, and for nobody', async t => {
  const gateway = await ScriptedConsole.start(t)
  gateway.role = 'supervisor'
  gateway.readWallboard = async () => aWallboard()
  const page = await openPage(t, browser)
  await page.goto(`${gateway.url}wallboard`)
  await page.getByRole('button', { name: /tvp-h01/ }).click()
  await page.locator('[data-feed=live]').waitFor()
  t.same(await finds(page), [], 'live')
  const none = { waiting: NOT_COUNTED, lastHour: NOT_COUNTED, consoles: NOT_COUNTED, alerts: NOT_COUNTED }
  gateway.readWallboard = async () => aWallboard({ ...none, processes: NOT_COUNTED, service: { level: 3 } })
  await page.locator('[data-tile=waiting-999][data-mark=unknown]').waitFor()
  t.same(await finds(page), [], 'not counted')
  gateway.readWallboard = () => new Promise(() => {})
  await page.locator('[data-feed=stale]').waitFor()
  t.same(await finds(page), [], 'not live')
  gateway.readWallboard = async () => 'not-entitled'
  await page.locator('.wallboard [role=alert] h1').waitFor()
  t.same(await finds(page), [], 'for nobody')
})
