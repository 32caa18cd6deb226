import { mkdir } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import t from 'tap'
import type { Panel, PanelItem } from '../../src/pop/pop.ts'
import { openBrowser, openPage } from '../support/browser.ts'
import { tooFaint } from '../support/contrast.ts'
import { panelEvent, popEvent } from '../support/pop-words.ts'
import { ScriptedConsole, type ScriptedLink } from '../support/scripted-console.ts'

/*
 * The crimes panel: what it shows is said with its source and how far that reaches, and it finds its place on the card
 * without moving anything else.
 */

const browser = await openBrowser(t)
const NOW = Date.now()
/** Pictures for the documents: CALLBOX_SCREENS=docs/screens keeps what the test sees. */
const SHOTS = process.env['CALLBOX_SCREENS']
const DAY_MS = 86_400_000

const panel = (page: Page) => page.locator('section[data-panel=crimes]')

const categories = [
  { category: 'shoplifting', label: 'Shoplifting', count: 61, paired: 61, before: 40 },
  { category: 'violent-crime', label: 'Violence and sexual offences', count: 44, paired: 44, before: 71 },
  { category: 'anti-social-behaviour', label: 'Anti-social behaviour', count: 30, paired: 30, before: 33 },
  { category: 'burglary', label: 'Burglary', count: 8, paired: 8, before: 18 }
]
const published = {
  ...{ force: 'tvp', source: 'police.uk', published: true, reachesTo: '2025-10', windowTo: '2025-10' },
  ...{ months: 12, pairedMonths: 12, count: 143, paired: 143, before: 162, categories }
}
const own = {
  ...{ force: 'tvp', source: 'Niche', published: false, reachesTo: '2026-11', windowTo: '2026-10' },
  ...{ months: 12, pairedMonths: 0, count: 9, paired: 0, before: 0 },
  categories: [{ category: 'burglary', label: 'Burglary', count: 9, paired: 0, before: 0 }]
}
const around = { source: 'aml', confirmed: false, offMetres: 12 }
const beside = { around, radiusMetres: 500, areaView: false, spots: [] }

function publishedItem(title: string, metres: number): PanelItem {
  const fields = { published: true, month: '2025-10', metres, outcome: 'Under investigation' }
  return { kind: 'crime', title, detail: 'On or near Mill Lane', fields }
}

function ownItem(title: string, over: NonNullable<PanelItem['fields']> = {}): PanelItem {
  const link = 'https://records.tvp.example.invalid/crime/43%2F1234'
  const fields = { source: 'Niche', month: '2026-11', metres: 12, reference: '43/1234', link, ...over }
  return { kind: 'crime', title, detail: '12 Mill Lane', at: NOW - 3 * DAY_MS, fields }
}

/** Every panel of a card of which nothing is missing. */
function fullCard(link: ScriptedLink, over: Partial<Panel>): void {
  link.event(popEvent(1, 1, { offeredAt: NOW, state: 'answered', answeredAt: NOW, takenBy: 'tvp-h01' }))
  link.event(
    panelEvent(1, 1, 'identity', { items: [{ kind: 'person', title: 'Wilmot Sandpiper', detail: 'subscriber' }] })
  )
  const fields = { id: 'aml-phone', source: 'aml', standing: 'best', shape: 'circle', radiusMetres: 12, confidence: 95 }
  const place = { method: 'GNSS', latitude: 51.67345, longitude: -1.28311, gridReference: 'SU 49640 97450' }
  link.event(
    panelEvent(1, 1, 'location', { items: [{ kind: 'fix', title: 'Phone', at: NOW, fields: { ...fields, ...place } }] })
  )
  const items = Array.from({ length: 8 }, (_, n) => ({
    kind: 'contact',
    title: '101 call',
    detail: `Words of call ${n}`,
    at: NOW - n * DAY_MS
  }))
  link.event(panelEvent(1, 1, 'history', { items }))
  link.event(panelEvent(1, 1, 'crimes', { source: 'Crime records', asOf: NOW - DAY_MS, ...over }))
}

const mixed: Partial<Panel> = {
  items: [
    ownItem('Burglary', { here: true }),
    ownItem('Vehicle crime', { metres: 212, reference: '43/1200' }),
    ...[publishedItem('Shoplifting', 120), publishedItem('Robbery', 1_240)]
  ],
  more: 139,
  crimes: { ...beside, here: { count: 1, days: 28, metres: 50, street: 'Mill Lane' }, sources: [own, published] }
}

