import t from 'tap'
import type { Call } from '../../../src/call/call.ts'
import type { Lookup } from '../../../src/lookups/lookup.ts'
import { numbersAsked } from '../../../src/lookups/numbers-asked.ts'
import { systemClock } from '../../../src/operations/lifecycle.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import type { RevisedPanel } from '../../../src/pop/pop.ts'
import { failPopJob, type PopJobParts, processPopJob, runOf } from '../../../src/queue/pop-job.ts'
import { anOffer, callAfter, then } from '../../support/call-events.ts'
import { guardsOf } from '../../support/guards.ts'

const offer = anOffer()
const fresh = callAfter(offer)

/** Four lookups that find nothing, one of them around the caller, and what was asked and published. */
function makeJob(known: Call) {
  const asked: [string, number | undefined][] = []
  const published: RevisedPanel[] = []
  const lookups = (['identity', 'location', 'history', 'crimes'] as const).map(
    (name): Lookup => ({
      ...{ name, source: 'x', deadlineMs: 1_000, needsPlace: name === 'crimes' },
      ask: async call => {
        asked.push([name, call.lateFixes])
        return { kind: 'none' }
      }
    })
  )
  const parts: PopJobParts = {
    readCall: async () => known,
    publishPanel: async (_, revised) => void published.push(revised),
    ...{ guards: guardsOf(lookups), clock: systemClock, log: silentLog, metrics: makeMetrics() }
  }
  return { parts, asked, published, names: () => published.map(({ panel }) => panel.panel).sort() }
}

t.test('the first lookups of a call ask for no late fixes', async t => {
  const { parts, asked, names } = makeJob(fresh)
  await processPopJob(parts, { v: 1, callId: fresh.callId, run: runOf(fresh) })
  t.same(names(), ['crimes', 'history', 'identity', 'location'])
  t.same(
    asked.map(([, lateFixes]) => lateFixes),
    [undefined, undefined, undefined, undefined]
  )
})

t.test(
  'a fix that came late runs the location lookup and what lies around it, no other, and their panels beat those before',
  async t => {
    const located = callAfter(offer, then(offer, 'corrected', { lateFixes: 7 }))
    const first = makeJob(fresh)
    const second = makeJob(located)
    await processPopJob(first.parts, { v: 1, callId: fresh.callId, run: runOf(fresh) })
    await processPopJob(second.parts, { v: 1, callId: fresh.callId, run: runOf(located), only: 'location' })
    t.same(second.asked, [
      ['location', 7],
      ['crimes', 7]
    ])
    const rev = (job: typeof first, name: string) => job.published.find(({ panel }) => panel.panel === name)?.rev ?? 0
    for (const name of ['location', 'crimes']) t.ok(rev(second, name) > rev(first, name), name)
  }
)

t.test('a worker that reads the call before the journal has written the fix asks for it all the same', async t => {
  const { parts, asked } = makeJob(fresh)
  await processPopJob(parts, { v: 1, callId: fresh.callId, run: runOf(fresh) + 1, only: 'location' })
  t.same(asked, [
    ['location', 0],
    ['crimes', 0]
  ])
})

t.test('when such a job has used up its tries, only its own panels say so', async t => {
  const { parts, names } = makeJob(fresh)
  await failPopJob(parts, { v: 1, callId: fresh.callId, run: 9, only: 'location' })
  t.same(names(), ['crimes', 'location'])
})

