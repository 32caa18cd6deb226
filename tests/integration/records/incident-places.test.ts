import t from 'tap'
import type { LocationFix } from '../../../src/lookups/location/location.ts'
import { MAX_INCIDENT_PLACES, putIncidentPlace } from '../../../src/records/incident-places.ts'
import { appendEntries } from '../../../src/records/journal-rows.ts'
import { confirmFix, laterChanges, readLateRecord } from '../../../src/records/location-fixes.ts'
import { CHANNEL, readNotice } from '../../../src/records/notices.ts'
import { anOffer, NOON } from '../../support/call-events.ts'
import { offerEntry } from '../../support/journal-entries.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'
import { until } from '../../support/until.ts'

failOnLeaks(t)
const { pool } = await makeDatabase(t)

async function aCall(name: string) {
  const entry = offerEntry(anOffer({ name }))
  await appendEntries(pool, [entry])
  return entry.call.callId
}

const place = (radiusMetres: number): LocationFix => ({
  ...{ source: 'typed', shape: 'circle', latitude: 51.7, longitude: -1.3, radiusMetres, method: 'Postcode' }
})

t.test('the last word holds, each act stays, and the caller’s place is as it was', async t => {
  const callId = await aCall('elsewhere')
  const own = place(7)
  await confirmFix(pool, 'n-test', { callId, id: 'typed-own', fix: own, handler: 'ann', at: NOON })
  const before = await readLateRecord(pool, callId)
  const put = (fix: LocationFix | undefined, handler: string, at: number) =>
    putIncidentPlace(pool, 'n-test', { callId, ...(fix === undefined ? {} : { fix }), handler, at })
  t.match(await put(place(30), 'ann', NOON + 1), { result: 'placed', change: Number })
  t.same(await put(place(30), 'bea', NOON + 2), { result: 'as-it-was', change: undefined })
  t.same((await readLateRecord(pool, callId)).incident, { fix: place(30), by: 'ann', at: NOON + 1 })
  await put(place(60), 'bea', NOON + 3)
  const { incident, ...caller } = await readLateRecord(pool, callId)
  t.same(incident, { fix: place(60), by: 'bea', at: NOON + 3 })
  t.same(caller, before)
  t.match(await put(undefined, 'bea', NOON + 4), { result: 'placed' })
  t.same(await readLateRecord(pool, callId), before)
  t.match(await put(undefined, 'bea', NOON + 5), { result: 'as-it-was' })
  const { rows } = await pool.query('select handler, fix is null as back from incident_place order by change')
  t.same(
    rows.map(({ handler, back }) => `${handler}${back ? ' back' : ''}`),
    ['ann', 'bea', 'bea back']
  )
})

t.test('the gateway that has the call hears of it, and finds by the changes what it was not told', async t => {
  const callId = await aCall('notice')
  const client = await pool.connect()
  t.teardown(() => client.release(true))
  const heard: unknown[] = []
  client.on('notification', ({ payload = '' }) => heard.push(readNotice(payload)))
  await client.query(`listen ${CHANNEL}`)
  const { change = 0 } = await putIncidentPlace(pool, 'n-other', { callId, fix: place(1), handler: 'ann', at: NOON })
  await until(() => (heard.length > 0 ? '' : 'no notice'))
  t.same(heard, [{ t: 'fix', call: callId, generation: 1, change }])
  t.same(await laterChanges(pool, [{ callId, change: 0 }]), [{ callId, change, isLink: false, isNote: false }])
  t.same(await laterChanges(pool, [{ callId, change }]), [])
})

t.test('a call has so many and no more; the last can be taken back all the same', async t => {
  const callId = await aCall('many')
  const put = (metres: number) => putIncidentPlace(pool, 'n', { callId, fix: place(metres), handler: 'ann', at: NOON })
  for (let n = 1; n <= MAX_INCIDENT_PLACES; n++) t.equal((await put(n)).result, 'placed')
  t.equal((await put(99)).result, 'too-many')
  t.equal((await putIncidentPlace(pool, 'n', { callId, handler: 'ann', at: NOON })).result, 'placed')
})