t.test('address first, then counts with the trend, then the newest; each source with how far it reaches', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  const link = await gateway.signOn(page)
  fullCard(link, mixed)
  await panel(page).getByText('Here and in Mill Lane, last 28 days: 1').waitFor()
  t.match(
    await panel(page).locator('.status').textContent(),
    /9 own, .* published within 500 m/,
    'never added to the published ones'
  )
  const text = (await panel(page).textContent()) ?? ''
  t.match(text, /143 in 12 months to October 2025, 12 % fewer than the year before \(162\)/)
  t.match(text, /9 in 12 months to October 2026, no year before is held to compare with/)
  t.match(text, /Published data \(police\.uk\): snapped to points, no day known\. Published to October 2025/)
  t.match(text, /Niche: the force’s own records, up to November 2026/)
  t.match(text, /Shoplifting61was 40Violence and sexual offences44was 71/)
  t.ok(text.indexOf('Here and in') < text.indexOf('9 in 12') && text.indexOf('9 in 12') < text.indexOf('143 in 12'))
  t.match(text, /Robbery.*Oct 2025.*1\.2 km/)
  const open = panel(page).getByRole('link', { name: 'Open 43/1234 in Niche' })
  t.equal(await open.getAttribute('href'), 'https://records.tvp.example.invalid/crime/43%2F1234')
  t.equal(await open.getAttribute('rel'), 'noopener noreferrer')
  if (SHOTS === undefined) return
  await mkdir(SHOTS, { recursive: true })
  await page.screenshot({ path: `${SHOTS}/console-crimes.png` })
})

t.test('a link that is no web address is not one here', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  const link = await gateway.signOn(page)
  // biome-ignore lint/suspicious/noExplicitAny: as said above, of an address that no gateway of ours sends.
  fullCard(link, { ...mixed, items: [ownItem('Burglary', { link: 'javascript:alert(1)' as any })] })
  await panel(page).getByText('43/1234').waitFor()
  t.equal(await panel(page).getByRole('link').count(), 0)
})

t.test('an area view, published data only, none at all, and no place: each says what it is', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  const link = await gateway.signOn(page)
  const area = { around, radiusMetres: 2_000, areaView: true, notHere: 'published-only' as const, spots: [] }
  fullCard(link, { items: [publishedItem('Robbery', 40)], more: 142, crimes: { ...area, sources: [published] } })
  await panel(page).getByText('Area view: 143 within 2 km').waitFor()
  await page.getByTestId('area-view').getByText('may be anywhere in these 2 km').waitFor()
  await panel(page).getByText('This address: not told, published data do not name addresses').waitFor()
  const none = { ...published, count: 0, paired: 0, before: 0, categories: [] }
  link.event(panelEvent(1, 2, 'crimes', { status: 'none', items: [], crimes: { ...beside, sources: [none] } }))
  await panel(page)
    .getByText(/Asked: no crime is held within 500 m\..*Published to October 2025/)
    .waitFor()
  link.event(panelEvent(1, 3, 'crimes', { status: 'not-asked', items: [], why: 'no-place' }))
  await panel(page)
    .getByText(/at no place on the map/)
    .waitFor()
  link.event(panelEvent(1, 4, 'crimes', { status: 'not-asked', items: [], why: 'place-unknown' }))
  await panel(page)
    .getByText(/could not be found out. There may be something/)
    .waitFor()
})

for (const [width, height] of [
  [1920, 1080],
  [1280, 720]
] as const) {
  t.test(`at ${width} by ${height} nothing moves when it comes, and the keyboard reaches all of it`, async t => {
    const gateway = await ScriptedConsole.start(t)
    const page = await openPage(t, browser, { width, height })
    const link = await gateway.signOn(page)
    link.event(popEvent(1, 1, { offeredAt: NOW }))
    await panel(page).waitFor({ state: 'attached' })
    const places = () =>
      page.evaluate(() =>
        [...document.querySelectorAll('article, .panels, .panel, .panel h2, .timeline')].map(element => {
          const { x, y, width, height } = element.getBoundingClientRect()
          return [x, y, width, height].map(Math.round).join(' ')
        })
      )
    const before = await places()
    fullCard(link, mixed)
    await panel(page).and(page.locator('[data-status=found]')).waitFor({ state: 'attached' })
    t.same(await places(), before)
    const status = panel(page).locator('.status')
    const [seen, card] = [await status.boundingBox(), await page.locator('.timeline').boundingBox()]
    t.ok(seen !== null && card !== null && seen.y + seen.height <= card.y, 'what it holds is read without scrolling')
    const body = panel(page).locator('.panel-body')
    await body.focus()
    const shown = await body.boundingBox()
    t.ok(shown !== null && card !== null && shown.y < card.y && shown.height > 80, 'the focus brings it into view')
    await page.keyboard.press('End')
    await page.keyboard.press('Tab')
    t.equal(await page.evaluate(() => document.activeElement?.tagName), 'A', 'then its links')
    if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/crimes-${width}.png` })
  })
}

for (const theme of ['light', 'dark'] as const) {
  t.test(`crimes can be read by ${theme === 'light' ? 'day' : 'night'}`, async t => {
    const gateway = await ScriptedConsole.start(t)
    const page = await openPage(t, browser, { theme })
    const link = await gateway.signOn(page)
    fullCard(link, { ...mixed, crimes: { ...beside, areaView: true, sources: [own, published] } })
    await page.getByTestId('area-view').waitFor()
    t.same(await tooFaint(page, '[data-panel=crimes]', 4.5), [])
  })
}
