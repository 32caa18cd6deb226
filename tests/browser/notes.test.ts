import type { Page } from 'playwright-core'
import t from 'tap'
import { openBrowser, openPage } from '../support/browser.ts'
import { makeGateway, openRecord, place } from '../support/gateway.ts'
import { makeSilentProxy } from '../support/silent-proxy.ts'
import { until } from '../support/until.ts'

async function signOnAt(page: Page, url: string, desk: string): Promise<void> {
  await page.goto(url)
  await page.getByRole('button', { name: new RegExp(`tvp-h${desk}`) }).click()
  await page.locator('[data-link=live]').waitFor()
}

/** The one call of this screen, opened. */
async function openCall(page: Page): Promise<void> {
  await page.locator('[data-strip-call] .entry').first().click()
  await page.locator('article[data-call]').waitFor()
}

const noteBox = (page: Page) => page.locator('[data-note]')
const stateOf = (page: Page, words: RegExp) => page.locator('#note-state').filter({ hasText: words })
const notes = (page: Page) => page.locator('.notes li')

t.test('a call is handed over: what was written of it is on the next screen while it is written', async t => {
  const gateway = await makeGateway(t)
  const browser = await openBrowser(t)
  const [first, second] = [await openPage(t, browser), await openPage(t, browser)]
  await signOnAt(first, gateway.url, '01')
  await signOnAt(second, gateway.url, '02')
  t.equal((await place(gateway, 'uac-transfer-info-expect-200').done).failed, 0)
  await openCall(first)
  await openCall(second)
  t.match(await second.locator('[data-panel=notes] .status').textContent(), 'None yet')

  await noteBox(first).fill('Caller whispers.\nA man shouts')
  await stateOf(first, /^Saved \d\d:\d\d:\d\d/).waitFor()
  await notes(second).filter({ hasText: 'A man shouts' }).waitFor()
  t.match(await notes(second).textContent(), /tvp-h01.*being written/)
  t.equal(await notes(first).count(), 0, 'what the writer has before them is not shown twice')
  await noteBox(first).press('Control+Enter')
  await second.locator('.notes li[data-done=true]').waitFor()
  t.equal(await noteBox(first).inputValue(), '')
  t.match(await notes(first).textContent(), /A man shouts.*you/)

  await first.locator('.assessment summary').click()
  const threat = (page: Page) => page.locator('[data-aspect=threat]')
  await threat(first).locator('input').first().fill('Partner, in the flat')
  await threat(first).locator('input').first().press('Enter')
  await second.locator('.assessment summary').filter({ hasText: '1 of 6 assessed' }).waitFor()
  await second.locator('.assessment summary').click()
  await threat(second).locator('input').first().fill('Partner, has gone out')
  await threat(second).getByLabel('Why').fill('Neighbour rang')
  await threat(second).getByRole('button', { name: 'Save' }).click()
  await threat(first).filter({ hasText: 'because: Neighbour rang' }).waitFor()
  t.match(await threat(first).textContent(), /tvp-h02.*version 2/)
  t.equal(await threat(first).locator('input').first().inputValue(), 'Partner, has gone out')

  await noteBox(first).fill('Line went dead')
  await stateOf(first, /^Saved \d/).waitFor()
  await first.reload()
  await first.locator('[data-link=live]').waitFor()
  await openCall(first)
  await until(async () => ((await noteBox(first).inputValue()) === 'Line went dead' ? '' : 'the draft is not back'))
  await noteBox(first).press('End')
  await noteBox(first).pressSequentially(' at 14:02')
  await first.getByRole('button', { name: /^Close/ }).click()
  await first.locator('[data-strip-call]').waitFor({ state: 'detached' })

  const record = await openRecord(t, gateway)
  const { rows } = await record.query('select about, handler, text, is_done from call_note order by change')
  t.same(
    rows.map(row => [row.about, row.handler, row.text, row.is_done]),
    [
      ['note', 'tvp-h01', 'Caller whispers.\nA man shouts', true],
      ['threat', 'tvp-h01', 'Partner, in the flat', true],
      ['threat', 'tvp-h02', 'Partner, has gone out', true],
      ['note', 'tvp-h01', 'Line went dead at 14:02', true]
    ],
    'closing finishes what was being written'
  )
})

t.test('what is written while the link is cut is said not to be saved, and is saved when it is back', async t => {
  const gateway = await makeGateway(t)
  const proxy = await makeSilentProxy(t, gateway.place.httpPort)
  const page = await openPage(t, await openBrowser(t))
  await signOnAt(page, `http://127.0.0.1:${proxy.port}`, '01')
  t.equal((await place(gateway, 'uac-999-call-expect-200').done).failed, 0)
  await openCall(page)
  await proxy.away()
  await page.locator('[data-link=stale]').waitFor()
  await noteBox(page).fill('Glass breaking')
  await stateOf(page, /^Not saved yet: not live\./).waitFor()
  await proxy.pass()
  await page.locator('[data-link=live]').waitFor()
  await stateOf(page, /^Saved \d/).waitFor()
  t.equal(await noteBox(page).inputValue(), 'Glass breaking')
})
