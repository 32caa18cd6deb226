import type { Page } from 'playwright-core'
import t from 'tap'
import { openBrowser, openPage } from '../support/browser.ts'
import { makeGateway, openRecord, place } from '../support/gateway.ts'

/*
 * Who calls, as the handler hears it: another number, none of those held; each said where it matters, and taken back.
 */

const panel = (page: Page, name: string) => page.locator(`article [data-panel=${name}]`)

t.test('the caller gives another number, and is nobody of those it leads to', async t => {
  const gateway = await makeGateway(t)
  const record = await openRecord(t, gateway)
  const { rows } = await record.query<{ e164: string; name: string }>(
    `select l.e164, min(p.name) as name from number_link l join person p using (person_id)
     where p.force = 'tvp' and l.e164 like '+44%' group by l.e164 having count(*) = 1 order by l.e164 limit 1`
  )
  const [known = { e164: '', name: '' }] = rows
  const page = await openPage(t, await openBrowser(t))
  await page.goto(gateway.url)
  await page.getByRole('button', { name: /tvp-h01/ }).click()
  await page.locator('[data-link=live]').waitFor()
  t.equal((await place(gateway, 'uac-999-generic-number-expect-200').done).failed, 0)
  await page.locator('[data-strip-call] .entry').first().click()
  await panel(page, 'identity').and(page.locator('[data-status=not-asked]')).waitFor()

  const dialog = page.locator('dialog[open]')
  await page.keyboard.press('u')
  await dialog.getByRole('textbox').fill('not a number')
  await page.keyboard.press('Enter')
  await dialog.getByRole('alert').filter({ hasText: 'This reads as no telephone number.' }).waitFor()
  await dialog.getByRole('textbox').fill(known.e164)
  await page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'detached' })
  await page.getByTestId('said-number').filter({ hasText: 'number as the caller says it' }).waitFor()
  await page.getByTestId('person').filter({ hasText: known.name }).waitFor()
  for (const name of ['history', 'warnings']) await panel(page, name).getByTestId('caller-number').waitFor()
  await page.locator('.card-head').getByText('Caller says').waitFor()

  await panel(page, 'identity').getByRole('button', { name: 'Not the caller' }).click()
  await page.getByTestId('picked').filter({ hasText: 'is not the caller' }).waitFor()
  t.equal(await page.getByTestId('person').count(), 0, 'nobody is shown as the caller')
  await page.locator('.card-head').getByText('none of the people held').waitFor()
  await page
    .getByTestId('picked')
    .getByRole('button', { name: /Take back/ })
    .click()
  await page.getByTestId('person').filter({ hasText: known.name }).waitFor()
  await page
    .getByTestId('said-number')
    .getByRole('button', { name: /Take back/ })
    .click()
  await panel(page, 'identity').and(page.locator('[data-status=not-asked]')).waitFor()
  t.match(page.url(), /^http:\/\/127\.0\.0\.1:\d+\/$/, 'no number is in an address')
  t.notMatch(await page.evaluate(() => JSON.stringify(localStorage)), known.e164.slice(-6))
})
