import type { ContactRow, RecordTables } from './record-tables.ts'

type Values = readonly unknown[]
type Row = Readonly<Record<string, unknown>>
/** What a statement tells those who listen, with its commit. */
export type Notify = (payload: string) => void

/** The statements of src/records/nodes.ts, adoption.ts and notices.ts. */
export const NODE_STATEMENTS = [
  { has: 'insert into node (node, version', run: renewLease },
  { has: 'update node set left_at', run: leave },
  { has: 'delete from node gone', run: dropGone },
  { has: 'select call_id, owner, generation from contact where call_id = any($1)', run: ownersOf },
  { has: 'order by offered_at desc limit $5 for update skip locked', run: adoptOf },
  { has: 'where call_id = $2 and closed_at is null and call is not null and (owner = $1', run: adoptCall },
  { has: 'as held(held_id, held_by, closed)', run: otherHands },
  { has: 'switch_call_ids @> array[$2::text]', run: adoptBySwitchCall },
  { has: 'where contact.call_id = $1 and closed_at is null', run: readOpenCall },
  { has: 'and (owner is distinct from $2 or closed_at is not null)', run: lostCalls },
  { has: "order by (state = 'released'), offered_at desc limit $3", run: callsOfOthers },
  { has: 'where owner = $1 and closed_at is null', run: ownCalls },
  { has: 'where call_id = any($2) and owner = $1', run: adoptOwn },
  // Nothing is passed on in a world.
  { has: 'handler, at from escalation where call_id = any($1', run: (): Row[] => [] },
  {
    has: 'select pg_notify($1, payload)',
    run: (_: RecordTables, [, payloads]: Values, { notify }: Around): Row[] => {
      for (const payload of payloads as string[]) notify(payload)
      return []
    }
  }
]

export interface Around {
  /** PostgreSQL's own clock. */
  readonly nowMs: number
  readonly notify: Notify
}

function renewLease({ nodes }: RecordTables, values: Values, { nowMs }: Around): Row[] {
  const [node, , siteGroup, , isDraining, leaseMs] = values
  // The statement reads what was before it wrote.
  const rows = [...nodes.values()]
    .sort((one, other) => other.leaseUntilMs - one.leaseUntilMs)
    .map(row => ({
      node: row.node,
      site_group: row.siteGroup,
      is_draining: row.isDraining,
      state: row.hasLeft ? 'left' : row.leaseUntilMs < nowMs ? 'lapsed' : 'live',
      silent_ms: nowMs - row.leaseUntilMs + Number(leaseMs),
      lease_end: String(Math.round(row.leaseUntilMs))
    }))
  nodes.set(String(node), {
    node: String(node),
    siteGroup: String(siteGroup),
    isDraining: isDraining === true,
    leaseUntilMs: nowMs + Number(leaseMs),
    hasLeft: false
  })
  return rows
}

function leave({ nodes }: RecordTables, [names]: Values, { nowMs }: Around): Row[] {
  for (const name of names as string[]) {
    const row = nodes.get(name)
    if (row !== undefined && !row.hasLeft) Object.assign(row, { hasLeft: true, isDraining: true, leaseUntilMs: nowMs })
  }
  return []
}

function dropGone({ nodes, contacts }: RecordTables, _: Values, { nowMs }: Around): Row[] {
  const owners = new Set([...contacts.values()].flatMap(row => (row.closedAt === null ? [row.owner] : [])))
  const live = new Set(
    [...nodes.values()].flatMap(row => (!row.hasLeft && row.leaseUntilMs >= nowMs ? [row.siteGroup] : []))
  )
  for (const row of [...nodes.values()]) {
    const isGone = row.hasLeft || row.leaseUntilMs < nowMs
    if (isGone && !owners.has(row.node) && live.has(row.siteGroup)) nodes.delete(row.node)
  }
  return []
}

function ownersOf({ contacts }: RecordTables, [ids]: Values): Row[] {
  return (ids as string[]).flatMap(id => {
    const row = contacts.get(id)
    return row === undefined ? [] : [{ call_id: id, owner: row.owner, generation: row.generation }]
  })
}

function adoptOf(tables: RecordTables, [node, sinceAt, owners, withNobodys, limit]: Values): Row[] {
  return [...tables.contacts.values()]
    .filter(row => row.closedAt === null && row.offeredAt >= Number(sinceAt))
    .filter(row => (owners as string[]).includes(row.owner ?? '') || (withNobodys === true && row.owner === null))
    .sort((one, other) => other.offeredAt - one.offeredAt)
    .slice(0, Number(limit))
    .map(row => toOpenRow(tables, adopt(row, String(node), true)))
}

