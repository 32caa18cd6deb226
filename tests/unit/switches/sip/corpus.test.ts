import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { sentLocationIn } from '../../../../src/call/sent-location.ts'
import { makeBench } from '../../../support/sip-bench.ts'
import { header } from '../../../support/sip-text.ts'

const CORPUS = resolve(import.meta.dirname, '../../../corpus/sip')
const files = (kind: string) => readdirSync(join(CORPUS, kind)).sort()

t.test('every call of the corpus is taken, whatever its switch made of it', async t => {
  const names = files('valid')
  t.ok(names.length >= 28, `${names.length} messages`)
  for (const name of names) {
    await t.test(name, async t => {
      const bench = makeBench(t)
      const answers = await bench.say(readFileSync(join(CORPUS, 'valid', name)))
      t.same(
        answers.map(answer => answer.status),
        [200]
      )
      t.match(bench.events, [{ kind: 'offered', line: '999' }])
      t.match(answers[0]?.body, /\r\nm=audio [09] /)
      t.equal(await bench.faults(), 0)
    })
  }
})

/** What of each message that brings a place goes with the call. */
const PLACES: Readonly<Record<string, object>> = {
  'location-by-value': { locationDocument: /<presence/ },
  'location-by-reference': { locationReference: 'https://lis.network.invalid:8443/ref/7Zk2' },
  'location-in-nested-parts': { locationDocument: /Ellipse/ },
  'ecall-with-data': { vehicleData: /^Ah8E/, access: 'ecall' }
}

t.test('the calls of the corpus that bring a place bring the one that was meant, and no other brings any', async t => {
  for (const name of files('valid')) {
    await t.test(name, async t => {
      const bench = makeBench(t)
      await bench.say(readFileSync(join(CORPUS, 'valid', name)))
      const [offered] = bench.events
      const expected = PLACES[name.replace('.sip', '')]
      if (expected === undefined) t.same(offered?.kind === 'offered' ? sentLocationIn(offered) : offered, {})
      else t.match(offered, expected)
    })
  }
})

t.test('every broken message of the corpus gets the status its name begins with, or silence', async t => {
  const names = files('invalid')
  t.ok(names.length >= 35, `${names.length} messages`)
  for (const name of names) {
    await t.test(name, async t => {
      const bench = makeBench(t)
      const [answer] = await bench.say(readFileSync(join(CORPUS, 'invalid', name)))
      const expected = Number(name.slice(0, 3))
      t.equal(answer?.status ?? 0, expected)
      t.same(bench.events, [])
      t.equal(await bench.faults(), 0)
      if (expected === 405) t.match(header(answer, 'allow'), 'INVITE')
      if (expected === 415) t.match(header(answer, 'accept'), 'application/sdp')
      if (expected === 420) t.equal(header(answer, 'unsupported'), 'precondition')
    })
  }
})
