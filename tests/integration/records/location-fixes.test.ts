import t from 'tap'
import { fixId } from '../../../src/lookups/location/late-fix.ts'
import type { LocationFix } from '../../../src/lookups/location/location.ts'
import { appendEntries } from '../../../src/records/journal-rows.ts'
import {
  addLateWord,
  confirmFix,
  laterChanges,
  MAX_FIXES,
  readLateRecord
} from '../../../src/records/location-fixes.ts'
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

/** A place as a phone sends it. */
const handset = (radiusMetres: number): LocationFix => ({
  ...{ source: 'aml', shape: 'circle', latitude: 51.7, longitude: -1.3, radiusMetres, method: 'GNSS', fixedAt: NOON }
})

t.test('what a source sends late is on record, once, with the state of the source beside it', async t => {
  const callId = await aCall('late')
  const word = { callId, source: 'eisec', at: NOON } as const
  const searching = await addLateWord(pool, 'n-test', { ...word, state: 'searching' })
  t.match(searching, { change: Number, owner: 'n-test' })
  const cell: LocationFix = { ...handset(1200), source: 'eisec', method: 'Cell' }
  const first = await addLateWord(pool, 'n-test', { ...word, fix: cell, state: 'searching', at: NOON + 1 })
  t.ok((first.change ?? 0) > (searching.change ?? 0), 'changes rise')
  t.equal((await addLateWord(pool, 'n-test', { ...word, fix: cell })).change, undefined, 'said again it is nothing new')
  await addLateWord(pool, 'n-test', { ...word, state: 'found', at: NOON + 9 })
  t.same(await readLateRecord(pool, callId), {
    fixes: [{ id: fixId(cell), fix: cell, cameAt: NOON + 1 }],
    states: [{ source: 'eisec', state: 'found', at: NOON + 9 }]
  })
  const again = await addLateWord(pool, 'n-test', { ...word, state: 'searching', at: NOON + 1 }, { isAgain: true })
  t.match((await readLateRecord(pool, callId)).states, [{ state: 'found' }], 'an old word takes back nothing')
  t.equal(typeof again.change, 'number', 'and whoever lost an answer is told how far the record is')
})

t.test('the place a handler confirms is kept as it was, and the last that was confirmed holds', async t => {
  const callId = await aCall('confirmed')
  const [wide, near] = [handset(900), handset(12)]
  await addLateWord(pool, 'n-test', { callId, source: 'aml', fix: wide, at: NOON })
  await confirmFix(pool, 'n-test', { callId, id: fixId(wide), fix: wide, handler: 'ann', at: NOON + 5 })
  await confirmFix(pool, 'n-test', { callId, id: fixId(near), fix: near, handler: 'bea', at: NOON + 4 })
  const { fixes } = await readLateRecord(pool, callId)
  t.match(
    fixes.map(({ id, confirmed }) => [id, confirmed]),
    [
      [fixId(wide), undefined],
      [fixId(near), { by: 'bea', at: NOON + 4 }]
    ],
    'whichever clock was ahead'
  )
})

t.test('a call keeps so many fixes and no more; what was confirmed stays', async t => {
  const callId = await aCall('many')
  await confirmFix(pool, 'n-test', { callId, id: fixId(handset(1)), fix: handset(1), handler: 'ann', at: NOON })
  for (let n = 2; n < MAX_FIXES + 10; n++) {
    await addLateWord(pool, 'n-test', { callId, source: 'aml', fix: handset(n), at: NOON + n })
  }
  const { fixes } = await readLateRecord(pool, callId)
  t.equal(fixes.length, MAX_FIXES + 1)
  t.match(fixes[0], { id: fixId(handset(1)), confirmed: { by: 'ann' } })
  t.match(fixes.at(-1), { id: fixId(handset(MAX_FIXES + 9)) }, 'the newest')
})

t.test('the gateway that has the call hears of a fix that came in at another', async t => {
  const callId = await aCall('elsewhere')
  const heard: string[] = []
  const listener = await pool.connect()
  listener.on('notification', ({ payload = '' }) => heard.push(payload))
  await listener.query(`listen ${CHANNEL}`)
  await addLateWord(pool, 'n-test', { callId, source: 'aml', fix: handset(5), at: NOON })
  const far = await addLateWord(pool, 'n-other', { callId, source: 'aml', fix: handset(6), at: NOON })
  const chosen = await confirmFix(pool, 'n-other', {
    callId,
    id: fixId(handset(6)),
    fix: handset(6),
    handler: 'ann',
    at: NOON
  })
  await until(() => (heard.length >= 2 ? '' : `heard ${heard.length}`))
  listener.release(true)
  t.same(
    heard.map(payload => readNotice(payload)),
    [far.change, chosen.change].map(change => ({ t: 'fix', call: callId, generation: 1, change })),
    'not of its own'
  )
  t.same(await laterChanges(pool, [{ callId, change: far.change ?? 0 }]), [
    { callId, change: chosen.change, isLink: false, isNote: false }
  ])
  t.same(await laterChanges(pool, [{ callId, change: chosen.change ?? 0 }]), [], 'when it has heard all, nothing')
})

t.test('a fix of a call that nobody has on record yet is kept, and nobody is told', async t => {
  const { call } = offerEntry(anOffer({ name: 'unwritten' }))
  const said = await addLateWord(pool, 'n-test', { callId: call.callId, source: 'aml', fix: handset(7), at: NOON })
  t.match(said, { change: Number, owner: null })
  t.equal((await readLateRecord(pool, call.callId)).fixes.length, 1)
})
