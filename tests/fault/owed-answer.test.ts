import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import t from 'tap'
import { startSipp, toCallId } from '../../src/simulator/sipp-run.ts'
import { answeredOf, lacking, placedOf, poppedAt, send } from '../support/faults.ts'
import { DEMO_TRUNK, GIVES_UP, makeGateway, openRecord, scenario, signOn } from '../support/gateway.ts'
import { makeLastingFront } from '../support/lasting-front.ts'
import { until } from '../support/until.ts'

const LOAD = { rate: 150, calls: 750, args: GIVES_UP } as const
const BEFORE = 60
/** Shorter than a write may take before the disk has the call, and its switch the answer. */
const HELD_UP_MS = 60
const COMMITTED_WITHIN_MS = 2_000
const TRIES = 5

/*
 * The crash that a switch cannot mend: the record has the call, the switch had its 100 or speaks TCP, so it will not
 * ask again, and the process is gone. Made with certainty: the record's table is locked while calls come in; the first
 * write goes through, and the second, with all that came meanwhile, is committed while the process stands still.
 */
for (const transport of ['udp', 'tcp'] as const) {
  t.test(`killed between the record and the answer, over ${transport}: each call on record is answered`, async t => {
    const gateway = await makeGateway(t)
    const handler = await signOn(t, gateway)
    const record = await openRecord(t, gateway)
    const { sipPort } = gateway.place
    const port = transport === 'udp' ? sipPort : await makeLastingFront(t, sipPort)
    const sipp = startSipp({
      scenario: scenario('uac-999-call-expect-200'),
      host: '127.0.0.1',
      port,
      transport,
      ...LOAD
    })
    await until(() => (poppedAt(handler).length >= BEFORE ? '' : `${poppedAt(handler).length} pops`), 30_000)

    const pids = [gateway.pid ?? 0]
    t.teardown(() => send(pids, 'SIGCONT'))
    const owed = await untilUnanswered(record, pids)
    await gateway.kill()
    // Its server is started anew with the gateway, and ends every link.
    record.on('error', () => {})
    t.comment(`figure: ${owed.length} calls were on record and not answered when the gateway was killed`)
    t.ok(owed.length >= 5, 'calls were caught between the record and the answer')
    await gateway.start()

    const report = await sipp.done
    const answered = answeredOf(report)
    const again = /gw_sip_answered_again_total\{mode="event-leg"\} (\d+)/.exec(
      await (await fetch(`${gateway.url}/metrics`)).text()
    )
    t.comment(`figure: ${report.calls.size} placed, ${answered.size} answered, ${again?.[1] ?? 0} answered again`)
    t.same(lacking(owed, answered), [], 'each of them had its answer after all')

    const after = await openRecord(t, gateway)
    const { rows } = await after.query<{ call_id: string }>('select call_id from contact where call is not null')
    const held = new Set(rows.map(row => row.call_id))
    t.same(lacking(answered, held), [], 'no answered call is missing from the record')
    const mine = placedOf(report)
    t.same(
      lacking(
        [...held].filter(call => mine.has(call)),
        answered
      ),
      [],
      'and no recorded call was left without an answer'
    )
    const slowest = Math.max(
      ...[...report.calls.values()].flatMap(call =>
        call.okAt !== undefined && owed.includes(toCallId(call, DEMO_TRUNK)) ? [call.okAt - call.inviteAt] : []
      )
    )
    t.comment(`figure: the last of them ${(slowest / 1000).toFixed(1)} s after its INVITE`)
    const pops = poppedAt(handler)
    t.equal(pops.length, new Set(pops).size, 'none popped twice')
  })
}

/** On a busy machine the write that waits may have no call in it, or be given up first: then the next one is caught. */
async function untilUnanswered(record: pg.Pool, pids: readonly number[]): Promise<string[]> {
  for (let left = TRIES; left > 0; left--) {
    const owed = await commitUnanswered(record, () => send(pids, 'SIGSTOP'))
    if (owed.length > 0) return owed
    send(pids, 'SIGCONT')
  }
  return []
}

/** Calls that became durable while whoever would answer them stood still, from `stop` on; none where none did soon. */
async function commitUnanswered(record: pg.Pool, stop: () => void): Promise<string[]> {
  const [first, second] = [await record.connect(), await record.connect()]
  try {
    await first.query('begin')
    await first.query('lock table journal in exclusive mode')
    await untilWaiting(first)
    // Stands in line behind the write that waits already, and before the next.
    await second.query('begin')
    const locked = second.query('lock table journal in exclusive mode')
    await pause(HELD_UP_MS)
    await first.query('commit')
    await locked
    await untilWaiting(first)
    const answered = new Set(await offers(second))
    stop()
    await second.query('commit')
    const endsAt = performance.now() + COMMITTED_WITHIN_MS
    for (;;) {
      const owed = (await offers(first)).filter(call => !answered.has(call))
      if (owed.length > 0 || performance.now() > endsAt) return owed
      await pause(HELD_UP_MS)
    }
  } finally {
    first.release()
    second.release()
  }
}

async function offers(link: pg.PoolClient): Promise<string[]> {
  const { rows } = await link.query<{ call_id: string }>("select call_id from journal where kind = 'offered'")
  return rows.map(row => row.call_id)
}

/** Until the next write of the journal stands in line. */
async function untilWaiting(link: pg.PoolClient): Promise<void> {
  await until(async () => ((await waiting(link)) > 0 ? '' : 'no write waits'))
}

async function waiting(link: pg.PoolClient): Promise<number> {
  const { rows } = await link.query<{ count: number }>(
    `select count(*)::int as count from pg_locks join pg_class on pg_class.oid = relation
     where relname = 'journal' and not granted`
  )
  return rows[0]?.count ?? 0
}
