import type { Access, Route } from '../../call/call.ts'
import type { TrunkConfig } from '../../operations/config-schema.ts'
import type { TrunkHeaderConfig } from '../../operations/trunk-header-schema.ts'
import type { TrunkNumberConfig } from '../../operations/trunk-number-schema.ts'
import { type SipHead, toText } from './sip-head.ts'

/** A call's state as a switch may say it in a header of its own. */
export type HeaderState = 'queued' | 'alerting' | 'answered' | 'held'

/** Read on every trunk, below its own rows: many switches can be told to send these. */
const EVERY_TRUNK: readonly TrunkHeaderConfig[] = [
  { header: 'X-Access', sets: 'access' },
  { header: 'X-Call-State', sets: 'state' },
  { header: 'X-Party', sets: 'party' }
]
const MAX_TEXT = 120

const ROUTES: readonly string[] = ['primary', 'secondary', 'buddy'] satisfies Route[]
const ACCESSES: readonly string[] = ['voice', 'relay', 'sms', 'bsl', 'ecall'] satisfies Access[]
const STATES: readonly string[] = ['queued', 'alerting', 'answered', 'held'] satisfies HeaderState[]
const YES: readonly string[] = ['1', 'true', 'yes']

/** The row of a number with what the trunk's header table says of this very call written over it. */
export function withHeaders(row: TrunkNumberConfig, head: SipHead, trunk: TrunkConfig): TrunkNumberConfig {
  const said = (sets: TrunkHeaderConfig['sets']) => wordOf(head, trunk, sets)
  const route = among<Route>(ROUTES, said('route'))
  const access = among<Access>(ACCESSES, said('access'))
  const [line, force, homeForce] = [said('line'), said('force'), said('homeForce')]
  const [acdQueue, ivrPath, silent, test] = [said('acdQueue'), said('ivrPath'), said('silent'), said('test')]
  const payphone = said('payphone')
  return {
    ...row,
    ...(line === undefined ? {} : { line }),
    // Another force's call is that force's own caller, unless a row says whose.
    ...(force === undefined ? {} : { force, homeForce: force }),
    ...(homeForce === undefined ? {} : { homeForce }),
    ...(route === undefined ? {} : { route }),
    ...(access === undefined ? {} : { access }),
    ...(acdQueue === undefined ? {} : { acdQueue }),
    ...(ivrPath === undefined ? {} : { ivrPath }),
    ...(silent === undefined ? {} : { silent: YES.includes(silent) }),
    ...(test === undefined ? {} : { test: YES.includes(test) }),
    ...(payphone === undefined ? {} : { payphone: YES.includes(payphone) })
  }
}

/** Where the call stands, if a header says so. */
export function stateOf(head: SipHead, trunk: TrunkConfig): HeaderState | undefined {
  return among<HeaderState>(STATES, wordOf(head, trunk, 'state'))
}

/** Whether a header says that the caller does not speak. */
export function isSilentBy(head: SipHead, trunk: TrunkConfig): boolean {
  return YES.includes(wordOf(head, trunk, 'silent') ?? '')
}

/** Our word for what the switch says; undefined when it says nothing, or a word that its table does not have. */
function wordOf(head: SipHead, trunk: TrunkConfig, sets: TrunkHeaderConfig['sets']): string | undefined {
  for (const row of headerRows(trunk, sets)) {
    const value = head.header(row.header.toLowerCase())?.trim()
    if (value === undefined || value === '') continue
    const word = row.values === undefined ? asWritten(value, sets) : inTable(row.values, value)
    if (word !== undefined) return word
  }
  return undefined
}

/** The headers that decide this on the trunk, its own rows first. */
export function headerRows(trunk: TrunkConfig, sets: TrunkHeaderConfig['sets']): readonly TrunkHeaderConfig[] {
  return [...trunk.headers, ...EVERY_TRUNK].filter(row => row.sets === sets)
}

/** Our word for theirs, in whatever case it comes. */
export function inTable(words: Readonly<Record<string, string>>, value: string): string | undefined {
  if (Object.hasOwn(words, value)) return words[value]
  const lower = value.toLowerCase()
  return Object.entries(words).find(([theirs]) => theirs.toLowerCase() === lower)?.[1]
}

/** Names are kept as they are; words of ours may come in any case. */
function asWritten(value: string, sets: TrunkHeaderConfig['sets']): string {
  return sets === 'acdQueue' || sets === 'ivrPath' ? toText(value).slice(0, MAX_TEXT) : value.toLowerCase()
}

function among<Word extends string>(words: readonly string[], word: string | undefined): Word | undefined {
  return word !== undefined && words.includes(word) ? (word as Word) : undefined
}
