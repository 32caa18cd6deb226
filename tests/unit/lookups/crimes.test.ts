import t from 'tap'
import { countedMonths, dayOf, monthOf, monthsBefore, writeMonth } from '../../../src/lookups/crime-months.ts'
import {
  areaOf,
  type Crime,
  type FindCrimes,
  makeCrimesLookup,
  type SourceCounts
} from '../../../src/lookups/crimes.ts'
import { streetOf } from '../../../src/lookups/street.ts'
import type { Whereabouts } from '../../../src/lookups/whereabouts.ts'
import { anOffer, callAfter } from '../../support/call-events.ts'

const NOW = Date.parse('2026-11-20T12:00:00Z')
const DAY_MS = 86_400_000
const POINT = { easting: 449_640, northing: 197_450 }
const call = callAfter(anOffer({ homeForce: 'hants' }))
const never = new AbortController().signal
const month = (text: string) => monthOf(Date.parse(`${text}-01T00:00:00Z`))
const at = (over: Partial<Extract<Whereabouts, { kind: 'at' }>> = {}): Whereabouts => ({
  ...{ kind: 'at', point: POINT, radiusMetres: 12, isApproximate: false, source: 'aml', isConfirmed: false },
  ...over
})

function counts(over: Partial<SourceCounts> = {}, count = 3): SourceCounts {
  return {
    ...{ force: 'tvp', source: 'police.uk', isPublished: true, asOf: 500 },
    ...{ reachesTo: month('2025-10'), windowTo: month('2025-10'), months: 12, pairedMonths: 12 },
    categories: [{ category: 'burglary', count, paired: count, before: 0 }],
    ...over
  }
}

const OWN = { source: 'Niche', isPublished: false, reachesTo: month('2026-11'), windowTo: month('2026-10'), asOf: 400 }
const crime = (recordKey: string): Crime => ({
  ...{ force: 'tvp', source: 'x', recordKey, isPublished: false, category: 'burglary', month: month('2026-11') },
  ...{ point: POINT, location: 'Mill Lane', metres: 5 }
})

/** A record of crimes that answers as told, and what it was asked. */
function makeRoom(sources: readonly SourceCounts[], answers: Partial<Record<keyof FindCrimes, readonly Crime[]>> = {}) {
  const asked: Record<string, unknown[]> = {}
  const answer =
    (name: 'published' | 'own' | 'here'): FindCrimes['here'] =>
    async (around, how) => {
      asked[name] = [...(asked[name] ?? []), { ...around, ...how }]
      return answers[name] ?? []
    }
  const find: FindCrimes = {
    counts: async around => {
      asked['counts'] = [around]
      return sources
    },
    spots: async () => [],
    ...{ published: answer('published'), own: answer('own'), here: answer('here') }
  }
  const settings = { radiusMetres: 500, maxRadiusMetres: 2_000, hereMetres: 50, hereDays: 28, items: 20 }
  const lookup = makeCrimesLookup({ find, settings, deadlineMs: 100, now: () => NOW })
  return { asked, ask: (where: Whereabouts) => lookup.ask(call, never, async () => where), lookup }
}

t.test(
  'a caller at no place, or at a place that could not be found out, is never one with no crimes around',
  async t => {
    const { ask, asked, lookup } = makeRoom([counts()])
    t.same(await ask({ kind: 'nowhere' }), { kind: 'not-asked', why: 'no-place' })
    t.same(await ask({ kind: 'unknown' }), { kind: 'not-asked', why: 'place-unknown' })
    t.same(await lookup.ask(call, never), { kind: 'not-asked', why: 'place-unknown' })
    t.same(asked, {})
  }
)

t.test('where nothing was ever taken in, nobody says that there is nothing', async t => {
  t.same(await makeRoom([]).ask(at()), { kind: 'not-asked', why: 'not-configured' })
})

t.test('none is said with where was looked, and only where no source counts anything', async t => {
  t.match(await makeRoom([counts({}, 0)]).ask(at()), {
    kind: 'none',
    value: { radiusMetres: 500, sources: [{ force: 'tvp' }] }
  })
  const before = counts({ categories: [{ category: 'drugs', count: 0, paired: 0, before: 4 }] })
  t.match(await makeRoom([before]).ask(at()), { kind: 'found' }, 'none this year, four the year before, is an answer')
  t.match(await makeRoom([counts({}, 0)], { published: [crime('a')] }).ask(at()), { kind: 'found' })
})

