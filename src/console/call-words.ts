import type { BarePop } from '../pop/pop.ts'
import type { IconName } from './icons.tsx'

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
export function stateWords({ state, cause, offer }: Pick<BarePop, 'state' | 'cause' | 'offer'>): StateWords {
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

/** What is out of the ordinary about a call, most pressing first. */
export function flagWords({ flags, access, unheard }: BarePop): readonly string[] {
  return [
    ...(unheard === true ? ['Not heard of since the gateway restarted: it may be over'] : []),
    ...(flags.silent ? ['Silent call'] : []),
    ...(flags.abandoned ? ['Abandoned'] : []),
    ...(flags.repeat ? ['Repeat call'] : []),
    ...(access === 'voice' ? [] : [accessWords(access)]),
    ...(flags.test ? ['Test call'] : [])
  ]
}
