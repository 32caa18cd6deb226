import t from 'tap'
import { PLAIN_GAZETTEER } from '../../../src/lookups/location/gazetteer.ts'
import type { LocationFix } from '../../../src/lookups/location/location.ts'
import { silentLog } from '../../../src/operations/log.ts'
import type { Offer } from '../../../src/pop/address.ts'
import type { Confirming } from '../../../src/records/location-fixes.ts'
import { makeTypedPlaces } from '../../../src/wiring/typed-places.ts'
import { anOffer, callAfter, NOON } from '../../support/call-events.ts'

const call = callAfter(anOffer())
const ANN = { handler: 'ann', position: 'tvp-d01', force: 'tvp' } as never
const ON_RECORD: LocationFix = {
  ...{ source: 'typed', shape: 'circle', latitude: 51.752, longitude: -1.2577, radiusMetres: 30 },
  ...{ address: '4 Cooper Lane, Oxford', method: 'Address on record' }
}

function makeDesk({ offer = 'device' as Offer, isElsewhere = false } = {}) {
  const confirmed: Confirming[] = []
  const asked: string[] = []
  const told: [string, number][] = []
  const doubted: string[] = []
  const desk = { isAway: false }
  const places = makeTypedPlaces({
    courier: {
      card: () => (isElsewhere ? undefined : ({ call, audience: new Map([['ann', offer]]) } as never)),
      foreignCard: (_, __, handler) => (handler === 'ann' ? ({ pop: { offer: 'device' } } as never) : undefined)
    },
    signOnOf: handler => (handler === 'ann' ? ANN : undefined),
    readOpen: async () => undefined,
    gazetteer: PLAIN_GAZETTEER,
    forcesOf: () => ({ asked: ['tvp'], without: [] }),
    addresses: async (_, { text }) => {
      asked.push(text)
      return text.includes('Cooper') ? [ON_RECORD] : []
    },
    confirm: async confirming => {
      if (desk.isAway) throw new Error('away')
      confirmed.push(confirming)
      return { change: 9, owner: null }
    },
    tell: (callId, change) => void told.push([callId, change]),
    onDoubt: callId => void doubted.push(callId),
    log: silentLog,
    clock: { now: () => NOON + 5 }
  })
  return { ...places, confirmed, asked, told, doubted, desk }
}

t.test('a grid reference is read without any record, and confirmed as it was read', async t => {
  const { findPlaces, typePlace, asked, confirmed, told } = makeDesk()
  const text = 'SP 51338 06183'
  const found = await findPlaces(ANN, call.callId, text)
  t.match(found, { places: [{ title: text, method: 'Grid reference', radiusMetres: 1 }] })
  const place = typeof found === 'object' ? (found.places[0]?.place ?? '') : ''
  t.same(await typePlace('ann', call.callId, { text, place }), { ok: true })
  t.match(confirmed, [{ callId: call.callId, id: place, handler: 'ann', at: NOON + 5, fix: { source: 'typed' } }])
  t.same(told, [[call.callId, 9]])
  t.same(asked, [], 'what is a position is looked for nowhere')
})

t.test(
  'an address is one of the record’s, chosen by the handler; what the words do not mean is not confirmed',
  async t => {
    const { findPlaces, typePlace, confirmed } = makeDesk()
    const found = await findPlaces(ANN, call.callId, 'Cooper Lane')
    t.match(found, { places: [{ title: '4 Cooper Lane, Oxford', method: 'Address on record', gridReference: /^SP / }] })
    t.match(await typePlace('ann', call.callId, { text: 'Cooper Lane', place: 'typed-elsewhere' }), {
      ok: false,
      code: 'location.unknown'
    })
    t.same(await findPlaces(ANN, call.callId, 'nowhere'), { places: [] })
    t.same(confirmed, [])
  }
)

t.test('only for whoever has the call as their own', async t => {
  const queued = makeDesk({ offer: 'queue' })
  t.equal(await queued.findPlaces(ANN, call.callId, 'Cooper Lane'), 'not-entitled')
  t.match(await queued.typePlace('ann', call.callId, { text: 'Cooper Lane', place: 'x' }), {
    code: 'call.not-entitled'
  })
  t.same(queued.asked, [], 'nothing is looked for')
  const elsewhere = makeDesk({ isElsewhere: true })
  t.equal(await elsewhere.findPlaces(ANN, call.callId, 'Cooper Lane'), 'unknown')
  t.match(await elsewhere.typePlace('ann', call.callId, { text: 'Cooper', place: 'x' }, { call } as never), {
    code: 'location.unknown'
  })
})

t.test('a record that is away is asked later what it has', async t => {
  const { findPlaces, typePlace, doubted, desk } = makeDesk()
  const found = await findPlaces(ANN, call.callId, 'Cooper Lane')
  const place = typeof found === 'object' ? (found.places[0]?.place ?? '') : ''
  desk.isAway = true
  await t.rejects(typePlace('ann', call.callId, { text: 'Cooper Lane', place }), /away/)
  t.same(doubted, [call.callId])
})
