import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { makeBench } from '../../../support/sip-bench.ts'
import { header } from '../../../support/sip-text.ts'

const CORPUS = resolve(import.meta.dirname, '../../../corpus/sip')
const files = (kind: string) => readdirSync(join(CORPUS, kind)).sort()

t.test('every call of the corpus is taken, whatever its switch made of it', async t => {
  const names = files('valid')
  t.ok(names.length >= 25, `${names.length} messages`)
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
