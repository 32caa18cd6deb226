import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'

import { openBrowser, openPage } from '../../support/browser.ts'
import { giveEars, tonesOf } from '../../support/ears.ts'
import { callId, popEvent, stateEvent } from '../../support/pop-words.ts'
import { ScriptedConsole, type ScriptedLink } from '../../support/scripted-console.ts'
import { until } from '../../support/until.ts'
import { riskAlarm } from '../../support/whole-card.ts'

/* Rule 9: only a 999 call at this desk and an alarm to act on now are heard, until somebody has them; each is seen too. */

const browser = await openBrowser(t)
const NOW = { offeredAt: Date.now() }
const CALL_TONES = [520, 620, 520]
const BEAT_MS = 2_000
const ALARM_TONES = [880, 660]

/** The page's clock goes on by so much, and hears from the gateway as often as it would. */
async function pass(page: Page, link: ScriptedLink, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= BEAT_MS) {
    link.say({ t: 'hb', seq: link.seq, ts: new Date().toISOString(), service: { level: 0 } })
    await page.clock.runFor(Math.min(left, BEAT_MS))
  }
}

function heard(page: Page, tones: number): Promise<void> {
  return until(async () => ((await tonesOf(page)).length === tones ? '' : `${(await tonesOf(page)).length} tones`))
}

/** A desk whose sounds are heard here, and whose clock stands still until it is moved. */
async function listen(t: Test) {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  await giveEars(page)
  await page.clock.install()
  return { page, link: await gateway.signOn(page) }
}

const risk = riskAlarm()

t.test(
  'rule 9: a 999 call is heard again and again until it is taken; 101 and a call for all are only seen',
  async t => {
    const { page, link } = await listen(t)
    link.event(popEvent(1, 1, { ...NOW, line: '101' }))
    link.event(popEvent(2, 1, { ...NOW, offer: 'queue' }))
    await page.locator('[data-strip-call]').nth(1).waitFor()
    t.same(await tonesOf(page), [])
    link.event(popEvent(3, 1, NOW))
    const mute = page.getByRole('button', { name: 'Mute ring' })
    await heard(page, CALL_TONES.length)
    t.same(await tonesOf(page), CALL_TONES)
    t.match(await page.locator(`[data-strip-call="${callId(3)}"]`).textContent(), /Ringing/, 'and it is seen')
    await pass(page, link, 6_100)
    await heard(page, 2 * CALL_TONES.length)
    link.event(stateEvent(3, 2, { ...NOW, state: 'answered', takenBy: 'tvp-h01' }))
    await mute.waitFor({ state: 'detached' })
    await pass(page, link, 20_000)
    t.equal((await tonesOf(page)).length, 2 * CALL_TONES.length, 'taken, it is heard no more')
    link.event(popEvent(4, 1, NOW))
    await heard(page, 3 * CALL_TONES.length)
    await mute.click()
    await pass(page, link, 20_000)
    t.equal((await tonesOf(page)).length, 3 * CALL_TONES.length, 'nor when the handler has heard it')
    link.event(popEvent(5, 1, NOW))
    await heard(page, 4 * CALL_TONES.length)
  }
)

t.test(
  'rule 9: an alarm to act on now sounds otherwise than a call, and until somebody says that they heard it',
  async t => {
    const { page, link } = await listen(t)
    link.event({ type: 'alarm.raised', rev: 1, data: risk })
    await page.locator('[data-alert=a-1]').waitFor()
    t.same(await tonesOf(page), ALARM_TONES)
    await pass(page, link, 15_100)
    await heard(page, 2 * ALARM_TONES.length)
    await page.getByRole('button', { name: 'Heard' }).click()
    await pass(page, link, 60_000)
    t.equal((await tonesOf(page)).length, 2 * ALARM_TONES.length)
    t.ok(await page.locator('[data-alert=a-1]').isVisible(), 'it is seen until it is acknowledged')
  }
)

t.test('rule 9: a browser that keeps the page silent is said over the whole screen, until it is touched', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  await giveEars(page, { isBlocked: true })
  await gateway.signOn(page)
  // As after a page was loaded again: nobody has touched it since.
  await page.reload()
  await page.locator('[data-link=live]').waitFor()
  const banner = page.getByText('No sound: the browser keeps this page silent')
  await banner.waitFor()
  gateway.link.event(popEvent(1, 1, NOW))
  await page.locator('article[data-call]').waitFor()
  t.same(await tonesOf(page), [])
  t.ok(await banner.isVisible(), 'it stays')
  await page.getByRole('button', { name: 'Let it sound' }).click()
  await banner.waitFor({ state: 'detached' })
})

t.test('rule 9: the sound is tested at the sign-on', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  await giveEars(page)
  await page.goto(gateway.url)
  await page.getByRole('button', { name: 'Test the sound' }).click()
  await page.getByText('Played. Nothing heard?').waitFor()
  await heard(page, CALL_TONES.length + ALARM_TONES.length)
  t.same(await tonesOf(page), [...CALL_TONES, ...ALARM_TONES])
})
