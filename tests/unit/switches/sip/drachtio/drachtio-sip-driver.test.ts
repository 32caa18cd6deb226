import t from 'tap'
import { fakeDrachtio } from '../../../../support/fake-drachtio.ts'
import { drachtioBench, whyNotUp } from '../../../../support/sip-drivers.ts'
import { type Dialog, invite, makeDialog, OFFER, type RequestOptions, request } from '../../../../support/sip-text.ts'
import { EVENT_PEER, RING_PEER, STRANGER } from '../../../../support/switch-call.ts'
import { until } from '../../../../support/until.ts'

interface Test {
  teardown(run: () => unknown): unknown
}

async function start(t: Test, options: Partial<Parameters<typeof drachtioBench>[1]> = {}) {
  const server = await fakeDrachtio(t)
  const bench = await drachtioBench(t, { sipPort: 0, adminPorts: [server.port], ...options })
  const kinds = () => bench.events.map(event => event.kind).join(' ')
  const saw = (words: string) => until(() => (kinds() === words ? '' : `events: ${kinds()}`))
  /** A call that has its 200, and its dialog. */
  const open = async (over: Partial<RequestOptions> = {}) => {
    const dialog = makeDialog()
    const transaction = server.request(invite(dialog, over))
    await server.answered(transaction)
    const inside = { ...dialog, toTag: 'server' }
    const ask = (method: string, more: Partial<RequestOptions> = {}) =>
      server.answered(server.request(within(inside, method, more), { dialog: `dialog-${transaction}` }))
    return { dialog, inside, transaction, ask }
  }
  /** The library has read all that was sent before. */
  const settle = async () => {
    const ping = request({ dialog: makeDialog(), method: 'OPTIONS' })
    await server.answered(server.request(ping))
  }
  return { server, bench, saw, open, settle, kinds }
}

const within = (dialog: Dialog, method: string, over: Partial<RequestOptions> = {}) =>
  request({ dialog, method, cseq: 2, ...over })

t.test('every method is asked for, so that the server has no answer of its own to it', async t => {
  const { server, settle } = await start(t)
  await settle()
  t.ok(['invite', 'options', 'register', 'message', 'cdr:stop'].every(method => server.routes.includes(method)))
})

t.test('a BYE in the same packet as the ACK ends the call', async t => {
  const { server, saw } = await start(t)
  const dialog = makeDialog()
  const transaction = server.request(invite(dialog))
  await server.answered(transaction)
  server.together(() => {
    server.request(within({ ...dialog, toTag: 'server' }, 'ACK', { cseq: 1 }), { dialog: `dialog-${transaction}` })
    server.request(within({ ...dialog, toTag: 'server' }, 'BYE'), { dialog: `dialog-${transaction}` })
  })
  await saw('offered released')
})

t.test('a BYE that overtakes the server’s word of our 200 ends the call', async t => {
  const { server, bench, saw } = await start(t)
  const slow = Promise.withResolvers<'durable'>()
  bench.take(event => (event.kind === 'offered' ? slow.promise : Promise.resolve('durable')))
  const dialog = makeDialog()
  server.request(invite(dialog))
  await saw('offered')
  slow.resolve('durable')
  server.request(within({ ...dialog, toTag: 'server' }, 'BYE'), { dialog: 'not-known-yet' })
  await saw('offered released')
})

t.test('a tel: identity, a zero byte and a name in Latin-1 cost nothing once they are here', async t => {
  const { server, bench } = await start(t)
  const isup = ['--b', 'Content-Type: application/sdp', '', OFFER, '--b', 'Content-Type: application/isup', '']
  const raw = invite(makeDialog(), {
    headers: { 'P-Asserted-Identity': '<tel:+447700900123>', 'Content-Type': 'multipart/mixed;boundary=b' },
    body: [...isup, '\x01\x00\x49', '--b--', ''].join('\r\n')
  })
  t.equal((await server.answered(server.request(raw.replace('<sip:', '"Caf\ufffd" <sip:')))).status, 200)
  t.match(bench.events, [{ kind: 'offered', cli: { trust: 'asserted', network: { e164: '+447700900123' } } }])
})

t.test('a stranger’s INVITE has no answer and leaves nothing behind', async t => {
  const { server, bench, settle } = await start(t)
  server.request(invite(makeDialog()), { address: STRANGER })
  server.request(request({ dialog: makeDialog(), method: 'OPTIONS' }), { address: STRANGER })
  await settle()
  t.equal(server.responses.length, 1)
  t.same(bench.events, [])
})

