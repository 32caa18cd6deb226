import t from 'tap'
import { inactiveAnswer, isHeld } from '../../../../src/switches/sip/sdp.ts'

const HEAD = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0']
const sdp = (...lines: string[]) => `${[...HEAD, ...lines].join('\r\n')}\r\n`
const AT = { id: 7, version: 3 }

t.test('hold as switches say it', async t => {
  t.equal(isHeld(sdp('m=audio 4000 RTP/AVP 8')), false)
  t.equal(isHeld(sdp('m=audio 4000 RTP/AVP 8', 'a=sendrecv')), false)
  t.equal(isHeld(sdp('m=audio 4000 RTP/AVP 8', 'a=recvonly')), false)
  t.equal(isHeld(sdp('m=audio 4000 RTP/AVP 8', 'a=sendonly')), true)
  t.equal(isHeld(sdp('m=audio 4000 RTP/AVP 8', 'a=inactive')), true)
  t.equal(isHeld(sdp('a=sendonly', 'm=audio 4000 RTP/AVP 8')), true, 'for the whole session')
  t.equal(isHeld(sdp('a=sendonly', 'm=audio 4000 RTP/AVP 8', 'a=sendrecv')), false, 'a stream of its own says more')
  t.equal(isHeld(sdp('m=audio 4000 RTP/AVP 8', 'c=IN IP4 0.0.0.0')), true, 'the way of RFC 2543')
  t.equal(isHeld(sdp('m=audio 4000 RTP/AVP 8').replace('c=IN IP4 192.0.2.1', 'c=IN IP4 0.0.0.0')), true)
  t.equal(isHeld(sdp('m=audio 4000 RTP/AVP 8').replaceAll('\r', '')), false, 'lines that end in LF alone')
})

t.test('a call with a still picture beside live speech is not on hold', async t => {
  t.equal(isHeld(sdp('m=audio 4000 RTP/AVP 8', 'm=video 4002 RTP/AVP 31', 'a=inactive')), false)
  t.equal(isHeld(sdp('m=audio 4000 RTP/AVP 8', 'a=sendonly', 'm=video 0 RTP/AVP 31')), true, 'port 0 is no stream')
})

t.test('every stream offered is answered, in order, still and in its first format', async t => {
  const answer = inactiveAnswer(
    sdp(
      'm=audio 4000/2 RTP/AVP 96 8',
      'a=rtpmap:96 opus/48000/2',
      'a=rtpmap:8 PCMA/8000',
      'm=video 0 RTP/AVP 31',
      'm=audio 4004 RTP/SAVP 8',
      'm=image 4006 udptl t38'
    ),
    '192.0.2.9',
    AT
  )
  t.equal(
    answer,
    [
      'v=0',
      'o=callbox 7 3 IN IP4 192.0.2.9',
      's=-',
      'c=IN IP4 192.0.2.9',
      't=0 0',
      'm=audio 9 RTP/AVP 96',
      'a=rtpmap:96 opus/48000/2',
      'a=inactive',
      'm=video 0 RTP/AVP 31',
      'm=audio 0 RTP/SAVP 8',
      'm=image 9 udptl t38',
      'a=inactive',
      ''
    ].join('\r\n')
  )
})

t.test('without an offer we make one that wants nothing', async t => {
  t.match(
    inactiveAnswer(undefined, '2001:db8::9', AT),
    /IN IP6 2001:db8::9\r\n[\s\S]*m=audio 9 RTP\/AVP 8\r\na=inactive\r\n$/
  )
  t.match(inactiveAnswer('not sdp', '192.0.2.9', AT), 'm=audio 9 RTP/AVP 8')
})

t.test('nothing but plain text is repeated, and no more streams than any switch has', async t => {
  const answer = inactiveAnswer(sdp('m=audio 4000 RTP/AVP 8\u00e9', ...Array(100).fill('m=audio 4 RTP/AVP 8')), 'h', AT)
  t.notMatch(answer, /[^\x20-\x7e\r\n]/)
  t.equal(answer.match(/^m=/gm)?.length, 16)
})
