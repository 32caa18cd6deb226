import type pg from 'pg'
import type { NationalGrid } from '../../grid/national-grid.ts'
import { type CrimeRow, isPublishedHead, makePublishedReader } from './crime-row.ts'
import type { ForceArea } from './force-area.ts'
import type { Entry, RecordImport, Taken } from './import-file.ts'
import type { BatchCounts, Refusal } from './import-runs.ts'
import { parseHead } from './record-columns.ts'
import type { FileRow } from './record-file.ts'
import { readRecord } from './record-reader.ts'
import type { RowOf } from './record-rows.ts'
import type { RecordKind } from './record-schemas.ts'
import { writeCrimes } from './write-crimes.ts'
import { putRecords, removeRecords } from './write-records.ts'

/** Crimes are one statement a batch; a batch of people is eight, whose lists stay small enough to be planned well. */
const ROWS_AT_ONCE: Readonly<Record<RecordKind, number>> = {
  crimes: 5_000,
  people: 2_000,
  markers: 2_000,
  incidents: 5_000,
  units: 2_000
}

export interface ImportContext {
  /** The force of every row. */
  readonly force: string
  readonly source: string
  readonly grid: NationalGrid
  readonly areaOf: (force: string) => ForceArea | undefined
}

/** Files of records that have the columns of `record-schemas.ts`. */
export function makeRecordImport<K extends RecordKind>(kind: K, context: ImportContext): RecordImport<RowOf[K]> {
  const { force, source, grid, areaOf } = context
  return {
    makeReader: asOf => makeReader(kind, { force, grid, asOf, area: areaOf(force) }),
    keyOf: row => row.recordKey,
    write: entries => client => writeEntries(client, kind, { force, source }, entries),
    rowsAtOnce: ROWS_AT_ONCE[kind]
  }
}

type ReadHere<K extends RecordKind> = (row: FileRow) => Taken<RowOf[K]>

function makeReader<K extends RecordKind>(kind: K, context: Parameters<typeof readRecord>[2]): ReadHere<K> {
  let toRecord: ((fields: readonly string[]) => unknown) | undefined
  let columns = 0
  let fault = 'the head of the file is broken'
  let isHead = true
  return row => {
    if ('fault' in row) {
      isHead = false
      return { kind: 'bad', reason: row.fault }
    }
    if ('record' in row) return readRecord(kind, row.record, context)
    if (isHead) {
      isHead = false
      const head = parseHead(kind, row.fields)
      columns = row.fields.length
      if (head.kind === 'read') {
        toRecord = head.toRecord
        return { kind: 'head' }
      }
      fault = `the head of the file is none of ${kind}: ${head.reason}`
    }
    if (toRecord === undefined) return { kind: 'bad', reason: fault }
    if (row.fields.length !== columns) {
      return { kind: 'bad', reason: `it has ${row.fields.length} columns, the head has ${columns}` }
    }
    return readRecord(kind, toRecord(row.fields), context)
  }
}

export interface PublishedContext extends Omit<ImportContext, 'force'> {
  /** Force of a row, by what it says of who reported it. */
  readonly forceOf: (reportedBy: string) => string | undefined
}

/** Files of data.police.uk. */
export function makePublishedImport({ source, grid, areaOf, forceOf }: PublishedContext): RecordImport<CrimeRow> {
  return {
    makeReader: asOf => {
      let read: ReturnType<typeof makePublishedReader> | undefined
      return row => {
        if ('fault' in row) return { kind: 'bad', reason: row.fault }
        if ('record' in row) return { kind: 'bad', reason: 'it is no row of data.police.uk' }
        if (read !== undefined) return read(row.fields)
        if (!isPublishedHead(row.fields))
          return { kind: 'bad', reason: 'the file has not the columns of data.police.uk' }
        read = makePublishedReader(row.fields, { forceOf, areaOf, grid, asOf })
        return { kind: 'head' }
      }
    },
    // Two forces may give a crime the same id.
    keyOf: row => `${row.force} ${row.recordKey}`,
    write: entries => {
      const rows = entries.flatMap(({ row }) => (row === undefined ? [] : [row]))
      const write = writeCrimes(source, rows)
      return async client => ({ ...(await write(client)), removed: 0, refused: [] })
    },
    rowsAtOnce: ROWS_AT_ONCE.crimes
  }
}

async function writeEntries<K extends RecordKind>(
  client: pg.ClientBase,
  kind: K,
  owner: { readonly force: string; readonly source: string },
  entries: readonly Entry<RowOf[K]>[]
): Promise<BatchCounts> {
  const lines = new Map(entries.map(({ key, line }) => [key, line]))
  const toRefusal = ({ key, reason }: { key: string; reason: string }): Refusal => ({
    line: lines.get(key) ?? 0,
    reason
  })
  const rows = entries.flatMap(({ row }) => (row === undefined ? [] : [row]))
  const { put, refused } = await putRecords(client, kind, owner, rows)
  const keys = entries.flatMap(({ key, row }) => (row === undefined ? [key] : []))
  const { gone, kept } = await removeRecords(client, kind, owner, keys)
  const added = put.filter(({ isNew }) => isNew).length
  return { added, changed: put.length - added, removed: gone.length, refused: [...refused, ...kept].map(toRefusal) }
}
