import t from 'tap'
import { Value } from 'typebox/value'
import type { Call } from '../../../src/call/call.ts'
import type { Lookup } from '../../../src/lookups/lookup.ts'
import { MARKER_KINDS, markerRank, markerWords } from '../../../src/lookups/marker-kinds.ts'
import { runLookups } from '../../../src/lookups/run-lookups.ts'
import { type Marker, makeWarningsLookup, type Warnings } from '../../../src/lookups/warnings.ts'
import type { Whereabouts } from '../../../src/lookups/whereabouts.ts'
import { systemClock } from '../../../src/operations/lifecycle.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import { panelRevision, toPanel } from '../../../src/pop/panel.ts'
import { Panel } from '../../../src/pop/pop.ts'
import { anOffer, callAfter, NOON } from '../../support/call-events.ts'
import { guardsOf } from '../../support/guards.ts'

const call = callAfter(anOffer())
const withheld: Call = { ...call, line: '101', cli: { ...call.cli, trust: 'withheld' } }
const signal = new AbortController().signal
const AT: Whereabouts = {
  kind: 'at',
  point: { easting: 450_000, northing: 200_000 },
  radiusMetres: 12,
  isApproximate: false,
  source: 'aml',
  isConfirmed: false
}

const marker = (id: string, over: Partial<Marker> = {}): Marker => ({
  ...{ id, kind: 'violence', of: 'number', isEarlier: false, text: 'words', source: 'niche' },
  ...{ madeAt: NOON - 1_000, asOf: 1, e164: '+447700900123' },
  ...over
})
const answer = (...markers: Marker[]) => ({ markers, total: markers.length })

interface Held {
  readonly ofNumbers?: readonly Marker[]
  readonly near?: readonly Marker[] | 'broken'
}

function makeLookup({ ofNumbers = [], near = [] }: Held = {}) {
  const asked: unknown[] = []
  const lookup = makeWarningsLookup({
    markersOfNumbers: async ({ e164s }) => {
      asked.push(e164s)
      return answer(...ofNumbers)
    },
    markersNear: async ({ withinMetres }) => {
      asked.push(withinMetres)
      if (near === 'broken') throw new Error('the record is away')
      return answer(...near)
    },
    ...{ deadlineMs: 600, nearMetres: 50, coarseMetres: 100, now: () => NOON }
  })
  const ask = async (on: Call, where: Whereabouts) => {
    const outcome = await lookup.ask(on, signal, async () => where)
    return outcome.kind === 'found' ? outcome.value : outcome
  }
  return { lookup, asked, ask }
}

t.test(
  'the gravest come first, those in force before the expired, and the caller’s own before the neighbours’',
  async t => {
    const { ask } = makeLookup({
      ofNumbers: [
        marker('1', { kind: 'hoax' }),
        marker('2', { kind: 'firearms', expiresAt: NOON }),
        marker('3', { kind: 'a kind of another system' })
      ],
      near: [
        marker('4', { kind: 'firearms', of: 'address', e164: undefined as never }),
        marker('5', { kind: 'vulnerable', of: 'address' }),
        marker('1', { of: 'address' })
      ]
    })
    const found = (await ask(call, AT)) as Warnings
    t.same(
      found.markers.map(({ id }) => id),
      ['4', '3', '5', '1', '2']
    )
    t.match(found, { total: 5, expired: 1, unchecked: [] }, 'one that both lead to is one')
  }
)

t.test('what could not be asked is said, and is never "nothing held"', async t => {
  const unchecked = async (on: Call, where: Whereabouts, held: Held = {}) => {
    const found = await makeLookup(held).ask(on, where)
    return 'unchecked' in found ? found.unchecked : found
  }
  t.same(await unchecked(call, AT), { kind: 'none' }, 'all was asked')
  t.same(await unchecked(call, { kind: 'nowhere' }), ['nowhere'])
  t.same(await unchecked(call, { kind: 'unknown' }), ['place-unknown'])
  t.same(await unchecked(call, { ...AT, isApproximate: true }), ['too-coarse'], 'a cell')
  t.same(await unchecked(call, { ...AT, radiusMetres: 101 }), ['too-coarse'])
  t.same(await unchecked(call, AT, { near: 'broken' }), ['place-failed'])
  t.same(await unchecked(withheld, AT), ['no-number'], 'a withheld 101 call is asked about by its place alone')
  t.same(await unchecked(withheld, { kind: 'nowhere' }), { kind: 'not-asked', why: 'no-cli' })
})

t.test('who withheld the number on 101 is looked for by place only, on 999 by both', async t => {
  const { ask, asked } = makeLookup({ near: [marker('1', { of: 'address', distanceMetres: 7 })] })
  t.match(await ask(withheld, AT), { total: 1 })
  t.same(asked, [50])
  await ask({ ...withheld, line: '999' }, { ...AT, radiusMetres: 80 })
  t.same(asked.slice(1).sort(), [80, ['+447700900123']].sort(), 'within its radius where that is larger')
})

