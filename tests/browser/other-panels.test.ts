import type { Page } from 'playwright-core'
import t from 'tap'
import { PANEL_NAMES } from '../../src/pop/pop.ts'
import { openBrowser, openPage } from '../support/browser.ts'
import { tooFaint } from '../support/contrast.ts'
import { panelEvent, popEvent } from '../support/pop-words.ts'
import { ScriptedConsole } from '../support/scripted-console.ts'

/** The panels of the force's own systems, as a handler sees them. */

/** Pictures for the documents: CALLBOX_SCREENS=docs/screens keeps what the test sees. */
const SHOTS = process.env['CALLBOX_SCREENS']
const browser = await openBrowser(t)
const NOW = { offeredAt: Date.now(), state: 'answered', answeredAt: Date.now(), takenBy: 'tvp-h01' }
const PANELS = [
  { panel: 'other-keeper', title: 'Vehicle keeper', forces: ['tvp', 'hants'] },
  { panel: 'other-custody', title: 'Custody', forces: ['tvp'] },
  { panel: 'other-theirs', title: 'Theirs', forces: ['hants'] },
  { panel: 'other-premises', title: 'Schools and care homes', forces: ['tvp'] }
] as const

const panel = (page: Page, name: string) => page.locator(`section[data-panel=${name}]`)
const boxes = (page: Page) =>
  page
    .locator('article section.panel')
    .evaluateAll(all => all.map(each => JSON.stringify(each.getBoundingClientRect())))

async function openCall(t: Parameters<typeof openPage>[0], options = {}) {
  const gateway = await ScriptedConsole.start(t)
  gateway.panels = PANELS.map(each => ({ ...each, forces: [...each.forces] }))
  const page = await openPage(t, browser, options)
  const link = await gateway.signOn(page)
  link.event(popEvent(1, 1, NOW))
  await page.locator('article[data-call]').waitFor()
  return { gateway, page, link }
}

t.test('each has its place before it has anything to say, and nothing moves when it has', async t => {
  const { page, link } = await openCall(t)
  t.equal(await panel(page, 'other-theirs').count(), 0, 'what is another force’s is not there')
  for (const name of ['other-keeper', 'other-custody', 'other-premises'])
    t.match(await panel(page, name).textContent(), /Looking.*Being looked up/)
  const before = await boxes(page)
  t.equal(before.length, PANEL_NAMES.length + 3)
  link.event(
    panelEvent(1, 3, 'other-keeper', {
      source: 'Vehicle keeper',
      asOf: Date.now() - 40_000,
      items: Array.from({ length: 8 }, (_, n) => ({
        kind: 'vehicle',
        title: `QA5${n} IAA · blue Tarn Pickup`,
        detail: 'Keeper Una Whinfell. Reported stolen',
        at: Date.now() - 86_400_000,
        fields: { insured: false, 'MOT until': '2027-01-02', matched: 'network' }
      })),
      more: 2
    })
  )
  link.event(
    panelEvent(1, 2, 'other-custody', { status: 'not-asked', why: 'breaker-open', items: [], source: 'Custody' })
  )
  link.event(panelEvent(1, 3, 'other-premises', { status: 'none', items: [], source: 'Schools and care homes' }))
  await panel(page, 'other-keeper').getByText('8 of 10 held').waitFor()
  t.same(await boxes(page), before)
  const text = (await panel(page, 'other-keeper').textContent()) ?? ''
  t.match(
    text,
    /Vehicle keeper.*QA50 IAA.*Reported stolen.*insured: no.*MOT until: 2027-01-02.*2 more are held there.*as of/
  )
  t.notMatch(text, /matched/)
  t.match(await panel(page, 'other-custody').textContent(), /Not asked.*left alone.*There may be something/)
  t.match(await panel(page, 'other-premises').textContent(), /Nothing held.*Asked: nothing is held there/)
  t.equal(await panel(page, 'other-custody').locator('.status').getAttribute('data-trouble'), 'true')
  t.same(await tooFaint(page, '.other-panels', 4.5), [])
  if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/console-sources.png` })
})

t.test('a late answer takes the place of "no answer in time"', async t => {
  const { page, link } = await openCall(t)
  link.event(panelEvent(1, 2, 'other-custody', { status: 'late', items: [], source: 'Custody' }))
  await panel(page, 'other-custody').getByText('No answer in time').waitFor()
  link.event(panelEvent(1, 3, 'other-custody', { source: 'Custody', items: [{ kind: 'custody', title: 'CU-2026-1' }] }))
  await panel(page, 'other-custody').getByText('CU-2026-1').waitFor()
})

t.test('what is found by a number that nobody vouches for says so', async t => {
  const { page, link } = await openCall(t)
  const fields = { matched: 'presentation', unverified: true }
  const items = [{ kind: 'custody', title: 'CU-2026-1', fields }]
  link.event(panelEvent(1, 3, 'other-custody', { source: 'Custody', items }))
  await panel(page, 'other-custody').getByTestId('doubtful-match').waitFor()
})

t.test('on a low screen all of the card is in sight, and a narrow one scrolls as a page', async t => {
  for (const [width, height] of [
    [1_280, 720],
    [1_920, 1_080]
  ] as const) {
    const { page } = await openCall(t, { width, height })
    const article = await page.locator('article').evaluate(each => each.scrollHeight - each.clientHeight)
    t.ok(article <= 1, `${width} by ${height}: ${article} px are cut off`)
    const least = await page
      .locator('article section.panel')
      .evaluateAll(all => Math.min(...all.map(each => each.getBoundingClientRect().height)))
    t.ok(least >= 90, `${width} by ${height}: the lowest panel is ${least} px high`)
  }
  const { page } = await openCall(t, { width: 900, height: 700 })
  await panel(page, 'other-premises').scrollIntoViewIfNeeded()
  t.equal(await panel(page, 'other-premises').isVisible(), true)
})

t.test(
  'the row is gone with the systems: a gateway that has none says so when it welcomes the screen again',
  async t => {
    const { gateway, page } = await openCall(t)
    await page.locator('.other-panels').waitFor()
    gateway.panels = []
    gateway.link.close(1012)
    await page.locator('.other-panels').waitFor({ state: 'detached' })
  }
)
