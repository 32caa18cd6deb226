/*
 * The recommendation of units: `node tests/bench/recommendation.ts [--asks 400] [--json FILE]`. Forces of 200, 2,000 and
 * 20,000 units over the same ground, an immediate job anywhere in it; beside it the least that anybody could do, all units
 * sorted by their distance. And what their positions cost, 10,000 a second of 2,000 units.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { NATIONAL_CODES } from '../../src/operations/units-schema.ts'
import { recommend } from '../../src/resources/recommend.ts'
import { toStatusTable } from '../../src/resources/status-codes.ts'
import type { Unit } from '../../src/resources/unit.ts'
import { UnitBook } from '../../src/resources/unit-book.ts'
import { indexUnits } from '../../src/resources/unit-index.ts'
import { Percentiles } from '../../src/simulator/percentiles.ts'
import { makeRandom } from '../support/random.ts'
import { MIDDLE, NOW, RULES, toJob, toUnit } from '../support/recommending.ts'
import { toFigures } from './closed-loop.ts'
import type { Figures, Table } from './table.ts'

const SIZES = [200, 2_000, 20_000]
const [SIDE_KM, SEED, WARM_UP, UPDATES, BATCH] = [100, 7, 100, 10_000, 500]
const { values } = parseArgs({
  options: {
    asks: { type: 'string', default: '2000' },
    json: { type: 'string', default: 'report/bench-recommendation.json' }
  }
})
const asks = Number(values.asks)
const random = makeRandom(SEED)
const anywhere = (): readonly [number, number] => [
  (random.below(SIDE_KM * 1_000) - SIDE_KM * 500) / 1_000,
  (random.below(SIDE_KM * 1_000) - SIDE_KM * 500) / 1_000
]
/** A working evening: a third can be sent, one in six may be diverted. */
const anyUnit = (at: number): Unit =>
  toUnit({
    ...{ callsign: `U${at}`, km: anywhere(), status: random.pick(['2', '3', '5', '6', '8', '11']), crew: 2 },
    ...{ skills: random.pick([[], ['taser'], ['dog']]), job: { grade: random.pick(['1', '2', '3']) } },
    ...{ fixSeconds: random.below(120), shiftMinutes: 60 + random.below(400) }
  })
const places = Array.from({ length: 64 }, () => {
  const [east, north] = anywhere()
  return { easting: MIDDLE.easting + east * 1_000, northing: MIDDLE.northing + north * 1_000 }
})

const rows: Figures[] = []
for (const size of SIZES) {
  const units = Array.from({ length: size }, (_, at) => anyUnit(at))
  const index = indexUnits(units)
  const what = `${size.toLocaleString('en-GB')} units`
  const ways: readonly (readonly [string, boolean, (place: (typeof places)[number]) => unknown])[] = [
    [
      'Callbox',
      false,
      place => recommend({ units: index, job: { ...toJob({ wished: ['taser'] }), place }, rules: RULES, now: NOW })
    ],
    ['all sorted by distance', true, place => sortedByDistance(units, place)]
  ]
  for (const [subject, isReference, ask] of ways) {
    process.stdout.write(`${what}: ${subject} …\n`)
    rows.push({ subject, what, isReference, ...drive(asks, n => ask(places[n % places.length] ?? MIDDLE)) })
  }
}
process.stdout.write('positions …\n')
rows.push({
  subject: 'Callbox',
  what: `a batch of ${BATCH} positions, 2,000 units`,
  ...drive(UPDATES / BATCH, makeMoves(2_000))
})

const table: Table = {
  rows,
  notes: [
    'One thread. The reference looks at nothing but distance: it stands for how long it takes to look at every unit once, which the index of squares avoids.',
    '10,000 positions a second are twenty such batches.'
  ]
}
await mkdir(dirname(values.json), { recursive: true })
await writeFile(values.json, `${JSON.stringify(table, null, 1)}\n`)

function sortedByDistance(units: readonly Unit[], { easting, northing }: (typeof places)[number]): readonly Unit[] {
  const far = ({ fix }: Unit) =>
    fix === undefined ? Infinity : Math.hypot(fix.easting - easting, fix.northing - northing)
  return units
    .map(unit => ({ unit, metres: far(unit) }))
    .sort((one, other) => one.metres - other.metres)
    .slice(0, 5)
    .map(({ unit }) => unit)
}

/** Batches of positions as a force's radio sends them, each unit some hundred metres on. */
function makeMoves(size: number): (n: number) => unknown {
  const book = new UnitBook(new Map([['tvp', { codes: toStatusTable(NATIONAL_CODES) }]]))
  const at = Array.from({ length: size }, anywhere)
  return n => {
    const batch = Array.from({ length: BATCH }, (_, k) => {
      const unit = (n * BATCH + k) % size
      const [east, north] = at[unit] ?? [0, 0]
      at[unit] = [east + 0.1, north]
      const place = { easting: MIDDLE.easting + east * 1_000, northing: MIDDLE.northing + north * 1_000 }
      return { callsign: `U${unit}`, at: NOW + n, place, status: '2' }
    })
    return book.take('tvp', batch, NOW + n)
  }
}

function drive(count: number, once: (n: number) => unknown): Omit<Figures, 'subject' | 'what'> {
  for (let n = 0; n < WARM_UP; n++) once(n)
  const times = new Percentiles()
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  for (let n = 0; n < count; n++) {
    const at = performance.now()
    once(WARM_UP + n)
    times.add(performance.now() - at)
  }
  return toFigures(times, (performance.now() - startedAt) / 1_000, cpuBefore)
}
