import t from 'tap'
import { fixId, type LateRecord } from '../../../../src/lookups/location/late-fix.ts'
import type { LocationFix } from '../../../../src/lookups/location/location.ts'
import { type Located, makeLocationLookup } from '../../../../src/lookups/location/location-lookup.ts'
import type { Outcome } from '../../../../src/lookups/lookup.ts'
import { toPanel } from '../../../../src/pop/panel.ts'
import { anOffer, callAfter, NOON, then } from '../../../support/call-events.ts'

const offer = anOffer()
const fresh = callAfter(offer)
const located = callAfter(offer, then(offer, 'corrected', { lateFixes: 5 }))
const never = new AbortController().signal
const EMPTY: LateRecord = { fixes: [], states: [] }

const cell: LocationFix = {
  ...{ source: 'eisec', shape: 'circle', grid: { easting: 449_300, northing: 197_200 }, radiusMetres: 2_000 },
  ...{ confidence: 95, method: 'Cell' }
}
const phone: LocationFix = {
  ...{ source: 'aml', shape: 'circle', latitude: 51.672, longitude: -1.289, radiusMetres: 12, confidence: 95 },
  ...{ method: 'GNSS', fixedAt: NOON + 18_000 }
}
const held = (fix: LocationFix, cameAt: number, confirmed?: number) => ({
  ...{ id: fixId(fix), fix, cameAt },
  ...(confirmed === undefined ? {} : { confirmed: { by: 'ann', at: confirmed } })
})

interface Options {
  readonly late?: LateRecord | Error
  readonly address?: string
}

function lookupOf({ late = EMPTY, address }: Options = {}) {
  const asked: string[] = []
  const lookup = makeLocationLookup({
    deadlineMs: 1_000,
    addressOnRecord: async () => (address === undefined ? undefined : { text: address, source: 'x', asOf: NOON }),
    askHeld: async () => ({ kind: 'late' }),
    lateRecord: async callId => {
      asked.push(callId)
      if (late instanceof Error) throw late
      return late
    },
    onFault: () => {},
    now: () => NOON + 20_000
  })
  return { lookup, asked }
}

/** What the screen is told of it: standing, source and title of each fix, then what is said beside. */
async function shown(options: Options): Promise<string[]> {
  const { lookup } = lookupOf(options)
  const outcome = await lookup.ask(located, never)
  const { items } = toPanel({ lookup, outcome, tookMs: 1 }, located)
  return items.map(({ kind, title, fields }) =>
    kind === 'fix' ? `${fields?.['standing']} ${fields?.['source']}` : `${kind} ${title}`
  )
}

const outcomeOf = (options: Options) => lookupOf(options).lookup.ask(located, never) as Promise<Outcome<Located>>

t.test('of a call without late fixes the record of them is not asked', async t => {
  const { lookup, asked } = lookupOf()
  await lookup.ask(fresh, never)
  t.same(asked, [])
  await lookup.ask(located, never)
  t.same(asked, [located.callId])
})

t.test('a cell while EISEC searches, beside the address on record; then the phone’s own place is the best', async t => {
  const searching = [{ source: 'eisec', state: 'searching', at: NOON } as const]
  t.same(await shown({ late: { fixes: [held(cell, NOON)], states: searching }, address: '1 Invented Street' }), [
    'best eisec',
    'other address on record',
    'source EISEC: searching for the phone'
  ])
  const fixes = [held(cell, NOON), held(phone, NOON + 20_000)]
  t.same(await shown({ late: { fixes, states: [] } }), ['best aml', 'other eisec'])
})

t.test('a search alone is something to say, and no place is "nothing held" only when nobody searches', async t => {
  t.same(await shown({ late: { fixes: [], states: [{ source: 'eisec', state: 'searching', at: NOON }] } }), [
    'source EISEC: searching for the phone'
  ])
  const ended = await outcomeOf({ late: { fixes: [], states: [{ source: 'eisec', state: 'none', at: NOON }] } })
  t.same(ended, { kind: 'none' })
})

t.test('what a handler confirmed stays first; a better place is offered beside it', async t => {
  const fixes = [held(cell, NOON, NOON + 5_000), held(phone, NOON + 20_000)]
  t.same(await shown({ late: { fixes, states: [] } }), ['confirmed eisec', 'offered aml'])
  const both = [held(cell, NOON), held(phone, NOON + 20_000, NOON + 21_000)]
  t.same(await shown({ late: { fixes: both, states: [] } }), ['confirmed aml', 'other eisec'])
})

t.test(
  'each place has both kinds of coordinates, the time of its fix or of its arrival, and why it stands there',
  async t => {
    const outcome = await outcomeOf({ late: { fixes: [held(cell, NOON), held(phone, NOON + 20_000)], states: [] } })
    if (outcome.kind !== 'found') return t.fail(outcome.kind)
    const { items } = toPanel({ lookup: lookupOf().lookup, outcome, tookMs: 1 }, located)
    const [best, other] = items
    t.match(best, { title: 'Within 12 m of 51.67200, -1.28900', at: NOON + 18_000 })
    t.match(best?.fields, {
      ...{ id: fixId(phone), source: 'aml', method: 'GNSS', confidence: 95, shape: 'circle', radiusMetres: 12 },
      ...{ gridReference: /^SU 49\d{3} 97\d{3}$/, easting: Number, northing: Number, reason: /./ }
    })
    t.match(other?.fields, { latitude: Number, longitude: Number, approximate: true, toldAt: true, easting: 449_300 })
    t.equal(other?.at, NOON)
  }
)

t.test('when late fixes cannot be read that is said, and what else is known is shown', async t => {
  t.same(await shown({ late: new Error('away'), address: '1 Invented Street' }), [
    'best address on record',
    'note What came later, and what was confirmed, could not be read.'
  ])
  t.same(await outcomeOf({ late: new Error('away') }), { kind: 'failed', fault: 'lookup.late-fixes' })
})
