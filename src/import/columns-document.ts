import { type Column, columnsOf } from '../records/import/record-columns.ts'
import { RECORD_KINDS } from '../records/import/record-schemas.ts'

const HEAD = `# Columns of imported records

Of each kind of record, as in the head of a CSV; [importing records](importing.md) says how they are written, and what
they are in JSON. Lists are shown with their first; a second is \`numbers.2.number\`. \`callbox import KIND --template\`
prints a file with all of them.

This page is made from \`src/records/import/record-schemas.ts\`, and a test keeps it so.
`

/** The page of all columns, in Markdown. */
export function renderColumnsDocument(): string {
  const parts = RECORD_KINDS.map(kind => {
    const rows = columnsOf(kind).filter(({ path }) => path.every(part => typeof part !== 'number' || part === 0))
    return `\n## \`${kind}\`\n\n| column | must be there | may be | what it is |\n|---|---|---|---|\n${rows.map(toRow).join('')}`
  })
  return HEAD + parts.join('')
}

function toRow({ name, schema, isRequired }: Column): string {
  return `| \`${name}\` | ${isRequired ? 'yes' : ''} | ${mayBe(schema)} | ${schema.description ?? ''} |\n`
}

function mayBe(schema: Column['schema']): string {
  const { type, maxLength, pattern, minimum, maximum, anyOf } = schema as Column['schema'] & {
    readonly maxLength?: number
    readonly pattern?: string
    readonly minimum?: number
    readonly maximum?: number
    readonly anyOf?: readonly { readonly const?: string }[]
  }
  if (anyOf !== undefined) return anyOf.map(each => `\`${each.const}\``).join(' or ')
  if (pattern !== undefined) return `text like \`${pattern.replaceAll('|', '\\|')}\``
  if (type === 'array') return 'several, with `;` between'
  if (type === 'boolean') return '`yes`, `no`'
  if (minimum !== undefined) return `${type === 'integer' ? 'whole number, ' : ''}${minimum} to ${maximum}`
  return maxLength === undefined ? 'text' : `text, at most ${maxLength} characters`
}
