import type { BarePop, Panel } from '../pop/pop.ts'
import type { IconName } from './icons.tsx'
import { countWords } from './panel-words.ts'
import { toAge } from './times.ts'

/** Where a call stands on a handler's strip. */
export type Stage = 'ringing' | 'active' | 'ended'

export interface StateWords {
  readonly stage: Stage
  readonly text: string
  readonly icon: IconName
}

const STATES: Readonly<Record<string, StateWords>> = {
  offered: { stage: 'ringing', text: 'Coming in', icon: 'bell' },
  queued: { stage: 'ringing', text: 'In the queue', icon: 'queue' },
  alerting: { stage: 'ringing', text: 'Ringing', icon: 'bell' },
  answered: { stage: 'active', text: 'On the call', icon: 'phone' },
  held: { stage: 'active', text: 'On hold', icon: 'pause' }
}

const CAUSES: Readonly<Record<string, string>> = {
  ended: 'Ended',
  abandoned: 'Abandoned by the caller',
  'answered-elsewhere': 'Answered elsewhere',
  'no-outcome': 'Ended, outcome not told',
  failed: 'Broken off',
  lost: 'Lost, end not told'
}

/** State as a word and a shape. A state newer than this console is shown as it is called. */
export function stateWords(pop: Pick<BarePop, 'state' | 'cause' | 'offer' | 'wrapUp'>): StateWords {
  const { state, cause, offer, wrapUp } = pop
  // The call goes on without this handler, who has their own part to write up.
  if (wrapUp === true) return { stage: 'ended', text: 'Handed over', icon: 'ended' }
  if (state === 'released') {
    return {
      stage: 'ended',
      text: CAUSES[cause ?? 'ended'] ?? 'Ended',
      icon: cause === 'abandoned' ? 'missed' : 'ended'
    }
  }
  const known = STATES[state] ?? { stage: 'active', text: state, icon: 'phone' }
  if (offer === 'queue' && known.stage === 'ringing') return { stage: 'ringing', text: 'Offered to all', icon: 'queue' }
  return known
}

/** From when to when the timer of a call counts: its wait, its talk, or nothing more. */
export function timerSpan(pop: BarePop): { readonly from: number; readonly to?: number; readonly label: string } {
  const { offeredAt, answeredAt, releasedAt } = pop
  const ends = releasedAt === undefined ? {} : { to: releasedAt }
  return answeredAt === undefined
    ? { from: offeredAt, ...ends, label: releasedAt === undefined ? 'waiting' : 'waited' }
    : { from: answeredAt, ...ends, label: releasedAt === undefined ? 'talking' : 'talked' }
}

const ROUTES: Readonly<Record<string, string>> = { primary: 'Primary', secondary: 'Secondary', buddy: 'Buddy force' }
const ACCESS: Readonly<Record<string, string>> = {
  voice: 'Voice',
  relay: 'Text relay',
  sms: 'Emergency text',
  bsl: 'BSL video relay',
  ecall: 'eCall from a vehicle'
}

export function routeWords(route: string): string {
  return ROUTES[route] ?? route
}

function accessWords(access: string): string {
  return ACCESS[access] ?? access
}

/** Where a call went that this handler sent on; undefined for any other. */
export function handedOverWords({ handedOverTo }: Pick<BarePop, 'handedOverTo'>): string | undefined {
  if (handedOverTo === undefined) return undefined
  const { device, handler, answered } = handedOverTo
  const desk = device === undefined ? undefined : `device ${device}`
  if (answered) return `Handed over to ${[handler, desk].filter(Boolean).join(', ') || 'another desk'}`
  return desk === undefined ? 'Handed over, not answered yet' : `Handed over: rings at ${desk}, not answered yet`
}

/** Why a call comes to a desk where it does not ring; undefined for any other. */
export function escalatedWords({ escalated }: Pick<BarePop, 'escalated'>): string | undefined {
  if (escalated === undefined) return undefined
  const { from, why } = escalated
  const where = from === 'line' ? 'by anybody on the line' : `at ${from}`
  return `Passed on to you: ${why === 'unacked' ? 'on no screen' : 'not taken'} ${where}`
}

