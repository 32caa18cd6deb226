import { randomUUID } from 'node:crypto'
import t from 'tap'
import { makeReadNotes, type NoteAct, saveNote } from '../../../src/records/call-notes.ts'
import { appendEntries } from '../../../src/records/journal-rows.ts'
import { addLateWord, laterChanges } from '../../../src/records/location-fixes.ts'
import { CHANNEL, type Notice, readNotice } from '../../../src/records/notices.ts'
import { anOffer, NOON } from '../../support/call-events.ts'
import { offerEntry } from '../../support/journal-entries.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'
import { until } from '../../support/until.ts'

failOnLeaks(t)
const { pool } = await makeDatabase(t)
const readNotes = makeReadNotes(pool)
const never = new AbortController().signal

async function aCall(name: string) {
  const entry = offerEntry(anOffer({ name }))
  await appendEntries(pool, [entry])
  return entry.call.callId
}

type Written = Partial<NoteAct> & Pick<NoteAct, 'callId'>
const written = (over: Written): NoteAct => ({
  ...{ note: randomUUID(), about: 'note', text: 'Caller whispers.', version: 1, isDone: false },
  ...{ handler: 'ann', at: NOON },
  ...over
})
const save = (act: NoteAct, node = 'here') => saveNote(pool, node, act)
const of = async (callId: NoteAct['callId']) => (await readNotes(callId, never)).items

t.test('a note is one note however often it is saved, until its writer has finished it', async t => {
  const callId = await aCall('one note')
  const act = written({ callId })
  t.match(await save(act), { result: 'saved', change: Number })
  t.match(await save({ ...act, text: 'Caller whispers. A man shouts.', version: 2, at: NOON + 2_000 }), {
    result: 'saved'
  })
  t.match(await of(callId), [
    { id: act.note, text: 'Caller whispers. A man shouts.', by: 'ann', begunAt: NOON, savedAt: NOON + 2_000 }
  ])
  t.equal((await save(act)).result, 'as-it-was', 'what was saved before takes nothing back')
  t.equal((await save({ ...act, version: 3, isDone: true })).result, 'saved')
  t.match(await save({ ...act, version: 4, text: 'Another text' }), { result: 'finished', change: undefined })
  t.match(await of(callId), [{ text: 'Caller whispers.', isDone: true, version: 3 }])
})

t.test('nobody writes in a note of somebody else’s, and none goes over to another call', async t => {
  const [callId, other] = [await aCall('theirs'), await aCall('another call')]
  const act = written({ callId })
  await save(act)
  t.equal((await save({ ...act, handler: 'bea', version: 2 })).result, 'not-theirs')
  t.equal((await save({ ...act, callId: other, version: 2 })).result, 'not-theirs')
  t.match(await of(callId), [{ text: 'Caller whispers.', by: 'ann' }])
  t.same(await of(other), [])
})

t.test('of each aspect of the assessment the last text holds, also where it takes it back; all are kept', async t => {
  const callId = await aCall('assessed')
  const threat = (text: string, after: number, handler = 'ann') =>
    written({ callId, about: 'threat', text, isDone: true, handler, at: NOON + after })
  await save(threat('Partner, in the flat', 0))
  await save({ ...threat('Partner, gone out', 5_000, 'bea'), why: 'Neighbour rang' })
  await save(written({ callId, about: 'harm', text: 'Bruised arm', isDone: true, at: NOON + 1_000 }))
  await save(written({ callId, text: '', at: NOON + 2_000 }))
  t.match(await of(callId), [
    { about: 'threat', text: 'Partner, gone out', by: 'bea', why: 'Neighbour rang', versions: 2 },
    { about: 'harm', text: 'Bruised arm', versions: 1 }
  ])
  await save(threat('', 9_000))
  t.match((await of(callId))[0], { about: 'threat', text: '', by: 'ann', versions: 3 })
  const { rows } = await pool.query(
    `select text from call_note where call_id = $1 and about = 'threat' order by change`,
    [callId]
  )
  t.same(
    rows.map(row => row.text),
    ['Partner, in the flat', 'Partner, gone out', '']
  )
})

t.test(
  'a call that the record does not have yet keeps the writer trying; one more note than there may be is said',
  async t => {
    const unknown = offerEntry(anOffer({ name: 'not written yet' })).call.callId
    t.match(await save(written({ callId: unknown })), { result: 'no-call', change: undefined })
    const callId = await aCall('many')
    await pool.query(
      `insert into call_note (note_id, call_id, about, text, handler, version, is_done, begun_at, saved_at)
     select gen_random_uuid(), $1, 'note', 'Note ' || n, 'ann', 1, true, $2::bigint + n, $2::bigint + n
     from generate_series(1, 299) n`,
      [callId, NOON]
    )
    const last = written({ callId, text: 'The last', at: NOON + 1_000 })
    t.equal((await save(last)).result, 'saved')
    t.equal((await save(written({ callId }))).result, 'too-many')
    t.equal((await save({ ...last, version: 2, isDone: true })).result, 'saved', 'what is there may be gone on with')
    const { items, total } = await readNotes(callId, never)
    t.equal(items[0]?.text, 'The last', 'the newest first')
    t.equal(total, 300)
  }
)

t.test('whoever has the call hears of it with the commit, and learns it when nobody told it', async t => {
  const callId = await aCall('told')
  await pool.query(`update contact set owner = 'there' where call_id = $1`, [callId])
  const heard: Notice[] = []
  const ear = await pool.connect()
  t.teardown(() => ear.release(true))
  ear.on('notification', ({ payload = '' }) => {
    const notice = readNotice(payload)
    if (notice !== undefined) heard.push(notice)
  })
  await ear.query(`listen ${CHANNEL}`)
  const { change = 0 } = await save(written({ callId }))
  await until(() => (heard.length > 0 ? '' : 'nothing heard'))
  t.match(heard, [{ t: 'fix', call: callId, change, note: true }])
  t.same(await laterChanges(pool, [{ callId, change: change - 1 }]), [{ callId, change, isLink: false, isNote: true }])
  t.same(await laterChanges(pool, [{ callId, change }]), [])
  const later = await addLateWord(pool, 'here', { callId, source: 'aml', state: 'none', at: NOON })
  t.match(
    await laterChanges(pool, [{ callId, change: change - 1 }]),
    [{ change: later.change, isNote: false }],
    'a place that came too is more than a note'
  )
  t.match(await save(written({ callId }), 'there'), { result: 'saved' })
  t.equal(heard.filter(notice => notice.t === 'fix' && notice.note === true).length, 1, 'its own node needs no notice')
})
