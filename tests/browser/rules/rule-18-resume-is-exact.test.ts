import t from 'tap'
import { openBrowser, openPage } from '../../support/browser.ts'
import { giveEars, tonesOf } from '../../support/ears.ts'
import { figure } from '../../support/figure.ts'
import { makeGateway, place } from '../../support/gateway.ts'
import { makeSilentProxy } from '../../support/silent-proxy.ts'
import { until } from '../../support/until.ts'

/* Rule 18: after a cut and after the gateway's death a screen is what the gateway says it is, and nothing is heard twice. */

t.test(
  'rule 18: the network is cut, then the gateway is killed: the screen is the gateway’s own afterwards',
  async t => {
    const gateway = await makeGateway(t)
    const proxy = await makeSilentProxy(t, gateway.place.httpPort)
    const page = await openPage(t, await openBrowser(t))
    await giveEars(page)
    await page.goto(`http://127.0.0.1:${proxy.port}`)
    await page.getByRole('button', { name: /tvp-h01/ }).click()
    await page.locator('[data-link=live]').waitFor()
    const strip = () =>
      page
        .locator('[data-strip-call]')
        .evaluateAll(all => all.map(each => `${each.dataset['stripCall']} ${each.dataset['state']}`).sort())
    const shown = (calls: number) =>
      until(async () => ((await strip()).length === calls ? '' : `${(await strip()).length} calls of ${calls}`), 60_000)
    await place(gateway, 'uac-999-call-expect-200', { calls: 2 }).done
    await shown(2)

    await proxy.away()
    await page.locator('[data-link=stale]').waitFor()
    await place(gateway, 'uac-999-call-expect-200', { calls: 3 }).done
    const tones = (await tonesOf(page)).length
    const cutAt = performance.now()
    await proxy.pass()
    await page.locator('[data-link=live]').waitFor()
    const backMs = performance.now() - cutAt
    await shown(5)

    await gateway.kill()
    await page.locator('[data-link=stale]').waitFor()
    await gateway.start()
    const startedAt = performance.now()
    await page.locator('[data-link=live]').waitFor({ timeout: 60_000 })
    const againMs = performance.now() - startedAt
    await shown(5)
    figure(
      t,
      18,
      `live ${backMs.toFixed(0)} ms after the network is back, ${againMs.toFixed(0)} ms after a killed gateway is`
    )

    const before = await strip()
    const heard = (await tonesOf(page)).length
    // What a page that knows nothing is told: the gateway's own snapshot.
    await page.reload()
    await page.locator('[data-link=live]').waitFor()
    await shown(5)
    t.same(await strip(), before, 'the screen was what the gateway has')
    t.equal(heard, tones, 'what had rung and ended is not heard again')
  }
)
