import type { Page } from 'playwright-core'
import t from 'tap'
import { openBrowser, openPage, type ScreenOptions } from '../support/browser.ts'
import { tooFaint } from '../support/contrast.ts'
import { ScriptedConsole } from '../support/scripted-console.ts'
import { until } from '../support/until.ts'
import { aWallboard, figureOf, NOT_COUNTED, tileText } from '../support/wallboard.ts'

/* The wallboard in a real browser, of a gateway that answers what the test wants. */

/** Pictures for the documents: CALLBOX_SCREENS=docs/screens keeps what the test sees. */
const SHOTS = process.env['CALLBOX_SCREENS']
const browser = await openBrowser(t)

async function aWall(options: ScreenOptions = {}, board = aWallboard()) {
  const gateway = await ScriptedConsole.start(t)
  gateway.role = 'supervisor'
  gateway.readWallboard = async () => board
  const page = await openPage(t, browser, options)
  await signOn(page, gateway)
  return { gateway, page }
}

async function signOn(page: Page, gateway: ScriptedConsole): Promise<void> {
  await page.goto(`${gateway.url}wallboard`)
  await page.getByRole('button', { name: /tvp-h01/ }).click()
  await page.locator('.wallboard:not([data-feed=starting])').waitFor()
}

for (const theme of ['light', 'dark'] as const) {
  const name = theme === 'light' ? 'day' : 'night'
  t.test(`by ${name} everything is on the wall at once, and can be read from five metres`, async t => {
    const { page } = await aWall({ theme })
    await page.locator('[data-tile=sources]').waitFor()
    if (SHOTS !== undefined) await page.screenshot({ path: `${SHOTS}/wallboard-${name}.png` })
    t.same(await hangingOut(page), [], 'nothing is cut off or has to be scrolled to')
    const sizes = await page
      .locator('.wall :is(h2, .figure, .says, .details)')
      .evaluateAll(all =>
        all.map(each => [each.className, Number.parseFloat(getComputedStyle(each).fontSize)] as const)
      )
    t.same(
      sizes.filter(([, size]) => size < 28),
      [],
      'no text is smaller than 28 pixels'
    )
    const ofCalls = sizes.filter(([name, size]) => name === 'figure' && size < 100)
    t.equal(ofCalls.length, 2, 'all figures but level and sources have 100 and more')
    t.same(await tooFaint(page, '.wallboard', 4.5), [])
    t.same(await tooFaint(page, '.wall .figure', 7), [])
  })
}

t.test('a figure that is not as it should be says so in words as well as in colour', async t => {
  const lines = [{ line: '999', waiting: 3, longestWaitMs: 15_000, unheard: 1 }]
  const { page } = await aWall(
    {},
    aWallboard({
      waiting: { kind: 'counted', value: { lines, unacked: 2 } },
      consoles: { kind: 'counted', value: { live: 0, hidden: 0, stale: 0, gone: 0 } },
      service: { level: 2, why: 'Redis is away' }
    })
  )
  t.match(await tileText(page, 'waiting-999'), /3 Longest 0:1\d, too long 1 more may be over/)
  t.match(await tileText(page, 'unacked'), /2 On no screen: look now/)
  t.match(await tileText(page, 'consoles'), /Nobody there/)
  t.match(await tileText(page, 'service'), /Level 2 Redis is away/)
  t.same(await tooFaint(page, '.wallboard', 4.5), [])
})

t.test('what could not be counted is no nought, and the level is shown all the same', async t => {
  const none = { waiting: NOT_COUNTED, lastHour: NOT_COUNTED, consoles: NOT_COUNTED, alerts: NOT_COUNTED }
  const { page } = await aWall(
    {},
    aWallboard({ ...none, processes: NOT_COUNTED, service: { level: 3, why: 'PostgreSQL does not answer' } })
  )
  const figures = await page.locator('[data-mark=unknown] .figure').allTextContents()
  t.same(new Set(figures), new Set(['Could not be counted']))
  t.equal(figures.length, 9)
  t.match(await tileText(page, 'service'), /Level 3 PostgreSQL does not answer Other gateways: could not be counted/)
  t.equal(await page.locator('.spark').count(), 0, 'and no chart says that there was nothing')
  t.same(await hangingOut(page), [])
})

t.test('figures that are old are not live, though the gateway answers', async t => {
  const { gateway, page } = await aWall()
  t.equal(await page.locator('.wallboard').getAttribute('data-feed'), 'live')
  gateway.readWallboard = async () => aWallboard({ ageMs: 60_000 })
  await page.locator('[data-feed=stale]').waitFor()
  t.match(
    (await page.locator('.wall-stale').textContent()) ?? '',
    /Not live since \d\d:\d\d:\d\d.*Nothing newer has come/
  )
  gateway.readWallboard = async () => aWallboard()
  await page.locator('[data-feed=live]').waitFor()
  t.equal(await page.locator('.wall-stale').count(), 0)
})

t.test(
  'a network that swallows everything: the figures stand there as of then, crossed out, in both lights',
  async t => {
    for (const theme of ['light', 'dark'] as const) {
      const { gateway, page } = await aWall({ theme })
      gateway.readWallboard = () => new Promise(() => {})
      await page.locator('[data-feed=stale]').waitFor()
      t.match((await page.locator('.link-words').textContent()) ?? '', /Not live since \d\d:\d\d:\d\d/)
      t.equal(await page.locator('.wall').getAttribute('data-live'), 'false')
      t.equal(await figureOf(page, 'waiting-101'), '4', 'still to be read')
      t.same(await tooFaint(page, '.wallboard :is(.wall-stale, .top-bar)', 4.5), [])
      t.same(await hangingOut(page), [])
    }
  }
)

