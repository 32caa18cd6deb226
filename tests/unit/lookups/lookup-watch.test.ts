import t from 'tap'
import type { LookupName } from '../../../src/lookups/lookup.ts'
import { LookupWatch } from '../../../src/lookups/lookup-watch.ts'

function aWatch() {
  const said: (readonly LookupName[])[] = []
  return { said, watch: new LookupWatch(troubled => said.push(troubled)) }
}

t.test('a source that does not answer is said once, and once more when it is well again', async t => {
  const { said, watch } = aWatch()
  for (let n = 0; n < 12; n++) watch.note('history', 'late')
  t.same(said, [['history']])
  for (let n = 0; n < 20; n++) watch.note('history', 'found')
  t.same(said, [['history'], []])
})

t.test('a bad answer now and then is no trouble, and neither is a caller without a number', async t => {
  const { said, watch } = aWatch()
  for (let n = 0; n < 60; n++) watch.note('identity', n % 5 === 0 ? 'failed' : 'none')
  for (let n = 0; n < 60; n++) watch.note('location', 'not-asked')
  t.same(said, [])
})

t.test('each source is judged by itself', async t => {
  const { said, watch } = aWatch()
  for (let n = 0; n < 6; n++) {
    watch.note('history', 'failed')
    watch.note('identity', 'found')
    watch.note('location', 'late')
  }
  t.same(said.at(-1), ['history', 'location'])
})

t.test('a call that is answered badly between two good probes says more than they do', async t => {
  const { said, watch } = aWatch()
  for (let n = 0; n < 12; n++) watch.note('history', 'late')
  for (let n = 0; n < 9; n++) {
    watch.probed('history', true)
    if (n % 2 === 1) watch.note('history', 'late')
  }
  t.same(said, [['history']])
  for (let n = 0; n < 3; n++) watch.probed('history', n !== 0)
  t.same(said, [['history']], 'and so does a probe that failed')
  watch.probed('history', true)
  t.same(said, [['history'], []])
})
