import type { Page } from 'playwright-core'
import t from 'tap'
import type { Alarm } from '../../src/pop/board.ts'
import type { PanelItem } from '../../src/pop/pop.ts'
import { openBrowser, openPage } from '../support/browser.ts'
import { tooFaint } from '../support/contrast.ts'
import { callId, goneEvent, panelEvent, popEvent } from '../support/pop-words.ts'
import { ScriptedConsole } from '../support/scripted-console.ts'

/* What is known of a caller as a handler sees it: warnings, people and where they live, older contacts, the search. */

const browser = await openBrowser(t)
const DAY_MS = 86_400_000
const NOW = { offeredAt: Date.now() }
const SMALL = { width: 1280, height: 720 }

function marker(title: string, fields: PanelItem['fields'] = {}, detail = 'Words of the source.'): PanelItem {
  const own = {
    marker: title.toLowerCase(),
    of: 'person',
    whose: 'Wilmot Sandpiper',
    source: 'Crime records',
    grade: 'B2'
  }
  return { kind: 'marker', title, detail, at: Date.now() - DAY_MS, fields: { ...own, ...fields } }
}

const panel = (page: Page, name: string) => page.locator(`section[data-panel=${name}]`)

/** What stands in sight of the window, without scrolling anything. */
async function isInSight(page: Page, selector: string): Promise<boolean> {
  return page
    .locator(selector)
    .first()
    .evaluate(element => {
      const { left, top, right, bottom } = element.getBoundingClientRect()
      const at = document.elementFromPoint((left + right) / 2, (top + bottom) / 2)
      return top >= 0 && bottom <= innerHeight && at !== null && (element.contains(at) || at.contains(element))
    })
}

for (const [theme, size] of [
  ['light', SMALL],
  ['dark', { width: 1920, height: 1080 }]
] as const) {
  t.test(`warnings stand above all, in sight without scrolling, in words (${theme}, ${size.width} wide)`, async t => {
    const gateway = await ScriptedConsole.start(t)
    const page = await openPage(t, browser, { ...size, theme })
    const link = await gateway.signOn(page)
    link.event(popEvent(1, 1, NOW))
    await page.locator('article[data-call]').waitFor()
    const place = () => panel(page, 'identity').evaluate(element => JSON.stringify(element.getBoundingClientRect()))
    const before = await place()
    link.event(
      panelEvent(1, 1, 'warnings', {
        items: [
          { kind: 'note', title: 'Not by place: the fix is too coarse.', fields: { unchecked: 'too-coarse' } },
          marker('Firearms'),
          marker('Violence', { reviewAt: Date.now() - DAY_MS }),
          marker('Hoax calls', { of: 'number', unverified: true, matched: 'presentation', number: '07700 900001' }),
          marker('Weapons', { expiresAt: Date.now() - DAY_MS })
        ],
        more: 36
      })
    )
    const warnings = panel(page, 'warnings')
    await warnings.locator('[data-marker=firearms]').waitFor()
    t.equal(await place(), before, 'nothing below has moved')
    for (const seen of ['[data-marker=firearms]', '[data-testid=unchecked]', '[data-panel=warnings] .status']) {
      t.ok(await isInSight(page, seen), seen)
    }
    const text = (await warnings.textContent()) ?? ''
    t.match(text, /4 of 40 shown/)
    t.match(text, /review overdue since/)
    t.match(text, /Number 07700 900001 not verified/)
    t.match(await warnings.locator('[data-marker=weapons]').textContent(), /Expired \d/)
    t.match(text, /36 more are in the record/)
    t.same(await tooFaint(page, 'body', 4.5), [])
  })
}

t.test('nothing held is said only when all was asked', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  const link = await gateway.signOn(page)
  link.event(popEvent(1, 1, NOW))
  link.event(panelEvent(1, 1, 'warnings', { status: 'none', items: [] }))
  await panel(page, 'warnings').getByText('Asked: no warning is held for the number').waitFor()
  const title = 'Not by place: where the caller is could not be asked in time. There may be something.'
  link.event(panelEvent(1, 2, 'warnings', { items: [{ kind: 'note', title, fields: { unchecked: 'place-unknown' } }] }))
  await panel(page, 'warnings').getByText('for what could be asked').waitFor()
  t.match(await panel(page, 'warnings').textContent(), /None held.*There may be something/)
})

const ALARM: Alarm = {
  ...{ alarm: 'a-1', code: 'risk-unheard', priority: 1, force: 'tvp', call: callId(1), endsBy: 'person' },
  words: 'A 999 caller cannot speak, and a high risk of domestic abuse is on record for the number.',
  remedy: 'Deal with it as an immediate response though nobody has said a word.',
  raisedAt: Date.now()
}

