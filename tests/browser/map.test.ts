import { mkdir } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import t from 'tap'
import { openBrowser, openPage } from '../support/browser.ts'
import { tooFaint } from '../support/contrast.ts'
import { fix, HERE, openMapCall, SPOTS, showAround, showPlaces } from '../support/map-calls.ts'
import { centreOf, mapIsReady, metresPerPixel, pixelsOf, ringIs } from '../support/map-page.ts'
import { callId, panelEvent, popEvent } from '../support/pop-words.ts'
import { ScriptedConsole } from '../support/scripted-console.ts'
import { until } from '../support/until.ts'

/*
 * The map of the open call, by its pixels: how far off the caller may be is drawn in true metres, a better place stands
 * apart from the confirmed one, and a map that does not come takes nothing else with it.
 */

const browser = await openBrowser(t)
/** Pictures for the documents: CALLBOX_SCREENS=docs/screens keeps what the test sees. */
const SHOTS = process.env['CALLBOX_SCREENS']

const list = (page: Page) => page.locator('.map-list')
const shift = { easting: HERE.easting + 130, northing: HERE.northing + 90, gridReference: 'SU 49770 97540' }
const confirmed = (radiusMetres: number) =>
  fix('confirmed', { radiusMetres, confirmedBy: 'tvp-h01', confirmedAt: Date.now() })

async function shoot(page: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return
  await mkdir(SHOTS, { recursive: true })
  await page.screenshot({ path: `${SHOTS}/${name}.png` })
}

t.test(
  'rule 11: how far off the caller may be is drawn in true metres, whatever it is, and the map goes there',
  async t => {
    const gateway = await ScriptedConsole.start(t)
    const page = await openPage(t, browser)
    const link = await gateway.signOn(page)
    openMapCall(link)
    for (const [at, radiusMetres] of [12, 250, 2_000].entries()) {
      showPlaces(link, at + 1, [fix('best', { radiusMetres, id: `fix-${radiusMetres}` })])
      await ringIs(page, 'caller', radiusMetres)
      t.same(await centreOf(page), [HERE.easting, HERE.northing])
      await list(page)
        .getByText(/^Best place so far: Within .*, 95 % sure, SU 49640 97450$/)
        .waitFor()
    }
    t.ok((await metresPerPixel(page)) * 672 > 4_000, 'all of the largest is on the map')
  }
)

t.test('an ellipse lies as its source turned it, an area has its own corners, a bare point has no circle', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  const link = await gateway.signOn(page)
  openMapCall(link)
  const axes = { shape: 'ellipse', semiMajorMetres: 400, semiMinorMetres: 100, radiusMetres: 400 }
  showPlaces(link, 1, [fix('best', { ...axes, orientationDegrees: 90, id: 'flat' })])
  await ringIs(page, 'caller', 400)
  showPlaces(link, 2, [fix('best', { ...axes, orientationDegrees: 0, id: 'upright' })])
  await ringIs(page, 'caller', 100)
  await list(page).getByText('Within an ellipse of 400 m by 100 m').waitFor()
  const corner = (east: number, north: number): [number, number] => [HERE.easting + east, HERE.northing + north]
  const square = [corner(-300, -300), corner(300, -300), corner(300, 300), corner(-300, 300)]
  showPlaces(link, 3, [fix('best', { shape: 'polygon', radiusMetres: 425, id: 'square' }, square)])
  await ringIs(page, 'caller', 300)
  await list(page).getByText('Within the area drawn').waitFor()
  const { radiusMetres: _, ...point } = fix('best', { shape: 'point', id: 'point' }).fields ?? {}
  showPlaces(link, 4, [{ kind: 'fix', title: 'Point of 51.67345, -1.28311', fields: point }])
  await list(page).getByText('No area is told, so none is drawn').waitFor()
})

t.test('a better place is drawn apart from the confirmed one, which stays where it is', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  const link = await gateway.signOn(page)
  openMapCall(link)
  showPlaces(link, 1, [confirmed(250)])
  await ringIs(page, 'caller', 250)
  showPlaces(link, 2, [confirmed(250), fix('offered', { radiusMetres: 18, id: 'better', ...shift })])
  await list(page).getByText('Better place offered: Within 18 m, 95 % sure, SU 49770 97540, 158 m north-east').waitFor()
  await until(async () => ((await pixelsOf(page, 'offered')).length > 0 ? '' : 'it is not drawn'))
  await ringIs(page, 'caller', 250)
  const [easting, northing] = await centreOf(page)
  const scale = await metresPerPixel(page)
  const marks = (await pixelsOf(page, 'offered')).map(([x, y]) => [
    x * scale + Number(easting),
    Number(northing) - y * scale
  ])
  const near = marks.filter(([e = 0, n = 0]) => Math.hypot(e - shift.easting, n - shift.northing) < 30)
  t.ok(near.length > 20, 'its own mark is where it is')
  showAround(link)
  await list(page).getByText('A: Burglary in progress, T-41, linked, 136 m north of the caller’s place').waitFor()
  await list(page)
    .getByText('B: Suspicious circumstances, T-42, maybe the same, 256 m west of the caller’s place')
    .waitFor()
  await list(page).getByText('1 incident is at no known place').waitFor()
  await until(async () => ((await pixelsOf(page, 'incident')).length > 50 ? '' : 'no incident is drawn'))
  await shoot(page, 'console-map')
})

