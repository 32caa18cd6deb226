import pg from 'pg'
import t, { type Test } from 'tap'
import type { CallEvent } from '../../../src/call/call-event.ts'
import { CallRegistry } from '../../../src/call/call-registry.ts'
import type { LocationFix } from '../../../src/lookups/location/location.ts'
import { Fault, type FaultCode, faultCode } from '../../../src/operations/errors.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import type { LaterChange, LateWord } from '../../../src/records/location-fixes.ts'
import { LateFixBook } from '../../../src/wiring/late-fixes.ts'
import { withKept } from '../../../src/wiring/late-record.ts'
import { anOffer, NOON } from '../../support/call-events.ts'
import { until } from '../../support/until.ts'

const PLACE: LocationFix = { source: 'aml', shape: 'circle', latitude: 51.7, longitude: -1.3, radiusMetres: 20 }
const nth = (radiusMetres: number): LocationFix => ({ ...PLACE, radiusMetres })

/** A gateway with one call, and a record that takes words, or does not. */
function makeDesk(t: Pick<Test, 'teardown'>, { limits = {}, owner = 'n-test' as string | null } = {}) {
  const registry = new CallRegistry()
  const made = registry.apply(anOffer())
  if (made.kind === 'ignored') throw new Error(made.reason)
  const { callId } = made.call
  const words: LateWord[] = []
  const told: CallEvent[] = []
  const said: (FaultCode | undefined)[] = []
  const log = { ...silentLog, fault: (_: string, thrown: unknown) => void said.push(faultCode(thrown)) }
  const metrics = makeMetrics()
  const desk = { isAway: false, why: new Fault('record.away', {}) as Error, later: [] as LaterChange[], time: 0 }
  const book = new LateFixBook({
    registry,
    cards: () => [{ call: made.call } as never],
    take: async event => {
      told.push(event)
      registry.apply(event)
      return 'durable'
    },
    record: async word => {
      if (desk.isAway) throw desk.why
      words.push(word)
      return { change: words.length, owner }
    },
    laterChanges: async () => desk.later,
    limits: { againMs: 5, ...limits },
    clock: { now: () => NOON, monotonicMs: () => desk.time },
    ...{ log, metrics }
  })
  t.teardown(() => book.stop())
  const lateFixes = () => registry.get(callId)?.lateFixes
  return { book, callId, registry, words, told, codes: () => said, desk, lateFixes, metrics }
}

t.test('a fix that comes late is on record before the screens of its call hear of it', async t => {
  const { book, callId, told, lateFixes } = makeDesk(t)
  book.add(callId, PLACE, { state: 'found' })
  t.equal(lateFixes(), undefined, 'not before the record has it')
  await until(() => (lateFixes() === 1 ? '' : `change ${lateFixes()}`))
  t.match(told, [{ kind: 'corrected', lateFixes: 1 }])
  book.note(callId, 'eisec', 'searching')
  await until(() => (lateFixes() === 2 ? '' : `change ${lateFixes()}`))
})

t.test('while the record is away a fix is shown by this gateway, kept, and recorded when it is back', async t => {
  const { book, callId, words, told, codes, desk } = makeDesk(t)
  desk.isAway = true
  book.add(callId, PLACE)
  await until(() => (told.length === 1 ? '' : `told ${told.length}`))
  t.match(book.keptOf(callId), [{ fix: PLACE }])
  t.same(codes(), ['location.fix-kept'])
  t.match(withKept({ fixes: [], states: [] }, book.keptOf(callId)).fixes, [{ fix: PLACE }])
  desk.isAway = false
  await until(() => (words.length === 1 ? '' : 'not recorded'))
  await until(() => (book.keptOf(callId).length === 0 ? '' : 'still kept'))
  t.equal(told.length, 2, 'and its screens hear of it again')
})

t.test('no more than the limit is kept, and not for ever: what is lost is said and counted', async t => {
  const { book, callId, codes, desk, metrics } = makeDesk(t, { limits: { maxKept: 2, keepMs: 50 } })
  desk.isAway = true
  for (const radius of [1, 2, 3]) book.add(callId, nth(radius))
  await until(() => (codes().includes('location.fix-lost') ? '' : 'none lost'))
  t.same(
    book.keptOf(callId).map(({ fix }) => fix?.radiusMetres),
    [2, 3],
    'the oldest went'
  )
  desk.time = 60
  await until(() => (book.keptOf(callId).length < 2 ? '' : 'kept after its time'))
  desk.time = 120
  await until(() => (book.keptOf(callId).length === 0 ? '' : 'kept after its time'))
  const lost = (await metrics.lateFixes.get()).values.find(({ labels }) => labels['result'] === 'lost')
  t.equal(lost?.value, 3)
})

t.test('what the record will never take is not tried again', async t => {
  const { book, callId, codes, desk } = makeDesk(t)
  Object.assign(desk, { isAway: true, why: new pg.DatabaseError('invalid input', 0, 'error') })
  book.add(callId, PLACE)
  await until(() => (codes().length > 0 ? '' : 'nothing said'))
  t.same(codes(), ['location.fix-lost'])
  t.same(book.keptOf(callId), [])
})

t.test('a call that nobody has on record yet is asked for again', async t => {
  const { book, callId, registry, words } = makeDesk(t, { owner: null })
  registry.forget(callId)
  book.add(callId, PLACE)
  await until(() => (words.length >= 2 ? '' : 'tried once'))
})

t.test('what a lost notice would have told is found when the record is asked', async t => {
  const { book, callId, registry, desk, lateFixes } = makeDesk(t)
  desk.later = [{ callId, isLink: false, isNote: false, change: 40 }]
  await book.reconcile()
  t.equal(lateFixes(), 40)
  book.hear({ t: 'fix', call: callId, generation: 1, change: 30 })
  t.equal(lateFixes(), 40, 'a notice that was overtaken leaves the number')
  t.equal(registry.get(callId)?.seq, 3, 'and the lookup runs again all the same')
})

t.test('what the record may have done without saying so is asked for', async t => {
  const { book, callId, desk, lateFixes } = makeDesk(t)
  book.doubt(callId)
  desk.later = [{ callId, isLink: false, isNote: false, change: 12 }]
  await until(() => (lateFixes() === 12 ? '' : `change ${lateFixes()}`), 5_000)
})
