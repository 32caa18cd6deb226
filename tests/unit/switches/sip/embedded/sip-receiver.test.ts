import t from 'tap'
import { makeBench } from '../../../../support/sip-bench.ts'
import { header, invite, makeBranch, makeDialog, OFFER, request, toTagOf } from '../../../../support/sip-text.ts'

/*
 * sip.js' core as a server over UDP and TCP, with everything we put round it: each row of the traps known of it
 * (docs/decisions/0004) is a test here or in sip-calls.test.ts.
 */

t.test('any number the switch dials is ours', async t => {
  const bench = makeBench(t)
  for (const uri of ['sip:999@x', 'sip:01632960555@x', 'sips:101@x', 'tel:+441632960555', 'urn:service:sos.police']) {
    const [answer] = await bench.say(invite(makeDialog(), { uri, headers: { To: `<${uri}>` } }), {
      address: '192.0.2.2'
    })
    t.equal(answer?.status, 180, uri)
  }
  t.equal(bench.events.length, 5)
})

t.test('tel and urn identities, odd hosts and escapes reach the call as they are', async t => {
  const bench = makeBench(t)
  const From = 'Ann%E6 <tel:07700900123;phone-context=+44>;tag=7'
  const [answer] = await bench.say(invite(makeDialog(), { headers: { From, To: '<sip:999@host_with_underscore>' } }))
  t.equal(answer?.status, 200)
  t.equal(header(answer, 'from'), From)
  t.match(bench.events[0], { cli: { presentation: { e164: '+447700900123' } } })
})

t.test('names in UTF-8 and in an old exchange’s Latin-1 come back byte for byte', async t => {
  for (const name of [Buffer.from('Zoë Ødegård'), Buffer.from('Zoë Ødegård', 'latin1')]) {
    await t.test(name.toString('latin1'), async t => {
      const bench = makeBench(t)
      const From = `"${name.toString('latin1')}" <sip:07700900123@x>;tag=1`
      const [answer] = await bench.say(invite(makeDialog(), { headers: { From } }))
      t.equal(header(answer, 'from'), From)
      t.match(bench.events[0], { cli: { name: 'Zoë Ødegård' } })
    })
  }
})

t.test('an answer goes to the source port where rport asks for it, else to the port of the Via', async t => {
  const bench = makeBench(t)
  const branch = makeBranch()
  const via = (rest: string) => `SIP/2.0/UDP 10.1.1.1${rest};branch=${branch}`
  const [asked] = await bench.say(request({ dialog: makeDialog(), method: 'OPTIONS', via: `${via('')};rport` }), {
    port: 40_123
  })
  t.equal(asked?.port, 40_123)
  t.match(header(asked, 'via'), /;rport=40123;received=192\.0\.2\.1$/)
  const [plain] = await bench.say(request({ dialog: makeDialog(), method: 'OPTIONS', via: via(':5070') }), {
    port: 40_123
  })
  t.equal(plain?.port, 5070)
  t.match(header(plain, 'via'), /;received=192\.0\.2\.1$/)
  const [bare] = await bench.say(request({ dialog: makeDialog(), method: 'OPTIONS', via: via('') }), { port: 40_123 })
  t.equal(bare?.port, 5060)
})

t.test('a Via that names no port that exists is met with silence', async t => {
  const bench = makeBench(t)
  for (const port of ['0', '65536', '99999']) {
    const via = `SIP/2.0/UDP 192.0.2.1:${port};branch=${makeBranch()}`
    t.same(await bench.say(request({ dialog: makeDialog(), method: 'OPTIONS', via })), [], port)
  }
})

t.test('Vias joined by commas come back one by one, in their order', async t => {
  const bench = makeBench(t)
  const via = 'SIP/2.0/UDP 192.0.2.1:5066;branch=z9hG4bKtop, SIP/2.0/TCP proxy.invalid;branch=z9hG4bKlast'
  const [answer] = await bench.say(invite(makeDialog(), { via }))
  t.equal(answer?.port, 5066)
  t.same(answer?.headers.get('via'), [
    'SIP/2.0/UDP 192.0.2.1:5066;branch=z9hG4bKtop',
    'SIP/2.0/TCP proxy.invalid;branch=z9hG4bKlast'
  ])
})

t.test('two switches that use one branch are two callers', async t => {
  const bench = makeBench(t)
  const branch = makeBranch()
  await bench.say(invite(makeDialog(), { via: `SIP/2.0/UDP 192.0.2.1;branch=${branch}` }))
  await bench.say(invite(makeDialog(), { via: `SIP/2.0/UDP 192.0.2.7;branch=${branch}` }))
  t.equal(bench.events.length, 2)
  t.same(
    bench.answers.map(answer => answer.status),
    [200, 200]
  )
})

