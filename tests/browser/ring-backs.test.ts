import t from 'tap'
import { openBrowser, openPage } from '../support/browser.ts'
import { makeGateway, openRecord, place } from '../support/gateway.ts'

/*
 * The list of calls to be rung back, by the keyboard: a call is put on it, taken, put off, and dealt with.
 */

t.test('a handler puts a call on the list, takes it from there and says what was done', async t => {
  const gateway = await makeGateway(t)
  const record = await openRecord(t, gateway)
  const page = await openPage(t, await openBrowser(t), { width: 1280, height: 720 })
  await page.goto(gateway.url)
  await page.getByRole('button', { name: /tvp-h01/ }).click()
  await page.locator('[data-link=live]').waitFor()
  const count = page.locator('[data-ring-backs]')
  await count.filter({ hasText: 'Ring back 0' }).waitFor()
  t.equal((await place(gateway, 'uac-999-call-expect-200').done).failed, 0)
  await page.locator('[data-strip-call] .entry').first().click()

  const dialog = page.locator('dialog[open]')
  await page.getByRole('button', { name: 'Ring back …' }).click()
  await dialog.getByLabel('Why').fill('was driving')
  await dialog.getByLabel('When').selectOption({ index: 3 })
  await dialog.getByRole('button', { name: 'Put on the list' }).click()
  await dialog.waitFor({ state: 'detached' })
  await count.filter({ hasText: 'Ring back 1' }).waitFor()
  await page
    .locator('.flags')
    .getByText(/to be rung back/)
    .waitFor()

  await page.keyboard.press('b')
  const row = page.getByTestId('ring-backs').getByRole('listitem')
  await row
    .filter({ hasText: 'was driving' })
    .filter({ hasText: /Due \d\d:\d\d:\d\d, in 1[45] min/ })
    .waitFor()
  await row.getByRole('button', { name: 'Take', exact: true }).click()
  await row.getByText('Taken by you').waitFor()
  await row.getByRole('button', { name: 'Ring again later …' }).click()
  await row.getByLabel('Why').fill('no answer')
  await page.keyboard.press('Enter')
  await row.filter({ hasText: 'no answer (tvp-h01)' }).getByText('Due now').waitFor()
  await row.getByRole('button', { name: 'Take', exact: true }).click()
  await row.getByRole('button', { name: 'Done …' }).click()
  await row.getByLabel('What was done').selectOption({ label: 'Spoken to the caller' })
  await row.getByRole('button', { name: 'Close entry' }).click()
  await dialog.getByText('no call of your lines is to be rung back').waitFor()
  await dialog.getByRole('button', { name: 'Close' }).click()
  await count.filter({ hasText: 'Ring back 0' }).waitFor()
  const { rows } = await record.query('select act, why, reason from ledger_act order by act_id')
  t.match(rows, [
    { act: 'marked', why: 'was driving' },
    { act: 'taken' },
    { act: 'marked', why: 'no answer' },
    { act: 'taken' },
    { act: 'closed', reason: 'spoken-to' }
  ])
  t.match(page.url(), /^http:\/\/127\.0\.0\.1:\d+\/$/)
})
