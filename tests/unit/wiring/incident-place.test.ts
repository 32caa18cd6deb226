import t from 'tap'
import { fixId } from '../../../src/lookups/location/late-fix.ts'
import type { LocationFix } from '../../../src/lookups/location/location.ts'
import type { Located } from '../../../src/lookups/location/location-lookup.ts'
import type { Outcome } from '../../../src/lookups/lookup.ts'
import { silentLog } from '../../../src/operations/log.ts'
import type { Offer } from '../../../src/pop/address.ts'
import type { PlaceAct, Placed } from '../../../src/records/incident-places.ts'
import { makeIncidentPlace } from '../../../src/wiring/incident-place.ts'
import { anOffer, callAfter, NOON } from '../../support/call-events.ts'

const call = callAfter(anOffer())
const ANN = { handler: 'ann', position: 'tvp-d01', force: 'tvp' } as never
const circle = (radiusMetres: number): LocationFix => ({ source: 'aml', shape: 'circle', radiusMetres })
const PLACED: LocationFix = { ...circle(12), grid: { easting: 449_640, northing: 197_450 } }
const UNPLACED: LocationFix = { source: 'eisec', shape: 'civic', address: '1 Nowhere Lane' }
const plain = { place: {}, standing: 'best', reason: '', isApproximate: false, isTimeOfArrival: false } as const

function makeDesk({ offer = 'device' as Offer, result = 'placed' as Placed['result'], isElsewhere = false } = {}) {
  const acts: PlaceAct[] = []
  const told: [string, number][] = []
  const doubted: string[] = []
  const desk = { isAway: false }
  const found: Outcome<Located> = {
    ...{ kind: 'found', asOf: NOON },
    value: { fixes: [PLACED, UNPLACED].map(fix => ({ id: fixId(fix), fix, ...plain })) }
  }
  const commands = makeIncidentPlace({
    courier: {
      card: () => (isElsewhere ? undefined : ({ call, audience: new Map([['ann', offer]]) } as never)),
      foreignCard: (_, __, handler) => (handler === 'ann' ? ({ pop: { offer: 'device' } } as never) : undefined)
    },
    signOnOf: handler => (handler === 'ann' ? ANN : undefined),
    locate: async () => found,
    readTyped: async (_, __, { text, place }) => (text === 'OX1 1AA' && place === 'typed-1' ? PLACED : undefined),
    put: async act => {
      if (desk.isAway) throw new Error('away')
      acts.push(act)
      return { result, change: result === 'placed' ? 9 : undefined }
    },
    tell: (callId, change) => void told.push([callId, change]),
    onDoubt: callId => void doubted.push(callId),
    log: silentLog,
    clock: { now: () => NOON + 5 }
  })
  return { ...commands, acts, told, doubted, desk }
}

t.test(
  'the incident is at what was typed, or at a place of the call, and may be where the caller is again',
  async t => {
    const { placeIncident, unplaceIncident, acts, told } = makeDesk()
    t.same(await placeIncident('ann', call.callId, { text: 'OX1 1AA', place: 'typed-1' }), { ok: true })
    t.same(await placeIncident('ann', call.callId, { fix: fixId(PLACED) }), { ok: true })
    t.same(await unplaceIncident('ann', call.callId), { ok: true })
    const by = { callId: call.callId, handler: 'ann', at: NOON + 5 }
    t.same(acts, [{ ...by, fix: PLACED }, { ...by, fix: PLACED }, by])
    t.same(
      told,
      [1, 2, 3].map(() => [call.callId, 9]),
      'and each is told to whoever has the call'
    )
  }
)

t.test('what the words do not mean, is no place of the call or lies nowhere is refused in words', async t => {
  const { placeIncident, acts } = makeDesk()
  const code = async (said: Parameters<typeof placeIncident>[2]) => {
    const done = await placeIncident('ann', call.callId, said)
    return done.ok ? 'done' : done.code
  }
  t.equal(await code({ text: 'OX1 1AA', place: 'typed-2' }), 'location.unknown')
  t.equal(await code({ fix: 'aml-gone' }), 'location.unknown')
  t.equal(await code({ fix: fixId(UNPLACED) }), 'location.unplaced')
  t.same(acts, [])
})

t.test('only for whoever has the call as their own', async t => {
  const queued = makeDesk({ offer: 'queue' })
  t.match(await queued.placeIncident('ann', call.callId, { fix: fixId(PLACED) }), { code: 'call.not-entitled' })
  t.match(await queued.unplaceIncident('ann', call.callId), { code: 'call.not-entitled' })
  const elsewhere = makeDesk({ isElsewhere: true })
  t.match(await elsewhere.unplaceIncident('ann', call.callId), { code: 'call.unknown' })
  t.same(await elsewhere.unplaceIncident('ann', call.callId, { call } as never), { ok: true }, 'at another gateway')
  t.match(await elsewhere.placeIncident('bea', call.callId, { fix: 'x' }, { call } as never), {
    code: 'call.not-entitled'
  })
})

t.test('asked again it is done; a record that is away, or had enough of it, says so', async t => {
  const again = makeDesk({ result: 'as-it-was' })
  t.same(await again.unplaceIncident('ann', call.callId), { ok: true })
  t.same(again.doubted, [call.callId], 'the screens may not have heard of it')
  t.same(again.told, [])
  const full = makeDesk({ result: 'too-many' })
  t.match(await full.placeIncident('ann', call.callId, { fix: fixId(PLACED) }), { code: 'incident.too-many-places' })
  const away = makeDesk()
  away.desk.isAway = true
  await t.rejects(away.placeIncident('ann', call.callId, { fix: fixId(PLACED) }), /away/)
  t.same(away.doubted, [call.callId])
})