t.test('old senders without a branch, or with one that says nothing, lose no call and no hang-up', async t => {
  for (const old of ['', ';branch=1']) {
    await t.test(old, async t => {
      const bench = makeBench(t)
      const via = `SIP/2.0/UDP 192.0.2.1:5060${old}`
      const [one, two] = [makeDialog(), makeDialog()]
      const [first] = await bench.say(invite(one, { via }))
      const [second] = await bench.say(invite(two, { via }))
      t.same([first?.status, second?.status], [200, 200])
      t.same(await bench.say(invite(one, { via })), [], 'a repeat is absorbed')
      await bench.say(request({ dialog: { ...one, toTag: toTagOf(first) }, method: 'ACK', via }))
      await bench.say(request({ dialog: { ...two, toTag: toTagOf(second) }, method: 'ACK', via }))
      t.same(await bench.pass(40_000), [], 'both were acknowledged')
      const [bye] = await bench.say(request({ dialog: { ...one, toTag: toTagOf(first) }, method: 'BYE', cseq: 2, via }))
      t.equal(bye?.status, 200)
      t.equal(bench.events.length, 3)
    })
  }
})

t.test('an old sender without From-tag and Contact is a caller like any other', async t => {
  const bench = makeBench(t)
  const headers = { From: '<sip:07700900123@x>', Contact: '' }
  const [answer] = await bench.say(invite(makeDialog(), { via: 'SIP/2.0/UDP 192.0.2.1', headers }))
  t.equal(answer?.status, 200)
  t.equal(bench.events[0]?.kind, 'offered')
})

t.test('a hang-up asked again gets its 200 again, for 32 seconds', async t => {
  const bench = makeBench(t)
  const dialog = makeDialog()
  const [up] = await bench.say(invite(dialog))
  const known = { ...dialog, toTag: toTagOf(up) }
  await bench.say(request({ dialog: known, method: 'ACK' }))
  const bye = request({ dialog: known, method: 'BYE', cseq: 2 })
  t.equal((await bench.say(bye))[0]?.status, 200)
  await bench.pass(500)
  const again = await bench.say(bye)
  t.equal(again[0]?.status, 200)
  t.equal(again[0]?.text, bench.answers.at(-2)?.text)
  await bench.pass(33_000)
  t.equal((await bench.say(bye))[0]?.status, 481)
  t.equal(bench.events.filter(event => event.kind === 'released').length, 1)
})

t.test('the 487 of a caller who left is sent again until its ACK: Timer G', async t => {
  const bench = makeBench(t)
  const [dialog, branch] = [makeDialog(), makeBranch()]
  await bench.say(invite(dialog, { branch }), { address: '192.0.2.2' })
  const cancelled = await bench.say(request({ dialog, method: 'CANCEL', branch }), { address: '192.0.2.2' })
  t.same(cancelled.map(answer => answer.status).sort(), [200, 487])
  t.equal(toTagOf(cancelled[0]), toTagOf(bench.answers[0]), 'the 200 of the CANCEL has the To-tag of the 180')
  const sent: number[] = []
  for (let at = 100; at <= 8_000; at += 100) if ((await bench.pass(100)).length > 0) sent.push(at)
  t.same(sent, [500, 1500, 3500, 7500])
  await bench.say(request({ dialog: { ...dialog, toTag: toTagOf(bench.answers[0]) }, method: 'ACK', branch }), {
    address: '192.0.2.2'
  })
  t.same(await bench.pass(30_000), [])
})

t.test('a refusal nobody acknowledges is given up after 32 seconds: Timer H', async t => {
  const bench = makeBench(t)
  const text = invite(makeDialog(), { headers: { CSeq: '1 BYE' } })
  t.equal((await bench.say(text))[0]?.status, 400)
  t.not((await bench.pass(31_000)).length, 0)
  await bench.pass(2_000)
  t.same(await bench.pass(60_000), [])
  t.equal(bench.receiver.counts.answers, 0)
})

t.test('over TCP nothing is sent twice of its own accord', async t => {
  const bench = makeBench(t)
  const [answer] = await bench.say(invite(makeDialog(), { headers: { CSeq: '1 BYE' } }), { isReliable: true })
  t.equal(answer?.status, 400)
  t.same(await bench.pass(40_000), [])
})

