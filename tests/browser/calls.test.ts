import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import t from 'tap'
import { axeFinds } from '../support/axe.ts'
import { openBrowser, openPage } from '../support/browser.ts'
import { aSwitch } from '../support/control-room.ts'
import { makeGateway, openRecord } from '../support/gateway.ts'
import { until } from '../support/until.ts'

/* What a supervisor sees of others' calls, in Chromium, with a real gateway: the lists, a call read along, one played again. */

const gateway = await makeGateway(t)
const record = await openRecord(t, gateway)
const browser = await openBrowser(t)
const caller = await aSwitch(t, gateway)
const NUMBER = '+447700900952'

async function signOnAs(page: Page, handler: string): Promise<void> {
  await page.goto(gateway.url)
  await page.getByRole('button', { name: new RegExp(handler) }).click()
  await page.locator('[data-link=live]').waitFor()
}

/** A 999 call that the handler of desk 1 has taken and writes of. */
async function aTakenCall(page: Page) {
  const placed = caller.place({ ddi: '999', device: '4001', asserted: NUMBER, shown: NUMBER })
  await page.locator('article[data-call]').waitFor()
  // The record may not have the call in the first moment: whoever takes it is told to try again.
  await until(async () => {
    if (await page.getByText('Taken by you').isVisible()) return ''
    if (await page.getByRole('button', { name: /^Take/ }).isVisible()) await page.keyboard.press('F2')
    return 'not taken'
  })
  const call = (await page.locator('article[data-call]').getAttribute('data-call')) ?? ''
  await until(async () => {
    const { rows } = await record.query('select taken_by from contact where call_id = $1', [call])
    return rows[0]?.taken_by === 'tvp-h01' ? '' : 'not on record as taken'
  })
  return { placed, call }
}

const [desk, board] = [await openPage(t, browser), await openPage(t, browser)]
await signOnAs(desk, 'tvp-h01')
await signOnAs(board, 'tvp-s01')
const { placed, call } = await aTakenCall(desk)
const urls: string[] = []
board.on('request', request => urls.push(request.url()))

t.test('a supervisor finds the live call by its desk and reads it along; nothing can be done with it', async t => {
  await board.getByRole('button', { name: 'Calls' }).click()
  await board.getByLabel('Why you look, for the record').fill('New handler')
  const row = board.locator(`[data-live-call="${call}"]`)
  await row.filter({ hasText: 'tvp-d01' }).waitFor()
  t.match(await row.textContent(), /999.*Talking|999.*Ringing/)
  t.notMatch(await board.locator('.call-table').textContent(), /900 ?952/, 'nothing of the caller in the list')
  t.same(await axeFinds(board), [])
  await row.getByRole('button', { name: /Read along/ }).click()
  const peek = board.getByTestId('peek')
  await peek.locator('[data-panel=identity]').waitFor()
  t.match(await peek.locator('.number h1').textContent(), '07700 900952')
  await desk.locator('[data-note]').fill('Caller whispers.')
  await peek.locator('.notes li').filter({ hasText: 'Caller whispers.' }).waitFor()
  t.equal(await peek.locator('article :is(textarea, input)').count(), 0, 'nothing to write in')
  const doing = peek.locator('article button:visible')
  for (const words of await doing.allTextContents()) t.notMatch(words, /Take|Use|Type place|Link|Silent|Close/, words)
  t.same(await axeFinds(board), [])
  const { rows } = await record.query('select * from disclosure')
  t.match(rows, [{ kind: 'peek', call_id: call, handler: 'tvp-s01', reason: 'New handler', is_over: false }])
  await peek.getByRole('button', { name: 'Stop reading' }).click()
  await until(async () => {
    const { rows } = await record.query('select is_over, until_at > at as lasted from disclosure')
    return rows[0]?.is_over && rows[0]?.lasted ? '' : 'not over on record'
  })
})