t.test('the circle grows with how far off the caller may be, up to a bound, and says when it is an area', async t => {
  const settings = { radiusMetres: 500, maxRadiusMetres: 2_000 }
  const area = (radiusMetres: number, isApproximate = false) => areaOf({ radiusMetres, isApproximate }, settings)
  t.same(area(0), { radiusMetres: 500, isAreaView: false })
  t.same(area(500), { radiusMetres: 500, isAreaView: false })
  t.same(area(800.2), { radiusMetres: 801, isAreaView: false })
  t.same(area(2_000), { radiusMetres: 2_000, isAreaView: false })
  t.same(area(2_001), { radiusMetres: 2_000, isAreaView: true })
  t.same(area(300, true), { radiusMetres: 500, isAreaView: true }, 'a cell is one, however small it is said to be')
  const { ask, asked } = makeRoom([counts()])
  await ask(at({ radiusMetres: 1_200 }))
  t.match(asked['counts'], [{ forces: ['tvp'], point: POINT, radiusMetres: 1_200 }])
})

t.test('a force’s own crimes of this address come first, then its newest, then published ones, each once', async t => {
  const own = {
    own: [crime('here'), crime('own')],
    here: [crime('here')],
    published: [{ ...crime('p'), isPublished: true }]
  }
  const { ask, asked } = makeRoom([counts(), counts({ ...OWN })], own)
  const outcome = await ask(at({ address: '12 Mill Lane, Abingdon' }))
  t.match(outcome, {
    kind: 'found',
    asOf: 400,
    value: { here: { crimes: [{ recordKey: 'here' }], street: 'Mill Lane' } }
  })
  t.same(outcome.kind === 'found' && outcome.value.around.map(({ recordKey }) => recordKey), ['own', 'p'])
  t.match(asked['here'], [
    { sinceAt: NOW - 28 * DAY_MS, since: dayOf(NOW) - 28, metres: 50, street: 'Mill Lane', limit: 20 }
  ])
})

t.test('of no address is spoken where only published data are held, or the place is too coarse for one', async t => {
  const published = makeRoom([counts()])
  t.match(await published.ask(at()), { value: { whyNotHere: 'published-only', here: undefined } })
  const own = makeRoom([counts({ ...OWN })])
  for (const coarse of [at({ radiusMetres: 101 }), at({ isApproximate: true })]) {
    t.match(await own.ask(coarse), { value: { whyNotHere: 'place-too-coarse' } })
  }
  t.equal(own.asked['here'], undefined)
  t.match(await own.ask(at({ radiusMetres: 100 })), { value: { here: { crimes: [], isCut: undefined } } })
  const full = Array.from({ length: 20 }, (_, n) => crime(`k${n}`))
  t.match(await makeRoom([counts({ ...OWN })], { here: full }).ask(at()), {
    value: { here: { isCut: true }, around: [] }
  })
})

t.test('where crimes are dense the newest are found among the nearest of the last month, or the last days', async t => {
  const many = Array.from({ length: 20 }, (_, n) => crime(`k${n}`))
  const dense = makeRoom([counts({}, 9_600)], { published: many })
  await dense.ask(at())
  // 800 a month: a tenth of the circle holds the 80 of which 20 are surely the nearest.
  t.match(dense.asked['published'], [{ since: month('2025-10'), radiusMetres: 500 * Math.sqrt(0.1) }])
  t.equal(dense.asked['published']?.length, 1)
  const own = makeRoom([counts({ ...OWN }, 7_300)], { own: many })
  await own.ask(at())
  t.match(own.asked['own'], [{ since: dayOf(NOW) - 4, radiusMetres: 500 }])
  t.equal(own.asked['published'], undefined, 'and a kind that no source has is not asked for')
})

