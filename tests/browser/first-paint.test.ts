import t from 'tap'
import { openBrowser, openPage } from '../support/browser.ts'
import { ScriptedConsole } from '../support/scripted-console.ts'

/* Measured, and never asserted: how long a handler looks at nothing when the page is loaded. */

t.test('the console paints, and says how long that took', async t => {
  const gateway = await ScriptedConsole.start(t)
  const browser = await openBrowser(t)
  const paints: number[] = []
  for (let times = 0; times < 5; times++) {
    // A context of its own: nothing of it is in any cache.
    const page = await openPage(t, browser)
    await page.goto(gateway.url)
    await page.locator('.sign-on').waitFor()
    // It is there before it is painted.
    await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0)
    paints.push(
      await page.evaluate(
        () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.POSITIVE_INFINITY
      )
    )
  }
  t.ok(paints.every(Number.isFinite), 'it has painted each time')
  const sorted = [...paints].sort((one, other) => one - other)
  t.comment(
    `figure first paint: ${sorted[2]?.toFixed(0)} ms, the middle of ${sorted.length}; the slowest ${sorted.at(-1)?.toFixed(0)} ms`
  )
})