t.test('a 200 is sent again until its ACK, and a call whose ACK never comes is lost, not forgotten', async t => {
  const bench = makeBench(t)
  await bench.say(invite(makeDialog()))
  const sent: number[] = []
  for (let at = 500; at <= 31_500; at += 500) if ((await bench.pass(500)).length > 0) sent.push(at)
  t.same(sent, [500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500])
  await bench.pass(1_000)
  t.match(bench.events.at(-1), { kind: 'released', cause: 'lost' })
  t.match(bench.receiver.counts, { legs: 0, dialogs: 0, transactions: 0 })
})

t.test('the switch asks again before it is answered: one call, one answer', async t => {
  let answer: (taken: 'durable') => void = () => {}
  const bench = makeBench(t, { take: () => new Promise(resolve => (answer = resolve)) })
  const text = invite(makeDialog())
  t.same(await bench.say(text), [])
  t.same(await bench.say(text), [])
  answer('durable')
  await bench.pass(1)
  t.same(
    bench.answers.map(each => each.status),
    [200]
  )
  t.equal(bench.events.length, 1)
})

t.test('100 Trying only when the journal takes longer than 200 ms, with the sender’s Timestamp', async t => {
  let answer: (taken: 'durable') => void = () => {}
  const bench = makeBench(t, { take: () => new Promise(resolve => (answer = resolve)) })
  const text = invite(makeDialog(), { headers: { Timestamp: '54.21' } })
  await bench.say(text)
  t.same(await bench.pass(199), [])
  const [trying] = await bench.pass(1)
  t.equal(trying?.status, 100)
  t.equal(header(trying, 'timestamp'), '54.21 0.200')
  t.equal(toTagOf(trying), '')
  t.equal((await bench.say(text))[0]?.status, 100, 'asked again it says so again')
  answer('durable')
  t.equal((await bench.pass(1))[0]?.status, 200)
})

t.test('a ping gets 200 and says what we take; one that went round too often gets 483', async t => {
  const bench = makeBench(t)
  const [answer] = await bench.say(request({ dialog: makeDialog(), method: 'OPTIONS', uri: 'sip:callbox.invalid' }))
  t.equal(answer?.status, 200)
  t.equal(header(answer, 'allow'), 'INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, PRACK, REFER')
  t.match(header(answer, 'supported'), /^100rel, timer, /)
  t.match(header(answer, 'accept'), /application\/sdp/)
  const tired = request({ dialog: makeDialog(), method: 'OPTIONS', headers: { 'Max-Forwards': '0' } })
  t.equal((await bench.say(tired))[0]?.status, 483)
})

t.test('a call whose hops are used up has arrived: it is taken', async t => {
  const bench = makeBench(t)
  t.equal((await bench.say(invite(makeDialog(), { headers: { 'Max-Forwards': '0' } })))[0]?.status, 200)
})

t.test('what we do not do is refused with what we do', async t => {
  const bench = makeBench(t)
  for (const method of ['REGISTER', 'MESSAGE', 'PUBLISH', 'NONSENSE']) {
    const [answer] = await bench.say(request({ dialog: makeDialog(), method }))
    t.equal(answer?.status, 405, method)
    t.equal(header(answer, 'allow'), 'INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, PRACK, REFER', method)
  }
  const event = { headers: { Event: 'dialog' } }
  for (const [method, status, over] of [
    ['SUBSCRIBE', 489, event],
    ['NOTIFY', 481, event],
    ['NOTIFY', 489, {}],
    ['REFER', 603, {}]
  ] as const) {
    t.equal((await bench.say(request({ dialog: makeDialog(), method, ...over })))[0]?.status, status, method)
  }
  t.equal(await bench.faults(), 0)
})

t.test('requests inside a dialog nobody has get 481, an ACK silence', async t => {
  const bench = makeBench(t)
  const dialog = makeDialog({ toTag: 'nobody' })
  for (const method of ['BYE', 'INFO', 'UPDATE', 'PRACK']) {
    t.equal((await bench.say(request({ dialog, method })))[0]?.status, 481, method)
    t.equal((await bench.say(request({ dialog: makeDialog(), method })))[0]?.status, 481, `${method} without a tag`)
  }
  t.equal((await bench.say(invite(dialog)))[0]?.status, 481)
  t.equal((await bench.say(request({ dialog: makeDialog(), method: 'CANCEL' })))[0]?.status, 481)
  t.same(await bench.say(request({ dialog, method: 'ACK' })), [])
  t.same(await bench.say(request({ dialog: makeDialog(), method: 'ACK' })), [])
})

