import t from 'tap'
import { type KeptAlarm, makeAlarm } from '../../../src/pop/alarm.ts'
import { makeAlarmRecord } from '../../../src/records/alarms.ts'
import { NOON } from '../../support/call-events.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'

failOnLeaks(t)
const { pool } = await makeDatabase(t)
const record = makeAlarmRecord(pool)
const levelOf = (node: string, at = NOON) =>
  makeAlarm({ code: 'level', key: `level:${node}`, data: { level: 2, why: 'Redis is away' } }, { node, at })

t.test('of one cause one alarm is open, whoever raises it; after its end it can be raised again', async t => {
  const [one, other] = [levelOf('a'), levelOf('a')]
  const raised = await Promise.all([record.raise(one), record.raise(other), record.raise(one)])
  t.equal(new Set(raised.map(({ alarm }) => alarm.alarm)).size, 1)
  const id = raised[0]?.alarm.alarm ?? ''
  t.match(await record.end(id, 'itself', 'It is back.', NOON + 1), { alarm: { endedBy: 'itself', endedAt: NOON + 1 } })
  t.match(
    await record.end(id, 'tvp-s01', 'Mine', NOON + 2),
    { alarm: { endedBy: 'itself', reason: 'It is back.' } },
    'who ended it first stays'
  )
  const again = levelOf('a', NOON + 3)
  t.equal((await record.raise(again)).alarm.alarm, again.alarm.alarm)
})

t.test('the words of an open alarm change; older words and the words of one that is over do not', async t => {
  const [first, over] = [levelOf('b'), levelOf('c')]
  for (const each of [first, over]) await record.raise(each)
  await record.end(over.alarm.alarm, 'itself', 'x', NOON)
  const inWords = (kept: KeptAlarm, revision: number) =>
    record.revise({ ...kept, revision, alarm: { ...kept.alarm, words: `words ${revision}` } })
  for (const revision of [3, 2]) await inWords(first, revision)
  await inWords(over, 2)
  const found = new Map((await record.read([over.alarm.alarm])).map(each => [each.alarm.alarm, each]))
  t.match(found.get(first.alarm.alarm), { revision: 3, alarm: { words: 'words 3' } })
  t.match(found.get(over.alarm.alarm), { revision: 1, alarm: { words: over.alarm.words } })
})

t.test('what is read: everything open, and of the known ones those that ended', async t => {
  const [open, over, unknown] = [levelOf('open'), levelOf('over'), levelOf('unknown')]
  for (const each of [open, over, unknown]) await record.raise(each)
  await record.end(over.alarm.alarm, 'itself', 'x', NOON)
  await record.end(unknown.alarm.alarm, 'itself', 'x', NOON)
  const found = new Map((await record.read([over.alarm.alarm])).map(({ alarm }) => [alarm.alarm, alarm]))
  t.same(found.get(open.alarm.alarm), open.alarm, 'as it was raised')
  t.equal(found.get(over.alarm.alarm)?.endedAt, NOON)
  t.notOk(found.has(unknown.alarm.alarm))
  t.same(await record.everRaised([over.key, 'never']), [over.key])
})

t.test('what no gateway keeps up any more is over; what is kept up, or is no gateway’s, stays', async t => {
  const person = makeAlarm({ code: 'node-lost', key: 'node-lost:x', data: {} }, { node: 'a', at: NOON })
  const [gone, kept] = [levelOf('gone'), levelOf('kept')]
  for (const each of [person, gone, kept]) await record.raise(each)
  await pool.query("update alarm set kept_at = kept_at - interval '1 minute'")
  await record.keep([kept.alarm.alarm])
  await record.endForgotten(NOON + 5)
  const open = (await record.read([])).map(({ alarm }) => alarm.alarm)
  t.ok(open.includes(kept.alarm.alarm) && open.includes(person.alarm.alarm))
  t.notOk(open.includes(gone.alarm.alarm))
})

t.test('alarms of long ago are let go', async t => {
  const old = levelOf('old')
  await record.raise(old)
  await record.end(old.alarm.alarm, 'itself', 'x', NOON - 100 * 86_400_000)
  await record.endForgotten(NOON)
  t.same(await record.read([old.alarm.alarm]).then(found => found.filter(({ key }) => key === old.key)), [])
})

t.test('the end of an alarm that the record never had is told apart', async t => {
  t.equal(await record.end(levelOf('never').alarm.alarm, 'itself', 'x', NOON), undefined)
})
