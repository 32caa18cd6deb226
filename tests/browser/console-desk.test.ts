import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import t from 'tap'
import { openBrowser, openPage } from '../support/browser.ts'
import { figure } from '../support/figure.ts'
import { barePop, callId, goneEvent, panelOf, popEvent, stateEvent } from '../support/pop-words.ts'
import { ScriptedConsole } from '../support/scripted-console.ts'

/*
 * The desk around the card: link, keys, windows, sign-on. Each rule in a real browser against a gateway that says what
 * the test wants. What a whole gateway does is in real-screen.test.ts.
 */

const browser = await openBrowser(t)
const NOW = { offeredAt: Date.now() }

function card(page: Page) {
  return page.locator('article[data-call]')
}

t.test('a command that is refused is said, and a call that went to another handler leaves with a word', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  const link = await gateway.signOn(page)
  link.event(popEvent(1, 1, NOW))
  await card(page).getByRole('button', { name: /Take/ }).click()
  await gateway.hears('call.take', heard => heard.of('cmd').length === 1)
  const error = { code: 'call.taken', text: 'Another handler has taken this call.' }
  link.say({ t: 'res', id: link.of('cmd')[0]?.id ?? '', ok: false, error })
  await page.locator('.notice', { hasText: error.text }).waitFor()
  link.event({ ...goneEvent(1, 2), data: { why: 'taken-elsewhere' } } as never)
  await page.locator('.notice', { hasText: 'gone to another handler' }).waitFor()
  t.equal(await card(page).count(), 0)
})

t.test('keys: F2 takes the next call, F9 goes round, ? helps and can be switched off, Ctrl is left alone', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  const link = await gateway.signOn(page)
  link.event(popEvent(1, 1, { ...NOW, state: 'answered', takenBy: 'tvp-h01' }))
  link.event(popEvent(2, 1, { ...NOW, line: '101' }))
  link.event(popEvent(3, 1, NOW))
  await page.locator('[data-strip-call]').nth(2).waitFor()
  t.equal(await card(page).getAttribute('data-call'), callId(1), 'new calls leave the open one alone')
  await page.keyboard.press('Control+F2')
  await page.keyboard.press('F2')
  await gateway.hears('call.take', heard => heard.of('cmd').length > 0)
  t.same(
    link.of('cmd').map(({ args }) => 'call' in args && args.call),
    [callId(3)],
    '999 before 101'
  )
  t.equal(await card(page).getAttribute('data-call'), callId(3))
  const zone = () => page.evaluate(() => document.activeElement?.closest('.strip, .card, .top-bar')?.className)
  const zones = []
  for (let n = 0; n < 3; n++) {
    await page.keyboard.press('F9')
    zones.push(await zone())
  }
  t.same(zones, ['strip', 'card', 'top-bar'])
  await page.keyboard.press('?')
  await page.locator('dialog[open]').waitFor()
  await page.getByLabel(/Single-character keys/).uncheck()
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  t.equal(await page.locator('dialog[open]').count(), 0)
})

t.test('a call under the keyboard keeps it when it moves from ringing to active', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  const link = await gateway.signOn(page)
  for (let n = 1; n <= 3; n++) link.event(popEvent(n, 1, NOW))
  const entry = page.locator(`[data-strip-call="${callId(2)}"] .entry`)
  await entry.focus()
  link.event(stateEvent(2, 2, { ...NOW, state: 'answered' }))
  await page.locator(`[data-stage=active] [data-strip-call="${callId(2)}"]`).waitFor()
  const focused = () =>
    page.evaluate(() => document.activeElement?.closest<HTMLElement>('[data-strip-call]')?.dataset['stripCall'])
  t.equal(await focused(), callId(2))
  await page.keyboard.press('ArrowUp')
  t.equal(await focused(), callId(3), 'arrows go through the calls')
})