t.test('what is missing or cannot be read gets 400 with what was there', async t => {
  const bench = makeBench(t)
  const wrong: Record<string, Record<string, string>> = {
    'no To': { To: '' },
    'no From': { From: '' },
    'no Call-ID': { 'Call-ID': '' },
    'no CSeq': { CSeq: '' },
    'CSeq in words': { CSeq: 'one INVITE' },
    'CSeq of another method': { CSeq: '1 BYE' },
    'CSeq beyond 31 bits': { CSeq: '2147483648 INVITE' },
    'no Contact': { Contact: '' },
    'a Contact that is none': { Contact: 'whoever' },
    'a From that is none': { From: '"Ann <sip:1@x>;tag=1' },
    'Max-Forwards beyond 255': { 'Max-Forwards': '256' },
    'Max-Forwards in words': { 'Max-Forwards': 'many' },
    'a body of no type': { 'Content-Type': '' },
    'a body of half a type': { 'Content-Type': ';charset=utf-8' }
  }
  for (const [what, headers] of Object.entries(wrong)) {
    const [answer] = await bench.say(invite(makeDialog(), { headers }))
    t.equal(answer?.status, 400, what)
    t.match(header(answer, 'via'), /^SIP\/2\.0\/UDP 192\.0\.2\.1/, what)
  }
  t.equal(bench.events.length, 0)
  t.equal(await bench.faults(), 0)
})

t.test('two different requests without a name do not get each other’s answer', async t => {
  const bench = makeBench(t)
  const bare = { via: 'SIP/2.0/UDP 192.0.2.1', headers: { 'Call-ID': '', From: '', To: '' } }
  const [one] = await bench.say(request({ dialog: makeDialog(), method: 'INFO', cseq: 7, ...bare }))
  const [two] = await bench.say(request({ dialog: makeDialog(), method: 'INFO', cseq: 7, ...bare, uri: 'tel:1' }))
  t.same([one?.status, two?.status], [400, 400])
  t.equal(bench.receiver.counts.answers, 0)
})

t.test('a header line that is none costs the caller nothing', async t => {
  const bench = makeBench(t)
  const text = invite(makeDialog()).replace('Max-Forwards', 'what is this\r\nX Y: z\r\nMax-Forwards')
  t.equal((await bench.say(text))[0]?.status, 200)
})

t.test('an INVITE must be able to take our answer and must ask nothing we do not have', async t => {
  const bench = makeBench(t)
  const [extension] = await bench.say(invite(makeDialog(), { headers: { Require: '100rel, Precondition, timer, x' } }))
  t.equal(extension?.status, 420)
  t.equal(header(extension, 'unsupported'), 'Precondition, x')
  const [type] = await bench.say(invite(makeDialog(), { headers: { 'Content-Type': 'application/unheard-of' } }))
  t.equal(type?.status, 415)
  t.match(header(type, 'accept'), /application\/sdp/)
  const [coded] = await bench.say(invite(makeDialog(), { headers: { 'Content-Encoding': 'gzip' } }))
  t.equal(coded?.status, 415)
  t.equal(header(coded, 'accept-encoding'), 'identity')
  const [picky] = await bench.say(invite(makeDialog(), { headers: { Accept: 'text/plain' } }))
  t.equal(picky?.status, 406)
  const [scheme] = await bench.say(invite(makeDialog(), { uri: 'http://x/' }))
  t.equal(scheme?.status, 416)
  const optional = { 'Content-Type': 'application/unheard-of', 'Content-Disposition': 'signal;handling=optional' }
  t.equal((await bench.say(invite(makeDialog(), { headers: optional })))[0]?.status, 200)
  for (const accept of ['application/sdp', '*/*', 'text/plain, application/sdp;level=1', 'application/*']) {
    t.equal((await bench.say(invite(makeDialog(), { headers: { Accept: accept } })))[0]?.status, 200, accept)
  }
})

t.test('the same INVITE by two ways is merged: 482 to the second', async t => {
  const bench = makeBench(t, { take: () => new Promise(() => {}) })
  const dialog = makeDialog()
  t.same(await bench.say(invite(dialog)), [])
  t.equal((await bench.say(invite(dialog)))[0]?.status, 482)
  t.equal(bench.events.length, 1)
})

t.test('a call that was refused may be offered again under the same name', async t => {
  const taken = ['refused', 'durable'] as const
  let tries = 0
  const bench = makeBench(t, { take: async () => taken[tries++] ?? 'durable' })
  const dialog = makeDialog()
  t.equal((await bench.say(invite(dialog)))[0]?.status, 500)
  t.equal((await bench.say(invite(dialog)))[0]?.status, 200)
})

