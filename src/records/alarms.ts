import type pg from 'pg'
import type { HandlerId } from '../call/ids.ts'
import type { AlarmRecord, KeptAlarm } from '../pop/alarm.ts'
import { ALARMS, type AlarmCode, ruleOf } from '../pop/alarm-catalogue.ts'
import type { Alarm } from '../pop/board.ts'

interface Row {
  readonly alarm: string
  readonly key: string
  readonly code: string
  readonly priority: 1 | 2 | 3
  readonly force: string | null
  readonly call_id: string | null
  readonly words: string
  readonly remedy: string
  readonly raised_at: number
  readonly node: string
  readonly ended_at: number | null
  readonly ended_by: string | null
  readonly reason: string | null
  readonly revision: number
  readonly handlers: HandlerId[] | null
}

/** Open alarms read at once; a record with more has told everybody so long ago. */
const MAX_READ = 500
/** An alarm that a gateway must keep up, and that none has for this long, is over. */
const FORGOTTEN_SECONDS = 20
const KEEP_DAYS = 90
const DELETE_MAX = 1_000
/** Who acknowledged it, when and with what reason, is looked for years later; its retention is the call's. */
const KEPT_FOR_GOOD = 'risk-unheard' satisfies AlarmCode
const NODE_HELD = Object.entries(ALARMS).flatMap(([code, { heldBy }]) => (heldBy === 'node' ? [code] : []))

/** The alarms of all gateways, in PostgreSQL. */
export function makeAlarmRecord(pool: pg.Pool): AlarmRecord {
  return {
    raise: kept => raise(pool, kept),
    revise: kept => revise(pool, kept),
    end: (alarm, by, reason, at) => end(pool, { alarm, by, reason, at }),
    read: known => read(pool, known),
    keep: alarms => keep(pool, alarms),
    everRaised: async keys => {
      const { rows } = await pool.query<{ key: string }>({
        name: 'ever-raised',
        text: 'select distinct key from alarm where key = any($1)',
        values: [keys]
      })
      return rows.map(({ key }) => key)
    },
    endForgotten: at => endForgotten(pool, at)
  }
}

/** The alarm as the record has it now: this one, or the one that another gateway raised for the same cause. */
async function raise(pool: pg.Pool, { alarm, key, node, revision, handlers }: KeptAlarm): Promise<KeptAlarm> {
  const values = [
    ...[alarm.alarm, key, alarm.code, alarm.priority, alarm.force ?? null, alarm.call ?? null],
    ...[alarm.words, alarm.remedy, Math.round(alarm.raisedAt), node, revision, handlers ?? null]
  ]
  await pool.query({
    name: 'raise-alarm',
    text: `insert into alarm (alarm, key, code, priority, force, call_id, words, remedy, raised_at, node, revision,
             handlers)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing`,
    values
  })
  const { rows } = await pool.query<Row>({
    name: 'raised-alarm',
    text: `select * from alarm where key = $2 and (alarm = $1 or ended_at is null) order by alarm = $1 desc limit 1`,
    values: [alarm.alarm, key]
  })
  const row = rows[0]
  // The other's was ended in between: the next try raises this one.
  if (row === undefined) throw new Error('the alarm is neither raised nor open')
  return toKept(row)
}

async function revise(pool: pg.Pool, { alarm, revision }: KeptAlarm): Promise<void> {
  await pool.query({
    name: 'revise-alarm',
    text: `update alarm set words = $2, remedy = $3, priority = $4, revision = $5
           where alarm = $1 and ended_at is null and revision < $5`,
    values: [alarm.alarm, alarm.words, alarm.remedy, alarm.priority, revision]
  })
}

/** As the record has it afterwards; who ended it first stays. Undefined: the record does not know it. */
async function end(
  pool: pg.Pool,
  { alarm, by, reason, at }: { alarm: string; by: string; reason: string; at: number }
): Promise<KeptAlarm | undefined> {
  const { rows } = await pool.query<Row>({
    name: 'end-alarm',
    text: `update alarm set ended_at = coalesce(ended_at, $4), ended_by = coalesce(ended_by, $2),
             reason = coalesce(reason, $3)
           where alarm = $1 returning *`,
    values: [alarm, by, reason, Math.round(at)]
  })
  return rows[0] === undefined ? undefined : toKept(rows[0])
}

/** Every open alarm, and those of `known` that have ended. */
async function read(pool: pg.Pool, known: readonly string[]): Promise<KeptAlarm[]> {
  const { rows } = await pool.query<Row>({
    name: 'read-alarms',
    text: `(select * from alarm where ended_at is null order by raised_at desc limit ${MAX_READ})
           union all select * from alarm where alarm = any($1::uuid[]) and ended_at is not null`,
    values: [known]
  })
  return rows.map(toKept)
}

async function keep(pool: pg.Pool, alarms: readonly string[]): Promise<void> {
  await pool.query({
    name: 'keep-alarms',
    text: 'update alarm set kept_at = clock_timestamp() where alarm = any($1::uuid[]) and ended_at is null',
    values: [alarms]
  })
}

/** Ends what no gateway keeps up any more, and lets very old ones go. */
async function endForgotten(pool: pg.Pool, at: number): Promise<void> {
  await pool.query({
    name: 'end-forgotten-alarms',
    text: `update alarm set ended_at = $1, ended_by = 'itself', reason = 'No gateway says so any more.'
           where ended_at is null and code = any($2) and kept_at < clock_timestamp() - interval '${FORGOTTEN_SECONDS} s'`,
    values: [Math.round(at), NODE_HELD]
  })
  await pool.query({
    name: 'forget-alarms',
    text: `delete from alarm where alarm in (
             select alarm from alarm where ended_at < $1 and code <> '${KEPT_FOR_GOOD}' order by ended_at limit ${DELETE_MAX})`,
    values: [Math.round(at - KEEP_DAYS * 86_400_000)]
  })
}

function toKept(row: Row): KeptAlarm {
  const alarm: Alarm = {
    alarm: row.alarm,
    code: row.code,
    priority: row.priority,
    ...(row.force === null ? {} : { force: row.force }),
    ...(row.call_id === null ? {} : { call: row.call_id }),
    words: row.words,
    remedy: row.remedy,
    endsBy: ruleOf(row.code).endsBy,
    raisedAt: row.raised_at,
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
    ...(row.ended_by === null ? {} : { endedBy: row.ended_by }),
    ...(row.reason === null ? {} : { reason: row.reason })
  }
  const named = row.handlers === null ? {} : { handlers: row.handlers }
  return { alarm, key: row.key, node: row.node, revision: row.revision, ...named }
}