t.test('crimes that lie close are one mark with their number; all marks together are what the list says', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  const link = await gateway.signOn(page)
  openMapCall(link)
  showPlaces(link, 1, [confirmed(250)])
  showAround(link)
  await ringIs(page, 'caller', 250)
  const groups = async () =>
    ((await page.locator('.map-canvas').getAttribute('data-groups')) ?? '').split(' ').map(Number)
  const sorted = async () => (await groups()).toSorted((one, other) => one - other).join()
  await until(async () => ((await sorted()) === '1,5,6,34' ? '' : `marks of ${await sorted()}`))
  const out = page.getByRole('button', { name: 'Zoom out' })
  for (let n = 0; n < 5; n += 1) await out.click()
  await until(async () => ((await sorted()) === '6,40' ? '' : `marks of ${await sorted()}`))
  const all = SPOTS.reduce((sum, { count }) => sum + count, 0)
  t.equal(
    (await groups()).reduce((sum, count) => sum + count, 0),
    all
  )
  await list(page).getByText('6 crimes at the 3 points with most, 12 months').waitFor()
  await list(page).getByText('40 published crimes at the 4 points with most, 12 months').waitFor()
})

t.test('the map cannot be loaded: that is said, the pop is whole, and it can be tried again', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  await page.route('**/assets/map-board-*.js', route => route.abort())
  const link = await gateway.signOn(page)
  openMapCall(link)
  showPlaces(link, 1, [confirmed(250)])
  showAround(link)
  await page.getByText('The map could not be loaded. Where the caller is stands in words under Location.').waitFor()
  for (const name of ['location', 'crimes', 'incidents-nearby']) {
    await page.locator(`[data-panel=${name}][data-status=found]`).waitFor()
  }
  await gateway.hears('seen', heard => heard.of('seen').length > 0)
  await page.unroute('**/assets/map-board-*.js')
  await page.getByRole('button', { name: 'Try again' }).click()
  await mapIsReady(page)
  await ringIs(page, 'caller', 250)
})

t.test('it takes no key from whoever types, nothing on the page jumps, and no other origin is asked', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  await page.addInitScript(() => {
    const seen = { shift: 0, reports: [] as string[] }
    Object.assign(window, { seen })
    new PerformanceObserver(entries => {
      for (const entry of entries.getEntries()) {
        const { value, hadRecentInput } = entry as PerformanceEntry & { value: number; hadRecentInput: boolean }
        if (!hadRecentInput) seen.shift += value
      }
    }).observe({ type: 'layout-shift', buffered: true })
    document.addEventListener('securitypolicyviolation', ({ violatedDirective }) =>
      seen.reports.push(violatedDirective)
    )
  })
  const foreign: string[] = []
  page.on('request', request => {
    if (!request.url().startsWith(gateway.url) && !/^(?:data|blob):/.test(request.url())) foreign.push(request.url())
  })
  const link = await gateway.signOn(page)
  const before = await page.evaluate(() => (window as unknown as { seen: { shift: number } }).seen.shift)
  await page.keyboard.press('F7')
  const box = page.locator('dialog[open] input[name=query]')
  await box.waitFor()
  const words = 'Wilmot Sandpiper, 12 Mill Lane, Abingdon, by the bridge over the river'
  const typed = box.pressSequentially(words)
  openMapCall(link)
  for (let rev = 1; rev <= 10; rev += 1)
    showPlaces(link, rev, [fix('best', { radiusMetres: 500 - rev * 40, id: `f${rev}` })])
  showAround(link)
  await typed
  t.equal(await box.inputValue(), words)
  t.ok(await box.evaluate(element => element === document.activeElement), 'the keyboard is where it was')
  await page.keyboard.press('Escape')
  await ringIs(page, 'caller', 100)
  const seen = await page.evaluate(() => (window as unknown as { seen: { shift: number; reports: string[] } }).seen)
  t.ok(seen.shift - before < 0.01, `layout shifted by ${seen.shift - before}`)
  t.comment(`figure: layout shift ${seen.shift - before}`)
  t.same(seen.reports, [], 'no report of the content security policy')
  t.same(foreign, [])
})

