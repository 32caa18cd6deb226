import type { Page } from 'playwright-core'
import t from 'tap'
import { openBrowser, openPage } from '../support/browser.ts'
import { makeGateway, openRecord, place } from '../support/gateway.ts'
import { until } from '../support/until.ts'

/*
 * The incident is elsewhere than its caller: said by key and one box, shown beside the caller's place, taken back.
 */

const panel = (page: Page, name: string) => page.locator(`article [data-panel=${name}]`)

t.test('a witness speaks of another place: the card says both, and which panel is about which', async t => {
  const gateway = await makeGateway(t)
  const record = await openRecord(t, gateway)
  const page = await openPage(t, await openBrowser(t))
  await page.goto(gateway.url)
  await page.getByRole('button', { name: /tvp-h01/ }).click()
  await page.locator('[data-link=live]').waitFor()
  t.equal((await place(gateway, 'uac-999-pidf-lo-expect-200').done).failed, 0)
  await page.locator('[data-strip-call] .entry').first().click()
  await panel(page, 'crimes').locator('[data-place=caller]').waitFor()
  const own = await page.getByTestId('grid-reference').textContent()

  const dialog = page.locator('dialog[open]')
  await page.keyboard.press('i')
  await dialog.getByRole('heading', { name: 'Where is the incident?' }).waitFor()
  await page.getByTestId('known-places').getByRole('button').first().waitFor()
  await dialog.getByRole('textbox').fill('SP 53000 07000')
  await page.keyboard.press('Enter')
  await page.getByTestId('typed-places').getByRole('button').first().click()
  await dialog.waitFor({ state: 'detached' })
  const incident = page.getByTestId('incident-place')
  await incident.filter({ hasText: 'Set by tvp-h01' }).waitFor()
  t.equal(await page.getByTestId('incident-grid-reference').textContent(), 'SP 53000 07000')
  t.equal(await page.getByTestId('grid-reference').textContent(), own, 'the caller is where they were')
  for (const name of ['warnings', 'crimes', 'incidents-nearby']) {
    await panel(page, name).locator('[data-place=incident]').waitFor()
  }
  await panel(page, 'incidents-nearby').getByText('Around the incident’s place').waitFor()
  t.match(page.url(), /^http:\/\/127\.0\.0\.1:\d+\/$/, 'nothing of it is in an address')

  // The map is about the incident, and says in words where the caller is.
  await until(async () => {
    const centre = (await page.locator('.map-canvas').getAttribute('data-centre')) ?? ''
    const [easting = 0, northing = 0] = centre.split(' ').map(Number)
    // A reference of metres names a square of one.
    return Math.hypot(easting - 453_000, northing - 207_000) < 3 ? '' : `the map is at ${centre}`
  }, 30_000)
  await page
    .locator('.map-list')
    .getByText(/^Incident: .*SP 53000 07000/)
    .waitFor()

  await incident.getByRole('button', { name: /Take back/ }).focus()
  await page.keyboard.press('Enter')
  await incident.waitFor({ state: 'detached' })
  await panel(page, 'crimes').locator('[data-place=caller]').waitFor()
  const { rows } = await record.query(`select handler, fix->>'method' as method from incident_place order by change`)
  t.same(rows, [
    { handler: 'tvp-h01', method: 'Grid reference' },
    { handler: 'tvp-h01', method: null }
  ])
})
