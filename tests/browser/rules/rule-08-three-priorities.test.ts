import t from 'tap'
import type { Alarm } from '../../../src/pop/board.ts'
import { openBrowser, openPage } from '../../support/browser.ts'
import { figure } from '../../support/figure.ts'
import { ScriptedConsole } from '../../support/scripted-console.ts'

/* Rule 8: three priorities and no more, each in words; more alarms than anybody can follow are one line. */

const browser = await openBrowser(t)
const FLOOD = 10

function alarm(n: number, over: Partial<Alarm> = {}): Alarm {
  return {
    ...{ alarm: `a-${n}`, code: 'console-silent', priority: 2, force: 'tvp', endsBy: 'itself' },
    ...{ words: `The screen of tvp-h${n} is silent.`, remedy: 'Ask them.', raisedAt: Date.now() - n * 1_000, ...over }
  }
}

t.test('rule 8: a supervisor reads three priorities in three words', async t => {
  const page = await openPage(t, browser)
  const gateway = await ScriptedConsole.start(t)
  gateway.role = 'supervisor'
  const priorities = [1, 2, 3] as const
  gateway.board = {
    alarms: priorities.map(priority => ({ rev: 1, alarm: alarm(priority, { priority }) })),
    ...{ ledger: [], more: 0 }
  }
  await gateway.signOn(page)
  await page.locator('[data-alarm]').nth(2).waitFor()
  const words = await page
    .locator('[data-alarm] .priority')
    .evaluateAll(all => all.map(each => each.textContent?.trim()))
  t.same(words, ['Act now', 'Look soon', 'Note'])
})

t.test('rule 8: ten alarms in ten minutes are one line on the board, what must be acted on now apart', async t => {
  const page = await openPage(t, browser)
  const gateway = await ScriptedConsole.start(t)
  gateway.role = 'supervisor'
  gateway.board = { alarms: [], ledger: [], more: 0 }
  const link = await gateway.signOn(page)
  for (let n = 1; n < FLOOD; n++) link.event({ type: 'alarm.raised', rev: 1, data: alarm(n) })
  await page
    .locator('[data-alarm]')
    .nth(FLOOD - 2)
    .waitFor()
  t.equal(await page.locator('[data-flood]').count(), 0, 'nine are nine lines')
  link.event({ type: 'alarm.raised', rev: 1, data: alarm(FLOOD, { priority: 1, code: 'nobody-signed-on' }) })
  const flood = page.locator(`[data-flood="${FLOOD - 1}"]`)
  await flood.waitFor()
  t.equal(await page.locator('[data-alarm]').count(), 1, 'the one of the first priority stands by itself')
  t.match(await flood.textContent(), /9 alarms at once: look for the one cause.*And 8 more like it/)
  await flood.getByRole('button', { name: `Show all ${FLOOD - 1}` }).click()
  await page
    .locator('[data-alarm]')
    .nth(FLOOD - 1)
    .waitFor()
  figure(t, 8, `${FLOOD} alarms in ten minutes stand in 2 lines`)
})

t.test('rule 8: a handler’s own alerts fold too, and each can still be acknowledged', async t => {
  const page = await openPage(t, browser, { width: 1_280, height: 720 })
  const gateway = await ScriptedConsole.start(t)
  const link = await gateway.signOn(page)
  const risk = { code: 'risk-unheard', priority: 1, endsBy: 'person' } as const
  for (let n = 1; n <= FLOOD; n++) link.event({ type: 'alarm.raised', rev: 1, data: alarm(n, risk) })
  const band = page.locator('.alerts')
  await band.locator(`[data-flood="${FLOOD}"]`).waitFor()
  t.equal(await band.locator('.alert').count(), 1)
  const height = (await band.boundingBox())?.height ?? Infinity
  t.ok(height < 180, `${height} px of the screen`)
  await band.getByRole('button', { name: `Show all ${FLOOD}` }).click()
  await band
    .getByRole('button', { name: 'Acknowledge …' })
    .nth(FLOOD - 1)
    .click()
  await band.getByLabel('What was done').fill('Officers sent')
})
