import type { Page } from 'playwright-core'
import t from 'tap'
import { openBrowser, openPage, type ScreenOptions } from '../../support/browser.ts'
import { figure } from '../../support/figure.ts'
import { callId, popEvent } from '../../support/pop-words.ts'
import { ScriptedConsole } from '../../support/scripted-console.ts'
import { until } from '../../support/until.ts'
import { riskAlarm, SYSTEMS, wholeCard } from '../../support/whole-card.ts'

/* Rule 20: all of it by keyboard and by reader, and nothing of it to anybody else. */

const browser = await openBrowser(t)
const NOW = { offeredAt: Date.now() }
const LEAST_PX = 24
const MANY = 400

async function aScreen(options: ScreenOptions = {}) {
  const gateway = await ScriptedConsole.start(t)
  gateway.panels = SYSTEMS.map(each => ({ ...each, forces: [...each.forces] }))
  const page = await openPage(t, browser, options)
  const hosts = new Set<string>()
  page.on('request', request => hosts.add(new URL(request.url()).host))
  const link = await gateway.signOn(page)
  link.event(popEvent(1, 1, { ...NOW, state: 'answered', answeredAt: Date.now(), takenBy: 'tvp-h01' }))
  for (const event of wholeCard(1)) link.event(event)
  link.event(popEvent(2, 1, NOW))
  link.event({ type: 'alarm.raised', rev: 1, data: riskAlarm() })
  await page.locator('[data-alert=a-1]').waitFor()
  await page.locator('[data-panel=other-custody][data-status=found]').waitFor()
  return { gateway, page, link, hosts }
}

/** Everything that the keyboard can stand on, as it comes by Tab, with how its focus looks. */
async function walk(page: Page) {
  const found = new Map<string, { seen: boolean; ring: boolean }>()
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
  for (let n = 0; n < MANY; n++) {
    await page.keyboard.press('Tab')
    const now = await page.evaluate(() => {
      const element = document.activeElement
      if (element === null || element === document.body) return undefined
      const all = [...document.querySelectorAll('*')]
      const { left, top, right, bottom } = element.getBoundingClientRect()
      const points = [0.1, 0.5, 0.9].flatMap(x => [0.1, 0.5, 0.9].map(y => [x, y] as const))
      const { outlineStyle, outlineWidth } = getComputedStyle(element)
      return {
        key: String(all.indexOf(element)),
        // Not wholly behind anything else (2.4.11).
        seen: points.some(([x, y]) => {
          const at = document.elementFromPoint(left + (right - left) * x, top + (bottom - top) * y)
          return at !== null && (element.contains(at) || at.contains(element))
        }),
        ring: outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2
      }
    })
    if (now === undefined) continue
    if (found.has(now.key)) break
    found.set(now.key, now)
  }
  return found
}

for (const [width, height, density] of [
  [1_920, 1_080, 'normal'],
  [1_280, 720, 'normal'],
  [640, 360, 'normal'],
  [1_920, 1_080, 'compact'],
  [1_280, 720, 'compact'],
  [640, 360, 'compact']
] as const) {
  t.test(
    `rule 20: at ${width} by ${height}, ${density}, Tab reaches every control, its focus is seen and not behind anything`,
    async t => {
      const { page } = await aScreen({ width, height, density })
      const reached = await walk(page)
      const missed = await page.evaluate(
        reached => {
          const all = [...document.querySelectorAll('*')]
          return all
            .filter(each => each.matches('button:not([disabled]), a[href], input, select, textarea, [tabindex="0"]'))
            .filter(each => each.checkVisibility() && !reached.includes(String(all.indexOf(each))))
            .map(each => `${each.nodeName} ${each.textContent?.slice(0, 30)}`)
        },
        [...reached.keys()]
      )
      t.same(missed, [])
      const hidden = [...reached].filter(([, { seen }]) => !seen).map(([key]) => key)
      const names = await page.evaluate(
        keys => keys.map(key => document.querySelectorAll('*')[Number(key)]?.outerHTML.slice(0, 120)),
        hidden
      )
      t.same(names, [], 'not one is hidden when it has the focus')
      t.ok(
        [...reached.values()].every(({ ring }) => ring),
        'each shows that it has the focus'
      )
      figure(
        t,
        20,
        `${reached.size} stops of the keyboard at ${width} × ${height}${density === 'normal' ? '' : ', compact'}, none hidden`
      )
    }
  )
}