t.test('while we stop, new calls and pings get 503 with Retry-After, and calls that are up go on', async t => {
  const bench = makeBench(t)
  const dialog = makeDialog()
  const [up] = await bench.say(invite(dialog))
  bench.drain()
  const [refused] = await bench.say(invite(makeDialog()))
  t.equal(refused?.status, 503)
  t.equal(header(refused, 'retry-after'), '5')
  const [ping] = await bench.say(request({ dialog: makeDialog(), method: 'OPTIONS' }))
  t.equal(ping?.status, 503)
  t.equal(header(ping, 'retry-after'), '30')
  const bye = request({ dialog: { ...dialog, toTag: toTagOf(up) }, method: 'BYE', cseq: 2 })
  t.equal((await bench.say(bye))[0]?.status, 200)
})

t.test('responses, keep-alives and noise are met with silence', async t => {
  const bench = makeBench(t)
  const noise = ['\r\n\r\n', '\0', 'SIP/2.0 200 OK\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n', 'INVITE\r\n\r\n', '\xff\xfe\xfd']
  for (const text of noise) t.same(await bench.say(text), [], JSON.stringify(text))
  const noVia = request({ dialog: makeDialog(), method: 'OPTIONS', headers: { Via: '' } })
  t.same(await bench.say(noVia), [])
  t.equal(await bench.faults(), 0)
})

t.test('nothing of what a caller sends can put a line of its own into our answer', async t => {
  const bench = makeBench(t)
  const headers = { Require: 'foo\rX-Evil: 1', From: '<sip:1@x>;tag=1\rX-Evil: 1' }
  const answers = await bench.say(invite(makeDialog(), { headers }))
  for (const { text } of answers) t.notMatch(text, /\r[^\n]/)
  t.notMatch(answers[0]?.text, 'X-Evil')
})

t.test('memory is given back when calls end', async t => {
  const bench = makeBench(t)
  for (let n = 0; n < 50; n++) {
    const dialog = makeDialog()
    const [up] = await bench.say(invite(dialog))
    const known = { ...dialog, toTag: toTagOf(up) }
    await bench.say(request({ dialog: known, method: 'ACK' }))
    await bench.say(request({ dialog: known, method: 'BYE', cseq: 2 }))
  }
  await bench.pass(33_000)
  t.same(bench.receiver.counts, { legs: 0, dialogs: 0, transactions: 0, ongoing: 0, answers: 0, requests: 0 })
})

t.test('an offer in parts, and none at all, are both answered with media that is there and still', async t => {
  const bench = makeBench(t)
  const body = `--b\r\nContent-Type: application/sdp\r\n\r\n${OFFER}\r\n--b--\r\n`
  const [parts] = await bench.say(
    invite(makeDialog(), { body, headers: { 'Content-Type': 'multipart/mixed;boundary=b' } })
  )
  t.match(parts?.body, /m=audio 9 RTP\/AVP 8\r\na=inactive\r\n/)
  const [none] = await bench.say(invite(makeDialog(), { body: '' }))
  t.equal(none?.status, 200)
  t.match(none?.body, /m=audio 9 RTP\/AVP 8\r\na=inactive\r\n/)
  t.equal(header(none, 'content-type'), 'application/sdp')
  t.equal(Number(header(none, 'content-length')), none?.body.length)
})

t.test('nothing is remembered of an INVITE that was refused, merged, cut off or cancelled', async t => {
  const bench = makeBench(t, { sip: { maxDialogs: 100 } })
  const [dialog, branch] = [makeDialog(), makeBranch()]
  await bench.say(invite(dialog))
  await bench.say(invite(dialog))
  await bench.say(invite(makeDialog(), { branch }), { address: '192.0.2.2' })
  await bench.say(request({ dialog: makeDialog(), method: 'CANCEL', branch }), { address: '192.0.2.2' })
  bench.drain()
  await bench.say(invite(makeDialog()))
  t.equal(bench.receiver.counts.ongoing, 0)
})

t.test('our Contact is an address the switch can send to, even when we listen on every one', async t => {
  for (const host of ['0.0.0.0', '::']) {
    await t.test(host, async t => {
      const bench = makeBench(t, { sip: { host } })
      const [answer] = await bench.say(invite(makeDialog()))
      t.notMatch(header(answer, 'contact'), /@(?:0\.0\.0\.0|\[::\])/)
      t.notMatch(answer?.body, /IN IP[46] (?:0\.0\.0\.0|::)\r/)
    })
  }
  await t.test('what the config says goes first', async t => {
    const bench = makeBench(t, { sip: { host: '0.0.0.0', advertisedHost: 'callbox.force.invalid' } })
    const [answer] = await bench.say(invite(makeDialog()))
    t.equal(header(answer, 'contact'), '<sip:callbox@callbox.force.invalid:5060>')
  })
})
