import type { Page } from 'playwright-core'
import t from 'tap'
import type { PanelItem } from '../../src/pop/pop.ts'
import { openBrowser, openPage } from '../support/browser.ts'
import { tooFaint } from '../support/contrast.ts'
import { callId, panelEvent, popEvent } from '../support/pop-words.ts'
import { ScriptedConsole, type ScriptedLink } from '../support/scripted-console.ts'
import { until } from '../support/until.ts'

/*
 * The location panel through a call: a cell, a search, the phone's own place, and what the handler makes of it. What a
 * whole gateway does is in moving-location.test.ts.
 */

const browser = await openBrowser(t)
const NOW = { offeredAt: Date.now(), state: 'answered', answeredAt: Date.now(), takenBy: 'tvp-h01' }

function cell(standing: string, over: Record<string, string | number | boolean> = {}): PanelItem {
  return {
    kind: 'fix',
    title: 'Within 2000 m of 51.67100, -1.28800',
    at: Date.now() - 18_000,
    fields: {
      ...{ id: 'eisec-cell', source: 'eisec', standing, shape: 'circle', radiusMetres: 2_000, confidence: 95 },
      ...{ method: 'Cell', approximate: true, toldAt: true, latitude: 51.671, longitude: -1.288 },
      ...{ easting: 449_300, northing: 197_200, gridReference: 'SU 49300 97200' },
      ...{ nearPlace: 'Abingdon, Vale of White Horse', nearPlaceMetres: 420 },
      reason: 'Larger than the best: within 2.0 km at 95 %, the best 12 m. Only the cell is known: approximate.',
      ...over
    }
  }
}

function phone(standing: string, over: Record<string, string | number | boolean> = {}): PanelItem {
  return {
    kind: 'fix',
    title: 'Within 12 m of 51.67345, -1.28311',
    at: Date.now() - 6_000,
    fields: {
      ...{ id: 'aml-phone', source: 'aml', standing, shape: 'circle', radiusMetres: 12, confidence: 95 },
      ...{ method: 'GNSS', latitude: 51.67345, longitude: -1.28311, easting: 449_640, northing: 197_450 },
      ...{ gridReference: 'SU 49640 97450', nearPostcode: 'OX14 3CK', nearPostcodeMetres: 35 },
      ...{ nearPlace: 'Abingdon, Vale of White Horse', nearPlaceMetres: 260, reason: 'Smallest: within 12 m at 95 %.' },
      ...over
    }
  }
}

const searching: PanelItem = {
  ...{ kind: 'source', title: 'EISEC: searching for the phone', at: Date.now() - 4_000 },
  fields: { source: 'eisec', state: 'searching' }
}

const panel = (page: Page) => page.locator('section[data-panel=location]')
const said = (page: Page) => page.locator('[aria-live=polite]')

async function openCall(page: Page, link: ScriptedLink): Promise<(rev: number, items: PanelItem[]) => void> {
  link.event(popEvent(1, 1, NOW))
  await page.locator('article[data-call]').waitFor()
  return (rev, items) =>
    link.event(panelEvent(1, rev, 'location', { items, source: 'Network, EISEC, phone, address on record' }))
}

t.test(
  'rule 11: a cell, then the phone’s own place: each with how far off it may be, who says so, and the grid',
  async t => {
    const gateway = await ScriptedConsole.start(t)
    const page = await openPage(t, browser)
    const link = await gateway.signOn(page)
    const show = await openCall(page, link)
    show(1, [cell('best'), searching])
    await panel(page).getByText('Within 2.0 km (cell), 95 % sure').waitFor()
    await panel(page).getByText('Cell only').waitFor()
    await page.getByTestId('source-state').getByText('EISEC: searching for the phone …').waitFor()
    show(2, [phone('best'), cell('other')])
    await page.getByTestId('fix').getByText('Within 12 m, 95 % sure').waitFor()
    t.equal(await page.getByTestId('grid-reference').textContent(), 'SU 49640 97450')
    t.equal(await page.getByTestId('coordinates').textContent(), '51.67345, -1.28311')
    t.match(await page.getByTestId('fix').textContent(), /Near OX14 3CK \(35 m\), Abingdon.*Sent by the phone itself/)
    t.match(await panel(page).locator('.other-fixes').textContent(), /Within 2\.0 km \(cell\).*Larger than the best/)
    t.equal(await page.getByTestId('source-state').count(), 0, 'nobody searches any more')
    await said(page).filter({ hasText: 'Better place: Within 12 m' }).waitFor({ state: 'attached' })
    await page.getByRole('button', { name: 'Copy the grid reference' }).waitFor()
  }
)

