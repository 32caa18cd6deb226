import type { Page } from 'playwright-core'
import t from 'tap'
import { DEMO_PASSWORD } from '../../../src/simulator/demo-data.ts'
import type { GatewayProcess } from '../../../src/simulator/gateway-process.ts'
import { openBrowser, openPage } from '../../support/browser.ts'
import { makeControlRoom, QUICK } from '../../support/control.ts'
import { aSwitch } from '../../support/control-room.ts'
import { figure } from '../../support/figure.ts'
import { makeGateway } from '../../support/gateway.ts'
import { until } from '../../support/until.ts'

/* Rule 15: sent, delivered, seen by whom, each on both sides; nobody accepts: both hear it; nothing leaves before it is seen. */

async function signOn(page: Page, gateway: GatewayProcess, handler: string, position: string): Promise<void> {
  await page.goto(gateway.url)
  await page.getByRole('textbox', { name: 'Handler' }).fill(handler)
  await page.getByLabel('Password').fill(DEMO_PASSWORD)
  await page.getByLabel('Position').selectOption(position)
  await page.getByRole('button', { name: 'Sign on', exact: true }).click()
  await page.locator('[data-link=live]').waitFor()
}

t.test('rule 15: a hand-over stays on both lists, with its receipts, until the other side has seen it', async t => {
  const grade = { ...QUICK, deliverSeconds: 20, acceptSeconds: 4, moveSeconds: 300 }
  const room = await makeControlRoom(t, { isOnScreensOnly: true, grades: [grade] })
  const gateway = await makeGateway(t, { config: room.config })
  const browser = await openBrowser(t)
  const handler = await openPage(t, browser)
  const dispatcher = await openPage(t, browser, { width: 1280, height: 720, theme: 'dark' })
  await signOn(handler, gateway, 'tvp-h01', 'tvp-d01')
  await signOn(dispatcher, gateway, 'tvp-x01', 'tvp-dsp')
  await dispatcher.getByText('Nothing waits').waitFor()

  const caller = await aSwitch(t, gateway)
  const number = '+447700900057'
  const call = caller.place({ ddi: '999', asserted: number, shown: number, device: '4001' })
  await handler.locator('article[data-call]').waitFor()
  await handler.keyboard.press('F2')
  await handler.locator('[data-hand-over]').waitFor()
  const from = performance.now()
  await handler.keyboard.press('F8')
  const form = handler.getByRole('dialog', { name: /Hand over/ })
  await form.getByLabel('Note').fill('He has a knife; she is in the kitchen')
  await form.getByRole('button', { name: 'Hand over', exact: true }).click()
  await form.waitFor({ state: 'detached' })

  const own = handler.locator('.strip [data-handover]')
  const theirs = dispatcher.locator('.dispatch [data-handover]')
  await theirs.waitFor()
  await handler.locator('.strip [data-handover-state=delivered]').waitFor()
  figure(
    t,
    15,
    `from the key to the dispatcher's receipt ${Math.round(performance.now() - from)} ms, with the form filled in`
  )
  await handler.getByRole('listitem').filter({ hasText: 'Handed over (Immediate): Delivered' }).waitFor()

  await own.getByRole('button').click()
  const detail = handler.getByRole('dialog', { name: /999 call/ })
  t.ok(await detail.getByRole('button', { name: 'Not seen yet: it stays' }).isDisabled())
  await detail.getByRole('button', { name: 'Back' }).click()

  for (const page of [handler, dispatcher]) {
    await page.locator('[data-alert]').filter({ hasText: 'nobody has accepted it' }).waitFor()
  }
  t.equal(await own.getAttribute('data-late'), 'true')

  call.hangUp()
  await handler.getByRole('button', { name: /Close, written up/ }).click()
  await handler.locator('article[data-call]').waitFor({ state: 'detached' })
  t.equal(await own.count(), 1, 'the card is closed, and what was handed over stays')
  await handler.reload()
  await own.waitFor()

  await theirs.locator('.handover-row').focus()
  await dispatcher.keyboard.press('Enter')
  await own.getByText('Seen by tvp-x01').waitFor()
  await theirs.getByText('She is in the kitchen').or(theirs.getByText('He has a knife')).first().waitFor()
  await theirs.getByLabel('Incident number').fill('TV-77')
  await theirs.getByRole('button', { name: 'Accept', exact: true }).click()
  await own.getByText('TV-77').waitFor()
  t.equal(await own.getAttribute('data-handover-state'), 'accepted')
  await theirs.getByRole('button', { name: 'At the scene', exact: true }).click()
  await until(async () => ((await own.count()) === 0 ? '' : 'it is over, and stands there still'))
  await dispatcher.locator('[aria-labelledby=over] [data-handover-state=at-scene]').waitFor()

  t.equal(await handler.locator('[data-alert]').count(), 1, 'the alarm is only a person’s to end')
  await handler.getByRole('button', { name: 'Acknowledge …' }).click()
  await handler.getByLabel('What was done').fill('Rang dispatch, a car went')
  await handler.getByRole('button', { name: 'Acknowledge', exact: true }).click()
  await dispatcher.locator('[data-alert]').waitFor({ state: 'detached' })
})

t.test('what a handler writes down without sending anybody is on the card, and on no list', async t => {
  const room = await makeControlRoom(t, { isOnScreensOnly: true })
  const gateway = await makeGateway(t, { config: room.config })
  const page = await openPage(t, await openBrowser(t), { width: 1280, height: 720 })
  await signOn(page, gateway, 'tvp-h01', 'tvp-d01')
  const caller = await aSwitch(t, gateway)
  caller.place({ ddi: '101', asserted: '+447700900058', shown: '+447700900058', device: '4001' })
  await page.locator('article[data-call]').waitFor()
  await page.keyboard.press('F2')
  await page.locator('[data-hand-over]').waitFor()
  await page.keyboard.press('F8')
  const form = page.getByRole('dialog', { name: /Hand over/ })
  await form.getByLabel('Advice given').check()
  await form.getByRole('button', { name: 'Write down' }).click()
  await page.getByRole('listitem').filter({ hasText: 'Advice given (Immediate)' }).waitFor()
  t.equal(await page.locator('.strip [data-handover]').count(), 0)
})
