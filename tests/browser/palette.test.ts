import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { axeFinds } from '../support/axe.ts'
import { openBrowser, openPage, type ScreenOptions } from '../support/browser.ts'
import { callId, goneEvent, popEvent } from '../support/pop-words.ts'
import { ScriptedConsole } from '../support/scripted-console.ts'
import { until } from '../support/until.ts'
import { riskAlarm, wholeCard } from '../support/whole-card.ts'

/* Ctrl+K: every action the desk has now, by its name. */

const browser = await openBrowser(t)
const NOW = { offeredAt: Date.now() }

async function aDesk(t: Test, options: ScreenOptions = {}) {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser, options)
  const link = await gateway.signOn(page)
  link.event(popEvent(1, 1, { ...NOW, state: 'answered', answeredAt: Date.now(), takenBy: 'tvp-h01' }))
  for (const event of wholeCard(1)) link.event(event)
  link.event(popEvent(2, 1, NOW))
  await page.locator('[data-panel=crimes][data-status=found]').waitFor()
  await page.locator(`[data-strip-call="${callId(2)}"]`).waitFor()
  return { gateway, page, link }
}

const palette = (page: Page) => page.locator('dialog.palette[open]')
const rows = (page: Page) => palette(page).getByRole('option')

async function open(page: Page): Promise<void> {
  // The code of it is fetched behind the first picture.
  await until(async () => {
    await page.keyboard.press('Control+k')
    return (await palette(page).count()) === 1 ? '' : 'the palette is not there yet'
  })
}

t.test('rule 20: an action is found by a part of its name and done, its key beside it, without a mouse', async t => {
  const { page, link } = await aDesk(t)
  await open(page)
  await page.keyboard.press('Enter')
  t.equal(await palette(page).count(), 1, 'Enter before anything is chosen does nothing')
  await page.keyboard.type('next ring')
  t.equal(await rows(page).count(), 1)
  t.match(await rows(page).first().textContent(), /^Take the next call that rings.*F2$/)
  await page.keyboard.press('Enter')
  await until(() => (link.of('cmd').length > 0 ? '' : 'no command'))
  t.same(
    link.of('cmd').map(({ op, args }) => [op, 'call' in args && args.call]),
    [['call.take', callId(2)]]
  )
  t.equal(await palette(page).count(), 0)
})

t.test('whatever can be pressed on the desk is in it, and what cannot be done says why', async t => {
  const { page, link } = await aDesk(t)
  link.event({ type: 'alarm.raised', rev: 1, data: riskAlarm() })
  await page.locator('[data-alert=a-1]').waitFor()
  const pressable = await page
    .locator('button:visible, summary:visible')
    .evaluateAll(all => all.map(each => each.getAttribute('aria-label') ?? each.textContent?.trim() ?? ''))
  await open(page)
  const names = await rows(page).evaluateAll(all => all.map(each => each.textContent ?? ''))
  const wanted: readonly (readonly [on: RegExp, as: RegExp])[] = [
    [/Find$/, /^Find a person/],
    [/Help$/, /^Keys and screen/],
    [/^Auto/, /^Night colours/],
    [/^Sign off/, /^Sign off/],
    [/^Silent/, /^Mark the open call as silent/],
    [/^Acknowledge/, /^Acknowledge the first alarm/],
    [/^Open the call/, /^Open the call A caller at risk is silent/],
    [/^Type place/, /^Type where the caller is/],
    [/^Use this place/, /^Use this place: Within 18 m/],
    [/^Link this call: Violence 1/, /^Link this call: Violence 1, TVP-20261125-101/],
    [/^Copy the number/, /^Copy the number/],
    [/^Copy the grid reference/, /^Copy the grid reference/],
    [/^Show older/, /^Show older/],
    [/^THRIVE/, /^THRIVE/],
    [/^999.*Ringing/, /^Open the call: 999 .*Ringing/],
    [/^Finish/, /^Finish the note.*Nothing is written\./]
  ]
  for (const [on, as] of wanted) {
    t.ok(
      pressable.some(each => on.test(each)),
      `on the desk: ${on}`
    )
    t.ok(
      names.some(each => as.test(each)),
      `in the palette: ${as}`
    )
  }
  t.equal(new Set(names).size, names.length, 'each once')
  const disabled = await rows(page).evaluateAll(all =>
    all
      .filter(each => each.getAttribute('aria-disabled') === 'true')
      .map(each => each.querySelector('.palette-why')?.textContent ?? '')
  )
  t.ok(disabled.length > 3)
  t.ok(
    disabled.every(why => why !== ''),
    'each says why'
  )
  await page.keyboard.type('close the open call')
  await page.keyboard.press('Enter')
  t.match(await palette(page).getByRole('status').textContent(), /The open call is not over/)
  t.equal(await palette(page).count(), 1, 'and it is not done')
})

