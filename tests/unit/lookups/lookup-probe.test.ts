import t from 'tap'
import type { Lookup } from '../../../src/lookups/lookup.ts'
import { startLookupProbe } from '../../../src/lookups/lookup-probe.ts'
import { LookupWatch } from '../../../src/lookups/lookup-watch.ts'
import { until } from '../../support/until.ts'

type Answer = 'well' | 'broken' | 'never'

function makeSource(name: Lookup['name']) {
  const source = { answer: 'well' as Answer, asked: 0, gaveUp: 0 }
  const lookup: Lookup = {
    name,
    source: name,
    deadlineMs: 20,
    ask: async () => ({ kind: 'none' }),
    probe: signal => {
      source.asked += 1
      signal.addEventListener('abort', () => {
        source.gaveUp += 1
      })
      if (source.answer === 'never') return new Promise(() => {})
      return source.answer === 'well' ? Promise.resolve() : Promise.reject(new Error('away'))
    }
  }
  return { source, lookup }
}

t.test('a source that was dead is asked about nobody, and is well again without a call', async t => {
  const { source, lookup } = makeSource('history')
  const other = makeSource('identity')
  let troubled: readonly string[] = []
  const watch = new LookupWatch(now => {
    troubled = now
  })
  t.teardown(startLookupProbe({ lookups: [lookup, other.lookup], watch, everyMs: 5 }))
  source.answer = 'broken'
  for (let n = 0; n < 20; n++) watch.note('history', 'failed')
  t.same(troubled, ['history'])
  await until(() => (source.asked > 5 ? '' : `${source.asked} probes`))
  t.same(troubled, ['history'], 'a probe that fails changes nothing')
  source.answer = 'well'
  await until(() => (troubled.length === 0 ? '' : 'still troubled'))
  const { asked } = source
  for (let n = 0; n < 4; n++) watch.note('history', 'failed')
  t.same(troubled, [], 'what was before is forgotten: as many bad answers as at first')
  t.equal(source.asked, asked, 'a source that is well is not asked')
  t.equal(other.source.asked, 0)
})

t.test('a source that never answers is asked once at a time, each question given up in its time', async t => {
  const { source, lookup } = makeSource('location')
  const watch = new LookupWatch(() => {})
  source.answer = 'never'
  for (let n = 0; n < 5; n++) watch.note('location', 'late')
  const stop = startLookupProbe({ lookups: [lookup], watch, everyMs: 1 })
  await until(() => (source.gaveUp >= 1 ? '' : 'not given up'))
  t.ok(source.asked <= source.gaveUp + 1)
  stop()
  t.equal(source.gaveUp, source.asked, 'stopping gives up what is under way')
  t.same(watch.troubled, ['location'])
})
