import t from 'tap'
import { openBrowser, openPage } from '../support/browser.ts'
import { aSwitch } from '../support/control-room.ts'
import { placeGateway } from '../support/gateway.ts'
import { storesOf } from '../support/gateways.ts'
import { sharedConfig } from '../support/shared-config.ts'
import { until } from '../support/until.ts'
import { figureOf } from '../support/wallboard.ts'

const NUMBER = '+447700900001'

t.test('the wallboard’s own gateway is killed: it goes on with the figures of the other, by itself', async t => {
  const [first, second] = [await placeGateway(t), await placeGateway(t)]
  const config = await sharedConfig(t, [first.url, second.url])
  await first.start({ config })
  await second.start({ config, environment: await storesOf(first) })
  const page = await openPage(t, await openBrowser(t))
  await page.goto(`${second.url}/wallboard`)
  await page.getByRole('button', { name: /tvp-s01/ }).click()
  await page.locator('[data-feed=live]').waitFor()
  await second.kill()
  await page.locator('.link-words', { hasText: 'Live by another gateway' }).waitFor()
  const caller = await aSwitch(t, first)
  t.equal(await caller.place({ ddi: '999', asserted: NUMBER, shown: NUMBER }).answered, 200)
  await until(async () => {
    const now = await figureOf(page, 'waiting-999')
    return now === '1' ? '' : `the wall says ${now}`
  })
  t.equal(new URL(page.url()).origin, second.url, 'the page is the one it was')
  t.equal(new URL(page.url()).search, '', 'and its address says nothing')
})
