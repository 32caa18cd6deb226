import { parseArgs } from 'node:util'
import { Fault, reasonOf } from '../operations/errors.ts'
import { HOLDS, type HoldKind } from '../records/legal-holds.ts'

export const USAGE = `callbox retention <command> [options]

  show                     how long what is kept, what is held, and what the last runs deleted
  run                      deletes what is due now, as a gateway does every night
  hold WHAT REFERENCE      keeps it, and its calls, whatever its age. WHAT is one of
                             person     REFERENCE is the number of the record (person_id)
                             incident   its reference
                             number     in E.164: +44…
                             call       its id
  release HOLD             ends a hold, by the number that show gives it

  --force F                whose record it is (hold)
  --reason TEXT            why (hold)
  --until YYYY-MM-DD       the last day of a hold; none: until it is released
  --by NAME                who holds, releases or runs it; none: the user of this machine
  --json                   for programs (show, run)
  --config F               another config file
`

interface Common {
  readonly config: string | undefined
  readonly isJson: boolean
  readonly by: string
}

export type RetentionOptions =
  | (Common & { readonly command: 'help' | 'show' | 'run' })
  | (Common & {
      readonly command: 'hold'
      readonly what: HoldKind
      readonly reference: string
      readonly force: string
      readonly reason: string
      /** Epoch ms of the end of its last day, UTC. */
      readonly until?: number
    })
  | (Common & { readonly command: 'release'; readonly hold: number })

const DAY_MS = 86_400_000
const E164 = /^\+[1-9]\d{6,14}$/
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const MAX_TEXT = 500
/** What a reference of each kind looks like, and how it is asked for. */
const FORMS: Readonly<Record<HoldKind, readonly [RegExp, string]>> = {
  person: [/^\d{1,15}$/, 'a person is named by the number of the record, as 4711'],
  incident: [/^\S.{0,99}$/, 'an incident is named by its reference'],
  number: [E164, 'a number is given in E.164, as +447700900123'],
  call: [UUID, 'a call is named by its id, as the console and the journal have it']
}

/** Rejects with `retention.usage`. */
export function parseRetentionArgs(args: readonly string[], user: string): RetentionOptions {
  try {
    return parse(args, user)
  } catch (thrown) {
    throw new Fault('retention.usage', { reason: reasonOf(thrown) })
  }
}

function parse(args: readonly string[], user: string): RetentionOptions {
  const text = { type: 'string' } as const
  const options = {
    ...{ force: text, reason: text, until: text, by: text, config: text },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false }
  } as const
  const { positionals, values } = parseArgs({ args: [...args], allowPositionals: true, options })
  const [command, ...rest] = positionals
  const common = { config: values.config, isJson: values.json, by: bounded('by', values.by ?? user) }
  if (values.help) return { ...common, command: 'help' }
  if (command === 'show' || command === 'run') {
    if (rest.length > 0) throw new Error(`${command} takes nothing behind it`)
    return { ...common, command }
  }
  if (command === 'hold') return { ...common, command, ...parseHold(rest, values) }
  if (command === 'release') {
    const [hold = '', ...more] = rest
    if (!/^[1-9]\d{0,14}$/.test(hold) || more.length > 0) throw new Error('release takes the number of one hold')
    return { ...common, command, hold: Number(hold) }
  }
  throw new Error('it takes show, run, hold or release')
}

interface HoldValues {
  readonly force?: string | undefined
  readonly reason?: string | undefined
  readonly until?: string | undefined
}

function parseHold([what, reference = '', ...more]: readonly string[], { force, reason, until }: HoldValues) {
  const kind = HOLDS.find(each => each === what)
  if (kind === undefined || more.length > 0) throw new Error(`hold takes one of ${HOLDS.join(', ')}, and its reference`)
  const [form, words] = FORMS[kind]
  if (!form.test(reference)) throw new Error(words)
  if (force === undefined) throw new Error('hold needs --force')
  if (reason === undefined) throw new Error('hold needs --reason')
  const held = { what: kind, reference, force, reason: bounded('reason', reason) }
  return until === undefined ? held : { ...held, until: endOf(until) }
}

function bounded(name: string, text: string): string {
  if (text.trim() === '' || text.length > MAX_TEXT) throw new Error(`--${name} takes 1 to ${MAX_TEXT} characters`)
  return text
}

function endOf(day: string): number {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== day) throw new Error(`${day} is no day`)
  return at + DAY_MS
}