t.test('a second INVITE of a call does not hide the CANCEL of the first', async t => {
  const { server, bench, saw } = await start(t)
  const dialog = makeDialog()
  const first = server.request(invite(dialog), { address: RING_PEER })
  t.equal((await server.answered(first)).status, 180)
  const second = server.request(invite(dialog), { address: RING_PEER })
  t.equal((await server.answered(second)).status, 482)
  const reason = { headers: { Reason: 'SIP;cause=200' } }
  server.request(request({ dialog, method: 'CANCEL', ...reason }), { address: RING_PEER, transaction: first })
  await saw('offered released')
  t.match(bench.events[1], { cause: 'answered-elsewhere' })
})

t.test('UPDATE and INFO of a leg that rings are answered by us, and say where', async t => {
  const { server, bench, saw } = await start(t)
  const dialog = makeDialog()
  await server.answered(server.request(invite(dialog), { address: RING_PEER }))
  const inside = { ...dialog, toTag: 'server' }
  const ask = (method: string, over: Partial<RequestOptions>) =>
    server.answered(server.request(within(inside, method, over), { address: RING_PEER }))
  t.equal((await ask('UPDATE', { body: OFFER })).status, 500)
  t.equal((await ask('UPDATE', { headers: { 'X-Device': '4001' } })).status, 200)
  t.equal((await ask('INFO', { headers: { 'X-Device': '4002' } })).status, 200)
  t.equal((await ask('INVITE', { body: OFFER })).status, 481)
  t.equal((await ask('REFER', { headers: { 'Refer-To': '<sip:4003@x.invalid>' } })).status, 603)
  await saw('offered alerting alerting')
  t.equal((await ask('BYE', {})).status, 200)
  await saw('offered alerting alerting released')
  t.equal(bench.events.length, 4)
})

t.test('an offer while ours has no answer waits; after the ACK it is taken', async t => {
  const { server, open } = await start(t)
  const { ask, inside, transaction } = await open({ body: '' })
  t.equal((await ask('UPDATE', { body: OFFER })).status, 491)
  server.request(within(inside, 'ACK', { cseq: 1 }), { dialog: `dialog-${transaction}` })
  t.equal((await ask('UPDATE', { body: OFFER })).status, 200)
  t.equal((await ask('PRACK')).status, 200)
  t.equal((await ask('PRACK', { body: OFFER })).status, 488)
})

t.test('REFER is reported done, unless the switch does not want to hear it', async t => {
  const { server, open, saw } = await start(t)
  const { ask, transaction } = await open()
  const referTo = { 'Refer-To': '<sip:4002@switch.invalid>' }
  t.equal((await ask('REFER', { headers: referTo })).status, 202)
  await until(() => (server.requests.length === 1 ? '' : 'no NOTIFY'))
  t.match(server.requests[0], new RegExp(`^dialog-${transaction} NOTIFY`))
  t.equal((await ask('REFER', { headers: { ...referTo, 'Refer-Sub': 'false' } })).status, 200)
  t.equal((await ask('REFER', { headers: { 'Refer-To': 'nonsense' } })).status, 400)
  await saw('offered transferred alerting transferred alerting')
  t.equal(server.requests.length, 1)
})

t.test('INFO of an unknown package has the status the library does not know', async t => {
  const { open } = await start(t)
  const { ask } = await open()
  const answer = await ask('INFO', { headers: { 'Info-Package': 'unheard-of' } })
  t.match(answer, { status: 469, text: /^SIP\/2\.0 469 Bad Info Package/ })
})

t.test('the server’s own BYE ends the call: lost, or ended where a CANCEL crossed our 200', async t => {
  const { server, bench, open, saw } = await start(t)
  for (const reason of ['', 'SIP ;cause=200 ;text="CANCEL after 200 OK"']) {
    const { dialog } = await open()
    const raw = request({
      dialog: { ...dialog, fromTag: 'server', toTag: dialog.fromTag },
      method: 'BYE',
      headers: { Reason: reason }
    })
    server.request(raw, { source: 'application', transaction: 'unsolicited' })
  }
  await saw('offered released offered released')
  t.match([bench.events[1], bench.events[3]], [{ cause: 'lost' }, { cause: 'ended' }])
})

t.test('an answer the server does not send leaves the call to be offered again', async t => {
  const { server, saw, settle } = await start(t)
  for (const address of [EVENT_PEER, RING_PEER]) {
    const dialog = makeDialog()
    server.refuseResponses('Response not sent due to unknown transaction')
    const transaction = server.request(invite(dialog), { address })
    await until(() => (server.refused.includes(transaction) ? '' : 'nothing refused'))
    server.refuseResponses()
    await settle()
    const again = await server.answered(server.request(invite(dialog), { address }))
    t.equal(again.status, address === EVENT_PEER ? 200 : 180)
  }
  await saw('offered offered offered offered')
})

