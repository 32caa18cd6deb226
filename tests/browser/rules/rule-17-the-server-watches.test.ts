import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { openBrowser, openPage } from '../../support/browser.ts'
import { demoConfig, supervisor } from '../../support/control-room.ts'
import { figure } from '../../support/figure.ts'
import { makeGateway, place } from '../../support/gateway.ts'
import { until } from '../../support/until.ts'

interface Told {
  readonly desks: readonly { readonly position: string; readonly state: string; readonly mayRoute: boolean }[]
}

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

t.test('rule 17: whoever routes calls is told that the console is frozen, and when it is back', async t => {
  const [token, tokenFile] = ['r'.repeat(40), join(t.testdir(), 'routing-token')]
  await writeFile(tokenFile, `${token}\n`, { mode: 0o600 })
  const routing = { readers: [{ force: 'tvp', name: 'ACD', tokenFile }], asksPerSecond: 1_000 }
  const gateway = await makeGateway(t, { config: await demoConfig(t, { routing }) })
  const page = await openPage(t, await openBrowser(t))
  await page.goto(gateway.url)
  await page.getByRole('button', { name: /tvp-h01/ }).click()
  await page.locator('[data-link=live]').waitFor()
  const told = async () => {
    const answer = await fetch(`${gateway.url}/api/v1/desks`, { headers: { authorization: `Bearer ${token}` } })
    // A system that asks too often is told to come again; so does this one.
    return answer.ok ? ((await answer.json()) as Told).desks : []
  }
  const isTold = async (mayRoute: boolean) => {
    const desks = await told()
    return desks.some(each => each.position === 'tvp-d01' && each.mayRoute === mayRoute) ? '' : JSON.stringify(desks)
  }
  await until(() => isTold(true), 30_000)
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Debugger.enable')
  const from = performance.now()
  await devtools.send('Debugger.pause')
  void page
    .evaluate(() => 0)
    .catch(() => {
      // As above: it waits until the page goes on.
    })
  await until(() => isTold(false), 60_000)
  figure(t, 17, `routing is told of a frozen console after ${((performance.now() - from) / 1_000).toFixed(1)} s`)
  await devtools.send('Debugger.disable')
  await until(() => isTold(true), 60_000)
})
