import t from 'tap'
import { MAX_CALLER_WORDS, putCallerWord, readCallerWords } from '../../../src/records/caller-words.ts'
import { putIncidentPlace } from '../../../src/records/incident-places.ts'
import { appendEntries } from '../../../src/records/journal-rows.ts'
import { laterChanges } from '../../../src/records/location-fixes.ts'
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

const numberOf = (digits: number) =>
  ({ raw: `07700 900${digits}`, e164: `+447700900${digits}`, kind: 'mobile' }) as const

t.test('what holds of the caller is the last word of each sort; each stays with who and when', async t => {
  const callId = await aCall('words')
  const put = (handler: string, at: number, said: Partial<Parameters<typeof putCallerWord>[2]>) =>
    putCallerWord(pool, 'n-test', { callId, handler, at, act: 'none-back', ...said })
  t.match(await put('ann', NOON, { act: 'none-back' }), { result: 'as-it-was' }, 'there is nothing to take back')
  t.match(await put('ann', NOON, { act: 'number', number: numberOf(456) }), { result: 'said', change: Number })
  t.match(await put('bea', NOON, { act: 'number', number: numberOf(456) }), { result: 'as-it-was', change: undefined })
  await put('ann', NOON + 1, { act: 'none', e164s: ['+447700900123'] })
  await put('bea', NOON + 2, { act: 'number', number: numberOf(789) })
  t.same(await readCallerWords(pool, callId), {
    number: { number: numberOf(789), by: 'bea', at: NOON + 2 },
    none: { e164s: ['+447700900123'], by: 'ann', at: NOON + 1 }
  })
  t.match(await put('ann', NOON + 3, { act: 'none', e164s: ['+447700900123', '+447700900789'] }), { result: 'said' })
  t.match(await put('ann', NOON + 4, { act: 'none-back' }), { result: 'said' })
  t.match(await put('ann', NOON + 4, { act: 'number-back' }), { result: 'said' })
  t.match(await put('ann', NOON + 5, { act: 'number-back' }), { result: 'as-it-was' })
  t.same(await readCallerWords(pool, callId), {})
  const { rows } = await pool.query('select act, handler from caller_word order by change')
  t.same(
    rows.map(({ act, handler }) => `${act} ${handler}`),
    ['number ann', 'none ann', 'number bea', 'none ann', 'none-back ann', 'number-back ann']
  )
})

t.test('the gateway that has the call hears that something was said, and never the number', async t => {
  const callId = await aCall('notice')
  const client = await pool.connect()
  t.teardown(() => client.release(true))
  const heard: string[] = []
  client.on('notification', ({ payload = '' }) => heard.push(payload))
  await client.query(`listen ${CHANNEL}`)
  const act = { callId, handler: 'ann', at: NOON }
  const { change = 0 } = await putCallerWord(pool, 'n-other', { ...act, act: 'number', number: numberOf(456) })
  await until(() => (heard.length > 0 ? '' : 'no notice'))
  t.same(readNotice(heard[0] ?? ''), { t: 'fix', call: callId, generation: 1, change, caller: true })
  t.notMatch(heard.join(), /900456/)
  const found = { callId, change, isLink: false, isNote: false, isCaller: true }
  t.same(await laterChanges(pool, [{ callId, change: 0 }]), [found])
  const fix = { source: 'typed', shape: 'circle', latitude: 51.7, longitude: -1.3, radiusMetres: 9 } as const
  const placed = await putIncidentPlace(pool, 'n-other', { ...act, fix })
  t.same(
    await laterChanges(pool, [{ callId, change: 0 }]),
    [{ ...found, change: placed.change, isLink: true }],
    'both have changed: everything is asked again'
  )
})

t.test('a call has so many words and no more; what holds can be taken back all the same', async t => {
  const callId = await aCall('many')
  const put = (digits: number) =>
    putCallerWord(pool, 'n', { callId, act: 'number', number: numberOf(digits), handler: 'ann', at: NOON })
  for (let n = 100; n < 100 + MAX_CALLER_WORDS; n++) t.equal((await put(n)).result, 'said')
  t.equal((await put(900)).result, 'too-many')
  t.equal((await putCallerWord(pool, 'n', { callId, act: 'number-back', handler: 'ann', at: NOON })).result, 'said')
})
