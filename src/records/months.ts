import type pg from 'pg'
import { pause } from '../operations/lifecycle.ts'
import {
  idsOf,
  knownMonths,
  MONTHLY_TABLES,
  type Month,
  type MonthlyTable,
  partOf,
  patiently,
  unhurried
} from './month-parts.ts'

/*
 * Contacts and journal have a part for each month, by the time in front of their ids (docs/decisions/0021). What has no
 * month of its own, because nobody made it in time or its id is of an older kind, is in the part `…_default`.
 */

/** Any number, the same in every gateway: months are made by one at a time. */
const ADVISORY_LOCK = 719_203_115
const TRIES = 20
const AGAIN_AFTER_MS = 250
/**
 * A default part that is no larger is read through for the rows of a new month while nobody writes; of a larger one that
 * is done beforehand, beside calls, which cannot be done for a month that calls already come in.
 */
const READ_AT_ONCE_MAX_BYTES = 32 * 1024 * 1024
/** So far off a month must begin: no gateway's clock is that much ahead. */
const BEGINS_LATER_MS = 3_600_000

export interface MadeMonths {
  /** Names of parts. */
  readonly made: readonly string[]
  /** Names of parts that could not be made, and why of the last. */
  readonly missing: readonly string[]
  readonly why?: string
}

interface MakeOptions {
  readonly tables?: readonly MonthlyTable[]
  /** Tests have it smaller. */
  readonly readAtOnceMaxBytes?: number
}

/**
 * Makes the parts of these months that are not there, one after the other. Calls wait for none of them longer than for a
 * lock that is given up soon; what cannot be had in that time is tried again, and in the end said. Rejects as the record does.
 */
export async function makeMonths(
  pool: pg.Pool,
  months: readonly Month[],
  { tables = MONTHLY_TABLES, readAtOnceMaxBytes = READ_AT_ONCE_MAX_BYTES }: MakeOptions = {}
): Promise<MadeMonths> {
  const client = await pool.connect()
  try {
    if (!(await isOurTurn(client))) return { made: [], missing: [], why: 'another gateway is at it' }
    const made: string[] = []
    const missing: string[] = []
    let why: string | undefined
    for (const table of tables) {
      const known = new Set((await knownMonths(client, table)).map(({ name }) => name))
      for (const month of months.filter(({ name }) => !known.has(name))) {
        const wrong = await makeOne(client, table, month, readAtOnceMaxBytes)
        if (wrong === undefined) made.push(partOf(table, month))
        else missing.push(partOf(table, month))
        why = wrong ?? why
      }
    }
    return { made, missing, ...(why === undefined ? {} : { why }) }
  } finally {
    await client.query('select pg_advisory_unlock_all()').finally(() => client.release())
  }
}

/** One at a time; whoever comes meanwhile waits a while. */
async function isOurTurn(client: pg.PoolClient): Promise<boolean> {
  for (let tried = 1; tried <= TRIES; tried++) {
    const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [ADVISORY_LOCK])
    if (rows[0]?.got === true) return true
    await pause(AGAIN_AFTER_MS)
  }
  return false
}

/** Undefined when it is made; else why not. */
async function makeOne(
  client: pg.PoolClient,
  table: MonthlyTable,
  month: Month,
  readAtOnceMaxBytes: number
): Promise<string | undefined> {
  const { rows } = await client.query<{ bytes: number; begun: boolean; now: number }>(
    `select pg_table_size($1::regclass) as bytes, to_regclass($2) is not null as begun,
       (extract(epoch from clock_timestamp()) * 1000)::bigint as now`,
    [`${table}_default`, partOf(table, month)]
  )
  const { bytes = 0, begun = false, now = 0 } = rows[0] ?? {}
  if (begun || bytes > readAtOnceMaxBytes) return makeBeside(client, table, month, { begun, now })
  return patiently(client, async () => {
    // Whoever writes is in front of this lock or behind all of this, and so never finds a part that is half made.
    await client.query(`lock table only ${table} in access exclusive mode`)
    await fillPart(client, table, month)
    await hangIn(client, table, month)
  })
}

/**
 * Beside calls: the default part is first told to take no row of the month, then read through to see that it has none, and
 * then the month is hung in without another look. One that was broken off is gone on with.
 */
async function makeBeside(
  client: pg.PoolClient,
  table: MonthlyTable,
  month: Month,
  { begun, now }: { readonly begun: boolean; readonly now: number }
): Promise<string | undefined> {
  const { key, within } = idsOf(table, month)
  const rule = `${partOf(table, month)}_elsewhere`
  if (!begun) {
    if (month.from < now + BEGINS_LATER_MS) return `${table}_default is large, and calls come in the month already`
    const open = `select from ${table}_default where ${within(key)} and closed_at is null limit 1`
    if (table === 'contact' && (await client.query(open)).rowCount !== 0) return 'a call of an older kind of id is open'
    const wrong = await patiently(client, async () => {
      await fillPart(client, table, month)
      await client.query(
        `alter table ${table}_default add constraint ${rule} check (not (${key} is not null and ${within(key)})) not valid`
      )
    })
    if (wrong !== undefined) return wrong
  }
  await unhurried(client, `alter table ${table}_default validate constraint ${rule}`)
  return patiently(client, async () => {
    await hangIn(client, table, month)
    await client.query(`alter table ${table}_default drop constraint ${rule}`)
  })
}

/** A table for the month, with what the default part has of it. A contact cannot leave while an incident hangs on it. */
async function fillPart(client: pg.PoolClient, table: MonthlyTable, month: Month): Promise<void> {
  const { key, storage, within } = idsOf(table, month)
  const part = partOf(table, month)
  if (table === 'contact') {
    await client.query(`create table ${part}_links as select * from contact_incident where ${within('call_id')}`)
    await client.query(`delete from contact_incident where ${within('call_id')}`)
  }
  await client.query(`create table ${part} (like ${table} including defaults) ${storage}`)
  await client.query(
    `with gone as (delete from ${table}_default where ${within(key)} returning *) insert into ${part} select * from gone`
  )
}

async function hangIn(client: pg.PoolClient, table: MonthlyTable, month: Month): Promise<void> {
  const part = partOf(table, month)
  await client.query(`alter table ${table} attach partition ${part} ${idsOf(table, month).values}`)
  if (table !== 'contact') return
  await client.query(`insert into contact_incident select * from ${part}_links`)
  await client.query(`drop table ${part}_links`)
}

/**
 * Takes the part of a month away with all that is in it. `mayGo` is asked inside of the same transaction; false leaves
 * the part. Answers whether it is gone, or why not.
 */
export async function dropMonth(
  client: pg.PoolClient,
  table: MonthlyTable,
  month: Month,
  mayGo: () => Promise<boolean>
): Promise<boolean | string> {
  const part = partOf(table, month)
  let isGone = false
  const wrong = await patiently(client, async () => {
    isGone = await mayGo()
    if (!isGone) return
    await client.query(`lock table only ${table} in access exclusive mode`)
    await client.query(`alter table ${table} detach partition ${part}`)
    await client.query(`drop table ${part}`)
  })
  return wrong ?? isGone
}

/** Brings what the planner knows of the tables as wholes up to date; PostgreSQL itself looks after the parts alone. */
export async function analyseMonthly(client: pg.PoolClient): Promise<void> {
  for (const table of MONTHLY_TABLES) await client.query(`analyze only ${table}`)
}
