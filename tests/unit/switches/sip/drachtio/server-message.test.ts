import { createRequire } from 'node:module'
import t from 'tap'
import { toReadable } from '../../../../../src/switches/sip/drachtio/server-message.ts'
import { invite, makeDialog } from '../../../../support/sip-text.ts'

const SipMessage = createRequire(import.meta.url)('drachtio-srf/lib/sip-parser/message') as new (
  raw: string
) => { readonly body: string; get(name: string): string | undefined }

const FRAME = 'id|sip|network|100|udp|127.0.0.1|5060|12:00:00|transaction|dialog\r\n'
const GOOD = invite(makeDialog())
const libraryReads = (raw: string) => {
  try {
    return new SipMessage(raw)
  } catch {
    return undefined
  }
}
const repaired = (raw: string) => {
  const read = toReadable(FRAME + raw)
  return read.kind === 'readable' ? libraryReads(read.message.slice(FRAME.length)) : undefined
}

t.test('what can be read goes on as it is, and so does what is no SIP', async t => {
  for (const message of [
    FRAME + GOOD,
    `${FRAME}SIP/2.0 200 OK\r\nVia: x\r\n\r\n`,
    'id|response|other|OK',
    '',
    'id|sip|x'
  ]) {
    t.same(toReadable(message), { kind: 'readable', message })
  }
})

t.test('a line that is no header costs that line, and blanks too many cost nothing', async t => {
  const broken = [
    GOOD.replace('Max-Forwards', 'no header at all\r\nMax-Forwards'),
    GOOD.replace(/^INVITE /, 'INVITE   '),
    GOOD.replace('SIP/2.0\r\n', 'SIP/2.0 \t\r\nnothing\r\n')
  ]
  for (const raw of broken) {
    const read = repaired(raw)
    t.match(read?.get('from'), '07700900123'.slice(1))
    t.match(read?.body, 'm=audio', 'with its body')
  }
})

t.test('a first line that goes on in the next is one line', async t => {
  for (const raw of [GOOD.replace('\r\n', '\r\n \r\n'), 'SIP/2.0 200 OK\r\n SIP/2.0/UDP 192.0.2.1\r\nVia: x\r\n\r\n']) {
    t.ok(repaired(raw))
  }
})

t.test('a head that is cut off ends where it ends', async t => {
  const cut = `${GOOD.slice(0, GOOD.indexOf('Contact'))}`
  t.equal(libraryReads(cut), undefined, 'the library alone drops it')
  t.match(repaired(cut)?.get('cseq'), '1 INVITE')
})

t.test('a first line that says nothing is refused by its transaction', async t => {
  t.same(toReadable(`${FRAME}NONSENSE\r\nVia: x\r\n\r\n`), { kind: 'unreadable', transaction: 'transaction' })
  t.same(toReadable(`${FRAME}`), { kind: 'unreadable', transaction: 'transaction' })
})
