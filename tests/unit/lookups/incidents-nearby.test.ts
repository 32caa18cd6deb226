import t from 'tap'
import {
  type FindIncidents,
  type IncidentsNearby,
  makeIncidentsLookup,
  type NearbyIncident
} from '../../../src/lookups/incidents-nearby.ts'
import type { Outcome } from '../../../src/lookups/lookup.ts'
import type { Whereabouts } from '../../../src/lookups/whereabouts.ts'
import { toPanel } from '../../../src/pop/panel.ts'
import { anOffer, callAfter, NOON } from '../../support/call-events.ts'

const call = callAfter(anOffer())
const HOUR_MS = 3_600_000
const never = new AbortController().signal
const AT: Whereabouts = {
  ...{ kind: 'at', point: { easting: 450_000, northing: 200_000 }, radiusMetres: 40 },
  ...{ isApproximate: false, source: 'aml', isConfirmed: false }
}

function incident(over: Partial<NearbyIncident> = {}): NearbyIncident {
  return {
    ...{ id: '7', reference: 'T-7', force: 'tvp', type: 'Fire: in the open', isOpen: true, source: 'Callbox' },
    ...{ openedAt: NOON - HOUR_MS, metres: 300, calls: 2 },
    ...over
  }
}

type Asked = Parameters<FindIncidents>[0]

function makeLookup(items: readonly NearbyIncident[] = [incident()]) {
  const asked: Asked[] = []
  const lookup = makeIncidentsLookup({
    deadlineMs: 100,
    now: () => NOON,
    rules: { metres: 1_000, coarseMetres: 2_000, hours: 24, hoursByType: [{ type: 'Road', hours: 4 }] },
    forcesOf: (of, kind) => ({ asked: [of.force, kind], without: [] }),
    incidents: async ask => {
      asked.push(ask)
      return {
        items: ask.near === undefined ? items.filter(({ linked }) => linked !== undefined) : items,
        total: items.length
      }
    }
  })
  return { asked, ask: (at: Whereabouts) => lookup.ask(call, never, async () => at), lookup }
}

t.test(
  'it is asked around the caller: so many metres beyond the circle of the fix, and so many hours back',
  async t => {
    const { ask, asked } = makeLookup()
    t.match(await ask(AT), { kind: 'found', asOf: NOON, value: { total: 1 } })
    t.match(asked, [
      {
        forces: ['tvp', 'incidents'],
        callId: call.callId,
        near: {
          point: { easting: 450_000, northing: 200_000 },
          metres: 1_040,
          sinceAt: NOON - 24 * HOUR_MS,
          sinceByType: [{ type: 'Road', sinceAt: NOON - 4 * HOUR_MS }]
        }
      }
    ])
    t.same(await makeLookup([]).ask(AT), { kind: 'none' }, 'nothing near is said of a place only')
  }
)

t.test('a radio cell never joins a call to an incident; nor a place too coarse, none, or one not known', async t => {
  const coarse: readonly (readonly [Whereabouts, string])[] = [
    [{ ...AT, isApproximate: true }, 'place-coarse'],
    [{ ...AT, radiusMetres: 2_001 }, 'place-coarse'],
    [{ kind: 'nowhere' }, 'no-place'],
    [{ kind: 'unknown' }, 'place-unknown']
  ]
  for (const [at, why] of coarse) {
    const { ask, asked } = makeLookup()
    t.same(await ask(at), { kind: 'not-asked', why }, why)
    t.equal(asked[0]?.near, undefined, 'nothing near is read')
  }
  t.match(
    await makeLookup().ask({ ...AT, isApproximate: true, isConfirmed: true }),
    { kind: 'found' },
    'a handler’s word'
  )
})

t.test('what is linked is said without a place too, beside why nothing near is', async t => {
  const linked = incident({ linked: { by: 'ann', at: NOON } })
  const outcome = await makeLookup([linked]).ask({ kind: 'unknown' })
  t.match(outcome, { kind: 'found', value: { items: [{ id: '7' }], notNear: 'place-unknown' } })
})

function itemsOf(outcome: Outcome<IncidentsNearby>) {
  const { lookup } = makeLookup()
  return toPanel({ lookup, outcome, tookMs: 1 }, call)
}

t.test(
  'in the words of the screen: maybe the same, with distance, age and calls so far; or linked, and by whom',
  async t => {
    const found = await makeLookup([
      incident({ id: '5', linked: { by: 'ann', at: NOON - 9 }, summary: 'Smoke over the allotments.' }),
      incident({ grade: '1', point: { easting: 450_300.4, northing: 199_999.6 } })
    ]).ask(AT)
    t.match(itemsOf(found).items, [
      {
        kind: 'linked',
        detail: 'Smoke over the allotments.',
        fields: { id: '5', linkedBy: 'ann', linkedAt: NOON - 9 }
      },
      {
        kind: 'maybe-same',
        title: 'Fire: in the open',
        at: NOON - HOUR_MS,
        fields: {
          ...{ id: '7', reference: 'T-7', status: 'open', metres: 300, calls: 2, grade: '1', force: 'tvp' },
          ...{ easting: 450_300, northing: 200_000 }
        }
      }
    ])
    const byAddress = await makeLookup().ask({ ...AT, source: 'address' })
    t.match(itemsOf(byAddress).items, [{ kind: 'note', title: /address on record.*elsewhere/ }, { kind: 'maybe-same' }])
    t.equal(itemsOf(byAddress).more, 0)
  }
)
