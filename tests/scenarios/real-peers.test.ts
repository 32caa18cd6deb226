import t, { type Test } from 'tap'
import type { HandlerClient } from '../../src/simulator/handler-client.ts'
import { makeGateway, signOn } from '../support/gateway.ts'
import { missingCommands } from '../support/missing-commands.ts'
import { type RealPhone, startPhone } from '../support/real-phone.ts'
import { startProxy } from '../support/real-proxy.ts'
import { until } from '../support/until.ts'

/** Half of them answered as soon as the phone rings, half when the card is on the screen. */
const FORKED_CALLS = 20
const CALLER = '+447700900321'
const skip = missingCommands('baresip', 'kamailio')

/**
 * What the screen was told of each call, by the call: states with the cause of a release, in the order of their revisions,
 * as a screen takes them. What goes straight to it because Redis is slow may come before what the log had first.
 */
function cards({ journal }: HandlerClient): Map<string, string[]> {
  const found = new Map<string, string[]>()
  const changes = journal.flatMap(({ ev }) => (ev.type === 'call.pop' || ev.type === 'call.state' ? [ev] : []))
  for (const { call, data } of changes.toSorted((one, other) => one.rev - other.rev)) {
    const { state, cause } = data
    found.set(call, [...(found.get(call) ?? []), cause === undefined ? state : `${state} ${cause}`])
  }
  return found
}

async function callAndHangUp(t: Test, caller: RealPhone, handler: HandlerClient, uri: string): Promise<void> {
  const before = cards(handler).size
  const established = caller.count('CALL_ESTABLISHED')
  const closed = caller.count('CALL_CLOSED')
  caller.dial(uri)
  await until(() => (caller.count('CALL_ESTABLISHED') > established ? '' : `${uri} is not answered`))
  await until(() => (cards(handler).size > before ? '' : 'no card'))
  caller.hangUp()
  await until(() => (caller.count('CALL_CLOSED') > closed ? '' : `${uri} is not closed`))
  await until(() => ([...cards(handler).values()].at(-1)?.at(-1)?.startsWith('released') ? '' : 'the card is still up'))
  t.pass(`${uri}: answered, on the screen, hung up`)
}

t.test('a real telephone calls 999 over UDP and over TCP, straight and through a real proxy', { skip }, async t => {
  const gateway = await makeGateway(t)
  const handler = await signOn(t, gateway)
  const caller = await startPhone(t, CALLER)
  const { sipPort } = gateway.place
  const proxy = await startProxy(t, { 999: [`sip:999@127.0.0.1:${sipPort}`] })
  for (const [port, how] of [
    [sipPort, ''],
    [sipPort, ';transport=tcp'],
    [proxy.port, ''],
    [proxy.port, ';transport=tcp']
  ] as const) {
    await callAndHangUp(t, caller, handler, `sip:999@127.0.0.1:${port}${how}`)
  }
  t.equal(cards(handler).size, 4, 'each call is one card')
  const pops = handler.journal.flatMap(({ ev }) => (ev.type === 'call.pop' ? [ev.data] : []))
  t.same(new Set(pops.map(({ number }) => number.e164)), new Set([CALLER]), 'with the number of the telephone')
})

t.test('a proxy rings a telephone and Callbox together: the telephone always has the call', { skip }, async t => {
  const gateway = await makeGateway(t)
  const handler = await signOn(t, gateway)
  const desk = await startPhone(t, 'desk')
  const caller = await startPhone(t, CALLER)
  const proxy = await startProxy(t, {
    // To still has the number dialled, which is one of the demo's event legs: a 200 here would take the caller's call.
    101: [`sip:desk@127.0.0.1:${desk.port}`, `sip:01632960900@127.0.0.1:${gateway.place.sipPort}`]
  })
  for (let number = 1; number <= FORKED_CALLS; number++) {
    caller.dial(`sip:101@127.0.0.1:${proxy.port}`)
    await until(() => (desk.count('CALL_INCOMING') === number ? '' : `call ${number} does not ring at the phone`))
    if (number % 2 === 0) await until(() => (cards(handler).size === number ? '' : `call ${number} has no card`))
    desk.accept()
    await until(() => (desk.count('CALL_ESTABLISHED') === number ? '' : `call ${number}: the phone does not have it`))
    await until(() => (caller.count('CALL_ESTABLISHED') === number ? '' : `call ${number}: the caller hears nobody`))
    caller.hangUp()
    await until(() => (desk.count('CALL_CLOSED') === number ? '' : `call ${number} is still up at the phone`))
  }
  await until(() => (cards(handler).size === FORKED_CALLS ? '' : `${cards(handler).size} cards`))
  const ends = () => [...cards(handler).values()].map(states => states.at(-1))
  await until(() => (ends().every(end => end?.startsWith('released')) ? '' : `cards end as ${ends()}`))
  t.same(new Set(ends()), new Set(['released answered-elsewhere']), 'every card says that another phone has it')
  t.comment(`figure: ${desk.count('CALL_ESTABLISHED')} of ${FORKED_CALLS} calls won by the telephone`)

  caller.dial(`sip:101@127.0.0.1:${proxy.port}`)
  await until(() => (cards(handler).size > FORKED_CALLS ? '' : 'no card'))
  caller.hangUp()
  await until(() => (ends().at(-1)?.startsWith('released') ? '' : 'the card is still up'))
  t.equal(ends().at(-1), 'released abandoned', 'a caller who gives up is told from one whom another phone answered')
})
