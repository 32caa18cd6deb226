import t from 'tap'
import { checkRequest } from '../../../../../src/switches/sip/embedded/edge.ts'
import { parseWire } from '../../../../../src/switches/sip/embedded/parse-wire.ts'
import { invite, makeDialog, request } from '../../../../support/sip-text.ts'

const SOURCE = { address: '192.0.2.1', port: 5060, receivedAt: 1_000 }
const check = (text: string) => {
  const parsed = parseWire(Buffer.from(text, 'latin1'), 200)
  return parsed.kind === 'request' ? checkRequest(parsed.message, SOURCE, parsed.fault) : undefined
}
const dialog = makeDialog({ callId: 'c1', fromTag: 'f1' })
const key = (text: string) => {
  const checked = check(text)
  return checked?.kind === 'checked' ? checked.request.viaBranch : undefined
}

t.test('an INVITE, its CANCEL and the ACK of its refusal are one transaction; its BYE is another', async t => {
  for (const via of ['SIP/2.0/UDP a:5060;branch=z9hG4bK7', 'SIP/2.0/UDP a', 'SIP/2.0/UDP a;branch=7']) {
    const of = (method: string, cseq = 1) => key(request({ dialog, method, via, cseq }))
    const first = key(invite(dialog, { via }))
    t.type(first, 'string')
    t.same([of('ACK'), of('CANCEL')], [first, first], via)
    t.not(of('BYE', 2), first, via)
  }
})

t.test('the same branch from elsewhere, or of another call, is another transaction', async t => {
  const via = (host: string) => `SIP/2.0/UDP ${host};branch=z9hG4bK7`
  const keys = [
    key(invite(dialog, { via: via('a') })),
    key(invite(dialog, { via: via('b') })),
    key(invite(dialog, { via: via('a:5061') })),
    key(invite(makeDialog(), { via: via('a') }))
  ]
  t.equal(new Set(keys).size, 4)
})

t.test('a branch of any length takes no more memory than a short one, and is still its own', async t => {
  const via = (end: string) => `SIP/2.0/UDP a;branch=z9hG4bK${'7'.repeat(8_000)}${end}`
  const first = key(invite(dialog, { via: via('a') }))
  t.ok((first?.length ?? 0) > 0 && (first?.length ?? 0) <= 256, `${first?.length}`)
  t.equal(key(request({ dialog, method: 'CANCEL', via: via('a') })), first)
  t.not(key(invite(dialog, { via: via('b') })), first)
  t.not(key(request({ dialog, method: 'BYE', via: via('a') })), first)
})

t.test(
  'what is kept of each call has a length: Call-ID and From-tag of 512 characters are taken, of 513 not',
  async t => {
    for (const [length, kind] of [
      [512, 'checked'],
      [513, 'answer']
    ] as const) {
      t.match(check(invite(makeDialog({ callId: 'c'.repeat(length) }))), { kind }, `Call-ID of ${length}`)
      t.match(check(invite(makeDialog({ fromTag: 'f'.repeat(length) }))), { kind }, `From-tag of ${length}`)
    }
  }
)

t.test('an old sender that uses one branch for a whole call is told apart by its CSeq', async t => {
  const via = 'SIP/2.0/UDP a;branch=0'
  t.not(key(invite(dialog, { via, cseq: 1 })), key(invite(dialog, { via, cseq: 2 })))
})

t.test('an ACK is never answered, however wrong it is', async t => {
  t.match(check(request({ dialog, method: 'ACK', headers: { To: '' } })), {
    kind: 'silence',
    reason: 'no-dialog-headers'
  })
  t.match(check(request({ dialog, method: 'ACK', headers: { CSeq: '1 INVITE' } })), { kind: 'silence', reason: 'cseq' })
  t.match(check(request({ dialog, method: 'ACK', headers: { 'Content-Length': '9' } })), { kind: 'silence' })
})

t.test('Require does not hold up a CANCEL or an ACK', async t => {
  for (const method of ['CANCEL', 'ACK']) {
    t.match(check(request({ dialog, method, headers: { Require: 'timer' } })), { kind: 'checked' }, method)
  }
})

t.test('each refusal says in one word what was wrong', async t => {
  const words: [string, Parameters<typeof request>[0]['headers'], string?][] = [
    ['two-from', { f: '<sip:x>' }],
    ['two-cseq', { Cseq: '1 INVITE' }],
    ['request-uri', {}, '<sip:a>'],
    ['request-uri', {}, 'sip:a b'],
    ['request-uri', {}, 'sip:'],
    ['uri-scheme', {}, 'mailto:a@b'],
    ['via', { Via: 'SIP/2.0/UDP a;;branch=z9hG4bK7' }],
    ['via', { Via: 'SIP/3.0/UDP a;branch=z9hG4bK7' }],
    ['two-contact', { m: '<sip:b>' }],
    ['bad-content-length', { l: '0' }]
  ]
  for (const [reason, headers, uri] of words) {
    const options = { dialog, ...(headers === undefined ? {} : { headers }), ...(uri === undefined ? {} : { uri }) }
    t.match(check(invite(dialog, options)), { kind: 'answer', reason }, reason)
  }
})

t.test('a call’s own name may not be longer than any switch makes it', async t => {
  t.match(check(invite(makeDialog({ callId: 'x'.repeat(513) }))), { status: 400, isNamed: false })
})
