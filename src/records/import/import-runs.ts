import type pg from 'pg'
import { asAway, transaction } from '../../operations/postgres.ts'

/** What makes a file the same file, imported the same way. */
export interface RunKey {
  readonly kind: string
  readonly force: string
  readonly source: string
  readonly checksum: string
}

export interface ImportRun {
  readonly runId: number
  /** Epoch ms at which this file was first seen. */
  readonly firstAt: number
  /** Rows of the file that are done with, from its first. */
  readonly rowsDone: number
  readonly added: number
  readonly changed: number
  readonly removed: number
  readonly doneAt: number | undefined
}

export interface Refusal {
  readonly line: number
  readonly reason: string
}

/** What one batch came to. */
export interface BatchCounts {
  readonly added: number
  readonly changed: number
  readonly removed: number
  readonly refused: readonly Refusal[]
}

interface Row {
  readonly run_id: number
  readonly first_at: number
  readonly rows_done: number
  readonly added: number
  readonly changed: number
  readonly removed: number
  readonly done_at: number | null
}

/** The run of this file, found or begun; from its beginning where `again`. */
export async function openRun(
  client: pg.ClientBase,
  key: RunKey,
  { name, bytes, now, again }: { name: string; bytes: number; now: number; again: boolean }
): Promise<ImportRun> {
  const { rows } = await client.query<Row>(
    `insert into import_run (kind, force, source, checksum, name, bytes, first_at) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (kind, force, source, checksum) do update set name = excluded.name
     returning run_id, first_at, rows_done, added, changed, removed, done_at`,
    [key.kind, key.force, key.source, key.checksum, name, bytes, now]
  )
  const row = rows[0]
  if (row === undefined) throw new Error('a run that was written is not there')
  if (!again || (row.done_at === null && row.rows_done === 0)) return toRun(row)
  await client.query('delete from import_refusal where run_id = $1', [row.run_id])
  await client.query(
    'update import_run set rows_done = 0, added = 0, changed = 0, removed = 0, done_at = null where run_id = $1',
    [row.run_id]
  )
  return toRun({ ...row, rows_done: 0, added: 0, changed: 0, removed: 0, done_at: null })
}

function toRun(row: Row): ImportRun {
  const { run_id: runId, first_at: firstAt, rows_done: rowsDone, added, changed, removed, done_at: doneAt } = row
  return { ...{ runId, firstAt, rowsDone, added, changed, removed }, doneAt: doneAt ?? undefined }
}

/** Rows that an earlier part of this run could not write. */
export async function refusalsOf(client: pg.ClientBase, runId: number): Promise<readonly Refusal[]> {
  const { rows } = await client.query<Refusal>(
    'select line, reason from import_refusal where run_id = $1 order by line',
    [runId]
  )
  return rows
}

/**
 * Writes a batch and how far the file is with it, both or neither. Does not wait for the disk: what a crash of
 * PostgreSQL loses of it is read again, since how far the file is was lost with it.
 */
export async function writeBatch(
  client: pg.ClientBase,
  { runId, rowsDone }: { readonly runId: number; readonly rowsDone: number },
  write: () => Promise<BatchCounts>
): Promise<BatchCounts> {
  const written = transaction(client, async () => {
    await client.query('set local synchronous_commit = off')
    const counts = await write()
    const { refused } = counts
    if (refused.length > 0) {
      await client.query(
        `insert into import_refusal (run_id, line, reason) select $1, line, reason
         from unnest($2::bigint[], $3::text[]) as g(line, reason) on conflict do nothing`,
        [runId, refused.map(({ line }) => line), refused.map(({ reason }) => reason)]
      )
    }
    await client.query(
      `update import_run set rows_done = $2, added = added + $3, changed = changed + $4, removed = removed + $5
       where run_id = $1`,
      [runId, rowsDone, counts.added, counts.changed, counts.removed]
    )
    return counts
  })
  return written.catch((thrown: unknown) => {
    throw asAway(thrown)
  })
}

/** The file is done; the commit that says so is on the disk, and with it all before. */
export async function endRun(client: pg.ClientBase, runId: number, now: number): Promise<ImportRun> {
  const { rows } = await client.query<Row>(
    `update import_run set done_at = $2 where run_id = $1
     returning run_id, first_at, rows_done, added, changed, removed, done_at`,
    [runId, now]
  )
  const row = rows[0]
  if (row === undefined) throw new Error('a run that is under way is not there')
  return toRun(row)
}

/** One import of a kind at a time: two would do the same work twice. False where another is under way. */
export async function lockImports(client: pg.ClientBase, kind: string): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(
    "select pg_try_advisory_lock(hashtextextended('callbox-import-' || $1, 0)) as locked",
    [kind]
  )
  return rows[0]?.locked === true
}