t.test(
  'rule 12: a better place is offered, moves nothing, and is taken by one key; then it says who confirmed it',
  async t => {
    const gateway = await ScriptedConsole.start(t)
    const page = await openPage(t, browser, { width: 1280, height: 720 })
    const link = await gateway.signOn(page)
    const show = await openCall(page, link)
    const confirmed = { confirmedBy: 'tvp-h01', confirmedAt: Date.now() }
    show(1, [cell('confirmed', confirmed)])
    await page.getByTestId('confirmed').getByText('Confirmed by tvp-h01').waitFor()
    const focused = () => page.evaluate(() => document.activeElement?.className ?? '')
    const before = [await page.getByTestId('fix').boundingBox(), await focused()]
    show(2, [cell('confirmed', confirmed), phone('offered')])
    const offer = page.getByTestId('offer')
    await offer.getByText('Within 12 m, 95 % sure').waitFor()
    t.match(await offer.textContent(), /422 m from the confirmed place/)
    t.match(await page.getByTestId('fix').textContent(), /2\.0 km \(cell\)/, 'the confirmed place stays')
    t.same(
      [await page.getByTestId('fix').boundingBox(), await focused()],
      before,
      'nothing moves, and no focus is taken'
    )
    await said(page).filter({ hasText: 'Better place offered: Within 12 m' }).waitFor({ state: 'attached' })
    const box = await offer.boundingBox()
    const body = await panel(page).locator('.panel-body').boundingBox()
    t.ok(box !== null && body !== null && box.y + box.height <= body.y + body.height + 5, 'seen without scrolling')
    await page.keyboard.press('F4')
    await until(() => (link.of('cmd').length > 0 ? '' : 'no command'))
    t.match(link.of('cmd'), [{ op: 'location.confirm', args: { call: callId(1), fix: 'aml-phone' } }])
    show(3, [phone('confirmed', confirmed), cell('other')])
    await page.getByTestId('fix').getByText('Within 12 m').waitFor()
    t.equal(await offer.count(), 0)
  }
)

t.test('the place is accepted by its button too, and not while the link is lost', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  const link = await gateway.signOn(page)
  const show = await openCall(page, link)
  show(1, [phone('best'), cell('other')])
  await page
    .getByRole('button', { name: 'Use this place: Within 12 m, 95 % sure, Sent by the phone itself (AML), GNSS' })
    .click()
  await until(() => (link.of('cmd').length > 0 ? '' : 'no command'))
  t.match(link.of('cmd'), [{ op: 'location.confirm', args: { fix: 'aml-phone' } }])
})

for (const theme of ['light', 'dark'] as const) {
  t.test(`places can be read by ${theme === 'light' ? 'day' : 'night'}`, async t => {
    const gateway = await ScriptedConsole.start(t)
    const page = await openPage(t, browser, { theme })
    const link = await gateway.signOn(page)
    const show = await openCall(page, link)
    show(1, [cell('confirmed', { confirmedBy: 'tvp-h01', confirmedAt: Date.now() }), phone('offered'), searching])
    await page.getByTestId('offer').waitFor()
    t.same(await tooFaint(page, '[data-panel=location]', 4.5), [])
  })
}
