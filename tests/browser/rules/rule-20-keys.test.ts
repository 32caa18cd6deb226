import type { Page } from 'playwright-core'
import t from 'tap'
import { openBrowser, openPage } from '../../support/browser.ts'
import { popEvent } from '../../support/pop-words.ts'
import { ScriptedConsole } from '../../support/scripted-console.ts'
import { until } from '../../support/until.ts'

/* Rule 20: each key can be another or none (WCAG 2.1.4), by keyboard alone. */

const browser = await openBrowser(t)

async function aScreen() {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  const link = await gateway.signOn(page)
  link.event(popEvent(1, 1, { offeredAt: Date.now(), state: 'answered', answeredAt: Date.now(), takenBy: 'tvp-h01' }))
  await page.getByLabel('Note on this call').waitFor()
  return { page }
}

const keyButton = (page: Page, action: string) => page.locator(`[data-keyed=${action}]`)

/** The key, with the hands on the keyboard alone. */
async function giveKey(page: Page, action: string, key: string): Promise<void> {
  await keyButton(page, action).focus()
  await page.keyboard.press('Enter')
  await page.locator(`[data-keyed=${action}][data-listening=true]`).waitFor()
  await page.keyboard.press(key)
}

async function openSheet(page: Page, key = '?'): Promise<void> {
  // Its code is fetched behind the first picture.
  await until(async () => {
    await page.keyboard.press(key)
    return (await page.locator('dialog.sheet[open]').count()) === 1 ? '' : 'no help'
  })
}

t.test('rule 20: each key can be another, or none, by keyboard alone, and the browser keeps that', async t => {
  const { page } = await aScreen()
  const note = page.getByLabel('Note on this call')
  const hasNote = () => note.evaluate(field => field === document.activeElement)
  await openSheet(page)
  await giveKey(page, 'note', 'W')
  t.equal(await keyButton(page, 'note').textContent(), 'W', 'a letter is one key, large and small')
  await giveKey(page, 'take-next', 'Delete')
  t.equal(await keyButton(page, 'take-next').textContent(), 'none')
  await giveKey(page, 'confirm-place', 'F2')
  t.equal(await keyButton(page, 'confirm-place').textContent(), 'F2', 'what one gives up another can have')
  await page.keyboard.press('Escape')
  t.equal(await note.getAttribute('placeholder'), 'Note (W)', 'the desk says the key that it is now')
  await page.keyboard.press('n')
  t.notOk(await hasNote(), 'the old one does nothing')
  await page.keyboard.press('w')
  t.ok(await hasNote())
  t.equal(await note.inputValue(), '', 'and types nothing')

  await page.reload()
  await page.locator('[data-link=live]').waitFor()
  t.equal(await page.locator('.card.empty .key').count(), 0, 'F2 takes nothing any more, and nobody says it does')
  await openSheet(page)
  t.equal(await keyButton(page, 'note').textContent(), 'W')
  t.same(
    await page.evaluate(() => JSON.parse(localStorage.getItem('callbox.keys') ?? '')),
    { note: 'w', 'take-next': '', 'confirm-place': 'F2' },
    'kept by the names of actions, and nothing else'
  )
  await page.getByRole('button', { name: 'Back to the first keys' }).press('Enter')
  t.same(
    await page.locator('[data-keyed]').allTextContents(),
    ['F2', 'F4', 'F7', 'F8', 'F9', 'A', 'L', 'P', 'I', 'U', 'B', 'X', 'N', '?'],
    'one button brings them all back'
  )
})

t.test('rule 20: a key that somebody else has is refused, and who has it is said', async t => {
  const { page } = await aScreen()
  await openSheet(page)
  const said = page.locator('.key-said')
  const refused = async (key: string, words: RegExp) => {
    await giveKey(page, 'note', key)
    t.match(await said.textContent(), words)
    t.equal(await keyButton(page, 'note').getAttribute('data-listening'), 'true', 'another may be tried at once')
    await page.keyboard.press('Escape')
    t.equal(await keyButton(page, 'note').textContent(), 'N', 'and it is as it was')
    t.equal(await page.locator('dialog.sheet[open]').count(), 1, 'Escape leaves the key, not the sheet')
  }
  await refused('F5', /^F5 is the browser’s own: loading the page anew\.$/)
  await refused('/', /^\/ is the browser’s own: quick find\.$/)
  await refused('F2', /^F2 is taken: Take the next call that rings/)
  await refused('p', /^P is taken: Type where the caller is/)
  await refused('+', /^\+ is needed on this screen: nearer on the map\.$/)
  await refused('ArrowDown', /^ArrowDown can be no shortcut/)
  await refused('Control+j', /together with Ctrl/)
  t.equal(await page.evaluate(() => localStorage.getItem('callbox.keys')), null, 'nothing was kept')
})

t.test('rule 20: another key in a field types its character, and does nothing else', async t => {
  const { page } = await aScreen()
  await openSheet(page)
  await giveKey(page, 'find', 'z')
  await page.keyboard.press('Escape')
  await page.getByLabel('Note on this call').focus()
  await page.keyboard.type('zebra')
  t.equal(await page.getByLabel('Note on this call').inputValue(), 'zebra')
  t.equal(await page.locator('dialog[open]').count(), 0)
})
