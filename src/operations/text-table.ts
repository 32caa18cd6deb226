interface Options {
  /** All columns but the first are numbers, and stand to the right. */
  readonly areNumbers?: boolean
}

/** Rows as lines of a text, each column as wide as its widest cell. */
export function toTableLines(rows: readonly (readonly string[])[], { areNumbers = false }: Options = {}): string[] {
  const columns = Math.max(0, ...rows.map(row => row.length))
  const widths = Array.from({ length: columns }, (_, at) => Math.max(...rows.map(row => row[at]?.length ?? 0)))
  const pad = (cell: string, at: number) =>
    areNumbers && at > 0 ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)
  return rows.map(row => row.map(pad).join('  ').trimEnd())
}
