import type { Page } from 'playwright-core'
import t from 'tap'
import type { PanelStatus } from '../../../src/pop/pop.ts'
import { openBrowser, openPage } from '../../support/browser.ts'
import { tooFaint } from '../../support/contrast.ts'
import { faintControls } from '../../support/control-contrast.ts'
import { figure } from '../../support/figure.ts'
import { callId, panelEvent, popEvent } from '../../support/pop-words.ts'
import { ScriptedConsole } from '../../support/scripted-console.ts'
import { SYSTEMS, wholeCard } from '../../support/whole-card.ts'

/* Rule 10: a state is a shape and a word; its colour only says that it is not as it should be. */

const browser = await openBrowser(t)
const NOW = { offeredAt: Date.now() }
const KEY_FACTS = '.number h1, .state, .lead, .entry-number, .status, .warnings b, .flags'

/** A screen with much on it: every panel, calls in every state, an alarm. */
async function busyScreen(page: Page): Promise<ScriptedConsole> {
  const gateway = await ScriptedConsole.start(t)
  gateway.panels = SYSTEMS.map(each => ({ ...each, forces: [...each.forces] }))
  const link = await gateway.signOn(page)
  link.event(popEvent(1, 1, { ...NOW, state: 'answered', answeredAt: Date.now(), takenBy: 'tvp-h01' }))
  for (const event of wholeCard(1)) link.event(event)
  link.event(panelEvent(1, 2, 'other-custody', { status: 'failed', items: [] }))
  link.event(popEvent(2, 1, NOW))
  link.event(popEvent(3, 1, { ...NOW, offer: 'queue' }))
  link.event(popEvent(4, 1, { ...NOW, state: 'released', releasedAt: Date.now(), cause: 'abandoned' }))
  await page.locator('[data-strip-call]').nth(3).waitFor()
  await page.locator('[data-panel=other-custody][data-status=failed]').waitFor()
  return gateway
}

for (const theme of ['light', 'dark'] as const) {
  t.test(`rule 10: ${theme}: text at 4.5 to 1, key facts at 7 to 1, edges of controls at 3 to 1`, async t => {
    const page = await openPage(t, browser, { theme })
    // Colours on their way from one to another are none to judge by.
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    await busyScreen(page)
    await page.mouse.move(0, 0)
    t.same(await tooFaint(page, 'body', 4.5), [])
    t.same(await tooFaint(page, KEY_FACTS, 7), [])
    t.same(await faintControls(page, 3), [])
    figure(t, 10, `${theme}: nothing under 4.5, no key fact under 7, no edge of a control under 3`)
  })
}

t.test('rule 10: without colour the states of a panel and of a call are still told apart', async t => {
  const page = await openPage(t, browser)
  const gateway = await ScriptedConsole.start(t)
  const link = await gateway.signOn(page)
  link.event(popEvent(1, 1, NOW))
  await page.locator('article[data-call]').waitFor()
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Emulation.setEmulatedVisionDeficiency', { type: 'achromatopsia' })
  const pictures = new Set<string>()
  const statuses: readonly PanelStatus[] = ['pending', 'none', 'failed', 'late', 'not-asked', 'found']
  for (const [nth, status] of statuses.entries()) {
    const items = status === 'found' ? [{ kind: 'person', title: 'Wilmot Sandpiper' }] : []
    if (status !== 'pending') link.event(panelEvent(1, nth + 2, 'identity', { status, items }))
    const mark = page.locator(`[data-panel=identity][data-status=${status}] .status svg`)
    await mark.waitFor()
    // The shape alone, without its word.
    pictures.add((await mark.screenshot()).toString('base64'))
  }
  t.equal(pictures.size, statuses.length, 'each status has a shape of its own in grey')
  const calls = { ringing: popEvent(1, 2, NOW), active: popEvent(1, 3, { ...NOW, state: 'answered' }) }
  const edges = new Set<string>()
  for (const [stage, event] of Object.entries(calls)) {
    link.event(event)
    const entry = page.locator(`[data-stage=${stage}] [data-strip-call="${callId(1)}"]`)
    await entry.waitFor()
    edges.add(await entry.evaluate(each => getComputedStyle(each).borderLeftStyle))
  }
  t.equal(edges.size, 2, 'a call that rings has another edge than one that is answered')
})

t.test('rule 10: nothing blinks, and nothing moves for who does not want it', async t => {
  const page = await openPage(t, browser)
  await busyScreen(page)
  const endless = () =>
    page.evaluate(() =>
      document
        .getAnimations()
        .filter(each => each.effect?.getComputedTiming().iterations === Infinity)
        .map(each => (each.effect as KeyframeEffect).target?.className)
    )
  t.same(await endless(), [])
  await page.emulateMedia({ reducedMotion: 'reduce' })
  const moving = await page.evaluate(() =>
    [...document.querySelectorAll('*')]
      .filter(each => {
        const { transitionDuration, animationName } = getComputedStyle(each)
        return transitionDuration.split(', ').some(time => Number.parseFloat(time) > 0) || animationName !== 'none'
      })
      .map(each => each.className)
  )
  t.same(moving, [])
})