t.test('without a link nothing that must be sent can be done, and it says so', async t => {
  const { gateway, page, link } = await aDesk(t)
  await open(page)
  await page.keyboard.press('Escape')
  gateway.isAway = true
  link.close(1012)
  await page.locator('[data-link=stale]').waitFor()
  await open(page)
  await page.keyboard.type('take the next')
  t.match(await rows(page).first().textContent(), /Not live: nothing can be sent now\./)
  t.equal(await rows(page).first().getAttribute('aria-disabled'), 'true')
})

t.test(
  'rule 3: a note is being written; the palette comes and goes, and text, caret and focus are as they were',
  async t => {
    const { page, link } = await aDesk(t)
    const note = page.getByLabel('Note on this call')
    await open(page)
    await page.keyboard.press('Escape')
    await note.fill('Two men at the door')
    await note.evaluate(field => (field as HTMLTextAreaElement).setSelectionRange(4, 7))
    await open(page)
    await page.keyboard.type('copy the num')
    for (let n = 3; n < 6; n++) link.event(popEvent(n, 1, NOW))
    for (const event of wholeCard(1, 2)) link.event(event)
    await page.locator(`[data-strip-call="${callId(5)}"]`).waitFor()
    const field = palette(page).getByRole('combobox')
    t.equal(await field.inputValue(), 'copy the num')
    t.ok(await field.evaluate(each => each === document.activeElement), 'what comes meanwhile takes nothing')
    await page.keyboard.press('Enter')
    await palette(page).waitFor({ state: 'detached' })
    t.same(
      await note.evaluate(each => {
        const { value, selectionStart, selectionEnd } = each as HTMLTextAreaElement
        return [value, selectionStart, selectionEnd, each === document.activeElement]
      }),
      ['Two men at the door', 4, 7, true]
    )
  }
)

t.test('the call that was open has gone to another: an action of its card is not done to the next', async t => {
  const { page, link } = await aDesk(t)
  await open(page)
  await page.keyboard.type('copy the num')
  link.event({ ...goneEvent(1, 9), data: { why: 'taken-elsewhere' } } as never)
  await page.locator(`article[data-call="${callId(2)}"]`).waitFor()
  await page.keyboard.press('Enter')
  await page.locator('.notice', { hasText: 'That is no longer there: nothing was done.' }).waitFor()
})

t.test('Ctrl+K leaves an open dialog alone, and every other Ctrl combination to the browser', async t => {
  const { page } = await aDesk(t)
  await open(page)
  await page.keyboard.press('Escape')
  await page.keyboard.press('F7')
  await page.locator('dialog.search[open]').waitFor()
  await page.keyboard.press('Control+k')
  t.equal(await palette(page).count(), 0)
  await page.keyboard.press('Escape')
  const prevented = await page.evaluate(() =>
    ['j', 'l', 'n', 'p', 'F2'].filter(key => {
      const event = new KeyboardEvent('keydown', { key, ctrlKey: true, cancelable: true, bubbles: true })
      return !document.body.dispatchEvent(event)
    })
  )
  t.same(prevented, [])
})

for (const theme of ['light', 'dark'] as const) {
  t.test(`axe-core finds nothing on the palette, nor on the help sheet (${theme})`, async t => {
    const { page } = await aDesk(t, { theme })
    await open(page)
    t.same(await axeFinds(page), [])
    await page.keyboard.type('keys and screen')
    await page.keyboard.press('Enter')
    await page.locator('dialog.sheet[open]').waitFor()
    t.same(await axeFinds(page), [])
  })
}
