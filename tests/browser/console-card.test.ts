import type { Page } from 'playwright-core'
import t from 'tap'
import type { PanelStatus } from '../../src/pop/pop.ts'
import { openBrowser, openPage } from '../support/browser.ts'
import { tooFaint } from '../support/contrast.ts'
import { barePop, callId, panelEvent, popEvent, stateEvent } from '../support/pop-words.ts'
import { ScriptedConsole, type ScriptedLink } from '../support/scripted-console.ts'
import { until } from '../support/until.ts'

/*
 * The rules of the card and the strip, each in a real browser against a gateway that says what the test wants. What a
 * whole gateway does is in real-screen.test.ts.
 */

const browser = await openBrowser(t)
const NOW = { offeredAt: Date.now() }

function card(page: Page) {
  return page.locator('article[data-call]')
}

function panel(page: Page, name: string) {
  return page.locator(`section[data-panel=${name}]`)
}

function fullCard(link: ScriptedLink, n: number): void {
  link.event(popEvent(n, 1, NOW))
  link.event(
    panelEvent(n, 1, 'location', {
      items: [
        {
          kind: 'fix',
          title: 'Within 18 m of 51.45600, -0.97300',
          at: Date.now(),
          fields: { source: 'pidf-lo', latitude: 51.456, longitude: -0.973, radiusMetres: 18, confidence: 95 }
        }
      ]
    })
  )
  link.event(panelEvent(n, 1, 'identity'))
  const items = Array.from({ length: 20 }, (_, at) => ({
    kind: 'contact',
    title: `Contact ${at}`,
    detail: 'Words of it'
  }))
  link.event(panelEvent(n, 1, 'history', { items, more: 12 }))
}

t.test('nothing on the card moves from the pop to its last panel', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser, { width: 1280, height: 720 })
  const link = await gateway.signOn(page)
  link.event(popEvent(1, 1, NOW))
  await card(page).waitFor()
  const places = () =>
    page.evaluate(() =>
      [...document.querySelectorAll('.panel, .card-head, .facts, .timeline, .panel h2')].map(element => {
        const { x, y, width, height } = element.getBoundingClientRect()
        return [x, y, width, height].map(Math.round).join(' ')
      })
    )
  const before = await places()
  fullCard(link, 1)
  await panel(page, 'history').and(page.locator('[data-status=found]')).waitFor()
  t.same(await places(), before)
  link.event(
    popEvent(2, 1, {
      ...NOW,
      number: { display: '07700 900002', trust: 'conflict', presentation: '01632 960002', kind: 'mobile' }
    })
  )
  await page.locator(`[data-strip-call="${callId(2)}"] .entry`).click()
  await page.locator('.other-number').waitFor()
  t.same(await places(), before, 'nor does a second number need more room')
})

t.test('a pop is told as seen after it was painted, with the time it took', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  const link = await gateway.signOn(page)
  link.event(popEvent(1, 1, NOW))
  await gateway.hears('seen', heard => heard.of('seen').length === 1)
  const [seen] = link.of('seen')
  t.equal(seen?.popId, `p_${callId(1)}`)
  t.ok((seen?.paintMs ?? 0) > 0, `${seen?.paintMs} ms`)
  t.equal(Number(await page.locator('.latency').getAttribute('data-paint-ms')), seen?.paintMs)
})

t.test('every status of a panel stands in words of its own', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  const link = await gateway.signOn(page)
  link.event(popEvent(1, 1, NOW))
  const words = new Set<string>()
  const statuses: PanelStatus[] = ['pending', 'none', 'failed', 'late', 'not-asked']
  for (const [at, status] of statuses.entries()) {
    if (status !== 'pending') link.event(panelEvent(1, at + 1, 'history', { status, items: [] }))
    await panel(page, 'history')
      .and(page.locator(`[data-status=${status}]`))
      .waitFor()
    words.add(
      `${await panel(page, 'history').locator('.status').textContent()} ${await panel(page, 'history').locator('.panel-text').textContent()}`
    )
  }
  t.equal(words.size, statuses.length)
})

