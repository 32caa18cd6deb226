import t from 'tap'
import type { Call } from '../../../src/call/call.ts'
import type { Lookup } from '../../../src/lookups/lookup.ts'
import { systemClock } from '../../../src/operations/lifecycle.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import type { RevisedPanel } from '../../../src/pop/pop.ts'
import { failPopJob, type PopJobParts, processPopJob, runOf } from '../../../src/queue/pop-job.ts'
import { anOffer, callAfter, then } from '../../support/call-events.ts'

const offer = anOffer()
const fresh = callAfter(offer)

/** Three lookups that find nothing, and what was asked and published. */
function makeJob(known: Call) {
  const asked: [string, number | undefined][] = []
  const published: RevisedPanel[] = []
  const lookups = (['identity', 'location', 'history'] as const).map(
    (name): Lookup => ({
      ...{ name, source: 'x', deadlineMs: 1_000 },
      ask: async call => {
        asked.push([name, call.lateFixes])
        return { kind: 'none' }
      }
    })
  )
  const parts: PopJobParts = {
    readCall: async () => known,
    publishPanel: async (_, revised) => void published.push(revised),
    ...{ lookups, clock: systemClock, log: silentLog, metrics: makeMetrics() }
  }
  return { parts, asked, published, names: () => published.map(({ panel }) => panel.panel).sort() }
}

t.test('the first lookups of a call ask for no late fixes', async t => {
  const { parts, asked, names } = makeJob(fresh)
  await processPopJob(parts, { v: 1, callId: fresh.callId, run: runOf(fresh) })
  t.same(names(), ['history', 'identity', 'location'])
  t.same(
    asked.map(([, lateFixes]) => lateFixes),
    [undefined, undefined, undefined]
  )
})

t.test('a fix that came late runs the location lookup alone, and its panel beats the one before', async t => {
  const located = callAfter(offer, then(offer, 'corrected', { lateFixes: 7 }))
  const first = makeJob(fresh)
  const second = makeJob(located)
  await processPopJob(first.parts, { v: 1, callId: fresh.callId, run: runOf(fresh) })
  await processPopJob(second.parts, { v: 1, callId: fresh.callId, run: runOf(located), only: 'location' })
  t.same(second.asked, [['location', 7]])
  const before = first.published.find(({ panel }) => panel.panel === 'location')?.rev ?? 0
  t.ok((second.published[0]?.rev ?? 0) > before)
})

t.test('a worker that reads the call before the journal has written the fix asks for it all the same', async t => {
  const { parts, asked } = makeJob(fresh)
  await processPopJob(parts, { v: 1, callId: fresh.callId, run: runOf(fresh) + 1, only: 'location' })
  t.same(asked, [['location', 0]])
})

t.test('when such a job has used up its tries, only its own panel says so', async t => {
  const { parts, names } = makeJob(fresh)
  await failPopJob(parts, { v: 1, callId: fresh.callId, run: 9, only: 'location' })
  t.same(names(), ['location'])
})
