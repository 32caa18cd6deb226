import t from 'tap'
import { openBrowser, openPage } from '../support/browser.ts'
import { makeGateway, openRecord, place } from '../support/gateway.ts'

t.test('the caller says where they are: the handler types it, chooses, and it holds', async t => {
  const gateway = await makeGateway(t)
  const record = await openRecord(t, gateway)
  const page = await openPage(t, await openBrowser(t))
  await page.goto(gateway.url)
  await page.getByRole('button', { name: /tvp-h01/ }).click()
  await page.locator('[data-link=live]').waitFor()
  t.equal((await place(gateway, 'uac-999-withheld-expect-200').done).failed, 0)
  await page.locator('[data-strip-call] .entry').first().click()
  const panel = page.locator('article [data-panel=location]')
  await page.locator('article [data-panel=location]:not([data-status=pending])').waitFor()

  const dialog = page.locator('dialog[open]')
  const places = page.getByTestId('typed-places').getByRole('button')
  await page.keyboard.press('p')
  await dialog.getByRole('textbox').fill('nowhere that anybody knows')
  await dialog.getByRole('button', { name: 'Look up' }).click()
  await dialog.filter({ hasText: 'no address on record is like them' }).waitFor()
  await dialog.getByRole('textbox').fill('SP 51338 06183')
  await page.keyboard.press('Enter')
  await places.first().waitFor()
  t.match(await places.first().textContent(), /SP 51338 06183.*Grid reference · within 1 m/)
  await places.first().click()
  await dialog.waitFor({ state: 'detached' })
  await page.getByTestId('confirmed').filter({ hasText: 'tvp-h01' }).waitFor()
  t.match(await page.getByTestId('grid-reference').textContent(), 'SP 51338 06183')
  t.match(await panel.textContent(), /Typed by a person/)
  await page.locator('article [data-panel=crimes]:not([data-status=not-asked])').waitFor()
  t.match(page.url(), /^http:\/\/127\.0\.0\.1:\d+\/$/, 'nothing of it is in an address')

  const [{ text = '' } = {}] = (
    await record.query(
      `select text from address where force = 'tvp' and latitude is not null order by address_id limit 1`
    )
  ).rows
  await panel.getByRole('button', { name: /Type place/ }).click()
  await dialog.getByRole('textbox').fill(text)
  await page.keyboard.press('Enter')
  await places.filter({ hasText: text }).first().click()
  await page.getByTestId('fix').filter({ hasText: text }).waitFor()
  const { rows } = await record.query(
    'select source, confirmed_by, fix from location_fix where confirmed_at is not null order by change'
  )
  t.match(rows, [
    { source: 'typed', confirmed_by: 'tvp-h01', fix: { method: 'Grid reference' } },
    { source: 'typed', confirmed_by: 'tvp-h01', fix: { method: 'Address on record', address: text } }
  ])
  t.equal(
    (await record.query(`select count(*)::int as n from search_audit where kind = 'place' and query = $1`, [text]))
      .rows[0]?.n,
    2,
    'looked up and chosen'
  )
})
