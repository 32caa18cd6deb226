import type pg from 'pg'
import type { CallId, HandlerId } from '../call/ids.ts'
import type { CallNote, NoteSubject, ReadNotes } from '../lookups/call-notes.ts'
import { tellOwner } from './location-fixes.ts'
import { rowsOfLookup } from './lookup-statements.ts'

/*
 * What handlers write of a call. As with a late fix the gateway that has the call hears of it with the commit, and shows it
 * to whoever has the call on their screen.
 */

/** More than anybody writes of one call; one more is refused. */
const MAX_NOTES = 300
/** Read for a panel. */
const MAX_SHOWN = 50

export interface NoteAct {
  readonly callId: CallId
  /** The writer's own uuid for this piece of writing. */
  readonly note: string
  readonly about: NoteSubject
  readonly text: string
  readonly why?: string
  /** Rises each time this note is saved. */
  readonly version: number
  readonly isDone: boolean
  readonly handler: HandlerId
  /** Epoch ms. */
  readonly at: number
}

/**
 * `saved`: done now. `as-it-was`: this version, or a later one, is on record. `finished`: its writer had finished it.
 * `not-theirs`: a note of somebody else's or of another call. `no-call`: the record does not have the call (yet).
 */
export type NoteResult = 'saved' | 'as-it-was' | 'finished' | 'not-theirs' | 'no-call' | 'too-many'

export interface NoteSaved {
  readonly result: NoteResult
  /** The newest change of the call; undefined where nothing was changed. */
  readonly change: number | undefined
}

const SAVE = `
with had as (
  select call_id, handler, version, is_done from call_note where note_id = $3::uuid
), held as (
  select count(*) as notes from call_note where call_id = $1
), put as (
  insert into call_note (note_id, call_id, about, text, why, version, is_done, handler, begun_at, saved_at)
  select $3::uuid, $1, $4, $5, $6, $7, $8, $9, $10, $10 from held
  where exists (select 1 from contact where call_id = $1)
    and (notes < ${MAX_NOTES} or exists (select 1 from had))
  on conflict (note_id) do update set text = excluded.text, why = excluded.why, version = excluded.version,
    is_done = excluded.is_done, saved_at = excluded.saved_at, change = nextval('location_change')
  where call_note.call_id = excluded.call_id and call_note.handler = excluded.handler and not call_note.is_done
    and call_note.version < excluded.version
  returning change
), told as (select change from put), tells as (${tellOwner('note')})
select (select change from tells) as change, case
  when exists (select 1 from put) then 'saved'
  when exists (select 1 from had where handler <> $9 or call_id <> $1) then 'not-theirs'
  when exists (select 1 from had where version >= $7) then 'as-it-was'
  when exists (select 1 from had where is_done) then 'finished'
  when not exists (select 1 from contact where call_id = $1) then 'no-call'
  when (select notes from held) >= ${MAX_NOTES} then 'too-many'
  else 'as-it-was' end as result`

/** Saved by its writer only, until they have finished it. Rejects as the record does. */
export async function saveNote(pool: pg.Pool, node: string, act: NoteAct): Promise<NoteSaved> {
  const { callId, note, about, text, why, version, isDone, handler, at } = act
  const { rows } = await pool.query<{ result: NoteResult; change: number | null }>({
    name: 'save-note',
    text: SAVE,
    values: [callId, node, note, about, text, why ?? null, version, isDone, handler, Math.round(at)]
  })
  return { result: rows[0]?.result ?? 'no-call', change: rows[0]?.change ?? undefined }
}

const READ = `
select *, count(*) over () as total from (
  select note_id, about, text, why, handler, version, is_done, begun_at, saved_at, change,
    count(*) over (partition by about) as versions,
    row_number() over (partition by about order by begun_at desc, change desc) as nth
  from call_note where call_id = $1
) written
where case when about = 'note' then text <> '' else nth = 1 end
order by begun_at desc, change desc limit ${MAX_SHOWN}`

interface NoteRow {
  readonly note_id: string
  readonly about: NoteSubject
  readonly text: string
  readonly why: string | null
  readonly handler: HandlerId
  readonly version: number
  readonly is_done: boolean
  readonly begun_at: number
  readonly saved_at: number
  readonly versions: number
  readonly total: number
}

/** The newest first; of each aspect of the assessment the last that was written, also where that took it back. */
export function makeReadNotes(pool: pg.Pool): ReadNotes {
  return async callId => {
    const rows = await rowsOfLookup<NoteRow>(pool, { name: 'read-notes', text: READ, values: [callId] })
    return { items: rows.map(toNote), total: rows[0]?.total ?? 0 }
  }
}

function toNote(row: NoteRow): CallNote {
  return {
    ...{ id: row.note_id, about: row.about, text: row.text, by: row.handler },
    ...(row.why === null ? {} : { why: row.why }),
    ...{ version: row.version, isDone: row.is_done },
    ...{ begunAt: row.begun_at, savedAt: row.saved_at, versions: row.versions }
  }
}
