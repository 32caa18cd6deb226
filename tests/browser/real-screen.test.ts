import { mkdir } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { toCallId } from '../../src/simulator/sipp-run.ts'
import { openBrowser, openPage } from '../support/browser.ts'
import { DEMO_TRUNK, makeGateway, openRecord, place } from '../support/gateway.ts'
import { makeSilentProxy } from '../support/silent-proxy.ts'
import { until } from '../support/until.ts'

/** Pictures for the documents: CALLBOX_SCREENS=docs/screens keeps what the test sees. */
const SHOTS = process.env['CALLBOX_SCREENS']
const CUT_MS = 5_000

async function signOnAtDesk1(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await page.getByRole('button', { name: /tvp-h01/ }).click()
  await page.locator('[data-link=live]').waitFor()
}

async function shoot(page: Page, name: string): Promise<void> {
  if (SHOTS === undefined) return
  await mkdir(SHOTS, { recursive: true })
  await page.screenshot({ path: `${SHOTS}/${name}.png` })
}

/** The panel of the open card, once it says this. */
function panel(page: Page, name: string, status: string) {
  return page.locator(`article [data-panel=${name}][data-status=${status}]`)
}

t.test('a 999 call comes in: the card shows the caller, the place and what was before', async t => {
  const gateway = await makeGateway(t)
  const page = await openPage(t, await openBrowser(t))
  await signOnAtDesk1(page, gateway.url)
  const record = await openRecord(t, gateway)
  const report = place(gateway, 'uac-999-pidf-lo-expect-200')
  await page.locator('article[data-call]').waitFor()
  t.equal(await page.locator('article h1').textContent(), '07700 900001', 'the number as people read it')
  await panel(page, 'identity', 'found').waitFor()
  await panel(page, 'location', 'found').waitFor()
  await page.locator('[data-panel=history]:not([data-status=pending])').waitFor()
  const [person = { name: 'nobody' }] = (
    await record.query(
      `select name from person join number_link using (person_id)
       where e164 = '+447700900001' and person.force = 'tvp'`
    )
  ).rows
  t.ok(((await panel(page, 'identity', 'found').textContent()) ?? '').includes(person.name), 'the person of the record')
  const location = (await panel(page, 'location', 'found').textContent()) ?? ''
  t.match(location, /51\.752/, 'the fix of the network')
  t.match(location, /35 m/, 'and how far it may be off')
  await shoot(page, 'console-day')
  t.equal((await report.done).failed, 0)

  const seen = async () => (await record.query('select seen_at from pop_delivery where seen_at is not null')).rowCount
  await until(async () => ((await seen()) === 1 ? '' : 'the record does not say that it was painted'))
})

t.test('the network is cut for five seconds while calls come in: nothing is missing afterwards', async t => {
  const gateway = await makeGateway(t)
  const proxy = await makeSilentProxy(t, gateway.place.httpPort)
  const page = await openPage(t, await openBrowser(t))
  await signOnAtDesk1(page, `http://127.0.0.1:${proxy.port}`)
  const calls = place(gateway, 'uac-999-call-expect-200', { rate: 2, calls: 20 })
  await page.locator('[data-strip-call]').nth(2).waitFor()
  await proxy.away()
  await page.locator('[data-link=stale]').waitFor()
  t.comment('cut; the screen says so')
  await shoot(page, 'console-cut-off')
  // Not a wait for something: this is how long the network stays away.
  await pause(CUT_MS)
  await proxy.pass()
  await page.locator('[data-link=live]').waitFor()
  const report = await calls.done
  t.equal(report.failed, 0, 'the switch noticed nothing')

  const placed = new Set([...report.calls.values()].map(call => toCallId(call, DEMO_TRUNK) as string))
  const shown = async () => new Set(await page.locator('[data-strip-call]').evaluateAll(toCallIds))
  await until(async () => {
    const now = await shown()
    return [...placed].filter(call => !now.has(call)).map(call => `${call} is not shown`)[0] ?? ''
  }, 30_000)
  t.same(await shown(), placed, 'every call once, and none that was not placed')
  await acknowledgedOnce(t, await openRecord(t, gateway), placed)
})

t.test(
  'rule 14: a call rings while the handler is in another card: nothing they read or type is taken away',
  async t => {
    const gateway = await makeGateway(t)
    const page = await openPage(t, await openBrowser(t))
    await signOnAtDesk1(page, gateway.url)
    await place(gateway, 'uac-999-call-expect-200').done
    const card = page.locator('article[data-call]')
    await card.waitFor()
    const open = await card.getAttribute('data-call')
    await page.locator('[data-panel=history] .panel-body').focus()
    await place(gateway, 'uac-999-conflict-expect-200', { calls: 3 }).done
    await page.locator('[data-strip-call]').nth(3).waitFor()
    t.equal(await card.getAttribute('data-call'), open, 'the open card stays')
    t.equal(await page.evaluate(() => document.activeElement?.className), 'panel-body', 'and so does the focus')
  }
)

t.test('a withheld 999 number is shown, because an emergency waives it, with the word that says so', async t => {
  const gateway = await makeGateway(t)
  const page = await openPage(t, await openBrowser(t))
  await signOnAtDesk1(page, gateway.url)
  await place(gateway, 'uac-999-withheld-expect-200').done
  await page.locator('article[data-call]').waitFor()
  t.match((await page.locator('article .trust').textContent()) ?? '', /withheld/i)
  await panel(page, 'identity', 'found').waitFor()
})

function toCallIds(entries: (SVGElement | HTMLElement)[]): string[] {
  return entries.map(entry => entry.dataset['stripCall'] ?? '')
}

async function acknowledgedOnce(
  t: Test,
  record: Awaited<ReturnType<typeof openRecord>>,
  placed: ReadonlySet<string>
): Promise<void> {
  const acked = async () =>
    (
      await record.query("select pop_id from pop_delivery where acked_at is not null and handler not like '~%'")
    ).rows.map(row => row.pop_id)
  await until(async () => ((await acked()).length < placed.size ? 'not all acknowledged in the record' : ''))
  t.same(new Set(await acked()), new Set([...placed].map(call => `p_${call}`)))
}