t.test(
  'rule 7: a handler acknowledges the alarm of a caller at risk with a reason, after the card is gone, without a board',
  async t => {
    const gateway = await ScriptedConsole.start(t)
    const page = await openPage(t, browser, SMALL)
    const link = await gateway.signOn(page)
    link.event(popEvent(1, 1, NOW))
    await page.locator('article[data-call]').waitFor()
    link.event({ type: 'alarm.raised', rev: 1, data: ALARM })
    const alert = page.locator('[data-alert=a-1]')
    await alert.getByText(ALARM.words).waitFor()
    t.equal(await page.locator('.board').count(), 0, 'a handler has no board')
    t.same(await tooFaint(page, 'body', 4.5), [])
    await page.getByRole('button', { name: 'Heard' }).click()
    link.event(goneEvent(1, 2))
    await page.locator('article[data-call]').waitFor({ state: 'detached' })
    t.ok(await isInSight(page, '[data-alert=a-1]'), 'it stays when the card has gone')
    await alert.getByRole('button', { name: 'Acknowledge …' }).click()
    await page.getByLabel('What was done').fill('Officers sent')
    await alert.getByRole('button', { name: 'Acknowledge', exact: true }).click()
    await gateway.hears('alarm.end', heard => heard.of('cmd').length === 1)
    t.match(link.of('cmd')[0], { op: 'alarm.end', args: { alarm: 'a-1', reason: 'Officers sent' } })
    link.event({
      type: 'alarm.ended',
      rev: 2,
      data: { ...ALARM, endedAt: Date.now(), endedBy: 'tvp-h01', reason: 'x' }
    })
    await alert.waitFor({ state: 'detached' })
  }
)

t.test(
  'a person with where they live now and lived before; the number’s pattern; older contacts on demand',
  async t => {
    const gateway = await ScriptedConsole.start(t)
    const asked: unknown[] = []
    gateway.people = {
      ...gateway.people,
      olderContacts: async (_, callId, after) => {
        asked.push([callId, after])
        return { items: [{ kind: 'contact', title: 'The oldest contact' }], more: 0 }
      }
    }
    const page = await openPage(t, browser)
    const link = await gateway.signOn(page)
    link.event(popEvent(1, 1, NOW))
    const fields = {
      address: '2 Now Row',
      earlierAddress: '1 Before Row',
      earlierUntil: Date.now() - DAY_MS,
      markers: 2
    }
    link.event(panelEvent(1, 1, 'identity', { items: [{ kind: 'person', title: 'Moved House', fields }] }))
    const items = [{ kind: 'contact', title: 'Newest', at: 1_000, fields: { contact: callId(9) } }]
    link.event(panelEvent(1, 1, 'history', { items, more: 1, pattern: { count: 5, withinHours: 24 } }))
    await page.getByTestId('address').getByText('2 Now Row').waitFor()
    t.match(await page.getByTestId('earlier-address').textContent(), /Earlier, until .*: 1 Before Row/)
    t.match(await panel(page, 'identity').textContent(), /2 warnings held/)
    t.match(await page.getByTestId('pattern').textContent(), /5 earlier calls in 24 h/)
    t.match(await panel(page, 'history').locator('.status').textContent(), /1 of 2 held, last/)
    await page.getByRole('button', { name: 'Show older: 1 more' }).click()
    await page.getByText('The oldest contact').waitFor()
    t.same(asked, [[callId(1), { at: 1_000, callId: callId(9) }]])
    t.equal(await page.getByRole('button', { name: /Show older/ }).count(), 0)
  }
)

t.test('F7 finds a person by keyboard alone, shows what is held, and no address holds whom', async t => {
  const gateway = await ScriptedConsole.start(t)
  const asked: string[] = []
  const found = {
    person: '7',
    name: 'Wilmot Sandpiper',
    force: 'tvp',
    source: 'niche',
    asOf: 1,
    markers: 1,
    born: '1984-03-09'
  }
  const held = {
    kind: 'violence',
    title: 'Violence',
    text: 'Words',
    source: 'niche',
    grade: 'B2',
    madeAt: 1,
    reviewAt: null
  }
  gateway.people = {
    ...gateway.people,
    searchPeople: async (_, { query }) => {
      asked.push(query)
      return { people: [found], more: false }
    },
    readPerson: async () => ({ ...found, addresses: [], markerList: [{ ...held, expiresAt: 1 }] })
  }
  const page = await openPage(t, browser, SMALL)
  const urls: string[] = []
  page.on('request', request => urls.push(request.url()))
  await gateway.signOn(page)
  await page.keyboard.press('F7')
  await page.locator('input[name=query]:focus').waitFor()
  await page.keyboard.type('Sandpyper')
  await page.keyboard.press('Enter')
  const result = page.getByRole('button', { name: /Wilmot Sandpiper/ })
  await result.waitFor()
  t.match(await result.textContent(), /born 1984-03-09.*no address held.*Thames Valley Police.*One warning/)
  await result.focus()
  await page.keyboard.press('Enter')
  await page.getByTestId('person-record').waitFor()
  t.match(await page.getByTestId('person-record').textContent(), /Violence Words.*Expired/)
  t.same(asked, ['Sandpyper'])
  t.same(
    urls.filter(url => /sandp/i.test(url)),
    []
  )
  t.same(await tooFaint(page, 'body', 4.5), [])
  await page.keyboard.press('Escape')
  await page.getByTestId('person-record').waitFor({ state: 'detached' })
  await page.keyboard.press('F7')
  t.equal(await page.getByTestId('person-record').count(), 0, 'nothing is left of it for the next')
  t.equal(await page.locator('input[name=query]').inputValue(), '', 'nor of what was asked')
})
