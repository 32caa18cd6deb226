import type pg from 'pg'
import { inTransaction, patient } from '../operations/postgres.ts'
import { type HandlerAccount, hashPassword } from './handlers.ts'
import { monthsBetween } from './month-parts.ts'
import { makeMonths } from './months.ts'

/** A made-up force's worth of data. Links and contacts name people, addresses and incidents by their place here. */
export interface DemoData {
  readonly password: string
  readonly handlers: readonly HandlerAccount[]
  readonly positions: readonly {
    readonly position: string
    readonly name: string
    readonly force: string
    readonly devices: readonly string[]
  }[]
  readonly people: readonly {
    readonly force: string
    readonly name: string
    readonly born: string
    readonly source: string
    readonly asOf: number
  }[]
  readonly addresses: readonly {
    readonly force: string
    readonly text: string
    readonly latitude: number
    readonly longitude: number
    /** On the National Grid, in metres. */
    readonly easting: number
    readonly northing: number
    readonly source: string
    readonly asOf: number
  }[]
  readonly links: readonly {
    readonly e164: string
    readonly force: string
    readonly person?: number
    readonly address?: number
    readonly relation: string
    readonly asOf: number
  }[]
  /** Where people live, and lived, apart from any number. */
  readonly homes: readonly {
    readonly person: number
    readonly address: number
    readonly relation: string
    readonly asOf: number
    readonly untilAt?: number
  }[]
  /** Warnings, each of one of the three. */
  readonly markers: readonly {
    readonly force: string
    readonly kind: string
    readonly person?: number
    readonly address?: number
    readonly e164?: string
    readonly text: string
    readonly source: string
    readonly grade: string
    readonly madeAt: number
    readonly reviewAt: number
    readonly expiresAt?: number
  }[]
  readonly incidents: readonly {
    readonly reference: string
    readonly force: string
    readonly type: string
    readonly status: string
    readonly openedAt: number
  }[]
  readonly contacts: readonly DemoContact[]
}

export interface DemoContact {
  readonly callId: string
  readonly force: string
  readonly line: string
  readonly e164: string
  readonly cause: string
  readonly offeredAt: number
  readonly answeredAt?: number
  readonly releasedAt: number
  readonly summary?: string
  readonly incident?: number
}

/** Numbers of people and addresses count from where the tables stand, so that links can name them. */
const ROWS = `
with person_row as (
  insert into person (force, name, born, source, as_of)
  select force, name, born, source, "asOf"
  from jsonb_to_recordset($1::jsonb) as p(force text, name text, born text, source text, "asOf" bigint)
  returning person_id
), person_base as (select min(person_id) as base from person_row
), address_row as (
  insert into address (force, text, latitude, longitude, place, source, as_of)
  select force, text, latitude, longitude, point(easting, northing), source, "asOf" from jsonb_to_recordset($2::jsonb)
    as a(force text, text text, latitude float8, longitude float8, easting float8, northing float8, source text,
      "asOf" bigint)
  returning address_id
), address_base as (select min(address_id) as base from address_row
), home_row as (
  insert into person_address (person_id, address_id, relation, as_of, until_at)
  select person_base.base + person, address_base.base + address, relation, "asOf", "untilAt"
  from person_base, address_base, jsonb_to_recordset($4::jsonb)
    as h(person int, address int, relation text, "asOf" bigint, "untilAt" bigint)
), marker_row as (
  insert into marker (force, kind, person_id, address_id, e164, text, source, grade, made_at, review_at, expires_at, as_of)
  select force, kind, person_base.base + person, address_base.base + address, e164, text, source, grade, "madeAt", "reviewAt",
    "expiresAt", "madeAt"
  from person_base, address_base, jsonb_to_recordset($5::jsonb)
    as m(force text, kind text, person int, address int, e164 text, text text, source text, grade text, "madeAt" bigint,
      "reviewAt" bigint, "expiresAt" bigint)
)
insert into number_link (e164, force, person_id, address_id, relation, as_of)
select e164, force, (select base from person_base) + person, (select base from address_base) + address, relation, "asOf"
from jsonb_to_recordset($3::jsonb) as l(e164 text, force text, person int, address int, relation text, "asOf" bigint)`

