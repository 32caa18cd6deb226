import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import type { FromClient, ToClient } from '../../../src/delivery/protocol.ts'
import { Percentiles } from '../../../src/simulator/percentiles.ts'
import { SipCaller } from '../../../src/simulator/sip-caller.ts'
import { openBrowser, openPage } from '../../support/browser.ts'
import { figure } from '../../support/figure.ts'
import { makeGateway } from '../../support/gateway.ts'
import { until } from '../../support/until.ts'

/* Rule 1: measured, and its figures printed: how fast a pop is on the screen in a storm of thirty calls in ten seconds. */

const CALLS = 30
const STORM_MS = 10_000

t.test('rule 1: thirty calls in ten seconds, each of them painted and told as seen with its time', async t => {
  const gateway = await makeGateway(t)
  const page = await openPage(t, await openBrowser(t))
  const sent = new Map<string, number>()
  const painted = new Map<string, number>()
  page.on('websocket', socket => {
    socket.on('framereceived', ({ payload }) => {
      const message = JSON.parse(payload.toString()) as ToClient
      if (message.t !== 'ev' || message.ev.type !== 'call.pop' || sent.has(message.ev.data.popId)) return
      sent.set(message.ev.data.popId, message.ts - message.ev.data.offeredAt)
    })
    socket.on('framesent', ({ payload }) => {
      const message = JSON.parse(payload.toString()) as FromClient
      if (message.t === 'seen' && !painted.has(message.popId)) painted.set(message.popId, message.paintMs)
    })
  })
  await page.goto(gateway.url)
  await page.getByRole('button', { name: /tvp-h01/ }).click()
  await page.locator('[data-link=live]').waitFor()
  const caller = new SipCaller({ host: '127.0.0.1', port: gateway.place.sipPort })
  await caller.start()
  t.teardown(() => caller.stop())
  for (let n = 0; n < CALLS; n++) {
    const number = `+447700900${String(100 + n)}`
    t.equal(await caller.place({ ddi: '999', device: '4001', asserted: number, shown: number }).answered, 200)
    // Not a wait for something: this is how fast they come.
    await pause(STORM_MS / CALLS)
  }
  await until(() => (painted.size >= CALLS ? '' : `${painted.size} are painted`), 30_000)
  t.equal(sent.size, CALLS, 'each has popped once')
  const [paints, totals] = [new Percentiles(), new Percentiles()]
  for (const [popId, ms] of painted) {
    paints.add(ms)
    totals.add(ms + (sent.get(popId) ?? Number.POSITIVE_INFINITY))
  }
  const say = (of: Percentiles) => `p50 ${of.at(50).toFixed(0)} ms, p95 ${of.at(95).toFixed(0)} ms`
  figure(t, 1, `frame to paint ${say(paints)}; INVITE to paint ${say(totals)}; ${CALLS} calls in ${STORM_MS / 1_000} s`)
})
