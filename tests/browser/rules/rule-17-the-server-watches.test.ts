import t from 'tap'
import { openBrowser, openPage } from '../../support/browser.ts'
import { supervisor } from '../../support/control-room.ts'
import { figure } from '../../support/figure.ts'
import { makeGateway, place } from '../../support/gateway.ts'
import { until } from '../../support/until.ts'

/* Rule 17: a screen that has gone deaf is known to the gateway and to the supervisor; the page itself holds awake. */

t.test('rule 17: a console is frozen: the supervisor hears whose it is and where, and that it is over', async t => {
  const gateway = await makeGateway(t)
  const page = await openPage(t, await openBrowser(t))
  await page.goto(gateway.url)
  await page.getByRole('button', { name: /tvp-h01/ }).click()
  await page.locator('[data-link=live]').waitFor()
  const desk = await supervisor(t, gateway)
  const held = await page.evaluate(async () => (await navigator.locks.query()).held?.map(({ name }) => name))
  t.same(held, ['callbox-console'], 'the page holds the lock that keeps it from being frozen')

  // As a browser does with a window in the background: its timers and its socket's messages stand still.
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 1 })
  await devtools.send('Debugger.enable')
  const from = performance.now()
  await devtools.send('Debugger.pause')
  // Pausing needs something that runs.
  void page
    .evaluate(() => 0)
    .catch(() => {
      // The page is closed at the end of the test, with this still waiting if it was not let go.
    })
  await until(() => (desk.raised.includes('console-silent') ? '' : `raised: ${desk.raised}`), 60_000)
  figure(t, 17, `the supervisor hears of a frozen console after ${((performance.now() - from) / 1_000).toFixed(1)} s`)
  t.match(desk.alarmOf('console-silent'), { force: 'tvp', words: /tvp-h01.*tvp-d01|Mustafa.*/ })

  await devtools.send('Debugger.disable')
  await until(() => (desk.ended.includes('console-silent') ? '' : 'not over'), 60_000)
  await page.locator('[data-link=live]').waitFor()
  await place(gateway, 'uac-999-call-expect-200').done
  await page.locator('article[data-call]').waitFor()
})
