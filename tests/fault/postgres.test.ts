import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import {
  answeredOf,
  freeze,
  lacking,
  placedOf,
  poppedAt,
  refusalsOf,
  send,
  storePids,
  untilPopped,
  watchLevels
} from '../support/faults.ts'
import { GIVES_UP, makeGateway, openRecord, place, signOn } from '../support/gateway.ts'
import { toldOf } from '../support/told.ts'
import { until } from '../support/until.ts'

const LOAD = { rate: 20, calls: 240 } as const
const BEFORE = 60

for (const fault of ['stands still', 'is killed'] as const) {
  t.test(
    `PostgreSQL ${fault}: calls pop at once, every switch is answered, the record has all of it afterwards, and level 3 comes and goes`,
    async t => {
      const gateway = await makeGateway(t)
      const handler = await signOn(t, gateway)
      const levels = watchLevels(t, gateway)
      const sipp = place(gateway, 'uac-999-call-expect-200', LOAD)
      await until(() => (poppedAt(handler).length >= BEFORE ? '' : `${poppedAt(handler).length} pops`))
      const pids = await storePids(gateway, 'postgres')
      if (fault === 'is killed') send(pids.slice(0, 1), 'SIGKILL')
      const before = poppedAt(handler).length
      const frozen = fault === 'is killed' ? levels.until(3) : freeze(t, pids, 5_000)
      let isOver = false
      void frozen.finally(() => {
        isOver = true
      })
      if (fault === 'stands still') {
        await until(() => (poppedAt(handler).length > before + LOAD.rate || isOver ? '' : 'nothing pops'))
        t.notOk(isOver, 'calls popped while PostgreSQL stood still')
        await levels.until(3)
      }
      await frozen
      await levels.until(0)
      const report = await sipp.done
      const answered = answeredOf(report)
      t.same([...refusalsOf(report)], [], 'nothing was refused: this machine’s disk kept it')
      t.comment(`figure: ${report.calls.size} placed, ${answered.size} answered`)
      t.equal(placedOf(report).size, LOAD.calls)
      await untilPopped(handler, placedOf(report))
      t.equal(poppedAt(handler).length, LOAD.calls, 'every call popped once')

      const record = await openRecord(t, gateway)
      const held = async () => (await record.query('select call_id from contact where call is not null')).rows
      const inRecord = async () =>
        lacking(
          placedOf(report),
          (await held()).map(row => row.call_id)
        )
      t.same(
        lacking(
          answered,
          (await held()).map(row => row.call_id)
        ),
        [],
        'what was answered is in the record'
      )
      await until(async () => ((await inRecord()).length === 0 ? '' : 'what popped is not all in the record'))
      const { rows } = await record.query(
        `select call_id from (select call_id, seq, lag(seq) over (partition by call_id order by event_id) as before
         from journal) entry where before is not null and seq <> before + 1`
      )
      t.same(rows, [], 'and the journal of each call is in order, without a gap')
      const live = async () =>
        (await record.query(`select count(*)::int as live from contact where call is not null and state <> 'released'`))
          .rows
      await until(
        async () => ((await live())[0]?.live === 0 ? '' : `${(await live())[0]?.live} calls are held live`),
        45_000
      )
      const ringsOn = (call: string) => toldOf(handler.journal, call).at(-1)?.state !== 'released'
      await until(() => {
        const shown = poppedAt(handler).filter(ringsOn)
        return shown.length === 0 ? '' : `${shown.length} calls that are over are shown as live`
      })
    }
  )
}

t.test('killed while PostgreSQL stands still: what was answered comes from the disk into the record', async t => {
  const gateway = await makeGateway(t)
  const handler = await signOn(t, gateway)
  const levels = watchLevels(t, gateway)
  const sipp = place(gateway, 'uac-999-call-expect-200', { rate: 20, calls: 200, args: GIVES_UP })
  await until(() => (poppedAt(handler).length >= BEFORE ? '' : `${poppedAt(handler).length} pops`))
  const pids = await storePids(gateway, 'postgres')
  t.teardown(() => send(pids, 'SIGCONT'))
  send(pids, 'SIGSTOP')
  await levels.until(3)
  const before = poppedAt(handler).length
  await until(() => (poppedAt(handler).length >= before + 20 ? '' : 'nothing pops'))
  await gateway.kill()
  send(pids, 'SIGCONT')
  await gateway.start()
  const report = await sipp.done
  const answered = answeredOf(report)
  t.comment(`figure: ${report.calls.size} placed, ${answered.size} answered`)
  t.ok(answered.size >= BEFORE)
  const record = await openRecord(t, gateway)
  const { rows } = await record.query('select call_id from contact where call is not null')
  t.same(
    lacking(
      answered,
      rows.map(row => row.call_id)
    ),
    [],
    'no answered call is missing from the record'
  )
  const folder = join(gateway.place.dataDir, 'spool')
  const left = async () => {
    const sizes = await Promise.all((await readdir(folder)).map(async name => (await stat(join(folder, name))).size))
    return sizes.filter(size => size > 0)
  }
  await until(async () => ((await left()).length === 0 ? '' : 'the disk still holds what PostgreSQL should have'))
})