t.test('keys move and zoom it, its buttons are large enough, and a hand’s place holds until the next call', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  const link = await gateway.signOn(page)
  openMapCall(link)
  showPlaces(link, 1, [fix('best', { radiusMetres: 250, id: 'first' })])
  await ringIs(page, 'caller', 250)
  for (const button of await page.locator('.map-buttons button').all()) {
    const size = await button.boundingBox()
    t.ok(size !== null && size.width >= 24 && size.height >= 24, `${size?.width} by ${size?.height}`)
  }
  const before = await metresPerPixel(page)
  await page.locator('.map-canvas').focus()
  await page.keyboard.press('ArrowRight')
  await until(async () => ((await centreOf(page))[0] !== HERE.easting ? '' : 'it has not moved'))
  await page.keyboard.press('+')
  await until(async () => ((await metresPerPixel(page)) < before ? '' : 'it has not zoomed'))
  const byHand = await centreOf(page)
  showPlaces(link, 2, [fix('best', { radiusMetres: 60, id: 'second', ...shift })])
  await list(page).getByText('Within 60 m').waitFor()
  t.same(await centreOf(page), byHand, 'a new place does not move what a hand has moved')
  await page.getByRole('button', { name: 'Back to the caller' }).click()
  await ringIs(page, 'caller', 60)
  await page.locator('.map-canvas').focus()
  await page.keyboard.press('ArrowLeft')
  link.event(popEvent(2, 1, { offeredAt: Date.now() }))
  showPlaces(link, 1, [fix('best', { radiusMetres: 90, id: 'other' })], 2)
  await page.locator(`[data-strip-call="${callId(2)}"] .entry`).click()
  await ringIs(page, 'caller', 90)
  t.same(await centreOf(page), [HERE.easting, HERE.northing])
})

t.test(
  'on a low screen the map is a tab over the panels; warnings stay, and the next call shows its panels',
  async t => {
    const gateway = await ScriptedConsole.start(t)
    const page = await openPage(t, browser, { width: 1280, height: 720, theme: 'dark' })
    const link = await gateway.signOn(page)
    openMapCall(link)
    showPlaces(link, 1, [confirmed(250)])
    showAround(link)
    link.event(panelEvent(1, 1, 'identity'))
    const places = () =>
      page.evaluate(() =>
        [...document.querySelectorAll('article, .card-head, .facts, [data-panel=warnings], .timeline')].map(element => {
          const { x, y, width, height } = element.getBoundingClientRect()
          return [x, y, width, height].map(Math.round).join(' ')
        })
      )
    await page.locator('[data-panel=identity][data-status=found]').waitFor()
    const before = await places()
    t.equal(await page.locator('.map').count(), 0, 'nothing is loaded before somebody wants it')
    await page.getByRole('button', { name: 'Map', exact: true }).click()
    await ringIs(page, 'caller', 250)
    // Only now: where the frame is so low its words lie over the ring that is measured.
    showPlaces(link, 2, [confirmed(250), fix('offered', { radiusMetres: 18, id: 'better', ...shift })])
    await page.locator('.map-list').filter({ hasText: 'Better place offered' }).waitFor()
    t.same(await places(), before)
    t.ok(await page.locator('[data-panel=warnings]').isVisible())
    t.equal((await page.locator('.panels').boundingBox())?.height, 0, 'the panels are covered')
    await shoot(page, 'console-map-night')
    await page.keyboard.press('l')
    await page.locator('[data-first-link]:focus').waitFor()
    t.equal(await page.locator('.map').count(), 0, 'a key that leads into a panel brings the panels back')
    await page.getByRole('button', { name: 'Map', exact: true }).click()
    await mapIsReady(page)
    link.event(popEvent(2, 1, { offeredAt: Date.now() }))
    await page.locator(`[data-strip-call="${callId(2)}"] .entry`).click()
    await page.locator('[data-panel=identity]').waitFor()
    t.equal(await page.locator('.map').count(), 0)
  }
)

for (const theme of ['light', 'dark'] as const) {
  t.test(`the map’s words can be read by ${theme === 'light' ? 'day' : 'night'}`, async t => {
    const gateway = await ScriptedConsole.start(t)
    const page = await openPage(t, browser, { theme })
    const link = await gateway.signOn(page)
    openMapCall(link)
    showPlaces(link, 1, [confirmed(250), fix('offered', { radiusMetres: 18, id: 'better', ...shift })])
    showAround(link)
    await ringIs(page, 'caller', 250)
    t.same(await tooFaint(page, '.map', 4.5), [])
  })
}