t.test('of several people nobody is the caller until the handler has picked', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  const link = await gateway.signOn(page)
  link.event(popEvent(1, 1, NOW))
  const items = ['Wilmot Sandpiper', 'Ada Fernlea'].map(title => ({ kind: 'person', title, detail: 'subscriber' }))
  link.event(panelEvent(1, 1, 'identity', { items }))
  await page.getByTestId('pick-list').waitFor()
  t.equal(await page.getByTestId('person').count(), 0)
  await page.getByRole('button', { name: /Ada Fernlea/ }).click()
  t.match(await panel(page, 'identity').textContent(), /Ada Fernlea/)
  t.notMatch(await panel(page, 'identity').textContent(), /Wilmot/)
  await page.getByRole('button', { name: 'Pick again' }).click()
  t.equal(await page.getByTestId('person').count(), 0)
})

t.test(
  'what only the caller’s own number ties to them is marked: people, contacts, the repeat and the strip',
  async t => {
    const gateway = await ScriptedConsole.start(t)
    const page = await openPage(t, browser)
    const link = await gateway.signOn(page)
    const shown = { matched: 'presentation', unverified: true }
    const item = (kind: string, title: string, fields: object) => ({ kind, title, fields: { ...fields } })
    link.event(
      popEvent(1, 1, { ...NOW, number: { display: '01632 960001', trust: 'presentation-only', kind: 'fixed' } })
    )
    link.event(panelEvent(1, 1, 'identity', { items: [item('person', 'Wilmot Sandpiper', shown)] }))
    const repeat = { count: 3, withinHours: 24, unverified: true }
    link.event(panelEvent(1, 1, 'history', { items: [item('contact', '101 call', shown)], repeat }))
    for (const name of ['identity', 'history']) {
      await panel(page, name).getByText('Number not verified: anybody can show it').waitFor()
    }
    await panel(page, 'history')
      .getByTestId('repeat')
      .getByText('3 earlier calls in 24 h, number not verified')
      .waitFor()
    await card(page).locator('.flags').getByText('Repeat call: 3 earlier calls in 24 h, number not verified').waitFor()
    t.match(await page.locator(`[data-strip-call="${callId(1)}"]`).textContent(), /not verified · 4th call/)

    const two = { display: '07700 900002', trust: 'conflict', presentation: '020 7946 0002', kind: 'mobile' } as const
    link.event(popEvent(2, 1, { ...NOW, number: { ...two, presentationKind: 'fixed', presentationArea: 'London' } }))
    await page.locator(`[data-strip-call="${callId(2)}"] .entry`).click()
    const ofNetwork = item('person', 'Wilmot Sandpiper', { matched: 'network', number: two.display })
    const ofShown = item('person', 'Ada Fernlea', { ...shown, number: two.presentation })
    link.event(panelEvent(2, 1, 'identity', { items: [ofNetwork, ofShown] }))
    const buttons = page.getByTestId('pick-list').getByRole('button')
    await buttons.nth(1).waitFor()
    t.match(await buttons.nth(0).textContent(), /Wilmot Sandpiper.*Network number 07700 900002/)
    t.match(await buttons.nth(1).textContent(), /Ada Fernlea.*Number 020 7946 0002 not verified/)
    t.equal(await page.getByTestId('doubtful-match').count(), 0, 'not all of them are')
    t.match(await card(page).locator('.other-number').textContent(), /not verified: 020 7946 0002.*Landline, London/)
    await buttons.nth(1).click()
    t.match(await page.getByTestId('picked').textContent(), /Ada Fernlea.*Number 020 7946 0002 not verified/)
  }
)

