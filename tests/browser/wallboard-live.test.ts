import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { DEMO_PASSWORD } from '../../src/simulator/demo-data.ts'
import type { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import { openBrowser, openPage } from '../support/browser.ts'
import { aSwitch, atDesk, demoConfig } from '../support/control-room.ts'
import { send, storePids } from '../support/faults.ts'
import { makeGateway, openRecord } from '../support/gateway.ts'
import { beside } from '../support/gateways.ts'
import { until } from '../support/until.ts'
import { figureOf, tileText } from '../support/wallboard.ts'

/* The wallboard of real gateways, whose calls come by SIP. */

const NUMBER = '+447700900001'

async function openWall(t: Test, gateway: GatewayProcess): Promise<Page> {
  const page = await openPage(t, await openBrowser(t))
  await page.goto(`${gateway.url}/wallboard`)
  await page.getByRole('button', { name: /tvp-s01/ }).click()
  await page.locator('[data-feed=live]').waitFor()
  return page
}

/** A handler gets the coded refusal, and nobody who is not signed on gets any figure. */
async function othersAreRefused(t: Test, gateway: GatewayProcess): Promise<void> {
  const ask = (cookie: string, query = '') => fetch(`${gateway.url}/api/v1/wallboard${query}`, { headers: { cookie } })
  const as = async (handler: string, position: string) => {
    const answer = await fetch(`${gateway.url}/api/v1/sign-on`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-callbox': '1' },
      body: JSON.stringify({ handler, password: DEMO_PASSWORD, position })
    })
    return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  }
  const told = async (answer: Response) => [answer.status, ((await answer.json()) as { code?: string }).code]
  t.same(await told(await ask('')), [401, 'http.not-signed-on'])
  t.same(await told(await ask(await as('tvp-h01', 'tvp-d01'))), [403, 'wallboard.not-entitled'])
  const supervisor = await as('tvp-s01', 'tvp-sup')
  t.same(await told(await ask(supervisor, '?force=hants')), [403, 'wallboard.not-entitled'])
  t.same(await told(await ask(supervisor)), [200, undefined])
}

async function untilFigure(page: Page, tile: string, figure: string): Promise<void> {
  await until(async () => {
    const now = await figureOf(page, tile)
    return now === figure ? '' : `${tile} says ${now}`
  })
}

t.test('the figures move with the calls, nobody can be known by them, and they are for supervisors', async t => {
  const gateway = await makeGateway(t)
  const page = await openWall(t, gateway)
  await untilFigure(page, 'waiting-999', '0')
  t.match(await tileText(page, 'in-time'), /No calls None in the last hour/)
  const caller = await aSwitch(t, gateway)
  const call = (ddi: string, asserted: string) => caller.place({ ddi, asserted, shown: asserted, name: 'Ada Testcase' })
  call('01632960999', '+447700900777')
  const first = call('999', NUMBER)
  const second = call('999', '+447700900778')
  const other = call('101', '+447700900779')
  t.same(await Promise.all([first.answered, second.answered, other.answered]), [200, 200, 200])
  await untilFigure(page, 'waiting-999', '2')
  await untilFigure(page, 'waiting-101', '1')
  await untilFigure(page, 'unacked', '3')
  t.match(await tileText(page, 'waiting-999'), /Longest 0:\d\d/)

  first.tell(['X-Call-State: answered', 'X-Device: 4001'])
  second.hangUp()
  await untilFigure(page, 'abandoned', '1')
  await untilFigure(page, 'waiting-999', '0')
  t.match(await tileText(page, 'in-time'), /of [12] in the last hour/)
  other.tell(['X-Call-State: answered', 'X-Device: 4002'])
  await untilFigure(page, 'waiting-101', '0')
  t.match(await tileText(page, 'mean-wait'), /0:\d\d 1 answered/)

  const record = await openRecord(t, gateway)
  const { rows } = await record.query<{ name: string }>(
    'select name from person join number_link using (person_id) where e164 = $1',
    [NUMBER]
  )
  const html = await page.content()
  t.notMatch(html, /7700/, 'no number')
  t.ok(rows.length > 0)
  for (const name of ['Ada Testcase', ...rows.map(row => row.name)]) t.notOk(html.includes(name), 'no name')
  const answer = await page.evaluate(async () => (await fetch('/api/v1/wallboard')).text())
  t.notMatch(answer, /7700|Testcase|[0-9a-f]{8}-[0-9a-f]{4}/, 'nor an id of a call')
  t.equal(new URL(page.url()).pathname + new URL(page.url()).search, '/wallboard')
  await othersAreRefused(t, gateway)
})

t.test('a gateway that is gone leaves no figure that looks live, and says since when; back, it is live', async t => {
  const gateway = await makeGateway(t)
  const page = await openWall(t, gateway)
  await untilFigure(page, 'waiting-999', '0')
  await gateway.kill()
  await page.locator('[data-feed=stale]').waitFor()
  t.match((await page.locator('.link-words').textContent()) ?? '', /Not live since \d\d:\d\d:\d\d/)
  t.match((await page.locator('.wall-stale').textContent()) ?? '', /The gateway does not answer/)
  await gateway.start()
  await page.locator('[data-feed=live]').waitFor()
})

t.test('PostgreSQL stands still: no figure is a nought, the level says why, and all of it comes back', async t => {
  const gateway = await makeGateway(t)
  const page = await openWall(t, gateway)
  const caller = await aSwitch(t, gateway)
  t.equal(await caller.place({ ddi: '999', asserted: NUMBER, shown: NUMBER }).answered, 200)
  await untilFigure(page, 'waiting-999', '1')
  const pids = await storePids(gateway, 'postgres')
  t.teardown(() => send(pids, 'SIGCONT'))
  send(pids, 'SIGSTOP')
  for (const tile of ['waiting-999', 'in-time', 'consoles', 'sources']) {
    await untilFigure(page, tile, 'Could not be counted')
  }
  await until(async () =>
    /Level 3 PostgreSQL does not answer/.test(await tileText(page, 'service')) ? '' : 'no level'
  )
  send(pids, 'SIGCONT')
  await untilFigure(page, 'waiting-999', '1')
  t.equal(await page.locator('.wallboard').getAttribute('data-feed'), 'live')
})

t.test('two gateways show the same, wherever the calls and the screens are', async t => {
  const config = await demoConfig(t, {})
  const first = await makeGateway(t, { config })
  const second = await beside(t, first, { config })
  const page = await openWall(t, second)
  await atDesk(t, first, 1, { acks: true })
  const caller = await aSwitch(t, first)
  const call = caller.place({ ddi: '999', asserted: NUMBER, shown: NUMBER })
  t.equal(await call.answered, 200)
  await untilFigure(page, 'waiting-999', '1')
  await until(async () => (/1 of 1 answer/.test(await tileText(page, 'consoles')) ? '' : 'no screen'))
  await untilFigure(page, 'unacked', '0')
  await until(async () =>
    /Full service Every part works 2 gateways/.test(await tileText(page, 'service')) ? '' : 'not both'
  )
})