const ENTERED: Readonly<Record<string, string>> = {
  abandoned: 'abandoned',
  silent: 'silent',
  unattended: 'nobody had it',
  'ring-back': 'to be rung back'
}
const MINUTE_MS = 60_000

/** What the ledger has open for this number, with its age; undefined when there is nothing. */
export function ledgerWords({ ledger }: Pick<BarePop, 'ledger'>, now: number): string | undefined {
  if (ledger === undefined) return undefined
  const { kind, at, count, isOwn, calledBack, unverified = false } = ledger
  const what = ENTERED[kind] ?? kind
  if (isOwn) return `In the ledger (${what}) until somebody closes it with a reason`
  const minutes = Math.max(0, Math.floor((now - at) / MINUTE_MS))
  const ago =
    minutes < 1 ? 'less than a minute ago' : minutes < 120 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ago`
  const times = count > 1 ? `, ${count} calls` : ''
  const who = unverified ? 'This number, not verified, rang' : 'Rang'
  return `${who} ${ago}${times}, ${what}, ${calledBack ? 'called back' : 'nobody has rung back'}: still open`
}

/** How often this number has rung before; what it is counted by may be shown falsely, and then says so. */
export function repeatWords({ count, withinHours, unverified }: NonNullable<Panel['repeat']>): string {
  const calls = `${count} earlier ${count === 1 ? 'call' : 'calls'} in ${withinHours} h`
  return unverified ? `${calls}, number not verified` : calls
}

const DAY_HOURS = 24

/** "5 earlier calls in 24 h": a time in which the number rang strikingly often. */
export function patternWords({ count, withinHours }: NonNullable<Panel['pattern']>): string {
  const time = withinHours > 2 * DAY_HOURS ? `${Math.round(withinHours / DAY_HOURS)} days` : `${withinHours} h`
  return `Pattern: ${count} earlier calls in ${time}`
}

/** How many earlier contacts there are, and when the last was. */
export function historyWords(panel: Panel, now: number): string {
  const last = panel.items[0]?.at
  return `${countWords(panel)} held${last === undefined ? '' : `, last ${toAge(last, now)}`}`
}

const PARTIES: Readonly<Record<string, string>> = {
  caller: 'Caller',
  operator: 'Operator',
  handler: 'Desk',
  dispatcher: 'Dispatcher',
  ambulance: 'Ambulance',
  fire: 'Fire and rescue',
  coastguard: 'Coastguard',
  other: 'Other party'
}

/** Everybody else on the call, in words; empty when nobody is. */
export function partyWords({ parties = [] }: Pick<BarePop, 'parties'>): string {
  return parties
    .map(({ role, device, name, state }) => {
      const who = [PARTIES[role] ?? role, device ?? name].filter(Boolean).join(' ')
      return `${who} (${state === 'handing-over' ? 'handing over' : state})`
    })
    .join(', ')
}

const ENDINGS: Readonly<Record<string, string>> = { one: 'st', two: 'nd', few: 'rd', other: 'th' }
const ordinals = new Intl.PluralRules('en-GB', { type: 'ordinal' })

/** 1st, 2nd, 3rd, 11th. */
export function toOrdinal(count: number): string {
  return `${count}${ENDINGS[ordinals.select(count)] ?? 'th'}`
}

/** What is out of the ordinary about a call, most pressing first. `repeat` comes with the history. */
export function flagWords(pop: BarePop, repeat?: Panel['repeat']): readonly string[] {
  const { flags, access, unheard, number } = pop
  const again = number.unverified === true ? 'Repeat call, number not verified' : 'Repeat call'
  return [
    ...(unheard === true ? ['Not heard of since the gateway restarted: it may be over'] : []),
    ...(flags.silent ? ['Silent call'] : []),
    ...(flags.abandoned ? ['Abandoned'] : []),
    ...(repeat === undefined ? (flags.repeat ? [again] : []) : [`Repeat call: ${repeatWords(repeat)}`]),
    ...(access === 'voice' ? [] : [accessWords(access)]),
    ...(flags.test ? ['Test call'] : [])
  ]
}
