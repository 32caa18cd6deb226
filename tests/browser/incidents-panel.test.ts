import t from 'tap'
import type { PanelItem } from '../../src/pop/pop.ts'
import { openBrowser, openPage } from '../support/browser.ts'
import { tooFaint } from '../support/contrast.ts'
import { callId, panelEvent, popEvent } from '../support/pop-words.ts'
import { ScriptedConsole } from '../support/scripted-console.ts'
import { until } from '../support/until.ts'

/*
 * Incidents nearby on a handler's screen: maybe the same, linked by one hand, and taken back. What a whole gateway does
 * is in tests/scenarios/incidents.test.ts.
 */

const browser = await openBrowser(t)
const NOW = { offeredAt: Date.now(), state: 'answered', answeredAt: Date.now(), takenBy: 'tvp-h01' }
const MINUTE_MS = 60_000

function incident(id: string, over: NonNullable<PanelItem['fields']> = {}, kind = 'maybe-same'): PanelItem {
  return {
    kind,
    title: 'Fire: in the open',
    detail: 'Smoke over the allotments, fire service told.',
    // In the midst of the minute: the screen's clock is a second behind at the most.
    at: Date.now() - 12.5 * MINUTE_MS,
    fields: {
      ...{ id, reference: `TVP-20261126-${id}`, force: 'tvp', status: 'open', source: 'Command and control' },
      ...{ metres: 340, calls: 3, grade: '2', ...over }
    }
  }
}

t.test('open incidents near the caller are maybe the same; a hand links one, and takes that back', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser, { width: 1280, height: 720 })
  const link = await gateway.signOn(page)
  link.event(popEvent(1, 1, NOW))
  const panel = page.locator('section[data-panel=incidents-nearby]')
  await panel.getByText('Looking').waitFor()
  const place = await panel.boundingBox()
  const show = (rev: number, items: PanelItem[]) => link.event(panelEvent(1, rev, 'incidents-nearby', { items }))
  show(1, [incident('7'), incident('9', { force: 'hants', metres: 1_240, calls: 0 })])
  await panel.getByText('2 maybe the same').waitFor()
  t.same(await panel.boundingBox(), place, 'the panel has its place from the first moment')
  const [first, second] = [panel.locator('li').nth(0), panel.locator('li').nth(1)]
  t.match(await first.textContent(), /TVP-20261126-7.*opened .*12 min.*340 m away.*3 calls so far.*grade 2/)
  t.match(await second.textContent(), /1\.2 km away.*no call linked.*Hampshire/, 'of another force it says so')

  await page.keyboard.press('l')
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '')
  t.match(await focused(), /^Link this call: Fire: in the open, TVP-20261126-7/)
  t.same(link.of('cmd'), [], 'the key links nothing by itself')
  await page.keyboard.press('Enter')
  await until(() => (link.of('cmd').length > 0 ? '' : 'no command'))
  t.match(link.of('cmd'), [{ op: 'incident.link', args: { call: callId(1), incident: '7' } }])
  show(2, [incident('7', { linkedBy: 'tvp-h01', linkedAt: Date.now(), calls: 4 }, 'linked'), incident('9')])
  await panel.getByText('Linked, 1 maybe the same').waitFor()
  await page.getByTestId('linked').getByText('Linked by tvp-h01').waitFor()
  await panel.getByRole('button', { name: 'Unlink: Fire: in the open, TVP-20261126-7' }).click()
  await until(() => (link.of('cmd').length > 1 ? '' : 'no command'))
  t.match(link.of('cmd')[1], { op: 'incident.unlink', args: { call: callId(1), incident: '7' } })
})

t.test('too coarse a place, and records that nobody has granted, are said and never read as none', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser, { width: 1280, height: 720 })
  const link = await gateway.signOn(page)
  link.event(popEvent(1, 1, { ...NOW, homeForce: 'hants' }))
  const panel = page.locator('section[data-panel=incidents-nearby]')
  const said = { items: [], without: ['hants'] }
  link.event(panelEvent(1, 1, 'incidents-nearby', { ...said, status: 'not-asked', why: 'place-coarse', without: [] }))
  await panel.getByText('too coarse to say what is near').waitFor()
  link.event(panelEvent(1, 3, 'incidents-nearby', { ...said, status: 'none' }))
  await panel.getByText('Asked: no open incident').waitFor()
  t.match(await panel.locator('.without').textContent(), /Not asked for want of a grant: the records of .*Hampshire/)
  t.equal(await panel.locator('.status').getAttribute('data-doubtful'), 'true')
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme })
    t.same(await tooFaint(page, '[data-panel=incidents-nearby]', 4.5), [], theme)
  }
})