t.test(
  'the gateway of the page is gone: the figures are another’s, live, and its own again when that one goes',
  async t => {
    const [own, other] = [await ScriptedConsole.start(t), await ScriptedConsole.start(t)]
    const origins = [own, other].map(({ url }) => new URL(url).origin)
    for (const gateway of [own, other]) {
      gateway.role = 'supervisor'
      gateway.gateways.push(...origins)
    }
    own.readWallboard = async () => aWallboard()
    const waiting = { lines: [{ line: '101', waiting: 9, longestWaitMs: 1_000, unheard: 0 }], unacked: 0 }
    other.readWallboard = async () => aWallboard({ waiting: { kind: 'counted', value: waiting } })
    const page = await openPage(t, browser)
    await signOn(page, own)
    own.shareSignOn(other)
    await page.locator('[data-feed=live]').waitFor()
    t.equal(await figureOf(page, 'waiting-101'), '4')
    const gone = new Set<string>()
    await page.route('**/api/v1/wallboard**', route =>
      gone.has(new URL(route.request().url()).origin) ? route.abort() : route.continue()
    )
    gone.add(origins[0] ?? '')
    await page.locator('.link-words', { hasText: 'Live by another gateway' }).waitFor()
    t.equal(await figureOf(page, 'waiting-101'), '9')
    gone.add(origins[1] ?? '')
    await page.locator('[data-feed=stale]').waitFor()
    t.match((await page.locator('.wall-stale').textContent()) ?? '', /Not live since.*No gateway answers\./)
    t.equal(await figureOf(page, 'waiting-101'), '9', 'as it was then')
    gone.delete(origins[0] ?? '')
    await page.locator('.link-words', { hasText: /^ ?Live, counted/ }).waitFor()
    t.equal(await figureOf(page, 'waiting-101'), '4')
  }
)

t.test('a wait goes on while nobody counts, and stands still when the figures are not live', async t => {
  const { gateway, page } = await aWall({}, aWallboard({ ageMs: 3_000 }))
  t.match(await tileText(page, 'waiting-101'), /Longest 1:0[78]/)
  gateway.readWallboard = () => new Promise(() => {})
  await page.locator('[data-feed=stale]').waitFor()
  t.match(await tileText(page, 'waiting-101'), /Longest 1:04/, 'as it was counted')
})

t.test('whoever supervises two forces says whose figures they are', async t => {
  const gateway = await ScriptedConsole.start(t)
  gateway.role = 'supervisor'
  const asked: (string | undefined)[] = []
  gateway.readWallboard = async (_, force) => {
    asked.push(force)
    const waiting = force === 'hants' ? 7 : 1
    return aWallboard({
      ...{ force: force ?? 'tvp', forces: ['tvp', 'hants'] },
      waiting: { kind: 'counted', value: { lines: [{ line: '999', waiting, unheard: 0 }], unacked: 0 } }
    })
  }
  const page = await openPage(t, browser)
  await signOn(page, gateway)
  t.equal(await figureOf(page, 'waiting-999'), '1')
  await page.getByLabel('Force').selectOption('hants')
  await until(async () => ((await figureOf(page, 'waiting-999').catch(() => '')) === '7' ? '' : 'not the other force'))
  t.equal(asked[0], undefined, 'their own first')
  t.equal(asked.at(-1), 'hants')
})

t.test('a line beside 999 and 101 has its row; on a small or zoomed screen the wall is scrolled', async t => {
  const lines = [
    { line: '999', waiting: 0, unheard: 0 },
    { line: 'Welsh 101', waiting: 1, longestWaitMs: 61_000, unheard: 0 }
  ]
  const board = aWallboard({ waiting: { kind: 'counted', value: { lines, unacked: 0 } } })
  const { page } = await aWall({ width: 960, height: 540 }, board)
  t.match(await tileText(page, 'other-lines'), /Welsh 101: 1 waiting, longest 1:0\d/)
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  t.ok(overflow <= 0, 'nothing hangs out of the side')
})

t.test('a handler is told that the wallboard is not theirs, and gets to the console', async t => {
  const gateway = await ScriptedConsole.start(t)
  const page = await openPage(t, browser)
  await signOn(page, gateway)
  t.match((await page.locator('.wallboard [role=alert]').textContent()) ?? '', /for supervisors of the force/)
  t.equal(await page.locator('.tile').count(), 0)
  await page.getByRole('link', { name: 'Console' }).click()
  await page.locator('[data-link=live]').waitFor()
})

t.test('a wallboard whose sign-on is over asks for another', async t => {
  const { gateway, page } = await aWall()
  await page.evaluate(() => fetch('/api/v1/sign-off', { method: 'POST', headers: { 'x-callbox': '1' } }))
  await page.getByText('You are no longer signed on.').waitFor()
  t.ok(gateway.links.length === 0, 'it has opened no socket: it takes no calls')
})

/** Parts of the wall that lie outside of the screen or spill over their tile. */
function hangingOut(page: Page): Promise<string[]> {
  return page.locator('.wall, .tile, .tile > *').evaluateAll(all =>
    all.flatMap(each => {
      const { right, bottom } = each.getBoundingClientRect()
      const tile = each.parentElement?.closest('.tile')?.getBoundingClientRect()
      const isOut =
        right > window.innerWidth + 0.5 ||
        bottom > window.innerHeight + 0.5 ||
        (tile !== undefined && (right > tile.right + 0.5 || bottom > tile.bottom + 0.5)) ||
        each.scrollWidth > each.clientWidth + 1
      return isOut ? [`${each.className || each.tagName} ${each.textContent?.slice(0, 40)} ${right}x${bottom}`] : []
    })
  )
}
