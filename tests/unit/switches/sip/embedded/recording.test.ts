import t from 'tap'
import { isRecordingOffer } from '../../../../../src/switches/sip/embedded/recording-offer.ts'
import { makeBench } from '../../../../support/sip-bench.ts'
import { header, invite, makeDialog, OFFER, request, toTagOf } from '../../../../support/sip-text.ts'

/** As a recording client offers a call (RFC 7866 §6.1.1, §9): two streams and what they are. */
const METADATA = '<recording xmlns="urn:ietf:params:xml:ns:recording:1"><session session_id="aGVsbG8="/></recording>'
const BODY = [
  '--b',
  'Content-Type: application/sdp',
  '',
  `${OFFER}a=label:1\r\nm=audio 40002 RTP/AVP 8\r\na=label:2\r\na=sendonly`,
  '--b',
  'Content-Type: application/rs-metadata+xml',
  'Content-Disposition: recording-session',
  '',
  METADATA,
  '--b--',
  ''
].join('\r\n')
const RECORDING = {
  Require: 'siprec',
  Contact: '<sip:recorder@192.0.2.1:5060>;+sip.src',
  'Content-Type': 'multipart/mixed;boundary=b'
}

t.test('a recorder’s offer is answered as a recording server answers, with media that is still', async t => {
  const bench = makeBench(t)
  const dialog = makeDialog()
  const [answer] = await bench.say(invite(dialog, { headers: RECORDING, body: BODY }))
  t.equal(answer?.status, 200)
  t.equal(header(answer, 'contact'), '<sip:callbox@127.0.0.1:5060>;+sip.srs')
  t.match(header(answer, 'supported'), 'siprec')
  t.equal(answer?.body.match(/^m=audio 9 RTP\/AVP 8\r$/gm)?.length, 2)
  t.equal(answer?.body.match(/^a=inactive\r$/gm)?.length, 2)
  t.match(bench.events, [{ kind: 'offered', said: { recordingSession: 'aGVsbG8=' } }])
  const known = { ...dialog, toTag: toTagOf(answer) }
  await bench.say(request({ dialog: known, method: 'ACK' }))
  const [again] = await bench.say(invite(known, { cseq: 2, headers: RECORDING, body: BODY }))
  t.equal(header(again, 'contact'), '<sip:callbox@127.0.0.1:5060>;+sip.srs')
})

t.test('the next call has our plain Contact', async t => {
  const bench = makeBench(t)
  await bench.say(invite(makeDialog(), { headers: RECORDING, body: BODY }))
  const [answer] = await bench.say(invite(makeDialog()))
  t.equal(header(answer, 'contact'), '<sip:callbox@127.0.0.1:5060>')
})

t.test('a recorder is known by its Contact or by what it requires', async t => {
  const head = (headers: Record<string, string>) => ({
    ...{ method: 'INVITE', uri: '', callId: '', fromTag: '', body: '', peer: '', receivedAt: 0 },
    header: (name: string) => headers[name],
    all: (name: string) => (headers[name] === undefined ? [] : [headers[name]])
  })
  t.ok(isRecordingOffer(head({ contact: '<sip:x>; +SIP.SRC' })))
  t.ok(isRecordingOffer(head({ require: 'timer, SIPREC' })))
  t.notOk(isRecordingOffer(head({ contact: '<sip:x>;+sip.srs', require: 'timer', supported: 'siprec' })))
})

t.test('a recorder that opens a new leg in place of an old one has the old one ended', async t => {
  const bench = makeBench(t)
  const old = makeDialog()
  const [up] = await bench.say(invite(old))
  const toTag = toTagOf(up)
  await bench.say(request({ dialog: { ...old, toTag }, method: 'ACK' }))
  const replaces = { Replaces: `${old.callId};from-tag=${old.fromTag};to-tag=${toTag}`, Require: 'replaces' }
  const answers = await bench.say(invite(makeDialog(), { headers: replaces }))
  t.same(
    answers.map(answer => answer.status),
    [200, 0]
  )
  t.match(answers[1]?.text, /^BYE /)
  t.equal(header(answers[1], 'call-id'), old.callId)
  t.match(bench.events, [{ kind: 'offered' }, { kind: 'offered' }, { kind: 'released', cause: 'ended' }])
  t.equal(bench.receiver.counts.legs, 1)
})

t.test('a leg whose 200 has no ACK yet is not ended by us before that (RFC 3261 §15)', async t => {
  const bench = makeBench(t)
  const old = makeDialog()
  const [up] = await bench.say(invite(old))
  const replaces = { Replaces: `${old.callId};from-tag=${old.fromTag};to-tag=${toTagOf(up)}` }
  t.equal((await bench.say(invite(makeDialog(), { headers: replaces }))).length, 1)
  t.equal(bench.receiver.counts.legs, 2)
})

t.test('a leg that replaces one we do not know, or another trunk’s, is a call like any other', async t => {
  const bench = makeBench(t)
  const ringing = makeDialog()
  await bench.say(invite(ringing), { address: '192.0.2.2' })
  for (const old of [makeDialog(), ringing]) {
    const replaces = { Replaces: `${old.callId};from-tag=${old.fromTag};to-tag=x` }
    t.equal((await bench.say(invite(makeDialog(), { headers: replaces }))).length, 1)
  }
  t.equal(bench.receiver.counts.legs, 3)
})
