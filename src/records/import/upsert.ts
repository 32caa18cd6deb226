import type pg from 'pg'

export type ColumnType = 'text' | 'bigint' | 'integer' | 'smallint' | 'real' | 'double precision' | 'boolean'
export type ColumnValue = string | number | boolean | undefined

/** A table that records are written to. */
export interface RecordTable<Row> {
  readonly name: string
  /** Under these a row is the same row; they are among the columns. */
  readonly key: readonly string[]
  readonly columns: Readonly<Record<string, readonly [ColumnType, (row: Row) => ColumnValue]>>
  /** Columns of the table that are made of the given ones, in SQL. */
  readonly made?: Readonly<Record<string, string>>
  /** Columns whose change alone is none: the row is left as it stands. */
  readonly quiet?: readonly string[]
  /** A column whose greater value wins: what is older than the row there is not written. */
  readonly newer?: string
}

/** What became of a row: `undefined` where it stood there already, or something newer. */
export interface Put {
  readonly key: string
  readonly isNew: boolean
}

/** Of each column the one value that all rows have, or the array of theirs, as PostgreSQL writes it. */
interface Given {
  readonly isOne: readonly boolean[]
  readonly values: readonly (string | null)[]
}

interface Statement {
  readonly text: string
  readonly counted: string
}

const statements = new WeakMap<RecordTable<never>, Map<string, Statement>>()

/**
 * Writes rows with different keys in one statement; what stands there just so is left alone, without a lock or a new
 * version. Gives the rows that were written, by the last column of the key.
 */
export async function upsert<Row>(
  client: pg.ClientBase,
  table: RecordTable<Row>,
  rows: readonly Row[]
): Promise<readonly Put[]> {
  if (rows.length === 0) return []
  const given = toGiven(table, rows)
  const { text } = statementOf(table, given)
  const { rows: put } = await client.query<{ key: string; is_new: boolean }>(text, [...given.values])
  return put.map(({ key, is_new: isNew }) => ({ key, isNew }))
}

/**
 * The same where only the numbers are wanted; the rows are made ready here, and written by whom this gives. So the next
 * ones can be made ready while PostgreSQL is still busy with others.
 */
export function upsertCounted<Row>(
  table: RecordTable<Row>,
  rows: readonly Row[]
): (client: pg.ClientBase) => Promise<{ readonly added: number; readonly changed: number }> {
  if (rows.length === 0) return async () => ({ added: 0, changed: 0 })
  const given = toGiven(table, rows)
  const { counted } = statementOf(table, given)
  return async client => {
    const { rows: counts } = await client.query<{ added: number; changed: number }>(counted, [...given.values])
    return counts[0] ?? { added: 0, changed: 0 }
  }
}

function statementOf<Row>(table: RecordTable<Row>, { isOne }: Given): Statement {
  const ofTable = statements.get(table) ?? new Map<string, Statement>()
  statements.set(table, ofTable)
  const known = ofTable.get(isOne.join())
  if (known !== undefined) return known
  const statement = makeStatement(table, isOne)
  ofTable.set(isOne.join(), statement)
  return statement
}

/**
 * In the order of the key: two who write the same rows at once take them in the same order, or each would wait for the
 * other. It is the order of the index, too: of ids as good as random a tenth of the time went into finding places.
 */
function makeStatement<Row>(table: RecordTable<Row>, isOne: readonly boolean[]): Statement {
  const { name, key, columns, made = {}, quiet = [], newer } = table
  const given = Object.entries(columns).map(([column, [type]], at) => ({ column, type, at }))
  const plain = given.map(({ column }) => column).filter(column => !isUsedUp(made, column))
  const targets = [...plain, ...Object.keys(made)]
  const content = targets.filter(column => !key.includes(column))
  const compared = content.filter(column => !quiet.includes(column))
  const listed = given.filter(({ at }) => isOne[at] !== true)
  const ones = given.filter(({ at }) => isOne[at] === true)
  const list = (of: string, names: readonly string[]) =>
    names.map(column => cast(made, `${of}.${column}`, column)).join(', ')
  const put = `insert into ${name} (${targets.join(', ')})
    select ${[...plain, ...Object.values(made)].join(', ')} from (
      select ${['*', ...ones.map(({ column, type, at }) => `$${at + 1}::${type} as ${column}`)].join(', ')}
      from unnest(${listed.map(({ type, at }) => `$${at + 1}::${type}[]`).join(', ')})
        as g(${listed.map(({ column }) => column).join(', ')})
    ) given order by ${key.join(', ')}
    on conflict (${key.join(', ')}) do update set ${content.map(column => `${column} = excluded.${column}`).join(', ')}
    where (${list(name, compared)}) is distinct from (${list('excluded', compared)})
    ${newer === undefined ? '' : `and excluded.${newer} >= ${name}.${newer}`}`
  return {
    text: `${put} returning ${key.at(-1)} as key, xmax = 0 as is_new`,
    counted: `with put as (${put} returning xmax = 0 as is_new)
      select count(*) filter (where is_new) as added, count(*) filter (where not is_new) as changed from put`
  }
}

/** A given column that is only there to make another of. */
function isUsedUp(made: Readonly<Record<string, string>>, column: string): boolean {
  return Object.values(made).some(sql => new RegExp(`\\b${column}\\b`).test(sql))
}

/** Points and lists have no order of their own; they are compared as they are written. */
function cast(made: Readonly<Record<string, string>>, value: string, column: string): string {
  return column in made ? `${value}::text` : value
}

/**
 * An array for each column, made here, since it is most of what an import does in this process. A file's force, source and
 * month are mostly the same in every row, and PostgreSQL need not read them five thousand times. By the last column of the
 * key the rows differ: there is an array at least.
 */
function toGiven<Row>({ key, columns }: RecordTable<Row>, rows: readonly Row[]): Given {
  const [first] = rows
  const given = Object.entries(columns).map(([column, [type, read]]) => {
    const one = first === undefined ? undefined : read(first)
    const isOne = column !== key.at(-1) && rows.every(row => read(row) === one)
    if (!isOne) return { isOne, value: toArray(rows, read, type === 'text') }
    return { isOne, value: one === undefined ? null : String(one) }
  })
  return { isOne: given.map(({ isOne }) => isOne), values: given.map(({ value }) => value) }
}

function toArray<Row>(rows: readonly Row[], read: (row: Row) => ColumnValue, isText: boolean): string {
  let text = '{'
  for (const [at, row] of rows.entries()) {
    const value = read(row)
    if (at > 0) text += ','
    if (value === undefined) text += 'NULL'
    else text += isText ? quoted(value as string) : String(value)
  }
  return `${text}}`
}

function quoted(text: string): string {
  return text.includes('"') || text.includes('\\') ? `"${text.replace(/["\\]/g, '\\$&')}"` : `"${text}"`
}

/** One array of texts, for statements of their own. */
export function toTextArray(texts: readonly (string | undefined)[]): string {
  return toArray(texts, text => text, true)
}
