import t from 'tap'
import { bestFix, type ConfirmableFix } from '../../src/lookups/location/best-fix.ts'
import { makeRandom, runSeed } from '../support/random.ts'

/*
 * Whatever sources send, also nonsense, and in whatever order: the order of the fixes is one, a confirmed place is
 * never displaced, and nothing throws.
 */

const seed = runSeed()
t.comment(`seed: ${seed}`)
const random = makeRandom(seed)
const RUNS = 10_000
const NOW = Date.UTC(2026, 2, 3, 12)
const SOURCES = ['pidf-lo', 'eisec', 'aml', 'held', 'ecall', 'address', 'typed', 'cell'] as const
const METHODS = ['none', 'GPS', 'W', 'Cell', 'fused', '', 'Manual', '\u0000']
const ODD = [Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 1e300]

function number(from: number, to: number): number {
  return random.below(40) === 0 ? random.pick(ODD) : from + ((to - from) * random.below(1_000_000)) / 1_000_000
}

function maybe<K extends string, V>(key: K, value: V): Partial<Record<K, V>> {
  return random.below(3) === 0 ? {} : ({ [key]: value } as Record<K, V>)
}

function fix(mayConfirm: boolean): ConfirmableFix {
  const method = random.pick(METHODS)
  const grid = { easting: number(0, 700_000), northing: number(0, 1_300_000) }
  const place = random.below(5) === 0 ? {} : { latitude: number(50, 58), longitude: number(-6, 1) }
  const source = random.pick(SOURCES)
  return {
    source: mayConfirm || source !== 'typed' ? source : 'aml',
    shape: 'circle',
    ...place,
    ...maybe('radiusMetres', number(1, 5_000)),
    ...maybe('confidence', number(1, 100)),
    ...maybe('fixedAt', Math.round(number(NOW - 600_000, NOW + 1_000))),
    ...(random.below(4) === 0 ? { semiMajorMetres: number(1, 900), semiMinorMetres: number(1, 900) } : {}),
    ...(random.below(4) === 0 ? { grid } : {}),
    ...(method === 'none' ? {} : { method }),
    ...(mayConfirm && random.below(6) === 0 ? { confirmedAt: NOW - random.below(600_000) } : {})
  }
}

function fixes(mayConfirm = true): ConfirmableFix[] {
  return Array.from({ length: random.below(8) }, () => fix(mayConfirm))
}

function shuffled<T>(all: readonly T[]): T[] {
  const left = [...all]
  return all.flatMap(() => left.splice(random.below(left.length), 1))
}

/** What the order goes by: two fixes that are alike in it may stand either way. */
function keysOf(all: readonly ConfirmableFix[]): string {
  const { order } = bestFix(all, { now: NOW })
  return order
    .map(({ fix: { fixedAt = 0, confirmedAt }, isConfirmed, weighedMetres }) =>
      [isConfirmed, confirmedAt, weighedMetres, Number.isFinite(fixedAt) ? fixedAt : 0].join(' ')
    )
    .join('\n')
}

t.test('the order is one, whatever order the fixes come in, and loses none', async t => {
  let compared = 0
  for (let run = 0; run < RUNS; run += 1) {
    const all = fixes()
    const { order, chosen } = bestFix(all, { now: NOW })
    const indexes = order.map(({ index }) => index).sort((one, other) => one - other)
    const isWhole = indexes.every((index, at) => index === at) && order.length === all.length
    const isOne = keysOf(all) === keysOf(shuffled(all))
    const again = bestFix(
      order.map(({ fix }) => fix),
      { now: NOW }
    )
    const isStable = again.order.every(({ index }, at) => index === at)
    const isSaid = order.every(({ reason }) => reason !== '' && !/NaN|Infinity|undefined/.test(reason))
    if (isWhole && isOne && isStable && isSaid && chosen === order[0]) compared += 1
    else return t.fail(`run ${run}, seed ${seed}`, { all })
  }
  t.equal(compared, RUNS)
})

t.test('whatever else comes, what the handler confirmed last stays in use', async t => {
  let kept = 0
  for (let run = 0; run < RUNS; run += 1) {
    const confirmed = { ...fix(true), confirmedAt: NOW }
    const all = shuffled([...fixes(false), confirmed, ...fixes(false)])
    const { chosen, offered } = bestFix(all, { now: NOW })
    const isOffer = offered === undefined || !offered.isConfirmed
    if (chosen?.fix === confirmed && isOffer) kept += 1
    else return t.fail(`run ${run}, seed ${seed}`, { all })
  }
  t.equal(kept, RUNS)
})
