import type { Page } from 'playwright-core'
import t from 'tap'
import { openBrowser, openPage } from '../../support/browser.ts'
import { panelEvent, popEvent } from '../../support/pop-words.ts'
import { ScriptedConsole } from '../../support/scripted-console.ts'
import { SYSTEMS, wholeCard } from '../../support/whole-card.ts'

/* Rule 13: nobody, one or many; of many nobody is the caller until the handler has asked, and withheld is not unknown. */

const browser = await openBrowser(t)
const NOW = { offeredAt: Date.now() }
const identity = (page: Page) => page.locator('[data-panel=identity]')
const person = (title: string, born: string) => ({
  ...{ kind: 'person', title, detail: 'subscriber' },
  fields: { born, source: 'Electoral roll', address: `1 ${title.split(' ')[1]} Row` }
})

t.test('rule 13: nobody, one, many and withheld are four states in four words', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  const link = await gateway.signOn(page)
  const words: string[] = []
  const said = async (status: string) => {
    await identity(page)
      .and(page.locator(`[data-status=${status}]`))
      .waitFor()
    words.push((await identity(page).locator('.status').textContent())?.trim() ?? '')
  }
  link.event(popEvent(1, 1, NOW))
  link.event(panelEvent(1, 1, 'identity', { status: 'none', items: [] }))
  await said('none')
  link.event(panelEvent(1, 2, 'identity', { items: [person('Wilmot Sandpiper', '1984-03-09')] }))
  await said('found')
  link.event(
    panelEvent(1, 3, 'identity', {
      items: [person('Wilmot Sandpiper', '1984-03-09'), person('Ada Fernlea', '1990-01-02')]
    })
  )
  await page.getByTestId('pick-list').waitFor()
  await said('found')
  link.event(panelEvent(1, 4, 'identity', { status: 'not-asked', why: 'no-cli', items: [] }))
  await said('not-asked')
  t.same(words, ['Nothing held', 'One person held', '2 people: pick one', 'Not asked'])
  link.event(popEvent(1, 5, { ...NOW, number: { display: '', trust: 'withheld', kind: 'none' } }))
  await page.getByRole('heading', { name: 'Number withheld' }).waitFor()
  t.match(await page.locator('.trust').textContent(), /The caller withholds the number/)
})

t.test(
  'rule 13: of several people nothing is said of the caller until one is picked, and then of that one only',
  async t => {
    const gateway = await ScriptedConsole.start(t)
    const page = await openPage(t, browser)
    const link = await gateway.signOn(page)
    link.event(popEvent(1, 1, NOW))
    const people = [person('Wilmot Sandpiper', '1984-03-09'), person('Ada Fernlea', '1990-01-02')]
    link.event(panelEvent(1, 1, 'identity', { items: people }))
    await page.getByTestId('pick-list').waitFor()
    t.equal(await page.getByTestId('person').count(), 0)
    const head = await page
      .locator('.card-head, .facts, .strip, .top-bar')
      .evaluateAll(all => all.map(each => each.textContent))
    t.notMatch(head.slice(1).join(' '), /Ada Fernlea/, 'nobody is named outside of the list')
    await page.getByRole('button', { name: /^Ada Fernlea/ }).click()
    await page.getByTestId('picked').waitFor()
    t.notMatch(await identity(page).textContent(), /Wilmot/)
    await page.getByRole('button', { name: 'Pick again' }).click()
    await page.getByRole('button', { name: 'None of these' }).click()
    await gateway.hears('nobody is named', ({ heard }) =>
      heard.some(each => each.t === 'cmd' && each.op === 'caller.none')
    )
    // What the handler says is shown when the gateway has it.
    link.event(panelEvent(1, 2, 'identity', { items: people, caller: { none: { by: 'tvp-h01', at: Date.now() } } }))
    await page.getByTestId('picked').filter({ hasText: 'None of the 2 people held is the caller' }).waitFor()
    t.notMatch(await identity(page).textContent(), /Wilmot|Ada/)
    await page.locator('.card-head').getByText('none of the people held').waitFor()
    link.event(panelEvent(1, 3, 'identity', { items: people }))
    await page.getByTestId('pick-list').waitFor()
  }
)

for (const density of ['normal', 'compact'] as const) {
  t.test(
    `rule 13: beside the map two people can be picked from, or neither, without scrolling (${density})`,
    async t => {
      const gateway = await ScriptedConsole.start(t)
      gateway.panels = SYSTEMS.map(each => ({ ...each, forces: [...each.forces] }))
      const page = await openPage(t, browser, { density })
      const link = await gateway.signOn(page)
      link.event(popEvent(1, 1, NOW))
      for (const event of wholeCard(1)) link.event(event)
      const held = [
        { ...person('Tamsin Kestrelby', '1985-08-21'), detail: 'has called from this number' },
        { ...person('Zainab Quillfeather', '1953-04-18') }
      ].map(each => ({ ...each, fields: { ...each.fields, address: '62 Reedbed Avenue, Oxford, OX1 2VI' } }))
      link.event(panelEvent(1, 2, 'identity', { items: held, asOf: Date.now() }))
      await page.getByTestId('pick-list').waitFor()
      await page.locator('.beside-card').waitFor()
      const cut = await identity(page)
        .locator('button, legend')
        .evaluateAll(all =>
          all
            .filter(each => {
              const { left, right, top, bottom } = each.getBoundingClientRect()
              return [top + 2, bottom - 2].some(y => {
                const at = document.elementFromPoint((left + right) / 2, y)
                return at === null || !(each.contains(at) || at.contains(each))
              })
            })
            .map(each => each.textContent)
        )
      t.same(cut, [])
      t.equal(await identity(page).getByRole('button').count(), 4, 'two people, none of them, another number')
      t.equal(await identity(page).getAttribute('data-more'), 'false', 'and the panel does not say that there is more')
    }
  )
}