t.test('rule 20: every target is 24 px or more either way', async t => {
  for (const [width, height, density] of [
    [1_920, 1_080, 'normal'],
    [1_280, 720, 'normal'],
    [1_920, 1_080, 'compact'],
    [1_280, 720, 'compact'],
    [640, 360, 'compact']
  ] as const) {
    const { page } = await aScreen({ width, height, density })
    const small = await page.locator('button, a[href], input, select').evaluateAll(
      (all, least) =>
        all
          .filter(each => each.checkVisibility())
          .map(each => ({ name: each.outerHTML.slice(0, 90), box: each.getBoundingClientRect() }))
          .filter(({ box }) => box.width < least || box.height < least)
          .map(({ name, box }) => `${name} ${box.width} × ${box.height}`),
      LEAST_PX
    )
    t.same(small, [], `${width} × ${height}, ${density}`)
    const letters = await page.locator('.app *').evaluateAll(all =>
      all
        .filter(each => each.checkVisibility() && [...each.childNodes].some(node => node.nodeType === Node.TEXT_NODE))
        .filter(each => each.matches(':not(.key, .key *)') && Number.parseFloat(getComputedStyle(each).fontSize) < 11.9)
        .map(each => `${each.className} ${each.textContent?.slice(0, 30)}`)
    )
    t.same(letters, [], 'nor is any text but the name of a key under 12 px')
  }
})

t.test('rule 20: a call is found, taken and read by keyboard alone', async t => {
  const { page, link } = await aScreen()
  await page.keyboard.press('F2')
  await until(() => (link.of('cmd').some(({ op }) => op === 'call.take') ? '' : 'not taken'))
  await page.locator(`article[data-call="${callId(2)}"]`).waitFor()
  await page.keyboard.press('F9')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.locator(`article[data-call="${callId(1)}"]`).waitFor()
  await page.keyboard.press('F4')
  await until(() => (link.of('cmd').some(({ op }) => op === 'location.confirm') ? '' : 'no place is confirmed'))
  t.same(
    link.of('cmd').map(({ op }) => op),
    ['call.take', 'location.confirm']
  )
  await page.keyboard.press('F7')
  await page.locator('dialog[open]').waitFor()
  await page.keyboard.press('Escape')
  await page.locator('dialog[open]').waitFor({ state: 'detached' })
})

t.test('rule 20: keys of one character can be switched off, and stay so', async t => {
  const { page } = await aScreen()
  await page.keyboard.press('?')
  await page.getByLabel(/Single-character keys/).uncheck()
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  t.equal(await page.locator('dialog[open]').count(), 0)
  await page.reload()
  await page.locator('[data-link=live]').waitFor()
  await page.keyboard.press('?')
  t.equal(await page.locator('dialog[open]').count(), 0)
})

t.test('rule 20: a reader has one polite and one urgent voice, and of a storm hears a few words', async t => {
  const { page, link } = await aScreen()
  // A dialog that is open has its own: of the page behind it a reader hears nothing.
  t.equal(await page.locator('[aria-live=polite]:not(dialog *)').count(), 1)
  t.equal(await page.locator(':is([aria-live=assertive], [role=alert]):not(dialog *)').count(), 1)
  await page.evaluate(() => {
    const said: string[] = []
    Object.assign(globalThis, { said })
    const voice = document.querySelector('[aria-live=polite]:not(dialog *)')
    if (voice !== null)
      new MutationObserver(() => said.push(voice.textContent ?? '')).observe(voice, {
        ...{ childList: true, characterData: true, subtree: true }
      })
  })
  for (let n = 10; n < 40; n++) link.event(popEvent(n, 1, NOW))
  await page.locator(`[data-strip-call="${callId(39)}"]`).waitFor({ state: 'attached' })
  const said = () => page.evaluate(() => (globalThis as unknown as { said: string[] }).said)
  await until(async () => ((await said()).some(text => /\d+ messages/.test(text)) ? '' : 'not said yet'))
  const all = await said()
  t.ok(all.length <= 3, `${all.length} messages for thirty calls: ${all.join(' | ')}`)
  figure(t, 20, `30 calls at once are ${all.length} messages to a reader`)
})

t.test('rule 20: nothing is asked of anybody else, and nothing of a person is in the address or kept', async t => {
  const { gateway, page, hosts } = await aScreen()
  await page.keyboard.press('F7')
  await page.locator('dialog[open] input').first().fill('Wilmot Sandpiper')
  await page.keyboard.press('Enter')
  await page.locator('dialog[open]').getByText('Asked: nobody of that name').waitFor()
  t.same([...hosts], [new URL(gateway.url).host])
  const kept = await page.evaluate(async () =>
    JSON.stringify([
      { ...localStorage },
      { ...sessionStorage },
      document.cookie,
      location.href,
      history.length,
      document.title,
      await indexedDB.databases(),
      await caches.keys()
    ])
  )
  t.notMatch(kept, /07700|Caller of|tvp-h01|Wilmot|Firearms/)
})
