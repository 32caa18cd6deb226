import { parseArgs } from 'node:util'
import type { Grant } from '../lookups/forces-asked.ts'
import { reasonOf } from '../operations/errors.ts'
import { GRANTED_KINDS, type GrantedKind } from '../operations/grants-schema.ts'
import { parseTime } from './import/record-values.ts'

/** What `callbox grants` was asked for. */
export type GrantAsked =
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'refused'; readonly why: string }
  | ({ readonly config?: string } & (
      | { readonly kind: 'list' }
      | { readonly kind: 'end'; readonly name: string }
      | { readonly kind: 'give'; readonly grant: Grant }
    ))

export const GRANTS_HELP = `callbox grants list
callbox grants give NAME --owner FORCE --to FORCE --covers KINDS --until TIME [--from TIME]
callbox grants end NAME

  NAME      what both forces call it; once used it is not used again
  --owner   whose calls or records, and
  --to      who may see them
  --covers  of ${GRANTED_KINDS.join(', ')}, with commas between;
            calls are the pops of its calls and its earlier contacts
  --from    as 2026-11-26T18:00:00Z; now where it is not said
  --until   likewise; it must be said: a grant has an end
  --config  the config whose record it is
`

const OPTIONS = {
  owner: { type: 'string' },
  to: { type: 'string' },
  covers: { type: 'string' },
  from: { type: 'string' },
  until: { type: 'string' },
  config: { type: 'string' },
  help: { type: 'boolean', default: false }
} as const
const NAME_MAX = 80

/** Reads the command line behind `grants`. Never throws. */
export function parseGrant(args: readonly string[], now: number): GrantAsked {
  try {
    const { positionals, values } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true })
    const [what = '', name = '', ...more] = positionals
    const at = values.config === undefined ? {} : { config: values.config }
    if (values.help || what === '' || what === 'help') return { kind: 'help', text: GRANTS_HELP }
    if (more.length > 0) return refused(`unexpected: ${more.join(' ')}`)
    if (what === 'list' && name === '') return { kind: 'list', ...at }
    if (what !== 'give' && what !== 'end') return refused('grants is followed by list, give or end')
    if (name === '' || name.length > NAME_MAX) return refused(`a grant has a name of at most ${NAME_MAX} characters`)
    return what === 'end' ? { kind: 'end', name, ...at } : withConfig(toGrant(name, values, now), at)
  } catch (thrown) {
    return refused(reasonOf(thrown))
  }
}

function withConfig(asked: GrantAsked, at: { readonly config?: string }): GrantAsked {
  return asked.kind === 'give' ? { ...asked, ...at } : asked
}

interface Said {
  readonly owner?: string | undefined
  readonly to?: string | undefined
  readonly covers?: string | undefined
  readonly from?: string | undefined
  readonly until?: string | undefined
}

function toGrant(name: string, { owner, to, covers, from, until }: Said, now: number): GrantAsked {
  if (owner === undefined || to === undefined || owner === to) return refused('--owner and --to are two forces')
  const kinds = (covers ?? '').split(',').filter(kind => kind !== '')
  const strange = kinds.find(kind => !GRANTED_KINDS.includes(kind as GrantedKind))
  if (kinds.length === 0 || strange !== undefined) return refused(`--covers is of ${GRANTED_KINDS.join(', ')}`)
  const [begins, ends] = [from === undefined ? undefined : parseTime('--from', from), parseTime('--until', until ?? '')]
  if (begins?.kind === 'bad') return refused(begins.reason)
  if (ends.kind === 'bad') return refused(ends.reason)
  const [fromAt, untilAt] = [begins?.value ?? now, ends.value]
  if (untilAt <= fromAt) return refused('--until is later than --from')
  const covered = [...new Set(kinds)] as GrantedKind[]
  return { kind: 'give', grant: { name, owner, to, covers: covered, fromAt, untilAt } }
}

function refused(why: string): GrantAsked {
  return { kind: 'refused', why }
}

/** One line: name, who lets whom see what, from when until when, and whether it holds. */
export function grantText({ name, owner, to, covers, fromAt, untilAt }: Grant, now: number): string {
  const time = (at: number) => `${new Date(at).toISOString().slice(0, 16)}Z`
  const state = now < fromAt ? 'to come' : now < untilAt ? 'holds' : 'over'
  return `${name}: ${owner} lets ${to} see ${covers.join(', ')}, ${time(fromAt)} to ${time(untilAt)} (${state})\n`
}