t.test('a call offered to all shows nothing of a person until this handler takes it', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  const link = await gateway.signOn(page)
  link.event(popEvent(1, 1, { ...NOW, offer: 'queue' }))
  const entry = page.locator(`[data-strip-call="${callId(1)}"]`)
  await entry.waitFor()
  t.equal(await card(page).count(), 0, 'it does not open by itself')
  await entry.locator('.entry').click()
  await card(page).waitFor()
  t.equal(await page.locator('.panel').count(), 0)
  await entry.getByRole('button', { name: /^Take/ }).click()
  await gateway.hears('call.take', heard => heard.of('cmd').length === 1)
  t.match(link.of('cmd')[0], { op: 'call.take', args: { call: callId(1) } })
  link.say({ t: 'res', id: link.of('cmd')[0]?.id ?? '', ok: true })
  link.event(popEvent(1, 2, { ...NOW, takenBy: 'tvp-h01' }))
  link.event(panelEvent(1, 1, 'identity'))
  await panel(page, 'identity').and(page.locator('[data-status=found]')).waitFor()
  t.match(await page.locator('.actions').textContent(), /Taken by you/)
})

t.test('in both lights every text can be read, and key facts at a glance', async t => {
  for (const theme of ['light', 'dark'] as const) {
    const gateway = await ScriptedConsole.start(t)
    const page = await openPage(t, browser, { theme })
    // Colours on their way from one to another are none to judge by.
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    await page.goto(gateway.url)
    await page.locator('.sign-on button[type=submit]:enabled').waitFor()
    t.same(await tooFaint(page, 'body', 4.5), [], `${theme}: sign-on`)
    const link = await gateway.signOn(page)
    fullCard(link, 1)
    const silent = { silent: true, abandoned: false, repeat: false, test: false }
    link.event(
      popEvent(2, 1, {
        ...NOW,
        flags: silent,
        number: { display: '07700 900002', trust: 'presentation-only', kind: 'mobile' }
      })
    )
    link.event(panelEvent(2, 1, 'identity', { status: 'failed', items: [] }))
    link.event(panelEvent(2, 1, 'location', { status: 'late', items: [] }))
    link.event(popEvent(3, 1, { ...NOW, offer: 'queue' }))
    await page.locator('[data-strip-call]').nth(2).waitFor()
    for (const n of [1, 2, 3]) {
      await page.locator(`[data-strip-call="${callId(n)}"] .entry`).click()
      await page.locator(`article[data-call="${callId(n)}"]`).waitFor()
      await page.mouse.move(0, 0)
      t.same(await tooFaint(page, 'body', 4.5), [], `${theme}: call ${n}`)
      t.same(
        await tooFaint(page, '.number, .state, .lead, .entry-number, .status, .panel-text, .flags', 7),
        [],
        `${theme}: key facts of call ${n}`
      )
    }
  }
})

t.test('zoomed to 200 % nothing runs out of the page, and no number is cut at any size', async t => {
  const gateway = await ScriptedConsole.start(t)
  for (const [width, height] of [
    [640, 360],
    [1280, 720],
    [1920, 1080]
  ] as const) {
    const page = await openPage(t, browser, { width, height })
    const link = await gateway.signOn(page)
    link.event(
      popEvent(width, 1, {
        ...NOW,
        number: { display: '+33 1 99 00 12 34', trust: 'conflict', presentation: '01632 960002', kind: 'none' }
      })
    )
    await card(page).waitFor()
    const cut = await page.evaluate(() =>
      [...document.querySelectorAll('.entry-number, .number h1, .trust, .other-number, .timer, .top-bar, html')]
        .filter(element => element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0)
        .map(element => element.className || element.nodeName)
    )
    t.same(cut, [], `${width} × ${height}`)
    await page.close()
  }
})

t.test('of a hundred calls fifty are drawn, and how many are not is said', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  gateway.cards = Array.from({ length: 100 }, (_, n) => ({
    call: callId(n),
    rev: 1,
    pop: barePop(n, { ...NOW, state: 'released', releasedAt: Date.now() + n }),
    panels: []
  }))
  await gateway.signOn(page)
  await page.locator('[data-strip-call]').nth(49).waitFor()
  t.equal(await page.locator('[data-strip-call]').count(), 50)
  await page.getByText('50 more calls are not shown').waitFor()
})