t.test(
  'rule 16: a silent network is said within eight seconds, commands wait, and afterwards all is as it was',
  async t => {
    const gateway = await ScriptedConsole.start(t)
    const page = await openPage(t, browser)
    const link = await gateway.signOn(page)
    link.event(popEvent(1, 1, NOW))
    await card(page).waitFor()
    await page.route('**/ws-ticket', route => route.abort())
    link.isSilent = true
    const silentAt = Date.now()
    await page.locator('[data-link=stale]').waitFor()
    figure(t, 16, `a silent link is said after ${((Date.now() - silentAt) / 1_000).toFixed(1)} s`)
    t.match(await page.locator('[data-link]').textContent(), /Not live since \d\d:\d\d:\d\d – reconnecting/)
    t.ok(await card(page).getByRole('button', { name: /Take/ }).isDisabled())
    t.match(await card(page).locator('h1').textContent(), /07700 900001/, 'what was there stays to be read')
    await page.unroute('**/ws-ticket')
    await page.locator('[data-link=live]').waitFor()
    t.same(gateway.link.of('hello')[0]?.resume, { epoch: 'test', seq: 1, eventId: 'e-1' })
    t.ok(await card(page).getByRole('button', { name: /Take/ }).isEnabled())
  }
)

t.test('one window is live: the other says so, and can be made the live one', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  const link = await gateway.signOn(page)
  link.event(popEvent(1, 1, NOW))
  await card(page).waitFor()
  link.close(4409)
  await page.getByRole('heading', { name: 'Open in another window' }).waitFor()
  t.equal(await card(page).count(), 0, 'nothing stale is left to be read')
  await page.getByRole('button', { name: 'Use this window' }).click()
  await page.locator('[data-link=live]').waitFor()
  t.equal(await card(page).count(), 1)
})

t.test('signing off ends in the sign-on page, without a word of reproach', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  await gateway.signOn(page)
  await page.getByRole('button', { name: 'Sign off' }).click()
  await page.locator('.sign-on').waitFor()
  t.equal(await page.locator('.trouble').textContent(), '')
})

t.test('a handler who types a wrong password is told, and may try again', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  await page.goto(gateway.url)
  await page.getByRole('textbox', { name: 'Handler' }).fill('tvp-h01')
  await page.getByLabel('Password').fill('wrong')
  await page.getByRole('button', { name: 'Sign on', exact: true }).click()
  await page.getByText('Handler or password not known.').waitFor()
  await page.getByLabel('Password').fill('demo')
  await page.keyboard.press('Enter')
  await page.locator('[data-link=live]').waitFor()
})

t.test('the page asks nothing of anyone else, and keeps nothing of a person', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  const origins = new Set<string>()
  page.on('request', request => origins.add(new URL(request.url()).host))
  gateway.cards = [
    { call: callId(1), rev: 1, pop: barePop(1, NOW), panels: [{ rev: 1, panel: panelOf(1, 'identity') }] }
  ]
  await gateway.signOn(page)
  await card(page).waitFor()
  t.same([...origins], [new URL(gateway.url).host])
  const kept = await page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])
  )
  t.notMatch(kept, /07700|Caller of|tvp-h01|Wilmot/)
})

t.test('the page weighs less than 60 kB on its way, and the map, which comes after it, less than 120 kB', async t => {
  const folder = resolve(import.meta.dirname, '../../dist/console')
  const page = readFileSync(join(folder, 'index.html'), 'utf8')
  const scripts = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(([, name = '']) => name)
  const weigh = (names: readonly string[]) =>
    names.reduce((sum, name) => sum + gzipSync(readFileSync(join(folder, name))).length, 0)
  const later = readdirSync(join(folder, 'assets')).filter(name => /^map-board-.*\.js$/.test(name))
  t.equal(later.length, 1)
  t.notMatch(page, /map-board/, 'nothing of it is asked for at the start')
  const [bytes, map] = [weigh(scripts), weigh(later.map(name => join('assets', name)))]
  t.ok(bytes > 0 && bytes < 60_000, `${bytes} bytes`)
  t.ok(map < 120_000, `${map} bytes of the map`)
  t.comment(`figure size: ${(bytes / 1_000).toFixed(1)} kB of console scripts, the map ${(map / 1_000).toFixed(1)} kB`)
})