t.test('the address on record is the number’s own: its neighbours are not the caller’s', async t => {
  const { ask, asked } = makeLookup()
  t.same(await ask(call, { ...AT, source: 'address' }), { kind: 'none' })
  t.same(asked, [['+447700900123']])
})

t.test('the number’s warnings do not wait for a slow place, and the place then adds its own', async t => {
  const { lookup } = makeLookup({ ofNumbers: [marker('1')], near: [marker('2', { of: 'address' })] })
  let place = (_: Whereabouts) => {}
  const where = new Promise<Whereabouts>(resolve => {
    place = resolve
  })
  const early: Warnings[] = []
  const outcome = lookup.ask(
    call,
    signal,
    () => where,
    value => {
      early.push(value)
      place(AT)
    }
  )
  t.match(await outcome, { kind: 'found', value: { total: 2, unchecked: [] } })
  t.match(early, [{ total: 1, unchecked: ['place-pending'] }])
})

t.test('a place that never comes costs only what is known by it', async t => {
  const { lookup } = makeLookup({ ofNumbers: [marker('1')] })
  const outcome = await lookup.ask(call, signal, () => new Promise(() => {}))
  t.match(outcome, { kind: 'found', value: { total: 1, unchecked: ['place-unknown'] } })
})

t.test('an early answer gives way to the last one, though that is nothing held', async t => {
  const lookup: Lookup = {
    ...{ name: 'warnings', source: 'Force record', deadlineMs: 100 },
    ask: async (_call, _signal, _whereabouts, early = () => {}) => {
      early({ markers: [marker('1')], total: 1, expired: 0, unchecked: ['place-pending'] })
      return { kind: 'none' }
    }
  }
  const seen: [string, boolean][] = []
  const parts = {
    lookups: [lookup],
    guards: guardsOf([lookup]),
    clock: systemClock,
    log: silentLog,
    metrics: makeMetrics()
  }
  await runLookups(parts, call, async ({ outcome, isEarly = false }) => void seen.push([outcome.kind, isEarly]))
  t.same(seen, [
    ['found', true],
    ['none', false]
  ])
  t.ok(panelRevision(7, { status: 'none' }) > panelRevision(7, { status: 'pending' }))
})

t.test(
  'the risk: of a marker in force that is the caller’s or the place’s, not of an expired or an earlier one',
  async t => {
    const kind = 'domestic-abuse-high-risk'
    const risk = async (held: Held) => ((await makeLookup(held).ask(call, AT)) as Warnings).risk?.id
    t.equal(await risk({ ofNumbers: [marker('1', { kind })] }), '1')
    t.equal(await risk({ near: [marker('2', { kind, of: 'address' })] }), '2')
    t.equal(await risk({ ofNumbers: [marker('3', { kind, expiresAt: NOON - 1 })] }), undefined)
    t.equal(await risk({ ofNumbers: [marker('4', { kind, isEarlier: true })] }), undefined)
    t.equal(await risk({ ofNumbers: [marker('5')] }), undefined)
  }
)

t.test(
  'forty warnings are a panel of twenty that says so, with its notes and the risk that lies beyond them',
  async t => {
    const many = Array.from({ length: 39 }, (_, at) => marker(String(at), { kind: 'firearms' }))
    const { ask, lookup } = makeLookup({ ofNumbers: [...many, marker('99', { kind: 'domestic-abuse-high-risk' })] })
    const value = await ask(call, { kind: 'nowhere' })
    const panel = toPanel({ lookup, outcome: { kind: 'found', value, asOf: NOON }, tookMs: 1 }, call)
    t.ok(Value.Check(Panel, panel))
    t.equal(panel.items.filter(item => item.kind === 'marker').length, 20)
    t.match(panel, { more: 20, risk: { kind: 'domestic-abuse-high-risk', of: 'number' } })
    t.match(panel.items[0], { kind: 'note', title: /no place of the caller is known/ })
    t.match(panel.items[1], {
      title: 'Firearms',
      detail: 'words',
      fields: { of: 'number', matched: 'network', source: 'niche' }
    })
  }
)

t.test('every kind has a rank of its own; an unknown one stands among those that may be grave', async t => {
  t.equal(new Set(MARKER_KINDS.map(markerRank)).size, MARKER_KINDS.length)
  t.ok(markerRank('whatever') > markerRank('domestic-abuse-high-risk'))
  t.ok(markerRank('whatever') < markerRank('hoax'))
  t.equal(markerWords('whatever'), 'whatever')
})
