import type { Page } from 'playwright-core'
import t from 'tap'
import type { PanelStatus } from '../../../src/pop/pop.ts'
import { openBrowser, openPage } from '../../support/browser.ts'
import { figure } from '../../support/figure.ts'
import { panelEvent, popEvent } from '../../support/pop-words.ts'
import { ScriptedConsole } from '../../support/scripted-console.ts'
import { until } from '../../support/until.ts'
import { aWallboard, NOT_COUNTED } from '../../support/wallboard.ts'
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

t.test('rule 4: what was written of a call, and could not be asked for, are not the same', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  const link = await gateway.signOn(page)
  link.event(popEvent(1, 1, { offeredAt: Date.now() }))
  const panel = page.locator('[data-panel=notes]')
  await panel.waitFor()
  t.match(await face(page, 'notes'), { word: 'None yet', text: /Nobody has written anything/ })
  const [words, shapes] = [new Set<string>(), new Set<string>()]
  const written = { kind: 'note', title: 'tvp-h02', detail: 'A man shouts', at: Date.now(), fields: { id: 'n-1' } }
  const asked = STATUSES.filter(status => status !== 'pending')
  for (const [nth, status] of asked.entries()) {
    const why = status === 'not-asked' ? { why: 'breaker-open' } : {}
    const items = status === 'found' ? [written] : []
    link.event(panelEvent(1, nth + 2, 'notes', { status, items, source: 'Handlers', asOf: Date.now(), ...why }))
    await page.locator(`[data-panel=notes][data-status=${status}]`).waitFor()
    const { word, shape, text, foot } = await face(page, 'notes')
    for (const part of [word, shape, text]) t.not(part, '', status)
    t.match(foot, /Handlers.*as of/, `${status}: source and age`)
    const couldNot = status === 'failed' || status === 'late' || status === 'not-asked'
    t.equal(/There may be notes/.test(text), couldNot, status)
    t.equal(/Nobody has written/.test(text), status === 'none', `${status}: only when it was asked`)
    words.add(word)
    shapes.add(shape)
  }
  t.equal(words.size, asked.length, [...words].join(', '))
  t.equal(shapes.size, asked.length)
  figure(t, 4, `${asked.length + 1} states of the notes`)
})

t.test('rule 4: a map without a mark says whether there is nothing, or nobody knows', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  const link = await gateway.signOn(page)
  const list = page.locator('.map-list')
  await list.getByText('No call is open').waitFor()
  link.event(popEvent(1, 1, { offeredAt: Date.now() }))
  const drawnOf = ['location', 'crimes', 'incidents-nearby'] as const
  const seen = new Set<string>()
  const without = STATUSES.filter(status => status !== 'found')
  for (const [nth, status] of without.entries()) {
    for (const name of drawnOf) {
      if (status !== 'pending') link.event(panelEvent(1, nth + 2, name, { status, items: [], asOf: Date.now() }))
      const line = list.locator(`[data-undrawn=${name}][data-status=${status}]`)
      await line.waitFor()
      const [text, shape] = [(await line.textContent()) ?? '', await line.locator('svg').innerHTML()]
      t.not(text, '')
      t.equal(/\bis held\b|none is held/.test(text), status === 'none', `${name} ${status}: ${text}`)
      seen.add(`${name} ${text} ${shape}`)
    }
  }
  t.equal(seen.size, without.length * drawnOf.length, 'no two are alike')
  figure(t, 4, `${seen.size} states of the map`)
})

t.test('rule 4: no figure of the wallboard is blank, and one that was not counted is no figure', async t => {
  const gateway = await ScriptedConsole.start(t)
  gateway.role = 'supervisor'
  let board = aWallboard()
  gateway.readWallboard = async () => board
  const page = await openPage(t, browser)
  await page.goto(`${gateway.url}wallboard`)
  await page.getByRole('button', { name: /tvp-h01/ }).click()
  await page.locator('[data-feed=live]').waitFor()
  const tiles = () =>
    page.locator('.tile').evaluateAll(all =>
      all.map(tile => ({
        name: (tile as HTMLElement).dataset['tile'] ?? '',
        figure: tile.querySelector('.figure')?.textContent?.trim() ?? '',
        says: tile.querySelector('.says')?.textContent?.trim() ?? '',
        shape: tile.querySelector('.says svg')?.innerHTML ?? ''
      }))
    )
  const whole = (all: Awaited<ReturnType<typeof tiles>>, state: string) => {
    for (const { name, figure, says, shape } of all)
      for (const part of [figure, says, shape]) t.not(part, '', `${state}: ${name}`)
  }
  const counted = await tiles()
  whole(counted, 'counted')
  board = aWallboard({
    ...{ waiting: NOT_COUNTED, lastHour: NOT_COUNTED, consoles: NOT_COUNTED, alerts: NOT_COUNTED },
    ...{ processes: NOT_COUNTED, service: { level: 3, why: 'PostgreSQL does not answer' } }
  })
  await until(async () => ((await tiles())[0]?.figure === 'Could not be counted' ? '' : 'still counted'))
  const uncounted = await tiles()
  whole(uncounted, 'not counted')
  t.ok(uncounted.every(({ name, figure }) => name === 'service' || !/\d/.test(figure)))
  gateway.readWallboard = () => new Promise(() => {})
  await page.locator('[data-feed=stale]').waitFor()
  const stale = await tiles()
  whole(stale, 'not live')
  const shapes = [counted, uncounted, stale].map(all => all.find(({ name }) => name === 'consoles')?.shape)
  t.equal(new Set(shapes).size, shapes.length, 'each state has a shape of its own')
  figure(t, 4, `${counted.length} figures of the wallboard in 3 states`)
})
