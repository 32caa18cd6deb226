import type { Page } from 'playwright-core'
import t from 'tap'
import type { PanelStatus } from '../../../src/pop/pop.ts'
import { openBrowser, openPage } from '../../support/browser.ts'
import { figure } from '../../support/figure.ts'
import { panelEvent, popEvent } from '../../support/pop-words.ts'
import { ScriptedConsole } from '../../support/scripted-console.ts'
import { ALL_PANELS, SYSTEMS, wholeCard } from '../../support/whole-card.ts'

/* Rule 4: every field says in words and with a shape what is known of it; "nothing held" only after it was asked. */

const browser = await openBrowser(t)
const STATUSES: readonly PanelStatus[] = ['pending', 'found', 'none', 'failed', 'late', 'not-asked']

/** Status word, its shape and the panel's text, as they stand. */
function face(page: Page, name: string) {
  return page.locator(`[data-panel="${name}"]`).evaluate(panel => ({
    word: panel.querySelector('.status')?.textContent?.trim() ?? '',
    shape: panel.querySelector('.status svg')?.innerHTML ?? '',
    text: panel.querySelector('.panel-body')?.textContent?.trim() ?? '',
    foot: panel.querySelector('footer')?.textContent?.trim() ?? ''
  }))
}

t.test('rule 4: no panel in any state is blank, and no two states of one look alike', async t => {
  const gateway = await ScriptedConsole.start(t)
  gateway.panels = SYSTEMS.map(each => ({ ...each, forces: [...each.forces] }))
  const page = await openPage(t, browser)
  const link = await gateway.signOn(page)
  link.event(popEvent(1, 1, { offeredAt: Date.now() }))
  await page.locator('article[data-call]').waitFor()
  const found = wholeCard(1, 3)
  let states = 0
  for (const [at, name] of ALL_PANELS.entries()) {
    const words = new Set<string>()
    const shapes = new Set<string>()
    for (const [nth, status] of STATUSES.entries()) {
      const event =
        status === 'found' ? found[at] : panelEvent(1, nth + 2, name, { status, items: [], asOf: Date.now() })
      if (status !== 'pending' && event !== undefined) link.event({ ...event, rev: nth + 2 })
      await page.locator(`[data-panel="${name}"][data-status=${status}]`).waitFor()
      const { word, shape, text, foot } = await face(page, name)
      t.not(word, '', `${name} ${status}: a word`)
      t.not(shape, '', `${name} ${status}: a shape`)
      t.not(text, '', `${name} ${status}: a text`)
      if (status !== 'pending') t.match(foot, /Force record.*as of/, `${name} ${status}: source and age`)
      if (/nothing held|none held/i.test(word)) t.equal(status, 'none', `${name}: only when it was asked`)
      words.add(word)
      shapes.add(shape)
      states += 1
    }
    t.equal(words.size, STATUSES.length, `${name}: ${[...words].join(', ')}`)
    t.equal(shapes.size, STATUSES.length, `${name}: each state has a shape of its own`)
  }
  figure(t, 4, `${states} states of ${ALL_PANELS.length} panels, each with a word and a shape of its own`)
})

t.test('rule 4: every fact of a call has words, whatever the switch has not said', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  const link = await gateway.signOn(page)
  const { device: _, ...without } = popEvent(1, 1).data as { device?: string }
  link.event({
    ...popEvent(1, 1),
    data: { ...without, offeredAt: Date.now(), number: { display: '', trust: 'unavailable', kind: 'none' } }
  } as never)
  await page.locator('article[data-call]').waitFor()
  const blank = await page
    .locator('article :is(dd, h1, .trust, .state-words, .timer, .step-ms), .strip .entry-number, .strip .hint')
    .evaluateAll(all => all.filter(each => each.textContent?.trim() === '').map(each => each.outerHTML))
  t.same(blank, [])
})
