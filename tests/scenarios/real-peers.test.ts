import t, { type Test } from 'tap'
import { Desk } from '../support/desk.ts'
import { makeGateway } from '../support/gateway.ts'
import { missingCommands } from '../support/missing-commands.ts'
import { type RealPhone, startPhone } from '../support/real-phone.ts'
import { startProxy } from '../support/real-proxy.ts'
import { until } from '../support/until.ts'

/** Half of them answered as soon as the phone rings, half when the card is on the screen. */
const FORKED_CALLS = 20
const CALLER = '+447700900321'
const skip = missingCommands('baresip', 'kamailio')

/** What the screen says of each call in the order of their pops: its state, with the cause of a release. */
function cards({ client }: Desk): string[] {
  return [...client.screen.cards.values()].map(({ pop: { state, cause } }) =>
    cause === undefined ? state : `${state} ${cause}`
  )
}

const isOver = (card = '') => card.startsWith('released')

async function callAndHangUp(t: Test, caller: RealPhone, desk: Desk, uri: string): Promise<void> {
  const before = cards(desk).length
  const established = caller.count('CALL_ESTABLISHED')
  const closed = caller.count('CALL_CLOSED')
  caller.dial(uri)
  await until(() => (caller.count('CALL_ESTABLISHED') > established ? '' : `${uri} is not answered`))
  await until(() => (cards(desk).length > before ? '' : 'no card'))
  caller.hangUp()
  await until(() => (caller.count('CALL_CLOSED') > closed ? '' : `${uri} is not closed`))
  await until(() => (isOver(cards(desk).at(-1)) ? '' : 'the card is still up'))
  t.pass(`${uri}: answered, on the screen, hung up`)
}

t.test('a real telephone calls 999 over UDP and over TCP, straight and through a real proxy', { skip }, async t => {
  const gateway = await makeGateway(t)
  const desk = await Desk.at(t, gateway.url, 1)
  const caller = await startPhone(t, CALLER)
  const { sipPort } = gateway.place
  const proxy = await startProxy(t, { 999: [`sip:999@127.0.0.1:${sipPort}`] })
  for (const [port, how] of [
    [sipPort, ''],
    [sipPort, ';transport=tcp'],
    [proxy.port, ''],
    [proxy.port, ';transport=tcp']
  ] as const) {
    await callAndHangUp(t, caller, desk, `sip:999@127.0.0.1:${port}${how}`)
  }
  t.equal(cards(desk).length, 4, 'each call is one card')
  const callers = [...desk.client.screen.cards.values()].map(({ pop }) => pop.number.e164)
  t.same(new Set(callers), new Set([CALLER]), 'with the number of the telephone')
})

t.test('a proxy rings a telephone and Callbox together: the telephone always has the call', { skip }, async t => {
  const gateway = await makeGateway(t)
  const desk = await Desk.at(t, gateway.url, 1)
  const phone = await startPhone(t, 'desk')
  const caller = await startPhone(t, CALLER)
  const proxy = await startProxy(t, {
    // To still has the number dialled, which is one of the demo's event legs: a 200 here would take the caller's call.
    101: [`sip:desk@127.0.0.1:${phone.port}`, `sip:01632960900@127.0.0.1:${gateway.place.sipPort}`]
  })
  for (let number = 1; number <= FORKED_CALLS; number++) {
    caller.dial(`sip:101@127.0.0.1:${proxy.port}`)
    await until(() => (phone.count('CALL_INCOMING') === number ? '' : `call ${number} does not ring at the phone`))
    if (number % 2 === 0) await until(() => (cards(desk).length === number ? '' : `call ${number} has no card`))
    phone.accept()
    await until(() => (phone.count('CALL_ESTABLISHED') === number ? '' : `call ${number}: the phone does not have it`))
    await until(() => (caller.count('CALL_ESTABLISHED') === number ? '' : `call ${number}: the caller hears nobody`))
    caller.hangUp()
    await until(() => (phone.count('CALL_CLOSED') === number ? '' : `call ${number} is still up at the phone`))
  }
  await until(() => (cards(desk).length === FORKED_CALLS ? '' : `${cards(desk).length} cards`))
  await until(() =>
    cards(desk).every(isOver) ? '' : `of ${cards(desk).length}: ${cards(desk).filter(card => !isOver(card))}`
  )
  t.same(new Set(cards(desk)), new Set(['released answered-elsewhere']), 'every card says that another phone has it')
  t.comment(`figure: ${phone.count('CALL_ESTABLISHED')} of ${FORKED_CALLS} calls won by the telephone`)

  caller.dial(`sip:101@127.0.0.1:${proxy.port}`)
  await until(() => (cards(desk).length > FORKED_CALLS ? '' : 'no card'))
  caller.hangUp()
  await until(() => (isOver(cards(desk).at(-1)) ? '' : 'the card is still up'))
  t.equal(
    cards(desk).at(-1),
    'released abandoned',
    'a caller who gives up is told from one whom another phone answered'
  )
})
