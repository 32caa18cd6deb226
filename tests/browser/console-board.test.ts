import type { Page } from 'playwright-core'
import t from 'tap'
import type { Alarm, Board, BoardEvent, LedgerEntry } from '../../src/pop/board.ts'
import { openBrowser, openPage } from '../support/browser.ts'
import { tooFaint } from '../support/contrast.ts'
import { barePop, callId, popEvent } from '../support/pop-words.ts'
import { ScriptedConsole } from '../support/scripted-console.ts'
import { until } from '../support/until.ts'

/* What a supervisor sees, in a real browser, of a gateway that says what the test wants. */

const browser = await openBrowser(t)

function alarm(n: number, over: Partial<Alarm> = {}): Alarm {
  return {
    alarm: `a-${n}`,
    code: 'nobody-signed-on',
    priority: 1,
    force: 'tvp',
    words: `Nobody is signed on for line 999 (${n})`,
    remedy: 'Have somebody sign on at once, or take the call by the telephone.',
    endsBy: 'itself',
    raisedAt: Date.now() - 61_000,
    ...over
  }
}

function entry(n: number, over: Partial<LedgerEntry> = {}): LedgerEntry {
  const { number } = barePop(n)
  return {
    ...{ entry: `l-${n}`, call: callId(n), kind: 'abandoned', force: 'tvp', line: '999', number },
    ...{ openedAt: Date.now() - n * 60_000, later: [], more: 0 },
    ...over
  }
}

const raised = (data: Alarm, rev = 1): BoardEvent => ({ type: 'alarm.raised', rev, data })
const listed = (data: LedgerEntry, rev = 1): BoardEvent => ({ type: 'ledger.entry', rev, data })

async function aSupervisor(page: Page, board: Board = { alarms: [], ledger: [], more: 0 }) {
  const gateway = await ScriptedConsole.start(t)
  gateway.role = 'supervisor'
  gateway.board = board
  return { gateway, link: await gateway.signOn(page) }
}

t.test('a board with nothing on it says so, and as of when', async t => {
  const page = await openPage(t, browser)
  await aSupervisor(page)
  const text = (await page.locator('.board').textContent()) ?? ''
  t.match(text, /No alarm is open, as of \d\d:\d\d:\d\d/)
  t.match(text, /No call is waiting to be dealt with, as of/)
})

t.test('alarms stand by priority, entries by age; both end by what a person says, and by nothing else', async t => {
  const page = await openPage(t, browser)
  const { gateway, link } = await aSupervisor(page, {
    alarms: [{ rev: 1, alarm: alarm(1, { priority: 2, endsBy: 'person' }) }],
    ledger: [{ rev: 1, entry: entry(2) }],
    more: 0
  })
  link.event(raised(alarm(2)))
  link.event(listed(entry(9, { later: [{ call: callId(10), at: Date.now(), kind: 'later-call' }] })))
  await page.locator('[data-entry=l-9]').waitFor()
  const order = (what: string) =>
    page.locator(`[${what}]`).evaluateAll((all, name) => all.map(each => each.getAttribute(name)), what)
  t.same(await order('data-alarm'), ['a-2', 'a-1'])
  t.same(await order('data-entry'), ['l-9', 'l-2'])
  t.match((await page.locator('[data-entry=l-9]').textContent()) ?? '', /One later call, the last from this number/)

  await page.locator('[data-alarm=a-1]').getByRole('button', { name: 'End …' }).click()
  await page.getByLabel('Why it is over').fill('Radio fault repaired')
  await page.getByRole('button', { name: 'End alarm' }).click()
  await gateway.hears('alarm.end', heard => heard.of('cmd').length === 1)
  await page.locator('[data-entry=l-9]').getByRole('button', { name: 'Close …' }).click()
  await page.getByLabel('What was done').selectOption('spoken-to')
  await page.getByLabel('Note').fill('Rang back, dialled by a child')
  await page.getByRole('button', { name: 'Close entry' }).click()
  await gateway.hears('ledger.close', heard => heard.of('cmd').length === 2)
  t.same(
    link.of('cmd').map(({ op, args }) => ({ op, args })),
    [
      { op: 'alarm.end', args: { alarm: 'a-1', reason: 'Radio fault repaired' } },
      { op: 'ledger.close', args: { entry: 'l-9', reason: 'spoken-to', note: 'Rang back, dialled by a child' } }
    ]
  )
  t.equal(await page.locator('[data-alarm=a-1]').count(), 1, 'still there: the gateway has not said that it is over')
  link.event({ type: 'alarm.ended', rev: 2, data: alarm(1, { endedAt: Date.now(), endedBy: 'tvp-s01' }) })
  link.event(listed(entry(9, { closedAt: Date.now(), closedBy: 'tvp-s01', reason: 'spoken-to' }), 2))
  await page.getByText('1 closed in the last hour').waitFor()
  t.equal(await page.locator('[data-alarm=a-1]').count(), 0)
  link.event(raised(alarm(1), 1))
  link.event(listed(entry(11)))
  await page.locator('[data-entry=l-11]').waitFor()
  t.equal(await page.locator('[data-alarm=a-1]').count(), 0, 'a late repeat does not bring it back')
})

