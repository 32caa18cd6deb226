import t, { type Test } from 'tap'
import type { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import type { HandlerClient } from '../../src/simulator/handler-client.ts'
import { makeGateway, signOn } from '../support/gateway.ts'
import { type SipClient, udpClient } from '../support/sip-client.ts'
import { type Dialog, invite, makeBranch, makeDialog, request, toTagOf } from '../support/sip-text.ts'
import { until } from '../support/until.ts'

interface Desk {
  readonly gateway: GatewayProcess
  readonly handler: HandlerClient
  readonly sip: SipClient
}

async function aDesk(t: Test): Promise<Desk> {
  const gateway = await makeGateway(t)
  return { gateway, handler: await signOn(t, gateway), sip: await udpClient(t, gateway.place.sipPort) }
}

const at = (sip: SipClient, device: string, branch = makeBranch()) => ({
  uri: 'sip:999@127.0.0.1',
  via: `SIP/2.0/UDP 127.0.0.1:${sip.port};branch=${branch}`,
  headers: { 'X-Device': device }
})

const pops = ({ journal }: HandlerClient) => journal.flatMap(({ ev }) => (ev.type === 'call.pop' ? [ev] : []))

/** Calls on the screen, each in its newest state. */
function screen({ journal }: HandlerClient): Map<string, string> {
  const cards = new Map<string, string>()
  for (const { ev } of journal) {
    if (ev.type === 'call.gone') cards.delete(ev.call)
    else if (ev.type !== 'call.panel') cards.set(ev.call, ev.data.state)
  }
  return cards
}

async function untilScreen(handler: HandlerClient, ...states: string[]): Promise<void> {
  await until(() => {
    const shown = [...screen(handler).values()].sort()
    return shown.join() === [...states].sort().join() ? '' : `the screen shows: ${shown}; wanted: ${states}`
  }, 8_000)
}

/** Skips 100 Trying. */
async function final(sip: SipClient): Promise<number> {
  for (;;) {
    const { status } = await sip.next()
    if (status !== 100) return status
  }
}

async function answered(sip: SipClient, dialog: Dialog, device = '4001'): Promise<Dialog> {
  await sip.send(invite(dialog, at(sip, device)))
  let answer = await sip.next()
  while (answer.status < 200) answer = await sip.next()
  const up = { ...dialog, toTag: toTagOf(answer) }
  await sip.send(request({ dialog: up, method: 'ACK', ...at(sip, device) }))
  return up
}

t.test('what a switch may do out of order ends as one call in the right state', async t => {
  const { handler, sip } = await aDesk(t)

  await t.test('a CANCEL that races the 200', async t => {
    const dialog = makeDialog()
    const way = at(sip, '4001')
    await Promise.all([sip.send(invite(dialog, way)), sip.send(request({ dialog, method: 'CANCEL', ...way }))])
    const statuses = new Set([await final(sip), await final(sip)])
    t.comment(`figure: answered ${[...statuses]}`)
    t.ok(statuses.has(200), 'the CANCEL is answered')
    if (statuses.has(487)) await untilScreen(handler, 'released')
    else {
      const [toTag] = sip.answers.map(toTagOf).filter(tag => tag !== '')
      await sip.send(request({ dialog: { ...dialog, toTag: toTag ?? '' }, method: 'BYE', cseq: 2, ...at(sip, '4001') }))
      await untilScreen(handler, 'released')
    }
    t.equal(pops(handler).length, 1)
  })

  await t.test('a BYE before the ACK', async t => {
    const before = pops(handler).length
    const dialog = makeDialog()
    await sip.send(invite(dialog, at(sip, '4001')))
    let answer = await sip.next()
    while (answer.status !== 200 || !/INVITE/.test(answer.text)) answer = await sip.next()
    const up = { ...dialog, toTag: toTagOf(answer) }
    await sip.send(request({ dialog: up, method: 'BYE', cseq: 2, ...at(sip, '4001') }))
    await untilScreen(handler, 'released', 'released')
    await sip.send(request({ dialog: up, method: 'ACK', ...at(sip, '4001') }))
    t.equal(pops(handler).length, before + 1)
  })
})

t.test('a Call-ID that a switch uses again after its call ended is a call, with a pop of its own', async t => {
  const { handler, sip } = await aDesk(t)
  const dialog = makeDialog()
  const up = await answered(sip, dialog)
  await untilScreen(handler, 'alerting')
  await sip.send(request({ dialog: up, method: 'BYE', cseq: 2, ...at(sip, '4001') }))
  await untilScreen(handler, 'released')
  await answered(sip, dialog)
  await untilScreen(handler, 'released', 'alerting')
  t.equal(new Set(pops(handler).map(({ call }) => call)).size, 2)
})

t.test('a switch that tries one desk after another under one Call-ID: the second desk has its pop', async t => {
  const { gateway, handler, sip } = await aDesk(t)
  const second = await signOn(t, gateway, 2)
  const dialog = makeDialog()
  const up = await answered(sip, dialog, '4001')
  await untilScreen(handler, 'alerting')
  await sip.send(request({ dialog: up, method: 'BYE', cseq: 2, ...at(sip, '4001') }))
  await untilScreen(handler, 'released')
  await answered(sip, dialog, '4002')
  await untilScreen(second, 'alerting')
  await untilScreen(handler, 'released')
})

t.test('a handler who signs off while it rings: the call is offered to the others of the line', async t => {
  const { gateway, handler, sip } = await aDesk(t)
  const other = await signOn(t, gateway, 2)
  await answered(sip, makeDialog(), '4001')
  await untilScreen(handler, 'alerting')
  t.equal(pops(other).length, 0, 'it rings at one desk only')
  await handler.signOff()
  await untilScreen(other, 'alerting')
  t.equal(pops(other)[0]?.data.offer, 'queue')
})

t.test('a second tab of a handler takes over, with all that the first showed', async t => {
  const { gateway, handler, sip } = await aDesk(t)
  await answered(sip, makeDialog(), '4001')
  await untilScreen(handler, 'alerting')
  handler.staysAway()
  const second = await signOn(t, gateway)
  await until(() => (handler.closes.includes(4409) ? '' : `the first tab saw ${handler.closes}`))
  await until(() => (second.snapshotPops.size === 1 ? '' : 'the second does not show the call'))
  await answered(sip, makeDialog(), '4001')
  await until(() => (pops(second).length === 1 ? '' : 'no pop at the second tab'))
  t.equal(pops(handler).length, 1, 'and the first hears nothing more')
})
