import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { fakeDrachtio } from '../support/fake-drachtio.ts'
import { makeRandom, runSeed } from '../support/random.ts'
import { drachtioBench } from '../support/sip-drivers.ts'
import { invite, makeDialog } from '../support/sip-text.ts'
import { EVENT_PEER, RING_PEER } from '../support/switch-call.ts'

/*
 * Whatever a drachtio-server hands over, nothing is thrown into the library, the link stays up and the next good call is
 * answered. The real server refuses most of this before we see it; here it does not.
 */

const MESSAGES = 3_000
const CORPUS = resolve(import.meta.dirname, '../corpus/sip')
const SEEDS = ['valid', 'invalid'].flatMap(kind =>
  readdirSync(join(CORPUS, kind)).map(name => readFileSync(join(CORPUS, kind, name)).toString('latin1'))
)
const TOKENS = [
  '"',
  '<',
  '>',
  ';',
  ',',
  ':',
  '@',
  '\r\n',
  '\r',
  '\n ',
  '\0',
  '\ufffd',
  ' ',
  '#',
  '|',
  ';tag=x',
  'tel:',
  '0'
]
const METHODS = ['INVITE', 'ACK', 'BYE', 'CANCEL', 'UPDATE', 'INFO', 'OPTIONS', 'PRACK', 'REFER', '__proto__']

function mutate(random: ReturnType<typeof makeRandom>, seed: string): string {
  let text = seed
  for (let times = random.below(4); times > 0; times--) {
    const at = random.below(text.length + 1)
    const to = Math.min(text.length, at + random.below(40))
    const how = random.below(5)
    if (how === 0) text = text.slice(0, at) + random.pick(TOKENS) + text.slice(at)
    else if (how === 1) text = text.slice(0, at) + text.slice(to)
    else if (how === 2) text = text.slice(0, at) + text.slice(at, to).repeat(1 + random.below(30)) + text.slice(to)
    else if (how === 3) text = text.slice(0, at)
    else text = text.replace(/^\w+|(?<=CSeq: \d+ )\w+/gm, () => random.pick(METHODS))
  }
  return text.slice(0, 16_384)
}

t.test('mutants of real messages, handed over by a server that checks nothing', async t => {
  const seed = runSeed()
  t.comment(`seed ${seed}`)
  const random = makeRandom(seed)
  const server = await fakeDrachtio(t)
  const bench = await drachtioBench(t, { sipPort: 0, adminPorts: [server.port] })
  const written = t.capture(console, 'error')
  for (let n = 0; n < MESSAGES; n++) {
    const raw = mutate(random, random.pick(SEEDS)).replace(/^(call-id|i)[ \t]*:.*$/im, `$1: fuzz-${random.below(400)}`)
    const address = random.pick([EVENT_PEER, RING_PEER])
    const source = random.below(50) === 0 ? 'application' : 'network'
    if (random.below(40) === 0) server.over(raw, random.pick(['normal-release', 'call-canceled']))
    else server.request(raw, { address, source, dialog: random.below(2) === 0 ? '' : `dialog-${random.below(50)}` })
    if (n % 100 !== 99) continue
    const good = server.request(invite(makeDialog()))
    t.equal((await server.answered(good)).status, 200)
  }
  t.same(written(), [], 'nothing of a caller on standard error')
  t.equal(await bench.faults(), 0, 'nothing reached the last-resort catch')
  t.same(
    bench.states.map(({ state }) => state),
    ['up']
  )
  t.comment(`figure: ${MESSAGES} mutants, ${bench.events.length} events, ${server.responses.length} answers`)
})