const CONTACTS = `
insert into contact (call_id, generation, seq, force, home_force, line, state, cause, network_e164, offered_at,
  answered_at, released_at, closed_at, switch_call_ids, summary)
select "callId", 1, 1, force, force, line, 'released', cause, e164, "offeredAt", "answeredAt", "releasedAt",
  "releasedAt", '{}', summary
from jsonb_to_recordset($1::jsonb) as c("callId" uuid, force text, line text, e164 text, cause text,
  "offeredAt" bigint, "answeredAt" bigint, "releasedAt" bigint, summary text)`

const INCIDENTS = `
with incident_row as (
  insert into incident (reference, force, type, status, opened_at)
  select reference, force, type, status, "openedAt" from jsonb_to_recordset($1::jsonb)
    as i(reference text, force text, type text, status text, "openedAt" bigint)
  returning incident_id
), base as (select min(incident_id) as base from incident_row)
insert into contact_incident (call_id, incident_id)
select "callId", base.base + incident from base, jsonb_to_recordset($2::jsonb) as c("callId" uuid, incident int)
where incident is not null`

const HANDLERS = `
insert into handler (handler, name, force, role, grants, lines, acd_queues, password)
select handler, name, force, role, array(select jsonb_array_elements_text(grants)),
  array(select jsonb_array_elements_text(lines)), array(select jsonb_array_elements_text("acdQueues")), $2
from jsonb_to_recordset($1::jsonb) as h(handler text, name text, force text, role text, grants jsonb, lines jsonb, "acdQueues" jsonb)`

const POSITIONS = `
insert into position (position, name, force, devices)
select position, name, force, array(select jsonb_array_elements_text(devices))
from jsonb_to_recordset($1::jsonb) as p(position text, name text, force text, devices jsonb)`

/** A machine that does much else at once may take this long; who waits for it has nothing to lose by then. */
const WRITE_WITHIN_MS = 60_000

/** Writes all of it in one transaction. False, with nothing written, where there are handlers already. */
export async function writeDemoData(pool: pg.Pool, makeData: () => DemoData): Promise<boolean> {
  const { rowCount: known } = await pool.query('select 1 from handler limit 1')
  if (known !== 0) return false
  const data = makeData()
  // Its calls stand in the months of their own days, as if Callbox had had them.
  const times = data.contacts.map(({ offeredAt }) => offeredAt)
  const oldest = times.reduce((least, at) => Math.min(least, at), Number.POSITIVE_INFINITY)
  const newest = times.reduce((most, at) => Math.max(most, at), 0)
  if (times.length > 0) await makeMonths(pool, monthsBetween(oldest, newest), { tables: ['contact'] })
  const isWritten = await withoutTimeout(pool, async client => {
    // Two that load at the same moment: the second waits here, then finds the handlers.
    await client.query('lock table handler in exclusive mode')
    const { rowCount } = await client.query('select 1 from handler limit 1')
    if (rowCount === 0) await writeAll(client, data)
    return rowCount === 0
  })
  // Without it PostgreSQL plans for empty tables until its own daemon comes round.
  if (isWritten) {
    await withoutTimeout(pool, client => client.query(patient('analyze', { withinMs: WRITE_WITHIN_MS })))
  }
  return isWritten
}

/** In one transaction, however long PostgreSQL takes for a statement of it. */
function withoutTimeout<T>(pool: pg.Pool, run: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  return inTransaction(pool, async client => {
    await client.query('set local statement_timeout = 0')
    return run(client)
  })
}

async function writeAll(client: pg.PoolClient, data: DemoData): Promise<void> {
  const json = (value: unknown) => JSON.stringify(value)
  const write = (text: string, values: readonly unknown[]) =>
    client.query(patient(text, { withinMs: WRITE_WITHIN_MS, values }))
  await write(HANDLERS, [json(data.handlers), await hashPassword(data.password)])
  await write(POSITIONS, [json(data.positions)])
  const { people, addresses, links, homes, markers } = data
  await write(ROWS, [people, addresses, links, homes, markers].map(json))
  await write(CONTACTS, [json(data.contacts)])
  await write(INCIDENTS, [json(data.incidents), json(data.contacts)])
}
