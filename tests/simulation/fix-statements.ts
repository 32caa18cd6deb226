import { MAX_FIXES } from '../../src/records/location-fixes.ts'
import type { Around, Notify } from './node-statements.ts'
import type { LocationFixRow, RecordTables } from './record-tables.ts'

type Values = readonly unknown[]
type Row = Readonly<Record<string, unknown>>

/**
 * The statements of src/records/location-fixes.ts and caller-words.ts. No handler of these rooms says that an
 * incident is elsewhere, or anything of who calls.
 */
export const FIX_STATEMENTS = [
  { has: 'with said as (', run: addLateWord },
  { has: 'insert into location_fix (call_id, fix_id, source, fix, came_at, confirmed_at', run: confirmFix },
  { has: 'from incident_place where call_id = $1 order by change desc limit 1)', run: readLateRecord },
  { has: 'as known(held_id, known_change)', run: laterChanges },
  { has: 'from caller_word where call_id = $1 order by change', run: () => [] }
]

interface Said {
  readonly fix_id: string
  readonly source: string
  readonly fix?: unknown
  readonly state?: string
  readonly typed_by?: string
}

function addLateWord(tables: RecordTables, values: Values, { notify }: Around): Row[] {
  const [callId, node, json, at, isAgain] = values
  const rows = tables.fixes(String(callId))
  // The statement reads what was before it wrote.
  const loose = rows.filter(({ fix, confirmedAt }) => fix !== null && confirmedAt === null)
  const dropped = loose.sort((one, other) => other.change - one.change).slice(MAX_FIXES - 1)
  const newest = rows.length === 0 ? null : Math.max(...rows.map(row => row.change))
  let change: number | null = null
  for (const said of JSON.parse(String(json)) as Said[]) {
    const known = rows.find(({ fixId }) => fixId === said.fix_id)
    const state = said.state ?? null
    if (known !== undefined && (known.state === state || known.cameAt > Number(at))) continue
    tables.lastChange += 1
    change = tables.lastChange
    if (known !== undefined) Object.assign(known, { state, cameAt: Number(at), change })
    else rows.push(toFixRow(said, Number(at), change))
  }
  for (const row of dropped) rows.splice(rows.indexOf(row), 1)
  change ??= isAgain === true ? newest : null
  return [tellOwner(tables, { callId, node, change, notify })]
}

function toFixRow({ fix_id, source, fix, state, typed_by }: Said, cameAt: number, change: number): LocationFixRow {
  return {
    ...{ fixId: fix_id, source, fix: fix ?? null, state: state ?? null, cameAt, typedBy: typed_by ?? null },
    ...{ confirmedAt: null, confirmedBy: null, change }
  }
}

function confirmFix(tables: RecordTables, values: Values, { notify }: Around): Row[] {
  const [callId, node, fixId, source, json, at, handler] = values
  const rows = tables.fixes(String(callId))
  tables.lastChange += 1
  const change = tables.lastChange
  const confirmed = { confirmedAt: Number(at), confirmedBy: String(handler), change }
  const known = rows.find(row => row.fixId === fixId)
  const [fix] = JSON.parse(String(json)) as unknown[]
  if (known !== undefined) Object.assign(known, confirmed)
  else {
    const said = { fix_id: String(fixId), source: String(source), fix }
    rows.push({ ...toFixRow(said, Number(at), change), ...confirmed })
  }
  return [tellOwner(tables, { callId, node, change, notify })]
}

interface Told {
  readonly callId: unknown
  readonly node: unknown
  readonly change: number | null
  readonly notify: Notify
}

function tellOwner({ contacts }: RecordTables, { callId, node, change, notify }: Told): Row {
  const row = contacts.get(String(callId))
  if (row !== undefined && change !== null && row.owner !== node) {
    notify(JSON.stringify({ t: 'fix', call: row.callId, generation: row.generation, change }))
  }
  return { change, owner: row?.owner ?? null }
}

function readLateRecord(tables: RecordTables, [callId]: Values): Row[] {
  const rows = tables.fixes(String(callId)).toSorted((one, other) => one.change - other.change)
  return rows.map(row => ({
    ...{ fix_id: row.fixId, source: row.source, fix: row.fix, state: row.state, came_at: row.cameAt },
    ...{ typed_by: row.typedBy, confirmed_at: row.confirmedAt, confirmed_by: row.confirmedBy, is_incident: false }
  }))
}

function laterChanges(tables: RecordTables, [ids, known]: Values): Row[] {
  return (ids as string[]).flatMap((id, at) => {
    const change = Math.max(0, ...tables.fixes(id).map(row => row.change))
    return change > ((known as number[])[at] ?? 0) ? [{ call_id: id, change, kinds: ['place'] }] : []
  })
}
