import t from 'tap'
import { formatNumber, toCli, toNumber } from '../../src/call/cli.ts'
import { readCli } from '../../src/switches/sip/caller-headers.ts'
import { makeRandom, runSeed } from '../support/random.ts'
import { EMERGENCY_ROW, EVENT_TRUNK } from '../support/sip-bench.ts'
import { makeHead } from '../support/sip-head.ts'

/*
 * Whatever a switch writes where a number belongs, it is read without a throw, what comes out keeps to its bounds, and
 * nobody is looked up by what is nobody's.
 */

const RUNS = 10_000
const E164 = /^\+[1-9]\d{6,16}$/
const SAMPLES = [
  ...['07700900123', '+447700900123', '0044 (0)1632-960001', '44 0 7700 900123', '020 7946 0001', '+33199001234'],
  ...['08979012345', '4001', '999', 'anonymous', 'Coin line/payphone', '+44', '0', ''],
  ...['<tel:07700900123;phone-context=+44>', '<sip:+441632960001;cpc=payphone@x;user=phone>;screen=yes;privacy=full'],
  '"Fox, Ann" <sip:07700900123@x>, <tel:+447700900123>'
]
const TOKENS = [
  '+',
  '00',
  '(0)',
  '44',
  '08979',
  ';phone-context=',
  ';cpc=payphone',
  '<',
  '>',
  '"',
  '@',
  '%2B',
  '\0',
  '\u202e',
  '٠',
  '０',
  ' ',
  ','
]
const CONTEXTS = ['', '+44', '+33', '+999', '+441632', '+', 'x.invalid']

type Random = ReturnType<typeof makeRandom>

function bytes(random: Random): string {
  return Array.from({ length: random.below(80) }, () => String.fromCharCode(random.below(256))).join('')
}

function mutate(random: Random, sample: string): string {
  let text = sample
  for (let times = random.below(4); times > 0; times--) {
    const at = random.below(text.length + 1)
    const how = random.below(4)
    if (how === 0) text = text.slice(0, at) + random.pick(TOKENS) + text.slice(at)
    else if (how === 1) text = text.slice(0, at) + text.slice(at + 1 + random.below(5))
    else if (how === 2) text = text.slice(0, at) + text.slice(at).repeat(1 + random.below(20))
    else text = text.slice(0, at) + String.fromCharCode(random.below(0x3000)) + text.slice(at + 1)
  }
  return text.slice(0, 4_000)
}

t.test('no text in place of a number makes the reader throw or leave its bounds', async t => {
  const seed = runSeed()
  t.comment(`SEED=${seed}`)
  const random = makeRandom(seed)
  const wrong: string[] = []
  const text = () => (random.below(2) === 0 ? bytes(random) : mutate(random, random.pick(SAMPLES)))
  for (let run = 0; run < RUNS; run++) {
    const [network, presentation, name, from, asserted] = [text(), text(), text(), text(), text()]
    const context = random.below(4) === 0 ? text() : random.pick(CONTEXTS)
    const [isWithheld, isPayphone] = [random.below(2) === 0, random.below(2) === 0]
    try {
      const number = toNumber(network, context)
      const again = number.e164 === undefined ? undefined : toNumber(number.e164)
      const headers = { from, 'p-asserted-identity': asserted, 'remote-party-id': asserted, privacy: network }
      const trunk = { ...EVENT_TRUNK, networkNumberFrom: ['remote-party-id', 'p-asserted-identity'] }
      const all = [
        toCli({ network, presentation, networkContext: context, name, isWithheld, isPayphone }),
        readCli(makeHead(headers), { trunk, number: EMERGENCY_ROW, ddi: '999', isKnownNumber: true })
      ]
      const numbers = [number, ...all.flatMap(cli => [cli.network ?? [], cli.presentation ?? []].flat())]
      const isSound = numbers.every(
        ({ raw, e164, kind, area = '' }) =>
          raw.length <= 64 &&
          area.length <= 60 &&
          (e164 === undefined || E164.test(e164)) &&
          (kind !== 'generic' || e164 === undefined) &&
          (e164 === undefined || formatNumber(e164).length <= 64)
      )
      const isStable = again === undefined || again.e164 === number.e164
      const isBounded = all.every(({ name: said = '' }) => said.length <= 80)
      if (!isSound || !isStable || !isBounded)
        wrong.push(JSON.stringify({ network, presentation, context, from, asserted }))
    } catch (thrown) {
      wrong.push(`${String(thrown)}: ${JSON.stringify({ network, presentation, context, name, from, asserted })}`)
    }
  }
  t.same(wrong.slice(0, 5), [])
})
