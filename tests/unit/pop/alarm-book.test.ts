import t from 'tap'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import type { SignOn } from '../../../src/pop/address.ts'
import type { AlarmRecord, KeptAlarm } from '../../../src/pop/alarm.ts'
import { AlarmBook } from '../../../src/pop/alarm-book.ts'
import { FLOOD } from '../../../src/pop/alarm-rate.ts'
import { MAX_OPEN } from '../../../src/pop/alarm-shelf.ts'
import { reduceBoard } from '../../../src/sdk/board.ts'
import { HandTime, settle } from '../../support/hand-time.ts'

const person = (handler: string, over: Partial<SignOn> = {}): SignOn => ({
  ...{ handler, name: handler, force: 'tvp', role: 'supervisor', grants: [], lines: [], acdQueues: [] },
  ...{ position: `p-${handler}`, devices: [] },
  ...over
})

/** The record of all gateways, in memory. */
class ArrayAlarmRecord implements AlarmRecord {
  readonly rows = new Map<string, KeptAlarm>()
  isAway = false

  async raise(kept: KeptAlarm): Promise<KeptAlarm> {
    this.#answer()
    const open = [...this.rows.values()].find(row => row.key === kept.key && row.alarm.endedAt === undefined)
    if (open === undefined) this.rows.set(kept.alarm.alarm, kept)
    return open ?? kept
  }

  async revise(kept: KeptAlarm): Promise<void> {
    this.#answer()
    const row = this.rows.get(kept.alarm.alarm)
    if (row?.alarm.endedAt === undefined && (row?.revision ?? kept.revision) < kept.revision) {
      this.rows.set(kept.alarm.alarm, kept)
    }
  }

  async end(id: string, endedBy: string, reason: string, endedAt: number): Promise<KeptAlarm | undefined> {
    this.#answer()
    const row = this.rows.get(id)
    if (row === undefined) return undefined
    const over = row.alarm.endedAt === undefined ? { ...row, alarm: { ...row.alarm, endedBy, reason, endedAt } } : row
    this.rows.set(id, over)
    return over
  }

  async read(known: readonly string[]): Promise<readonly KeptAlarm[]> {
    this.#answer()
    return [...this.rows.values()].filter(({ alarm }) => alarm.endedAt === undefined || known.includes(alarm.alarm))
  }

  async keep(): Promise<void> {}
  async endForgotten(): Promise<void> {}
  async everRaised(): Promise<readonly string[]> {
    return []
  }

  #answer(): void {
    if (this.isAway) throw new Error('away')
  }
}

function makeBook(record: ArrayAlarmRecord, signOns: readonly SignOn[], node = 'n-1') {
  const time = new HandTime()
  const told: string[] = []
  const screen = { board: reduceBoard(undefined, { type: 'none' } as never) }
  const book = new AlarmBook({
    record,
    signOns: () => signOns,
    send: async sends => {
      for (const { ev, handlers } of sends) {
        told.push(...handlers.map(handler => `${handler} ${ev.type}`))
        screen.board = reduceBoard(screen.board, ev as never)
      }
    },
    sendDirect: () => {},
    ...{ node, log: silentLog, metrics: makeMetrics(), clock: time }
  })
  const shown = () => [...screen.board.alarms.values()].map(({ alarm }) => alarm)
  return { book, told, time, shown }
}

const CAUSE = { code: 'pop-unacked', key: 'pop-unacked:1', force: 'tvp', data: { line: '999' } } as const

t.test('a cause is told once, to the supervisors of its force, and its end to the same', async t => {
  const { book, told } = makeBook(new ArrayAlarmRecord(), [
    person('own'),
    person('granted', { force: 'hants', grants: ['tvp'] }),
    person('other', { force: 'hants' }),
    person('handler', { role: 'handler' })
  ])
  book.raise(CAUSE)
  book.raise(CAUSE)
  await settle()
  t.same(told, ['own alarm.raised', 'granted alarm.raised'])
  t.equal(book.openFor('own').alarms.length, 1)
  t.equal(book.openFor('other').alarms.length, 0)
  book.end(CAUSE.key, 'itself', 'over')
  book.end(CAUSE.key, 'itself', 'over')
  await settle()
  t.same(told.slice(2), ['own alarm.ended', 'granted alarm.ended'])
  t.equal(book.openFor('own').alarms.length, 0)
})

t.test('no supervisor is signed on: the administrator hears it', async t => {
  const { book, told } = makeBook(new ArrayAlarmRecord(), [person('admin', { role: 'administrator', force: 'hq' })])
  book.raise(CAUSE)
  await settle()
  t.same(told, ['admin alarm.raised'])
})

