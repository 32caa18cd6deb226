import t from 'tap'
import { makeRandom, runSeed } from '../support/random.ts'
import { makeBench } from '../support/sip-bench.ts'
import { invite, makeDialog, OFFER, request, toTagOf } from '../support/sip-text.ts'

/*
 * The headers that only mean something inside a dialog, filled with what their grammars do not expect: nothing reaches
 * the last-resort catch, no line of the sender's own goes out, and nothing is left when the calls are over.
 */

const MESSAGES = 4_000
const MAX_KNOWN = 60
const BITS = [
  ...['<sip:4007@pbx>', 'sip:', 'tel:', '@', '[::1]', '<sip:a@b;lr>', '<sip:a@b>', '<tel:1>', '%', '%00', '=', '-'],
  ...['"', '<', '>', ',', ';', ' ', '\t', '\xff', '\0', ';lr', ';tag=', ';+sip.src', 'x'.repeat(600), '; '.repeat(200)],
  ...['1', '60', '1800', '4294967296', '99999999999', ' INVITE', ';refresher=uas', ';refresher=uac', 'false', 'refer'],
  ...['100rel', 'timer', 'siprec', 'replaces', 'application/sdp', 'multipart/mixed;boundary=b']
]
const NAMES = [
  ...['RAck', 'Refer-To', 'Refer-Sub', 'Session-Expires', 'Min-SE', 'Supported', 'Require', 'Replaces', 'Info-Package'],
  ...['Contact', 'Record-Route', 'Content-Type', 'Content-Disposition', 'Event', 'X-Device', 'From', 'Accept']
]
const METHODS = ['INVITE', 'ACK', 'BYE', 'INFO', 'UPDATE', 'PRACK', 'REFER', 'NOTIFY', 'SUBSCRIBE', 'OPTIONS']

t.test('whatever stands in the headers of a dialog, nothing breaks and nothing is left', async t => {
  const seed = runSeed()
  t.comment(`seed ${seed}`)
  const { below, pick } = makeRandom(seed)
  const bench = makeBench(t, { sip: { maxDialogs: 500 } })
  const known: { dialog: ReturnType<typeof makeDialog>; from: object; cseq: number }[] = []
  const odd = () =>
    Object.fromEntries(
      Array.from({ length: 1 + below(4) }, () => [
        pick(NAMES),
        Array.from({ length: 1 + below(5) }, () => pick(BITS)).join('')
      ])
    )
  for (let n = 0; n < MESSAGES; n++) {
    if (known.length === 0 || below(5) === 0) {
      const [dialog, from] = [makeDialog(), pick([{}, { address: '192.0.2.2' }, { isReliable: true }])]
      const [answer] = await bench.say(invite(dialog, { headers: below(3) === 0 ? {} : odd() }), from)
      if (answer === undefined || answer.status < 180 || answer.status >= 300) continue
      known.push({ dialog: { ...dialog, toTag: toTagOf(answer) }, from, cseq: 1 })
      if (known.length > MAX_KNOWN) known.shift()
      continue
    }
    const call = pick(known)
    call.cseq += below(3)
    const text = request({
      ...{ dialog: call.dialog, method: pick(METHODS), cseq: call.cseq, headers: odd() },
      body: below(2) === 0 ? OFFER : ''
    })
    await bench.say(text, call.from)
    if ((await bench.faults()) > 0) {
      t.fail(`caught only at last: ${JSON.stringify(text)}`)
      return
    }
    if (n % 100 === 0) await bench.pass(pick([100, 5_000, 40_000]))
    const split = bench.answers.splice(0).find(answer => /\r[^\n]|[^\r]\n/.test(answer.text))
    if (split !== undefined) t.fail(`a line of the sender’s own: ${JSON.stringify(split.text)}`)
  }
  for (let hours = 0; hours < 13; hours++) await bench.pass(3_600_000)
  await bench.pass(40_000)
  t.same(bench.receiver.counts, { legs: 0, dialogs: 0, transactions: 0, ongoing: 0, answers: 0, requests: 0 })
})