t.test('what is no message of the server ends the connection, and the next one serves', async t => {
  const { server, bench, settle } = await start(t)
  const broken: (string | Buffer)[] = ['nonsense#', '7#a|b|c|d', Buffer.alloc(1_100_000, 0x20)]
  for (const bytes of broken) {
    server.write(bytes)
    await until(() => (bench.states.at(-1)?.state === 'down' ? '' : `still ${bench.states.at(-1)?.state}`))
    await until(() => whyNotUp(bench.driver))
    await settle()
  }
  t.equal(await bench.faults(), 0)
})

t.test('a request that is none is refused or dropped, and the next call is served', async t => {
  const { server, open, kinds } = await start(t)
  t.equal((await server.answered(server.request('NONSENSE\r\n\r\n'))).status, 400)
  server.request('INVITE sip:999@callbox.invalid SIP/2.0\r\nCall-ID: x\r\nTo: <sip:999@x.invalid>\r\n\r\n')
  await open()
  t.equal(kinds(), 'offered')
})

t.test('calls of a link that was cut end by the server’s record of ended calls', async t => {
  const { server, bench, open, saw, settle } = await start(t)
  const { dialog } = await open()
  const ringing = makeDialog()
  await server.answered(server.request(invite(ringing), { address: RING_PEER }))
  server.over(within(dialog, 'BYE'), 'normal-release')
  await settle()
  t.equal(bench.events.length, 2, 'while the link is there its own word counts')
  server.cut()
  await until(() => (bench.states.at(-1)?.state === 'down' ? '' : 'still up'))
  await until(() => whyNotUp(bench.driver))
  server.over(within(dialog, 'BYE'), 'normal-release')
  server.over(request({ dialog: ringing, method: 'INVITE' }), 'call-canceled')
  server.over(within(makeDialog(), 'BYE'), 'normal-release')
  await saw('offered offered released released')
  t.match(bench.events.slice(2), [{ cause: 'ended' }, { cause: 'no-outcome' }])
})

t.test('a loop of ours that stood still is no silence of the server', async t => {
  const { bench, settle } = await start(t)
  const endsAt = performance.now() + 1_500
  while (performance.now() < endsAt);
  await settle()
  t.same(
    bench.states.map(({ state }) => state),
    ['up']
  )
})

t.test('a silent server is named, and heard again', async t => {
  const { server, bench } = await start(t)
  server.freeze(true)
  await until(() => (bench.driver.state().why?.includes('does not answer') ? '' : 'not seen'))
  server.freeze(false)
  server.cut()
  await until(() => whyNotUp(bench.driver))
})

t.test('what a stopped driver says of itself', async t => {
  const { bench } = await start(t)
  await bench.driver.stop()
  await bench.driver.stop()
  t.match(bench.driver.state(), { state: 'down', why: 'stopping' })
})

t.test('a flood of 101 calls is told to wait, and a 999 call among them is taken', async t => {
  const { server } = await start(t, { sip: { callsPerSecond: 10 } })
  const to101 = { uri: 'sip:101@callbox.invalid', headers: { To: '<sip:101@callbox.invalid>' } }
  const flood = Array.from({ length: 100 }, () => server.request(invite(makeDialog(), to101)))
  const answers = await Promise.all(flood.map(transaction => server.answered(transaction)))
  const refused = answers.filter(({ status }) => status === 503)
  t.ok(refused.length > 0, `${refused.length} of ${flood.length} refused`)
  t.match(refused[0]?.text, /Retry-After: \d/i)
  t.equal((await server.answered(server.request(invite(makeDialog())))).status, 200)
})

t.test('a driver stopped while it connects leaves no connection', async t => {
  const server = await fakeDrachtio(t)
  const bench = await drachtioBench(t, { sipPort: 0, adminPorts: [server.port], isExpectedUp: false })
  await bench.driver.stop()
  await until(() => (server.connections() === 0 && server.accepted() > 0 ? '' : `${server.connections()} connections`))
  t.same(bench.states, [])
})

t.test('a wrong secret is said as long as the server says so, and then that it is away', async t => {
  const server = await fakeDrachtio(t)
  const bench = await drachtioBench(t, { sipPort: 0, adminPorts: [server.port], secret: 'x', isExpectedUp: false })
  const says = (words: string) => until(() => (bench.driver.state().why?.includes(words) ? '' : 'not said'))
  await says('does not take our secret')
  server.close()
  await says('is away: start it')
})