t.test('where a part does not fill the list the month is asked for, and then the year', async t => {
  const few = Array.from({ length: 19 }, (_, n) => crime(`k${n}`))
  const published = makeRoom([counts({}, 9_600)], { published: few })
  await published.ask(at())
  t.match(published.asked['published'], [
    { since: month('2025-10') },
    { since: month('2025-10'), radiusMetres: 500 },
    { since: month('2024-11'), radiusMetres: 500 }
  ])
  const own = makeRoom([counts({ ...OWN }, 7_300)], { own: few })
  await own.ask(at())
  t.match(own.asked['own'], [{ since: dayOf(NOW) - 4 }, { since: month('2026-11') }, { since: month('2025-11') }])
  const sparse = makeRoom([counts({}, 299), counts({ ...OWN }, 599)])
  await sparse.ask(at())
  t.match(sparse.asked, { published: [{ since: month('2024-11') }], own: [{ since: month('2025-11') }] })
  t.same([sparse.asked['published']?.length, sparse.asked['own']?.length], [1, 1])
})

t.test('a source that reaches less far is not counted on for the newest month', async t => {
  const late = counts({ force: 'hants', reachesTo: month('2025-11'), windowTo: month('2025-11') }, 600)
  const { ask, asked } = makeRoom([counts({}, 9_600), late])
  await ask(at())
  t.match(asked['published'], [{ since: month('2025-11'), radiusMetres: 500 }, { since: month('2024-12') }])
})

t.test('a source that breaks is no answer', async t => {
  const { lookup } = makeRoom([counts()])
  const broken = makeCrimesLookup({
    find: { ...({} as FindCrimes), counts: () => Promise.reject(new Error('broken')) },
    settings: { radiusMetres: 500, maxRadiusMetres: 2_000, hereMetres: 50, hereDays: 28, items: 20 },
    ...{ deadlineMs: 100, now: () => NOW }
  })
  await t.rejects(
    broken.ask(call, never, async () => at()),
    /broken/
  )
  await t.rejects(Promise.resolve(broken.probe?.(never)), /broken/)
  await t.resolves(Promise.resolve(lookup.probe?.(never)))
  t.equal(lookup.needsPlace, true)
})

t.test('months are whole, whatever the length of the year', async t => {
  t.equal(writeMonth(monthOf(Date.parse('2024-02-29T23:59:59Z'))), '2024-02')
  t.equal(writeMonth(monthsBefore(month('2025-01'), 1)), '2024-12')
  t.equal(writeMonth(monthsBefore(month('2024-02'), 12)), '2023-02')
  t.equal(writeMonth(monthsBefore(month('2024-12'), -1)), '2025-01')
})

t.test('twelve months end with the last published one; of a force’s own, before the one that still grows', async t => {
  const held = Array.from({ length: 26 }, (_, back) => monthsBefore(month('2025-10'), back))
  const published = countedMonths(held, true)
  t.match(published, { windowTo: month('2025-10'), now: { length: 12 }, paired: { length: 12 } })
  t.same([published?.now.at(-1), published?.before[0]], [month('2024-11'), month('2024-10')])
  t.match(countedMonths(held, false), { windowTo: month('2025-09') })
  t.match(countedMonths([month('2025-10')], false), { windowTo: month('2025-10'), now: [month('2025-10')], paired: [] })
  t.equal(countedMonths([], true), undefined)
  const gap = held.filter(each => each !== month('2025-07') && each !== month('2024-03'))
  t.match(countedMonths(gap, true), { now: { length: 11 }, paired: { length: 10 }, before: { length: 10 } })
})

t.test('a street is read of an address that has one behind the number of a house, and else not guessed', async t => {
  for (const [address, street] of [
    ['12 Mill Lane, Abingdon, OX14 3CK', 'Mill Lane'],
    ['Flat 2, 12a St John’s Road, Newbury', 'St John’s Road'],
    ['12-14 High Street', 'High Street'],
    ['The Plough, Mill Lane, Abingdon', undefined],
    ['2 M40', undefined],
    ['', undefined],
    ['12, Mill Lane', undefined],
    [`1 ${'x'.repeat(5_000)}`, undefined]
  ] as const) {
    t.equal(streetOf(address), street, address.slice(0, 40))
  }
})
