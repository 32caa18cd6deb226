import t from 'tap'
import type { FindIncidents } from '../../../src/lookups/incidents-nearby.ts'
import { type LinkAct, linkIncident, unlinkIncident } from '../../../src/records/incident-links.ts'
import { appendEntries } from '../../../src/records/journal-rows.ts'
import { laterChanges } from '../../../src/records/location-fixes.ts'
import { CHANNEL, type Notice, readNotice } from '../../../src/records/notices.ts'
import { makeFindIncidents } from '../../../src/records/open-incidents.ts'
import { anOffer, NOON } from '../../support/call-events.ts'
import { offerEntry } from '../../support/journal-entries.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'
import { until } from '../../support/until.ts'

failOnLeaks(t)
const { pool } = await makeDatabase(t)
const find = makeFindIncidents(pool)
const never = new AbortController().signal
const HOUR_MS = 3_600_000
/** The middle of an invented town. */
const HERE = { easting: 450_000, northing: 200_000 }
const NEAR = { point: HERE, metres: 1_000, sinceAt: NOON - 24 * HOUR_MS, sinceByType: [] }

async function aCall(name: string) {
  const entry = offerEntry(anOffer({ name }))
  await appendEntries(pool, [entry])
  return entry.call.callId
}

let made = 0
/** An open incident of Thames Valley so many metres east, opened so long before noon. */
async function anIncident(
  east: number,
  { force = 'tvp', status = 'open', hoursAgo = 1, type = 'Violence: no injury', hasPlace = true } = {}
): Promise<string> {
  made += 1
  const { rows } = await pool.query<{ incident_id: number }>(
    `insert into incident (reference, force, type, status, opened_at, place)
     values ($1, $2, $3, $4, $5, case when $8 then point($6, $7) end) returning incident_id`,
    [
      ...[`T-${made}`, force, type, status, NOON - hoursAgo * HOUR_MS],
      ...[HERE.easting + east, HERE.northing, hasPlace]
    ]
  )
  return String(rows[0]?.incident_id)
}

const clear = () => pool.query('truncate incident cascade; truncate incident_link_act')
const near = async (callId: Awaited<ReturnType<typeof aCall>>, over: Partial<Parameters<FindIncidents>[0]> = {}) =>
  find({ forces: ['tvp'], callId, near: NEAR, ...over }, never)
const idsOf = async (...asked: Parameters<typeof near>) => (await near(...asked)).items.map(({ id }) => id)

t.test('open incidents within distance and time, the nearest first, of those as near the newest', async t => {
  await clear()
  const callId = await aCall('near')
  const [far, old, newer] = [await anIncident(900), await anIncident(40, { hoursAgo: 9 }), await anIncident(40)]
  await anIncident(1_001)
  await anIncident(10, { status: 'closed' })
  await anIncident(10, { hoursAgo: 25 })
  await anIncident(10, { hasPlace: false })
  t.same(await idsOf(callId), [newer, old, far])
  t.match(await near(callId), {
    total: 3,
    items: [{ metres: 40, point: { easting: HERE.easting + 40 }, calls: 0, isOpen: true, openedAt: NOON - HOUR_MS }]
  })
  for (let n = 0; n < 20; n++) await anIncident(950)
  const many = await near(callId)
  t.same([many.total, many.items.length], [23, 20], 'what is not shown is counted')
})

t.test('some types have a time of their own, by how they begin; the longest beginning holds', async t => {
  await clear()
  const callId = await aCall('types')
  const missing = await anIncident(10, { type: 'Public safety: missing person', hoursAgo: 60 })
  await anIncident(10, { type: 'Public safety: nuisance', hoursAgo: 5 })
  await anIncident(10, { type: 'Road traffic: damage only', hoursAgo: 5 })
  const since = (type: string, hours: number) => ({ type, sinceAt: NOON - hours * HOUR_MS })
  const sinceByType = [
    since('public safety', 2),
    since('Public safety: missing', 72),
    since('Road traffic', 4),
    since('', 24)
  ]
  t.same(await idsOf(callId, { near: { ...NEAR, sinceByType } }), [missing])
})

t.test('of another force only what it lets see, also of what is linked', async t => {
  await clear()
  const callId = await aCall('forces')
  const theirs = await anIncident(10, { force: 'hants' })
  t.same(await idsOf(callId), [])
  const act = actOf(callId, theirs)
  t.match(await linkIncident(pool, 'n-test', act, ['tvp']), { result: 'unknown' }, 'and it cannot be linked blindly')
  t.match(await linkIncident(pool, 'n-test', act, ['tvp', 'hants']), { result: 'linked' })
  t.same(await idsOf(callId, { forces: ['tvp', 'hants'] }), [theirs])
  t.same(await idsOf(callId), [], 'when the grant has ended the link is not shown')
  const { near: _, ...linkedOnly } = { forces: ['tvp'], callId, near: NEAR }
  t.same((await find(linkedOnly, never)).items, [])
})

function actOf(callId: LinkAct['callId'], incident: string, handler = 'ann', at = NOON): LinkAct {
  return { callId, incident, handler, at }
}

