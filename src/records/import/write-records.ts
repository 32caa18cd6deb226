import type pg from 'pg'
import type { RowOf } from './record-rows.ts'
import type { RecordKind } from './record-schemas.ts'
import type { Put } from './upsert.ts'
import type { Owner } from './write-addresses.ts'
import { putCrimes, removeCrimes } from './write-crimes.ts'
import { putIncidents, removeIncidents } from './write-incidents.ts'
import { putMarkers, removeMarkers } from './write-markers.ts'
import { putPeople, type Removed, removePeople } from './write-people.ts'
import { putUnits, removeUnits } from './write-units.ts'

interface KeyRefusal {
  readonly key: string
  readonly reason: string
}

/** Rows that were written, and those that could not be. What is in neither stood there already, or something newer. */
export interface RecordsPut {
  readonly put: readonly Put[]
  readonly refused: readonly KeyRefusal[]
}

/** Writes records of one kind with different keys, of one force and source. */
export async function putRecords<K extends RecordKind>(
  client: pg.ClientBase,
  kind: K,
  owner: Owner,
  rows: readonly RowOf[K][]
): Promise<RecordsPut> {
  if (rows.length === 0) return { put: [], refused: [] }
  return PUT[kind](client, owner, rows as never)
}

/** Takes records away by their keys; those that are not there are in neither list. */
export async function removeRecords(
  client: pg.ClientBase,
  kind: RecordKind,
  owner: Owner,
  keys: readonly string[]
): Promise<Removed> {
  if (keys.length === 0) return { gone: [], kept: [] }
  return REMOVE[kind](client, owner, [...keys].sort())
}

type PutOf<K extends RecordKind> = (
  client: pg.ClientBase,
  owner: Owner,
  rows: readonly RowOf[K][]
) => Promise<RecordsPut>

const PUT: { readonly [K in RecordKind]: PutOf<K> } = {
  crimes: async (client, { source }, rows) => ({ put: await putCrimes(client, source, rows), refused: [] }),
  people: async (client, owner, rows) => ({ put: await putPeople(client, owner, rows), refused: [] }),
  markers: putMarkers,
  incidents: async (client, owner, rows) => ({ put: await putIncidents(client, owner, rows), refused: [] }),
  units: async (client, owner, rows) => ({ put: await putUnits(client, owner, rows), refused: [] })
}

type Remove = (client: pg.ClientBase, owner: Owner, keys: readonly string[]) => Promise<Removed>

const all = (gone: readonly string[]): Removed => ({ gone, kept: [] })

const REMOVE: Readonly<Record<RecordKind, Remove>> = {
  crimes: async (...args) => all(await removeCrimes(...args)),
  people: removePeople,
  markers: async (...args) => all(await removeMarkers(...args)),
  incidents: removeIncidents,
  units: async (...args) => all(await removeUnits(...args))
}
