import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { makeRandom, runSeed } from '../support/random.ts'
import { sharedData } from '../support/shared-data.ts'
import { makeBench } from '../support/sip-bench.ts'
import { invite, makeDialog, request } from '../support/sip-text.ts'

/*
 * Whatever arrives, nothing is thrown out of the receive path, and the next good call is answered. The last-resort
 * catch counts as a failure: what reaches it belongs to the edge.
 */

const PACKETS = 6_000
const CORPUS = resolve(import.meta.dirname, '../corpus/sip')
const SEEDS: readonly Buffer[] = [
  ...folder(join(CORPUS, 'valid')),
  ...folder(join(CORPUS, 'invalid')),
  ...['sip-rfc4475', 'sip-rfc5118'].flatMap(name => folder(sharedData(name)))
]
const TOKENS = [
  ...['"', '<', '>', ';', ',', ':', '@', '\r\n', '\r', '\n ', '\0', '%00', '\xff', ' ', '\t', '=', '?', '[', ']', '\\'],
  ...[
    'tag=',
    ';tag=x',
    'sip:',
    'tel:',
    'urn:service:sos',
    '__proto__',
    'constructor',
    '99999999999999999999',
    '-1',
    '0'
  ],
  ...['SIP/2.0', 'INVITE', 'CANCEL', 'ACK', 'BYE', 'UPDATE', 'INFO', 'OPTIONS', 'PRACK', 'Content-Length: ', 'Via: '],
  ...['Content-Disposition: ', 'Content-Type: multipart/mixed;boundary=b', 'Record-Route: ', 'Contact: *', 'Require: x']
]

function folder(path: string | undefined): Buffer[] {
  return path === undefined ? [] : readdirSync(path).map(name => readFileSync(join(path, name)))
}

type Random = ReturnType<typeof makeRandom>

function mutate(random: Random, bytes: Buffer): Buffer {
  let text = bytes.toString('latin1')
  for (let times = 1 + random.below(4); times > 0; times--) {
    const at = random.below(text.length + 1)
    const to = Math.min(text.length, at + random.below(40))
    const lines = text.split('\r\n')
    const line = random.below(lines.length)
    const how = random.below(7)
    if (how === 0) text = text.slice(0, at) + random.pick(TOKENS) + text.slice(at)
    else if (how === 1) text = text.slice(0, at) + text.slice(to)
    else if (how === 2) text = text.slice(0, at) + text.slice(at, to).repeat(1 + random.below(50)) + text.slice(to)
    else if (how === 3) text = text.slice(0, at) + String.fromCharCode(random.below(256)) + text.slice(at + 1)
    else if (how === 4) text = lines.toSpliced(line, 1).join('\r\n')
    else if (how === 5) text = lines.toSpliced(line, 0, random.pick(lines)).join('\r\n')
    else text = text.slice(0, at)
  }
  return Buffer.from(text.slice(0, 16_384), 'latin1')
}

/** The same message as of another call: otherwise most would only be repeats of an earlier one. */
function renamed(bytes: Buffer, n: number): Buffer {
  const text = bytes
    .toString('latin1')
    .replace(/branch=z9hG4bK[^;,\s]*/, `branch=z9hG4bK${n}`)
    .replace(/^(call-id|i)[ \t]*:.*$/im, `$1: fuzz-${n}`)
  return Buffer.from(text, 'latin1')
}

/** Requests of a call that is up, so that mutants reach dialogs and not only the edge. */
function insideCalls(random: Random, toTags: readonly string[]): Buffer {
  const dialog = makeDialog({ callId: 'fuzz', fromTag: 'fuzz', toTag: toTags.length === 0 ? 'x' : random.pick(toTags) })
  const method = random.pick(['ACK', 'BYE', 'CANCEL', 'INFO', 'INVITE', 'UPDATE', 'OPTIONS', 'PRACK'])
  return Buffer.from(
    request({ dialog, method, cseq: 1 + random.below(20), branch: `z9hG4bK${random.below(30)}` }),
    'latin1'
  )
}

t.test('mutants of every known message throw nothing and stop nothing', async t => {
  const seed = runSeed()
  t.comment(`seed ${seed}`)
  const random = makeRandom(seed)
  const bench = makeBench(t, { sip: { maxDialogs: 500 } })
  const toTags: string[] = []
  const froms = [{}, { address: '192.0.2.2' }, { isReliable: true }]
  for (let n = 0; n < PACKETS; n++) {
    const isInside = random.below(3) === 0
    const base = isInside ? insideCalls(random, toTags) : renamed(random.pick(SEEDS), n)
    const packet = random.below(5) === 0 ? base : mutate(random, base)
    const answers = await bench.say(packet, random.pick(froms))
    for (const { text } of answers) {
      const tag = /^Call-ID: fuzz\r$/m.test(text) ? /^To: [^\r]*;tag=([0-9a-f]{16})\r$/m.exec(text)?.[1] : undefined
      if (tag !== undefined && toTags.length < 50) toTags.push(tag)
      if (/\r[^\n]/.test(text))
        t.fail(`a line of the sender’s own in our answer: ${JSON.stringify(packet.toString('latin1'))}`)
    }
    if ((await bench.faults()) > 0) {
      t.fail(`packet ${n} was caught only at last: ${JSON.stringify(packet.toString('latin1'))}`)
      return
    }
    if (n % 200 === 0) await bench.say(invite(makeDialog({ callId: 'fuzz', fromTag: 'fuzz' })))
    if (n % 50 === 0) await bench.pass(500)
  }
  await bench.pass(40_000)
  t.equal((await bench.say(invite(makeDialog())))[0]?.status, 200, 'the next good call is answered')
  t.equal(await bench.faults(), 0)
  const { legs, transactions, answers } = bench.receiver.counts
  t.comment(
    `figure: ${PACKETS} packets, ${bench.events.length} events, ${legs} legs and ${transactions} transactions left`
  )
  t.ok(answers <= 10, 'answers are forgotten')
})

t.test('noise without any form', async t => {
  const seed = runSeed()
  t.comment(`seed ${seed}`)
  const random = makeRandom(seed)
  const bench = makeBench(t)
  for (let n = 0; n < 1_000; n++) {
    const bytes = Buffer.from(Array.from({ length: random.below(600) }, () => random.below(256)))
    await bench.say(random.below(2) === 0 ? bytes : Buffer.concat([Buffer.from('INVITE sip:999@x SIP/2.0\r\n'), bytes]))
  }
  t.equal(await bench.faults(), 0)
  t.equal((await bench.say(invite(makeDialog())))[0]?.status, 200)
})