function adoptCall(tables: RecordTables, [node, callId, gone]: Values, { notify }: Around): Row[] {
  const row = tables.contacts.get(String(callId))
  if (row === undefined || row.closedAt !== null) return []
  const { owner } = row
  const isFree =
    owner === node || owner === null || (gone as string[]).includes(owner) || tables.nodes.get(owner) === undefined
  return isFree ? [adoptOne(tables, row, { node: String(node), isGone: owner !== node, notify })] : []
}

function otherHands(tables: RecordTables, [node, ids, takers, closed]: Values): Row[] {
  return (ids as string[]).flatMap((id, at) => {
    const row = tables.contacts.get(id)
    if (row === undefined || row.owner !== node || row.closedAt !== null) return []
    const hasClosed = [...tables.hands(id).values()].filter(closedAt => closedAt !== null).length
    const isOther = row.takenBy !== (takers as (string | null)[])[at] || hasClosed > ((closed as number[])[at] ?? 0)
    return isOther ? [toOpenRow(tables, row)] : []
  })
}

function adoptBySwitchCall(tables: RecordTables, values: Values, { notify, nowMs }: Around): Row[] {
  const [node, switchCallId, force, trunk] = values
  const [found] = [...tables.contacts.values()]
    .filter(({ closedAt, call }) => closedAt === null && call.force === force)
    .filter(({ call }) => (call.switchCallIds as readonly unknown[]).includes(switchCallId))
    .sort(
      (one, other) =>
        Number(other.call.trunk === trunk) - Number(one.call.trunk === trunk) || other.offeredAt - one.offeredAt
    )
  if (found === undefined) return []
  const lease = tables.nodes.get(found.owner ?? '')
  const isLive = lease !== undefined && !lease.hasLeft && lease.leaseUntilMs >= nowMs
  return [adoptOne(tables, found, { node: String(node), isGone: found.owner !== node && !isLive, notify })]
}

function readOpenCall(tables: RecordTables, [callId]: Values): Row[] {
  const row = tables.contacts.get(String(callId))
  return row === undefined || row.closedAt !== null ? [] : [toOpenRow(tables, row)]
}

function lostCalls({ contacts }: RecordTables, [ids, node]: Values): Row[] {
  return (ids as string[]).flatMap(id => {
    const row = contacts.get(id)
    const isLost = row !== undefined && (row.owner !== node || row.closedAt !== null)
    return isLost ? [{ call_id: id, generation: row.generation, is_closed: row.closedAt !== null }] : []
  })
}

function callsOfOthers(tables: RecordTables, [node, sinceAt, limit]: Values): Row[] {
  return [...tables.contacts.values()]
    .filter(row => row.closedAt === null && row.offeredAt >= Number(sinceAt) && row.owner !== node)
    .sort(
      (one, other) =>
        Number(one.call.state === 'released') - Number(other.call.state === 'released') ||
        other.offeredAt - one.offeredAt
    )
    .slice(0, Number(limit))
    .map(row => toOpenRow(tables, row))
}

function ownCalls({ contacts }: RecordTables, [node, sinceAt]: Values): Row[] {
  return [...contacts.values()]
    .filter(row => row.owner === node && row.closedAt === null && row.offeredAt >= Number(sinceAt))
    .map(({ callId }) => ({ call_id: callId }))
}

function adoptOwn(tables: RecordTables, [node, ids]: Values): Row[] {
  return (ids as string[]).flatMap(id => {
    const row = tables.contacts.get(id)
    const isOurs = row !== undefined && row.owner === node && row.closedAt === null
    return isOurs ? [toOpenRow(tables, adopt(row, String(node), false))] : []
  })
}

function adopt(row: ContactRow, node: string, isGone: boolean): ContactRow {
  const generation = row.generation + 1
  const call = { ...row.call, generation, ...(isGone ? { isUnheard: true } : {}) }
  return Object.assign(row, { owner: node, generation, call })
}

interface By {
  readonly node: string
  readonly isGone: boolean
  readonly notify: Notify
}

function adoptOne(tables: RecordTables, row: ContactRow, { node, isGone, notify }: By): Row {
  const former = row.owner
  adopt(row, node, isGone)
  if (former !== node) notify(JSON.stringify({ t: 'adopted', call: row.callId, generation: row.generation }))
  return toOpenRow(tables, row)
}

export function toOpenRow(tables: RecordTables, { callId, call, dialog, takenBy }: ContactRow): Row {
  const hands = [...tables.hands(callId)].map(([handler, closedAt]) => ({ handler, isClosed: closedAt !== null }))
  return { call, dialog, taken_by: takenBy, hands: hands.length === 0 ? null : hands }
}
