import t, { type Test } from 'tap'
import type { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import { Desk } from '../support/desk.ts'
import { makeGateway } from '../support/gateway.ts'
import { type SipClient, udpClient } from '../support/sip-client.ts'
import { type Dialog, invite, makeBranch, makeDialog, request, toTagOf } from '../support/sip-text.ts'
import { until } from '../support/until.ts'

interface Room {
  readonly gateway: GatewayProcess
  readonly desk: Desk
  readonly sip: SipClient
}

async function aRoom(t: Test): Promise<Room> {
  const gateway = await makeGateway(t)
  return { gateway, desk: await Desk.at(t, gateway.url, 1), sip: await udpClient(t, gateway.place.sipPort) }
}

const at = (sip: SipClient, device: string, branch = makeBranch()) => ({
  uri: 'sip:999@127.0.0.1',
  via: `SIP/2.0/UDP 127.0.0.1:${sip.port};branch=${branch}`,
  headers: { 'X-Device': device }
})

/** By the revisions, as every screen goes: where Redis is slow, what was said last may come first. */
async function untilScreen({ client }: Desk, ...states: string[]): Promise<void> {
  await until(() => {
    const shown = [...client.screen.cards.values()].map(({ pop }) => pop.state).sort()
    return shown.join() === [...states].sort().join() ? '' : `the screen shows: ${shown}; wanted: ${states}`
  })
}

const isReplaced = ({ client: { link } }: Desk) => link.kind === 'ended' && link.why === 'replaced'

async function answered(sip: SipClient, dialog: Dialog, device = '4001'): Promise<Dialog> {
  await sip.send(invite(dialog, at(sip, device)))
  const up = { ...dialog, toTag: toTagOf(await sip.final()) }
  await sip.send(request({ dialog: up, method: 'ACK', ...at(sip, device) }))
  return up
}

t.test('what a switch may do out of order ends as one call in the right state', async t => {
  const { desk, sip } = await aRoom(t)

  await t.test('a CANCEL that races the 200', async t => {
    const dialog = makeDialog()
    const way = at(sip, '4001')
    await Promise.all([sip.send(invite(dialog, way)), sip.send(request({ dialog, method: 'CANCEL', ...way }))])
    const statuses = new Set([(await sip.final()).status, (await sip.final()).status])
    t.comment(`figure: answered ${[...statuses]}`)
    t.ok(statuses.has(200), 'the CANCEL is answered')
    if (statuses.has(487)) await untilScreen(desk, 'released')
    else {
      const [toTag] = sip.answers.map(toTagOf).filter(tag => tag !== '')
      await sip.send(request({ dialog: { ...dialog, toTag: toTag ?? '' }, method: 'BYE', cseq: 2, ...at(sip, '4001') }))
      await untilScreen(desk, 'released')
    }
    t.equal(desk.popped.length, 1)
  })

  await t.test('a BYE before the ACK', async t => {
    const before = desk.popped.length
    const dialog = makeDialog()
    await sip.send(invite(dialog, at(sip, '4001')))
    let answer = await sip.next()
    while (answer.status !== 200 || !/INVITE/.test(answer.text)) answer = await sip.next()
    const up = { ...dialog, toTag: toTagOf(answer) }
    await sip.send(request({ dialog: up, method: 'BYE', cseq: 2, ...at(sip, '4001') }))
    await untilScreen(desk, 'released', 'released')
    await sip.send(request({ dialog: up, method: 'ACK', ...at(sip, '4001') }))
    t.equal(desk.popped.length, before + 1)
  })
})

t.test('a Call-ID that a switch uses again after its call ended is a call, with a pop of its own', async t => {
  const { desk, sip } = await aRoom(t)
  const dialog = makeDialog()
  const up = await answered(sip, dialog)
  await untilScreen(desk, 'alerting')
  await sip.send(request({ dialog: up, method: 'BYE', cseq: 2, ...at(sip, '4001') }))
  await untilScreen(desk, 'released')
  await answered(sip, dialog)
  await untilScreen(desk, 'released', 'alerting')
  t.equal(new Set(desk.popped).size, 2)
})

t.test('a switch that tries one desk after another under one Call-ID: the second desk has its pop', async t => {
  const { gateway, desk, sip } = await aRoom(t)
  const second = await Desk.at(t, gateway.url, 2)
  const dialog = makeDialog()
  const up = await answered(sip, dialog, '4001')
  await untilScreen(desk, 'alerting')
  await sip.send(request({ dialog: up, method: 'BYE', cseq: 2, ...at(sip, '4001') }))
  await untilScreen(desk, 'released')
  await answered(sip, dialog, '4002')
  await untilScreen(second, 'alerting')
  await untilScreen(desk, 'released')
})

t.test('a handler who signs off while it rings: the call is offered to the others of the line', async t => {
  const { gateway, desk, sip } = await aRoom(t)
  const other = await Desk.at(t, gateway.url, 2)
  await answered(sip, makeDialog(), '4001')
  await untilScreen(desk, 'alerting')
  t.equal(other.popped.length, 0, 'it rings at one desk only')
  await desk.signOff()
  await untilScreen(other, 'alerting')
  t.equal(other.client.screen.cards.values().next().value?.pop.offer, 'queue')
})

t.test('a second tab of a handler takes over, with all that the first showed', async t => {
  const { gateway, desk, sip } = await aRoom(t)
  await answered(sip, makeDialog(), '4001')
  await untilScreen(desk, 'alerting')
  const second = await Desk.at(t, gateway.url, 1)
  await until(() => (isReplaced(desk) ? '' : `the first tab is ${desk.client.link.kind}`))
  await untilScreen(second, 'alerting')
  t.equal(second.popped.length, 0, 'it is shown, and does not ring again')
  await answered(sip, makeDialog(), '4001')
  await until(() => (second.popped.length === 1 ? '' : 'no pop at the second tab'))
  t.equal(desk.popped.length, 1, 'and the first hears nothing more')
})
