import t from 'tap'
import { findAddresses } from '../../../src/records/find-addresses.ts'
import { anOffer, callAfter, NOON } from '../../support/call-events.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'

failOnLeaks(t)
const { pool } = await makeDatabase(t)
const BY = { handler: 'ann', position: 'tvp-d01', force: 'tvp', at: NOON }
const { callId } = callAfter(anOffer())

async function putAddress(text: string, { force = 'tvp', hasPlace = true } = {}): Promise<void> {
  await pool.query(
    `insert into address (text, latitude, longitude, force, source, as_of)
     values ($1, case when $2 then 51.752 end, case when $2 then -1.2577 end, $3, 'Electoral roll', $4)`,
    [text, hasPlace, force, NOON]
  )
}
const find = async (text: string, forces = ['tvp']) =>
  (await findAddresses(pool, BY, { text, callId, forces })).map(({ address }) => address)

t.before(async () => {
  await putAddress('117 Weighbridge Road, Reading, RG1 6IM')
  await putAddress('11 Weighbridge Road, Reading, RG1 6IM')
  await putAddress('117 Weighbridge Road, Reading, RG1 6IM')
  await putAddress('4 Cooper Lane, Oxford, OX4 1AB')
  await putAddress('117 Weighbridge Road, Southampton, SO1 1AA', { force: 'hants' })
  await putAddress('118 Weighbridge Road, Reading, RG1 6IM', { hasPlace: false })
})

t.test('an address is found as it is heard, each once, the likeliest first', async t => {
  const found = await find('117 Waybridge Rd Reading')
  t.equal(found[0], '117 Weighbridge Road, Reading, RG1 6IM')
  t.equal(new Set(found).size, found.length)
  t.notOk(found.includes('4 Cooper Lane, Oxford, OX4 1AB'))
  t.match(await findAddresses(pool, BY, { text: 'Cooper Lane', callId, forces: ['tvp'] }), [
    { source: 'typed', latitude: 51.752, longitude: -1.2577, radiusMetres: 30, method: 'Address on record' }
  ])
})

t.test('only of these forces’ records, and only what has a place', async t => {
  t.notOk((await find('Weighbridge Road')).some(text => /Southampton|^118/.test(text ?? '')))
  t.ok((await find('Weighbridge Road', ['tvp', 'hants'])).some(text => text?.includes('Southampton')))
  t.same(await find('?'), [])
})

t.test('that somebody looked is on record with whom and for which call', async t => {
  await pool.query('truncate search_audit')
  await find('Cooper Lane')
  const { rows } = await pool.query('select handler, kind, query, call_id, forces, results from search_audit')
  t.same(rows, [{ handler: 'ann', kind: 'place', query: 'Cooper Lane', call_id: callId, forces: ['tvp'], results: 1 }])
})