t.test('what is found gets its link into the force’s own system', async t => {
  const { parts, published } = makeJob(fresh)
  const linked: unknown[] = []
  const toLink: NonNullable<PopJobParts['toLink']> = (...about) => {
    linked.push(about)
    return 'https://records.example.invalid/1'
  }
  const crime = {
    force: 'tvp',
    source: 'RMS',
    recordKey: 'k1',
    isPublished: false,
    category: 'burglary',
    month: 20_000
  }
  const place = { point: { easting: 1, northing: 2 }, location: 'Mill Lane', metres: 3 }
  const value = {
    ...{ radiusMetres: 500, isAreaView: false, sources: [], spots: [], hereMetres: 50, hereDays: 28 },
    ...{ where: { source: 'aml', isConfirmed: false, radiusMetres: 1 }, around: [{ ...crime, ...place }] }
  }
  const found: Lookup = {
    ...{ name: 'crimes', source: 'x', deadlineMs: 1_000 },
    ask: async () => ({ kind: 'found', value, asOf: 1 })
  }
  await processPopJob(
    { ...parts, guards: guardsOf([found]), toLink },
    { v: 1, callId: fresh.callId, run: runOf(fresh) }
  )
  t.same(linked, [['tvp', 'crime', 'k1']])
  t.match(published[0]?.panel.items, [{ fields: { link: 'https://records.example.invalid/1' } }])
})

/** What goes by who calls, the place and a source that goes by neither. */
function makeCallerJob(known: Call, readWords: NonNullable<PopJobParts['readWords']>) {
  const asked: [string, readonly string[]][] = []
  const published: RevisedPanel[] = []
  const lookups = (['identity', 'location', 'history', 'crimes', 'warnings'] as const).map(
    (name): Lookup => ({
      ...{ name, source: 'x', deadlineMs: 1_000, needsPlace: name === 'crimes' || name === 'warnings' },
      goesByCaller: name === 'identity' || name === 'history' || name === 'warnings',
      ask: async call => {
        asked.push([name, numbersAsked(call)])
        return { kind: 'none' }
      }
    })
  )
  const parts: PopJobParts = {
    readCall: async () => known,
    publishPanel: async (_, revised) => void published.push(revised),
    readWords,
    ...{ guards: guardsOf(lookups), clock: systemClock, log: silentLog, metrics: makeMetrics() }
  }
  const callerOf = (name: string) => published.find(({ panel }) => panel.panel === name)?.panel.caller
  return { parts, asked, callerOf }
}

t.test('a number that the caller gives is asked for by what goes by who calls, and each panel says so', async t => {
  const said = callAfter(offer, then(offer, 'corrected', { lateFixes: 7, isCallerChange: true }))
  const number = { number: { raw: '07700 900456', e164: '+447700900456', kind: 'mobile' }, by: 'ann', at: 5 } as const
  const { parts, asked, callerOf } = makeCallerJob(said, async () => ({ number }))
  await processPopJob(parts, { v: 1, callId: said.callId, run: runOf(said), only: 'caller' })
  t.same(
    asked.map(([name]) => name).sort(),
    ['history', 'identity', 'location', 'warnings'],
    'warnings go by the place too; nothing else is asked'
  )
  for (const [name, numbers] of asked) t.same(numbers, ['+447700900123', '+447700900456'], name)
  for (const name of ['identity', 'history', 'warnings']) {
    t.same(callerOf(name), { number: { display: '07700 900456', by: 'ann', at: 5 } }, name)
  }
  t.equal(callerOf('location'), undefined)
})

t.test('what was said of the caller and cannot be read is said, and hides nothing of the number that rang', async t => {
  const said = callAfter(offer, then(offer, 'corrected', { lateFixes: 7, isCallerChange: true }))
  const { parts, asked, callerOf } = makeCallerJob(said, async () => {
    throw new Error('away')
  })
  await processPopJob(parts, { v: 1, callId: said.callId, run: runOf(said) })
  t.same(
    asked.find(([name]) => name === 'identity'),
    ['identity', ['+447700900123']]
  )
  t.same(callerOf('identity'), { unread: true })
  const untouched = makeCallerJob(fresh, async () => {
    t.fail('nobody has said anything')
    return {}
  })
  await processPopJob(untouched.parts, { v: 1, callId: fresh.callId, run: runOf(fresh) })
  t.equal(untouched.callerOf('identity'), undefined)
})