t.test('the handler exports their call: the file is the record; and prints its card, and no other page', async t => {
  await desk.locator('[data-note]').press('Control+Enter')
  await desk.locator('.notes li[data-done=true]').waitFor()
  await desk
    .locator('.more-actions')
    .getByRole('button', { name: /^Export/ })
    .click()
  const dialog = desk.getByRole('dialog', { name: 'Export or print this call' })
  await dialog.getByLabel('Reason').fill('For the file')
  const [download] = await Promise.all([
    desk.waitForEvent('download'),
    dialog.getByRole('button', { name: 'JSON file' }).click()
  ])
  t.equal(download.suggestedFilename(), `call-${call}.json`)
  const file = JSON.parse(await readFile(await download.path(), 'utf8'))
  const { rows } = await record.query(
    'select event_id, event from journal where call_id = $1 order by generation, seq',
    [call]
  )
  t.same(
    file.events.map((each: { eventId: string; event: unknown }) => [each.eventId, each.event]),
    rows.map(row => [row.event_id, row.event])
  )
  t.match(file.notes, [{ text: 'Caller whispers.', handler: 'tvp-h01' }])

  await desk.emulateMedia({ media: 'print' })
  t.notOk(await desk.locator('article[data-call]').isVisible(), 'what is not on record is not printed')
  await desk.emulateMedia({ media: 'screen' })
  await desk.evaluate(() => {
    window.print = () => {
      document.body.dataset['wasPrinted'] = document.documentElement.dataset['printing'] ?? ''
    }
  })
  await desk
    .locator('.more-actions')
    .getByRole('button', { name: /^Export/ })
    .click()
  await dialog.getByRole('button', { name: 'Print the card' }).click()
  await desk.locator(`body[data-was-printed="${call}"]`).waitFor()
  await desk.emulateMedia({ media: 'print' })
  const article = desk.locator('article[data-call]')
  t.ok(await article.isVisible())
  t.match(await article.locator('.print-head').textContent(), new RegExp(`call ${call}.*printed by.*tvp-h01`))
  for (const hidden of ['.top-bar', '.strip', 'article button', 'textarea', '.timeline']) {
    t.equal(await desk.locator(`${hidden}:visible`).count(), 0, hidden)
  }
  for (const panel of ['warnings', 'identity', 'location', 'history', 'crimes']) {
    t.ok(await article.locator(`[data-panel="${panel}"] h2`).isVisible(), panel)
  }
  const notes = desk.locator('[data-panel=notes]')
  t.match(await notes.locator('.notes li').filter({ visible: true }).textContent(), /Caller whispers/)
  const cut = await article
    .locator('.panel-body')
    .evaluateAll(all => all.filter(each => each.scrollHeight > each.clientHeight + 1).length)
  t.equal(cut, 0, 'no panel is cut')
  await desk.emulateMedia({ media: 'screen' })
  await desk.evaluate(() => dispatchEvent(new Event('afterprint')))
  t.equal(await desk.locator('[data-printed]').count(), 0)
  const { rows: kept } = await record.query(
    `select kind, format, handler, reason from disclosure where kind <> 'peek' order by at`
  )
  t.same(kept, [
    { kind: 'export', format: 'json', handler: 'tvp-h01', reason: 'For the file' },
    { kind: 'print', format: null, handler: 'tvp-h01', reason: null }
  ])
})

t.test('the call is over: it is found among the past ones, and played again', async t => {
  placed.hangUp()
  await until(async () => {
    const { rows } = await record.query('select state from contact where call_id = $1', [call])
    return rows[0]?.state === 'released' ? '' : 'not over'
  })
  await board.getByRole('button', { name: 'Past calls' }).click()
  await board.getByRole('textbox', { name: 'Number', exact: true }).fill('07700 900952')
  await board.getByRole('button', { name: 'Find', exact: true }).click()
  const row = board.locator(`[data-past-call="${call}"]`)
  await row.waitFor()
  t.match(await row.textContent(), /tvp-h01/)
  await row.getByRole('button', { name: 'Replay' }).click()
  const replay = board.getByTestId('replay')
  await replay.locator('article[data-call]').waitFor()
  t.match(await replay.locator('.reading-head').textContent(), /REPLAY.*Nothing here is live.*On record/)
  t.same(await axeFinds(board), [])
  const state = () => replay.locator('.state-words').textContent()
  t.match(await state(), /Ring|Waiting|alert/i)
  const at = () => replay.getByTestId('replay-at').textContent()
  const first = await at()
  for (let n = 0; n < 40; n++) await replay.getByRole('button', { name: 'Step on' }).click()
  await replay.locator('.state[data-stage=ended]').waitFor()
  t.not(await at(), first)
  await replay.locator('.moments button').first().click()
  await replay.locator('.state:not([data-stage=ended])').waitFor()
  await replay.getByRole('button', { name: '8×' }).click()
  await replay.getByRole('button', { name: 'Play', exact: true }).click()
  await replay.locator('.state[data-stage=ended]').waitFor()
  await replay.getByRole('button', { name: 'Play again' }).waitFor()
  t.match(await replay.locator('.notes').textContent(), /Caller whispers/)
  const { rows } = await record.query(`select kind, handler, call_id from disclosure where kind = 'replay'`)
  t.same(rows, [{ kind: 'replay', handler: 'tvp-s01', call_id: call }])
  const odd = urls.filter(url => /900952|900%20952|whispers/.test(url))
  t.same(odd, [], 'nothing of the caller in an address')
})

t.test('a handler has no list of others’ calls, and is refused where they ask all the same', async t => {
  t.equal(await desk.getByRole('button', { name: 'Calls' }).count(), 0)
  const statuses = await desk.evaluate(async call => {
    const headers = { 'x-callbox': '1', 'content-type': 'application/json' }
    const post = async (path: string, body: object) =>
      (await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })).status
    return [
      (await fetch('/api/v1/calls/live')).status,
      await post('/api/v1/calls/past', { from: 0, until: 1 }),
      await post('/api/v1/peeks', { call }),
      await post(`/api/v1/calls/${call}/replay`, {})
    ]
  }, call)
  t.equal(statuses[0], 403)
  t.equal(statuses[1], 403)
  t.equal(statuses[2], 403)
  t.equal(statuses[3], 403)
})