t.test('two gateways say the same: one alarm, and each learns what the other did', async t => {
  const record = new ArrayAlarmRecord()
  const [one, two] = [makeBook(record, [person('s')]), makeBook(record, [person('s')], 'n-2')]
  one.book.raise(CAUSE)
  two.book.raise(CAUSE)
  await settle()
  t.equal(record.rows.size, 1)
  t.equal(two.told.filter(each => each.endsWith('ended')).length, 0, 'the one that gave way was never told')
  two.book.end(CAUSE.key, 'itself', 'over')
  await settle()
  await one.book.sync()
  t.notOk(one.book.isOpen(CAUSE.key))
  t.ok(one.told.includes('s alarm.ended'))
})

const GONE_ON = { ...CAUSE, data: { line: '999', next: 'It has gone on to tvp-d02.' } }

t.test('the pop has gone on since: the same alarm says so, on every screen, and its end is the last word', async t => {
  const record = new ArrayAlarmRecord()
  const [one, two] = [makeBook(record, [person('s')]), makeBook(record, [person('s')], 'n-2')]
  one.book.raise(CAUSE)
  await settle()
  await two.book.sync()
  one.book.revise(GONE_ON)
  one.book.revise(GONE_ON)
  await settle()
  t.same(one.told, ['s alarm.raised', 's alarm.raised'], 'the same words are said once')
  await two.book.sync()
  for (const { shown, book } of [one, two]) {
    t.match(shown(), [{ words: /gone on to tvp-d02/ }])
    t.match(book.openFor('s').alarms, [{ alarm: { words: /gone on to tvp-d02/ } }])
  }
  t.equal(record.rows.size, 1)
  two.book.end(CAUSE.key, 'itself', 'over')
  await settle()
  await one.book.sync()
  for (const { shown } of [one, two]) t.match(shown(), [{ endedBy: 'itself', words: /gone on to tvp-d02/ }])
})

t.test('words that change while PostgreSQL is away are in the record afterwards, and so is the end', async t => {
  const record = new ArrayAlarmRecord()
  const { book } = makeBook(record, [person('s')])
  book.raise(CAUSE)
  await settle()
  record.isAway = true
  book.revise(GONE_ON)
  book.revise({ ...GONE_ON, key: 'pop-unacked:2' })
  await settle()
  book.end(CAUSE.key, 'itself', 'over')
  await settle()
  record.isAway = false
  await book.sync()
  const rows = [...record.rows.values()].map(({ alarm }) => alarm)
  t.match(rows, [{ words: /gone on/, endedBy: 'itself' }, { words: /gone on/ }])
})

t.test('while PostgreSQL is away alarms are told all the same, and written when it is back', async t => {
  const record = new ArrayAlarmRecord()
  record.isAway = true
  const { book, told } = makeBook(record, [person('s')])
  book.raise(CAUSE)
  book.raise({ ...CAUSE, key: 'pop-unacked:2' })
  await settle()
  t.same(told, ['s alarm.raised', 's alarm.raised'])
  book.end(CAUSE.key, 'itself', 'over')
  await settle()
  t.equal(record.rows.size, 0)
  record.isAway = false
  await book.sync()
  t.same([...record.rows.values()].map(({ alarm }) => alarm.endedAt !== undefined).sort(), [false, true])
})

t.test('a person ends only what a person ends, with the right to, and never without the record', async t => {
  const record = new ArrayAlarmRecord()
  const { book } = makeBook(record, [person('s'), person('other', { force: 'hants' })])
  book.raise(CAUSE)
  book.raise({ code: 'abandoned-999', key: 'abandoned-999:1', force: 'tvp' })
  await settle()
  const idOf = (code: string) => book.openFor('s').alarms.find(({ alarm }) => alarm.code === code)?.alarm.alarm ?? ''
  const end = (handler: string, alarm: string) => book.endByPerson(handler, { alarm, reason: 'x' })
  const abandoned = idOf('abandoned-999')
  t.match(await end('s', 'never'), { code: 'alarm.unknown' })
  t.match(await end('s', idOf('pop-unacked')), { code: 'alarm.ends-itself' })
  t.match(await end('other', abandoned), { code: 'alarm.not-yours' })
  record.isAway = true
  await t.rejects(end('s', abandoned))
  record.isAway = false
  t.same(await end('s', abandoned), { ok: true })
  t.same(await end('s', abandoned), { ok: true }, 'a second time is the same')
})

t.test(
  'rule 8: more than can be open are counted; many in ten minutes are an alarm of their own, until they are fewer',
  async t => {
    const { book, time, told } = makeBook(new ArrayAlarmRecord(), [person('s')])
    for (let n = 0; n < MAX_OPEN + 5; n++) book.raise({ ...CAUSE, key: `pop-unacked:${n}` })
    await settle()
    t.equal(told.length, MAX_OPEN)
    book.checkRate()
    t.ok(MAX_OPEN > FLOOD && book.isOpen('alarm-rate:tvp'))
    await time.advance(601_000)
    book.checkRate()
    t.notOk(book.isOpen('alarm-rate:tvp'))
  }
)
