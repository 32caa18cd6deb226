import type { Standing } from './unit.ts'

/** What a code of a force's radio comes to. A `signal` says something and leaves the unit as it stands. */
export type StatusMeaning =
  | { readonly means: Standing; readonly reluctance: number; readonly words: string }
  | { readonly means: 'signal'; readonly isEmergency: boolean; readonly words: string }

/** A force's codes; what is not in it is a code nobody knows, and who sends one cannot be sent. */
export type StatusTable = ReadonlyMap<string, StatusMeaning>

/** One row as a config has it. */
export interface StatusRow {
  readonly code: string
  readonly means: Standing | 'signal' | 'emergency'
  readonly words: string
  /** Of `divertible`: 0 to 1, what being taken off it costs at least. */
  readonly reluctance?: number
}

/** A table of these rows; the last of a code wins. */
export function toStatusTable(rows: readonly StatusRow[]): StatusTable {
  return new Map(rows.map(row => [normal(row.code), meaningOf(row)]))
}

/** As a radio sends it: `05`, `5` and ` 5 ` are one code. */
export function meaningOfCode(table: StatusTable, code: string): StatusMeaning | undefined {
  return table.get(normal(code))
}

function meaningOf({ means, words, reluctance = 0 }: StatusRow): StatusMeaning {
  if (means === 'signal' || means === 'emergency') return { means: 'signal', isEmergency: means === 'emergency', words }
  return { means, reluctance, words }
}

function normal(code: string): string {
  const text = code.trim().toUpperCase()
  return /^\d+$/.test(text) ? String(Number(text)) : text
}
