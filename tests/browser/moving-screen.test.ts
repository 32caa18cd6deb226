import t from 'tap'
import { openBrowser, openPage } from '../support/browser.ts'
import { placeGateway } from '../support/gateway.ts'
import { RovingCall, storesOf } from '../support/gateways.ts'
import { sharedConfig } from '../support/shared-config.ts'

t.test('the page’s own gateway dies: it goes to the other by itself, with its call, and takes it there', async t => {
  const [first, second] = [await placeGateway(t), await placeGateway(t)]
  const config = await sharedConfig(t, [first.url, second.url])
  await first.start({ config })
  await second.start({ config, environment: await storesOf(first) })
  const page = await openPage(t, await openBrowser(t))
  await page.goto(second.url)
  await page.getByRole('button', { name: /tvp-h01/ }).click()
  await page.locator('[data-link=live]').waitFor()
  const [before, after] = [new RovingCall(t, 61), new RovingCall(t, 62)]
  t.equal(await before.open(second, '4001'), 200)
  await page.locator(`[data-strip-call="${before.callId}"]`).waitFor()

  await second.kill()
  await page.locator('[data-link=stale]').waitFor()
  await page.locator('[data-link=live]').waitFor()
  t.equal(new URL(page.url()).origin, second.url, 'the page is the one it was')
  t.equal(await after.open(first, '4001'), 200)
  await page.locator(`[data-strip-call="${after.callId}"] .entry`).click()
  await page.getByRole('button', { name: /^Take/ }).click()
  await page.getByText('Taken by you').waitFor()
  t.equal(await page.locator(`[data-strip-call="${before.callId}"]`).count(), 1)
})