t.test('a call not heard of since a restart says so, and can be closed though it has not ended', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  const link = await gateway.signOn(page)
  link.event(popEvent(1, 1, { ...NOW, unheard: true }))
  await card(page).waitFor()
  t.match((await card(page).locator('.flags').textContent()) ?? '', /may be over/)
  await card(page).getByRole('button', { name: 'Close, it is over' }).click()
  await until(() => (link.of('cmd').some(({ op }) => op === 'call.close') ? '' : 'no close was sent'))
})

t.test('an abandoned call is closed with a reason from its own card, by whoever has it', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  const link = await gateway.signOn(page)
  const ended = { ...NOW, state: 'released', cause: 'abandoned', releasedAt: Date.now() } as const
  link.event(popEvent(1, 1, NOW))
  link.event(stateEvent(1, 2, ended))
  await card(page).getByText('Abandoned by the caller').waitFor()
  const button = card(page).getByRole('button', { name: 'Ledger …' })
  t.equal(await button.count(), 0, 'the ledger has no entry of it yet')
  const height = async () => (await card(page).locator('.card-head').boundingBox())?.height
  const before = await height()
  const ledger = { entry: `l_${callId(1)}`, kind: 'abandoned', at: Date.now(), count: 1, isOwn: true } as const
  link.event(stateEvent(1, 3, { ...ended, ledger: { ...ledger, calledBack: false } }))
  await button.click()
  t.equal(await height(), before, 'nothing below has moved')
  const dialog = page.getByRole('dialog', { name: 'Close this call’s entry' })
  await dialog.getByRole('button', { name: 'Close entry' }).click()
  t.equal(link.of('cmd').length, 0, 'not without a reason')
  await dialog.getByLabel('What was done').selectOption('called-back-no-answer')
  await dialog.getByLabel('Note').fill('Rang twice')
  await dialog.getByRole('button', { name: 'Close entry' }).click()
  await gateway.hears('ledger.close', heard => heard.of('cmd').length === 1)
  const [cmd] = link.of('cmd')
  const args = { entry: ledger.entry, reason: 'called-back-no-answer', note: 'Rang twice' }
  t.match(cmd, { op: 'ledger.close', args })
  const error = { code: 'ledger.closed', text: 'Somebody has closed this entry already.' }
  link.say({ t: 'res', id: cmd?.id ?? '', ok: false, error })
  await dialog.getByText('Somebody has closed this entry already.').waitFor()
  link.event(stateEvent(1, 4, ended))
  await dialog.waitFor({ state: 'detached' })
})

t.test('a caller who does not speak is marked as silent by the handler, who is asked once', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser, { width: 1280, height: 720 })
  const link = await gateway.signOn(page)
  link.event(popEvent(1, 1, NOW))
  await card(page).waitFor()
  t.equal(
    await card(page).getByRole('button', { name: 'Silent …' }).count(),
    0,
    'before anybody has it nobody can know'
  )
  link.event(stateEvent(1, 2, { ...NOW, state: 'answered', answeredAt: Date.now(), takenBy: 'tvp-h01' }))
  await card(page).getByRole('button', { name: 'Silent …' }).click()
  const dialog = page.getByRole('dialog', { name: 'Nobody speaks on this call' })
  await dialog.getByRole('button', { name: 'Back' }).click()
  await dialog.waitFor({ state: 'detached' })
  t.equal(link.of('cmd').length, 0)
  await card(page).getByRole('button', { name: 'Silent …' }).click()
  await dialog.getByRole('button', { name: 'Mark as silent' }).click()
  await gateway.hears('call.mark-silent', heard => heard.of('cmd').length === 1)
  t.match(link.of('cmd')[0], { op: 'call.mark-silent', args: { call: callId(1) } })
  link.say({ t: 'res', id: link.of('cmd')[0]?.id ?? '', ok: true })
  await dialog.waitFor({ state: 'detached' })
  link.event(popEvent(2, 1, { ...NOW, offer: 'queue', state: 'released', releasedAt: Date.now() }))
  await page.locator(`[data-strip-call="${callId(2)}"] .entry`).click()
  await page.locator(`article[data-call="${callId(2)}"]`).waitFor()
  t.equal(await card(page).getByRole('button', { name: 'Silent …' }).count(), 0, 'not of a call offered to many')
})