t.test('a link is made once, by whoever was first, and counts as a call so far', async t => {
  await clear()
  const [callId, other] = [await aCall('link'), await aCall('other')]
  const incident = await anIncident(500)
  const first = await linkIncident(pool, 'n-test', actOf(callId, incident), ['tvp'])
  t.equal(first.result, 'linked')
  t.equal(typeof first.change, 'number')
  const again = await linkIncident(pool, 'n-test', actOf(callId, incident, 'bea', NOON + 5), ['tvp'])
  t.same(again, { result: 'as-it-was', change: undefined })
  await linkIncident(pool, 'n-test', actOf(other, incident, 'bea'), ['tvp'])
  t.match((await near(callId)).items, [{ id: incident, calls: 2, linked: { by: 'ann', at: NOON } }])
  const { near: _, ...nowhere } = { forces: ['tvp'], callId, near: NEAR }
  t.match((await find(nowhere, never)).items, [{ id: incident, calls: 2 }], 'and is seen without a place')
  const { rows } = await pool.query('select act, handler, at from incident_link_act where call_id = $1', [callId])
  t.same(rows, [{ act: 'linked', handler: 'ann', at: NOON }], 'on record once, with who and when')
})

t.test('what is linked stays on the panel when the incident closes or the caller is elsewhere', async t => {
  await clear()
  const callId = await aCall('stays')
  const [far, close] = [await anIncident(50_000), await anIncident(20)]
  await linkIncident(pool, 'n-test', actOf(callId, far), ['tvp'])
  await pool.query("update incident set status = 'closed' where incident_id = $1", [far])
  t.same(await idsOf(callId), [far, close])
  t.match((await near(callId)).items[0], { isOpen: false })
  t.same(await linkIncident(pool, 'n-test', actOf(callId, far), ['tvp']), { result: 'as-it-was', change: undefined })
})

t.test('what is closed, unknown, or of a call that is not on record is not linked', async t => {
  await clear()
  const callId = await aCall('refused')
  const closed = await anIncident(10, { status: 'closed' })
  const link = async (...[call, incident]: [LinkAct['callId'], string]) =>
    (await linkIncident(pool, 'n-test', actOf(call, incident), ['tvp'])).result
  t.equal(await link(callId, closed), 'closed')
  t.equal(await link(callId, '999999'), 'unknown')
  const nobody = '00000000-0000-8000-8000-000000000001' as LinkAct['callId']
  t.equal(await link(nobody, await anIncident(10)), 'no-call')
})

t.test('a link is taken back by its own hand or a supervisor’s; both acts stay on record', async t => {
  await clear()
  const callId = await aCall('unlink')
  const [one, two] = [await anIncident(10), await anIncident(20)]
  for (const incident of [one, two]) await linkIncident(pool, 'n-test', actOf(callId, incident), ['tvp'])
  const unlink = async (incident: string, handler: string, isAnybodys = false) =>
    (await unlinkIncident(pool, 'n-test', actOf(callId, incident, handler, NOON + 9), { isAnybodys })).result
  t.equal(await unlink(one, 'bea'), 'not-theirs')
  t.equal(await unlink(one, 'ann'), 'unlinked')
  t.equal(await unlink(one, 'ann'), 'as-it-was')
  t.equal(await unlink(two, 'sup', true), 'unlinked')
  t.equal(await unlink('999999', 'ann'), 'unknown')
  t.match((await near(callId)).items, [{ id: one, calls: 0 }, { id: two }])
  t.equal((await linkIncident(pool, 'n-test', actOf(callId, one, 'bea'), ['tvp'])).result, 'linked', 'and may be again')
  const { rows } = await pool.query('select act, handler from incident_link_act where call_id = $1 order by change', [
    callId
  ])
  t.same(
    rows.map(({ act, handler }) => `${act} ${handler}`),
    ['linked ann', 'linked ann', 'unlinked ann', 'unlinked sup', 'linked bea']
  )
})

t.test('the gateway that has the call hears of a link made at another, and finds it when it did not hear', async t => {
  await clear()
  const callId = await aCall('told')
  const incident = await anIncident(10)
  const client = await pool.connect()
  t.teardown(() => client.release(true))
  const heard: Notice[] = []
  client.on('notification', ({ payload = '' }) => {
    const notice = readNotice(payload)
    if (notice !== undefined) heard.push(notice)
  })
  await client.query(`listen ${CHANNEL}`)
  const own = await linkIncident(pool, 'n-test', actOf(callId, incident), ['tvp'])
  t.equal(own.result, 'linked', 'its own is not rung for')
  const taken = await unlinkIncident(pool, 'n-other', actOf(callId, incident), { isAnybodys: false })
  await until(() => (heard.length > 0 ? '' : 'nothing heard'))
  t.match(heard, [{ t: 'fix', call: callId, change: taken.change, link: true }])
  t.same(await laterChanges(pool, [{ callId, change: own.change ?? 0 }]), [
    { callId, change: taken.change, isLink: true, isNote: false }
  ])
  t.same(await laterChanges(pool, [{ callId, change: taken.change ?? 0 }]), [])
})
