import t from 'tap'
import { MAX_RECORD_BYTES, readRecords, toRecord } from '../../../src/journal/spool-record.ts'
import { makeRandom, runSeed } from '../../support/random.ts'

const TEXTS = ['one', 'zwei: ä', '{"event":3}']
const whole = Buffer.concat(TEXTS.map(toRecord))

t.test('what was written is read, in order', async t => {
  t.same(readRecords(whole), { texts: TEXTS, tornBytes: 0, damaged: 0 })
  t.same(readRecords(Buffer.alloc(0)), { texts: [], tornBytes: 0, damaged: 0 })
})

t.test('wherever the power went, the records before it are read', async t => {
  const ends = TEXTS.map((_, n) => Buffer.concat(TEXTS.slice(0, n + 1).map(toRecord)).length)
  for (let cut = 0; cut <= whole.length; cut++) {
    const expected = ends.filter(end => end <= cut).length
    const read = readRecords(whole.subarray(0, cut))
    if (read.texts.length !== expected || read.damaged !== 0) t.fail(`cut at ${cut}: ${read.texts.length} records`)
    t.equal(read.tornBytes, cut - (ends[expected - 1] ?? 0))
  }
})

t.test('a damaged text costs itself alone', async t => {
  const broken = Buffer.from(whole)
  const at = toRecord('one').length + 8
  broken.writeUInt8(broken.readUInt8(at) ^ 1, at)
  t.same(readRecords(broken), { texts: ['one', '{"event":3}'], tornBytes: 0, damaged: 1 })
})

t.test('a length that cannot be is the end of what can be found', async t => {
  const broken = Buffer.from(whole)
  broken.writeUInt32BE(MAX_RECORD_BYTES + 1, toRecord('one').length)
  t.match(readRecords(broken), { texts: ['one'], damaged: 0 })
})

t.test('random bytes are read without a word', async t => {
  const seed = runSeed()
  const { below } = makeRandom(seed)
  t.comment(`seed ${seed}`)
  for (let n = 0; n < 2_000; n++) {
    const bytes = Buffer.from(Array.from({ length: below(60) }, () => below(256)))
    t.equal(readRecords(bytes).tornBytes <= bytes.length, true)
  }
})