t.test('a supervisor’s call is never hidden by the board, and the board is one button away from a call', async t => {
  const page = await openPage(t, browser, { width: 1280, height: 720 })
  const { link } = await aSupervisor(page)
  link.event(popEvent(1, 1, { offeredAt: Date.now() }))
  await page.locator('article[data-call]').waitFor()
  t.equal(await page.locator('.board').count(), 0, 'the call that rings is on the screen')
  link.event(raised(alarm(1)))
  const button = page.getByRole('button', { name: /Board: 1 alarms/ })
  await button.click()
  await page.locator('.board').waitFor()
  link.event(popEvent(2, 1, { offeredAt: Date.now() }))
  await page.locator(`[data-strip-call="${callId(2)}"] .entry`).click()
  t.equal(await page.locator('article[data-call]').getAttribute('data-call'), callId(2), 'opened over the board')
})

t.test('a handler has no board, whatever comes', async t => {
  const page = await openPage(t, browser)
  const gateway = await ScriptedConsole.start(t)
  await gateway.signOn(page)
  t.equal(await page.getByRole('button', { name: /Board:/ }).count(), 0)
})

t.test('an alarm of the first priority is heard until somebody says so, and is said at once to a reader', async t => {
  const page = await openPage(t, browser)
  // A headless browser has no ears: what is started counts.
  await page.addInitScript(() => {
    let tones = 0
    class Ears {
      state = 'running'
      currentTime = 0
      destination = {}
      resume = async () => {}
      createGain = () => ({ gain: { value: 0 }, connect: () => {} })
      createOscillator = () => ({
        frequency: { value: 0 },
        connect: () => {},
        stop: () => {},
        start: () => {
          tones += 1
          document.documentElement.dataset['tones'] = String(tones)
        }
      })
    }
    Object.assign(window, { AudioContext: Ears })
  })
  const { link } = await aSupervisor(page)
  link.event(raised(alarm(1, { priority: 2 })))
  await page.locator('[data-alarm=a-1]').waitFor()
  t.equal(await page.locator('html').getAttribute('data-tones'), null, 'the second priority is seen, not heard')
  link.event(raised(alarm(2)))
  await until(async () => ((await page.locator('html').getAttribute('data-tones')) === '2' ? '' : 'no tones'))
  t.match((await page.locator('[aria-live=assertive]').textContent()) ?? '', /Act now: Nobody is signed on/)
  await page.getByRole('button', { name: 'Heard' }).click()
  t.equal(await page.getByRole('button', { name: 'Heard' }).count(), 0)
  link.event(raised(alarm(3)))
  await page.getByRole('button', { name: 'Heard' }).waitFor()
})

for (const theme of ['light', 'dark'] as const) {
  t.test(`the board can be read by ${theme === 'light' ? 'day' : 'night'}, and fits a small screen`, async t => {
    const page = await openPage(t, browser, { width: 1280, height: 720, theme })
    await aSupervisor(page, {
      alarms: [alarm(1), alarm(2, { priority: 2, endsBy: 'person' }), alarm(3, { priority: 3 })].map(each => ({
        rev: 1,
        alarm: each
      })),
      ledger: [1, 2, 3].map(n => ({ rev: 1, entry: entry(n) })),
      more: 2
    })
    await page.locator('[data-entry=l-3]').waitFor()
    t.same(await tooFaint(page, '.board', 4.5), [])
    t.same(await tooFaint(page, '.top-bar', 4.5), [])
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    t.ok(overflow <= 0, 'nothing hangs out of the side')
  })
}

t.test('no gateway answers for eight seconds: the page says level 5 by itself, and what to do', async t => {
  const page = await openPage(t, browser)
  const gateway = await ScriptedConsole.start(t)
  await gateway.signOn(page)
  gateway.isAway = true
  gateway.link.close(1012)
  await page.locator('[data-level="5"]:not([hidden])').waitFor({ timeout: 20_000 })
  t.match((await page.locator('[data-level="5"]').textContent()) ?? '', /telephone’s own display/)
})
