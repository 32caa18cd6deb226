import t from 'tap'
import {
  aroundWords,
  byCount,
  type CrimeSummary,
  categoryTrend,
  crimesStatus,
  distanceWords,
  hereWords,
  monthWords,
  noCrimesWords,
  periodWords,
  reachWords,
  trendWords
} from '../../../src/console/crime-words.ts'

type Source = CrimeSummary['sources'][number]

function source(over: Partial<Source> = {}): Source {
  return {
    ...{ force: 'tvp', source: 'police.uk', published: true, reachesTo: '2025-10', windowTo: '2025-10' },
    ...{ months: 12, pairedMonths: 12, count: 1_430, paired: 1_430, before: 1_620, categories: [] },
    ...over
  }
}

function summary(over: Partial<CrimeSummary> = {}): CrimeSummary {
  const around = { source: 'aml', confirmed: false, offMetres: 12 }
  return { around, radiusMetres: 500, areaView: false, sources: [source()], spots: [], ...over }
}

t.test('how many within what; an area is said to be one; own and published ones are never added up', async t => {
  t.equal(crimesStatus(summary()), '1,430 within 500 m')
  t.equal(crimesStatus(summary({ radiusMetres: 2_000, areaView: true })), 'Area view: 1,430 within 2 km')
  const own = source({ source: 'Niche', published: false, count: 9 })
  t.equal(crimesStatus(summary({ sources: [own, source()] })), '9 own, 1,430 published within 500 m')
  t.equal(crimesStatus(summary({ sources: [source(), source({ force: 'hants', count: 5 })] })), '1,435 within 500 m')
})

t.test('each source says what it is and how far it reaches', async t => {
  t.equal(
    reachWords(source()),
    'Published data (police.uk): snapped to points, no day known. Published to October 2025'
  )
  t.equal(
    reachWords(source({ source: 'Niche', published: false, reachesTo: '2026-11' })),
    'Niche: the force’s own records, up to November 2026'
  )
  t.equal(periodWords(source()), '12 months to October 2025')
  t.equal(periodWords(source({ months: 11 })), '11 of the 12 months to October 2025', 'a month that is missing is said')
})

t.test('the trend: a percentage of many, a number of few, and no comparison with what is not held', async t => {
  const trend = (paired: number, before: number, over: Partial<Source> = {}) =>
    trendWords(source({ paired, before, ...over }))
  t.equal(trend(143, 162), '12 % fewer than the year before (162)')
  t.equal(trend(162, 143), '13 % more than the year before (143)')
  t.equal(trend(5, 5), 'as many as the year before (5)')
  t.equal(trend(1_000, 1_001), 'about as many as the year before (1,001)')
  t.equal(trend(9, 4), '5 more than the year before (4)')
  t.equal(trend(3, 0), '3 more than the year before (0)')
  t.equal(trend(9, 4, { pairedMonths: 0 }), 'no year before is held to compare with')
  t.equal(trend(9, 4, { pairedMonths: 7 }), '5 more than the year before (4), in the 7 months held of both years')
  const category = { category: 'drugs', label: 'Drugs', count: 9, paired: 9, before: 4 }
  t.equal(categoryTrend(category, source()), 'was 4')
  t.equal(categoryTrend({ ...category, paired: 6 }, source()), '6 where it was 4')
  t.equal(categoryTrend(category, source({ pairedMonths: 0 })), '')
})

t.test('this address: how many, none, or why that is not told', async t => {
  const here = { count: 2, days: 28, metres: 50 }
  t.equal(hereWords(summary({ here })), 'Within 50 m, last 28 days: 2')
  t.equal(
    hereWords(summary({ here: { ...here, count: 0, street: 'Mill Lane' } })),
    'Here and in Mill Lane, last 28 days: none held'
  )
  t.equal(hereWords(summary({ here: { ...here, count: 20, atLeast: true } })), 'Within 50 m, last 28 days: at least 20')
  t.match(hereWords(summary({ notHere: 'published-only' })), /not told, published data do not name addresses/)
  t.match(hereWords(summary({ notHere: 'place-too-coarse' })), /not told, the caller’s place is not known so nearly/)
})

t.test('around which place, and that the caller may be elsewhere than an address on record', async t => {
  const around = (source: string, confirmed = false, offMetres = 0) =>
    aroundWords(summary({ around: { source, confirmed, offMetres } }))
  t.equal(around('aml', false, 12), 'Around the caller’s place, known within 12 m')
  t.equal(around('typed', true), 'Around the confirmed place')
  t.equal(around('address on record'), 'Around the address on record: the caller may be elsewhere')
})

t.test('none is said with the circle, the place and the reach', async t => {
  const { text, reach } = noCrimesWords(summary({ areaView: true, radiusMetres: 1_250 }))
  t.equal(
    `${text} ${reach}`,
    'Asked: no crime is held within 1.3 km, the area in which the caller may be. Around the caller’s place, known within 12 m. Published data (police.uk): snapped to points, no day known. Published to October 2025.'
  )
})

t.test('most first; months and metres as people read them', async t => {
  const of = (label: string, count: number) => ({ category: label, label, count, paired: 0, before: 0 })
  t.same(
    byCount([of('b', 1), of('c', 7), of('a', 1)]).map(({ label }) => label),
    ['c', 'a', 'b']
  )
  t.equal(monthWords('2025-10'), 'October 2025')
  t.equal(monthWords('2025-10', true), 'Oct 2025')
  t.equal(monthWords('not one'), 'not one')
  t.same([0, 999, 1_000, 1_240].map(distanceWords), ['0 m', '999 m', '1 km', '1.2 km'])
})
