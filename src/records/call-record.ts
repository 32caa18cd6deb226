import type pg from 'pg'
import type { CallId } from '../call/ids.ts'
import { type CallRecord, RECORD_LISTS } from '../pop/call-record.ts'

/*
 * One call, whole, in one statement: all of it as it stands at one moment. A table that gets rows of a call must be read
 * here too; a test compares with the tables that have a `call_id`.
 */

/** Of each list; a call with more is no call, and nothing of it is left out in silence. */
export const MAX_RECORD_ROWS = 5_000

const list = (columns: string, from: string, order: string) =>
  `(select coalesce(json_agg(listed), '[]') from (select ${columns} from ${from} order by ${order} limit ${MAX_RECORD_ROWS + 1}) listed)`

const OF_CALL = 'where call_id = $1'

const LEDGER = `(select row_to_json(entry) from (
  select kind, line, due_at as "dueAt", why, marked_by as "markedBy", taken_by as "takenBy", taken_at as "takenAt",
    opened_at as "openedAt", closed_at as "closedAt", closed_by as "closedBy", reason, note,
    ${list('later_id as call, kind, at, "by"', `ledger_later ${OF_CALL}`, 'at, later_id')} as later
  from ledger ${OF_CALL}) entry)`

/** What was decided, handed over and chosen. */
const OF_HANDOVERS = `'decisions', ${list(
  `deployment_id as deployment, outcome, grade, offered, chosen, note, decided_by as "decidedBy", decided_at as "decidedAt"`,
  `deployment ${OF_CALL}`,
  'decided_at, deployment_id'
)},
  'handovers', ${list(
    'handover_id as handover, rev, state, body, due_at as "dueAt", made_at as "madeAt", over_at as "overAt"',
    `handover ${OF_CALL}`,
    'made_at, handover_id'
  )},
  'handoverSteps', ${list(
    'handover_id as handover, rev, signal, state, said_by as "saidBy", via, at, said',
    `handover_step ${OF_CALL}`,
    'at, handover_id, rev'
  )},
  'handoverAlarms', ${list('handover_id as handover, step, node, at', `handover_alarm ${OF_CALL}`, 'at, handover_id, step')},
  'handoverSendings', ${list(
    'handover_id as handover, due_at as "dueAt", attempts, done_at as "doneAt"',
    `handover_outbox ${OF_CALL}`,
    'handover_id'
  )},
  'jobChoices', ${list('grade, type, handler, at', `job_choice ${OF_CALL}`, 'at')}`

const READ = `select json_build_object(
  'format', 'callbox-call/1',
  'head', (select row_to_json(head) from (
    select contact.call_id as "callId", force, home_force as "homeForce", line, state, cause, generation, seq,
      offered_at as "offeredAt", answered_at as "answeredAt", released_at as "releasedAt", taken_by as "takenBy",
      taken_at as "takenAt", closed_at as "closedAt", closed_by as "closedBy", result, summary,
      switch_call_ids as "switchCallIds", contact.call) head),
  'events', ${list(
    `event_id as "eventId", received_at as "receivedAt", floor(extract(epoch from durable_at) * 1000)::bigint as "durableAt", kind,
     generation, seq, trunk, node, event`,
    `journal ${OF_CALL}`,
    'generation, seq, received_at, event_id'
  )},
  'shown', ${list(
    'handler, acked_at as "ackedAt", seen_at as "seenAt", paint_ms as "paintMs"',
    `pop_delivery where pop_id = 'p_' || contact.call_id`,
    'coalesce(acked_at, seen_at), handler'
  )},
  'hands', ${list('handler, had_at as "hadAt", closed_at as "closedAt"', `wrap_up ${OF_CALL}`, 'had_at, handler')},
  'steps', ${list('kind, step, handler, node, at', `escalation ${OF_CALL}`, 'at, kind, step')},
  'alarms', ${list(
    `alarm, code, priority, words, remedy, raised_at as "raisedAt", ended_at as "endedAt", ended_by as "endedBy", reason,
     handlers`,
    `alarm ${OF_CALL}`,
    'raised_at, alarm'
  )},
  'notes', ${list(
    `note_id as note, about, text, why, handler, version, is_done as "isDone", begun_at as "begunAt",
     saved_at as "savedAt"`,
    `call_note ${OF_CALL}`,
    'begun_at, change'
  )},
  'places', ${list(
    `fix_id as "fixId", source, fix, state, came_at as "cameAt", typed_by as "typedBy", confirmed_at as "confirmedAt",
     confirmed_by as "confirmedBy"`,
    `location_fix ${OF_CALL}`,
    'came_at, change'
  )},
  'incidents', ${list(
    `incident_id::text as incident, reference, type, linked_by as "linkedBy", linked_at as "linkedAt"`,
    `contact_incident join incident using (incident_id) ${OF_CALL}`,
    'linked_at, incident_id'
  )},
  'links', ${list(
    'incident_id::text as incident, reference, act, handler, at',
    `incident_link_act left join incident using (incident_id) ${OF_CALL}`,
    'change'
  )},
  ${OF_HANDOVERS},
  'incidentPlaces', ${list('fix, handler, at', `incident_place ${OF_CALL}`, 'change')},
  'callerWords', ${list('act, number, e164s, handler, at', `caller_word ${OF_CALL}`, 'change')},
  'ledgerActs', ${list('act, handler, at, due_at as "dueAt", why, reason, note', `ledger_act ${OF_CALL}`, 'act_id')},
  'ledger', ${LEDGER},
  'disclosures', ${list(
    'kind, handler, position, force, format, reason, at, until_at as "untilAt"',
    `disclosure ${OF_CALL}`,
    'at, disclosure_id'
  )}
) as record from contact where contact.call_id = $1`

/** Undefined: the record does not have it (any more). `too-long`: more of one thing than an export holds. Rejects as the record does. */
export async function readCallRecord(pool: pg.Pool, callId: CallId): Promise<CallRecord | 'too-long' | undefined> {
  const { rows } = await pool.query<{ record: CallRecord }>({ name: 'read-call-record', text: READ, values: [callId] })
  const record = rows[0]?.record
  if (record === undefined) return undefined
  return RECORD_LISTS.some(name => record[name].length > MAX_RECORD_ROWS) ? 'too-long' : record
}
