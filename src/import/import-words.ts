import { basename } from 'node:path'
import type { RowNote } from '../records/import/crime-row.ts'
import type { FileProgress, FileReport } from '../records/import/import-file.ts'

const BAR = 24
const NOTES: Readonly<Record<RowNote, string>> = {
  'no-location': 'without a location',
  outlier: 'outside of their force’s area',
  'unknown-category': 'of a category that is not known'
}

/** One line while a file is read: how far by its bytes, since nobody knows its rows yet. */
export function toProgress(path: string, { step, bytes, size, rows }: FileProgress, tookMs: number): string {
  const done = size === 0 ? 1 : Math.min(1, bytes / size)
  const full = Math.round(done * BAR)
  const bar = `[${'#'.repeat(full)}${'.'.repeat(BAR - full)}]`
  const rate = tookMs < 500 || rows === 0 ? '' : `, ${count(Math.round((rows * 1_000) / tookMs))} a second`
  const words = step === 'checking' ? 'checking' : `${count(rows)} rows${rate}`
  return `${bar} ${String(Math.floor(done * 100)).padStart(3)} %  ${basename(path)}  ${words}`
}

/** What became of a file, in a line. */
export function toLine(path: string, { result, rows, rejected, notes, run, before }: FileReport): string {
  const name = basename(path)
  if (result === 'already') return `${name}: done before, ${count(rows)} rows; nothing was read (--again does)\n`
  const { added, changed, removed } = run
  const same = Math.max(0, rows - rejected - added - changed - removed)
  const parts = [
    `${count(added)} added`,
    `${count(changed)} changed`,
    ...(removed === 0 ? [] : [`${count(removed)} taken away`]),
    ...(result === 'stopped' ? [] : [`${count(same)} as they were`]),
    `${count(rejected)} rejected`,
    ...Object.entries(notes).map(([note, times]) => `${count(times)} ${NOTES[note as RowNote]}`)
  ]
  const from = before === 0 ? '' : `, of which ${count(before)} were done before`
  return `${name}: ${result === 'stopped' ? 'stopped after ' : ''}${count(rows)} rows${from}: ${parts.join(', ')}\n`
}

export interface Totals {
  readonly files: number
  readonly rows: number
  readonly tookMs: number
  readonly maxRssKilobytes: number
}

export function toTotals({ files, rows, tookMs, maxRssKilobytes }: Totals): string {
  const rate = tookMs === 0 ? '' : `, ${count(Math.round((rows * 1_000) / tookMs))} rows a second`
  const took = `${(tookMs / 1_000).toFixed(1)} s`
  return `${count(files)} files, ${count(rows)} rows in ${took}${rate}; most memory ${Math.round(maxRssKilobytes / 1_024)} MB\n`
}

/** 12345 as 12,345. */
export function count(number: number): string {
  return number.toLocaleString('en-GB')
}
