import type { Handover } from '../pop/handover.ts'
import type { ScreenBoard } from '../sdk/board.ts'
import type { IconName } from './icons.tsx'
import { toClock, toTimer } from './times.ts'

/** Hand-overs that are waited for, the most urgent deadline first. */
export function openHandovers(board: ScreenBoard | undefined): readonly Handover[] {
  return all(board)
    .filter(({ overAt }) => overAt === undefined)
    .sort((one, other) => nextDeadline(one) - nextDeadline(other) || one.madeAt - other.madeAt)
}

/** Those that this handler, or somebody on this handler's own calls, has handed over and that are waited for. */
export function ownHandovers(
  board: ScreenBoard | undefined,
  { handler, calls }: { readonly handler: string; readonly calls: ReadonlySet<string> }
): readonly Handover[] {
  return openHandovers(board).filter(({ by, call }) => by === handler || calls.has(call))
}

/** What was decided of a call, the newest first. */
export function handoversOfCall(board: ScreenBoard | undefined, call: string): readonly Handover[] {
  return all(board)
    .filter(each => each.call === call)
    .sort((one, other) => other.madeAt - one.madeAt)
}

/** Over within the last half hour, the newest first. */
export function recentHandovers(board: ScreenBoard | undefined, now: number): readonly Handover[] {
  return all(board)
    .filter(({ overAt }) => overAt !== undefined && overAt > now - RECENT_MS)
    .sort((one, other) => (other.overAt ?? 0) - (one.overAt ?? 0))
}

const RECENT_MS = 1_800_000

function all(board: ScreenBoard | undefined): Handover[] {
  return [...(board?.handovers.values() ?? [])].map(({ handover }) => handover)
}

const STATES: Readonly<Record<Handover['state'], readonly [text: string, icon: IconName]>> = {
  recorded: ['Written down', 'note'],
  sent: ['Sent, nobody has it yet', 'hourglass'],
  delivered: ['Delivered, not accepted', 'late'],
  accepted: ['Accepted', 'check'],
  'en-route': ['On the way', 'place'],
  'at-scene': ['At the scene', 'check'],
  refused: ['Refused', 'failed'],
  closed: ['Closed', 'close']
}

/** What is done in place of sending somebody, as whoever decides it chooses. */
export const SETTLED = [
  ['appointment', 'Appointment'],
  ['advice', 'Advice given'],
  ['other-agency', 'Other agency']
] as const

const OUTCOMES: Readonly<Record<Handover['outcome'], string>> = {
  units: 'Units asked for',
  'no-unit': 'Dispatch chooses who goes',
  appointment: 'Appointment',
  advice: 'Advice given',
  'other-agency': 'Passed to another agency'
}

export function outcomeWords({ outcome, units }: Pick<Handover, 'outcome' | 'units'>): string {
  return units.length > 0 ? units.join(', ') : OUTCOMES[outcome]
}

export interface HandoverWords {
  readonly text: string
  readonly icon: IconName
  /** Something that should have happened has not. */
  readonly isLate: boolean
  /** The next thing that is waited for, and how long it is to come, or overdue. */
  readonly waits?: string
}

/** How a hand-over stands, as a word and a shape, and what is waited for. */
export function stateWords(handover: Handover, now: number): HandoverWords {
  const [text, icon] = STATES[handover.state] ?? [handover.state, 'question']
  const wait = waitOf(handover)
  const isSeen = handover.state === 'delivered' && handover.seenAt !== undefined
  const words = { text: isSeen ? `Seen by ${handover.seenBy}, not accepted` : text, icon }
  if (handover.state === 'refused') return { ...words, isLate: true }
  if (wait === undefined) return { ...words, isLate: false }
  const isLate = now >= wait.by
  return { ...words, isLate, waits: waitWords(wait, now, isLate) }
}

function waitWords({ what, by }: Wait, now: number, isLate: boolean): string {
  return isLate ? `${what} overdue by ${toTimer(by, now)}` : `${what} within ${toTimer(now, by)}`
}

interface Wait {
  readonly what: string
  readonly by: number
}

/** The first thing that is still to happen. */
function waitOf(handover: Handover): Wait | undefined {
  const { state, overAt, acceptedAt, enRouteAt, acceptBy, moveWithinMs, targetAt } = handover
  if (overAt !== undefined || state === 'refused') return undefined
  if (!hasArrived(handover)) return { what: 'Delivery', by: handover.deliverBy }
  if (acceptedAt === undefined) return { what: 'Acceptance', by: acceptBy }
  if (enRouteAt === undefined && acceptedAt + moveWithinMs < targetAt) {
    return { what: 'Setting off', by: acceptedAt + moveWithinMs }
  }
  return { what: 'Arrival', by: targetAt }
}

function hasArrived({ toControl, controlAt, deliveredAt }: Handover): boolean {
  return (toControl ? controlAt : deliveredAt) !== undefined
}

function nextDeadline(handover: Handover): number {
  return handover.state === 'refused' ? 0 : (waitOf(handover)?.by ?? Number.POSITIVE_INFINITY)
}

/** Who has said what, and when, in the order of the steps. */
export function receipts(handover: Handover): readonly string[] {
  const { madeAt, by, deliveredAt, controlAt, seenAt, seenBy, acceptedAt, acceptedBy } = handover
  const { enRouteAt, atSceneAt, refusedAt, overAt, reason = '', state, toControl, trouble } = handover
  const step = (text: string, at: number | undefined) => (at === undefined ? [] : [`${text} ${toClock(at)}`])
  return [
    ...step(state === 'recorded' ? `Written down by ${by}` : `Sent by ${by}`, madeAt),
    ...step('On a dispatch screen', controlAt === deliveredAt ? undefined : deliveredAt),
    ...step('With command and control', controlAt),
    ...(toControl && controlAt === undefined
      ? [`Command and control does not have it yet${trouble === undefined ? '' : ` (${trouble})`}`]
      : []),
    ...step(`Seen by ${seenBy}`, seenAt),
    ...step(`Accepted by ${acceptedBy}`, acceptedAt),
    ...step('On the way', enRouteAt),
    ...step('At the scene', atSceneAt),
    ...step(`Refused: ${state === 'refused' ? reason : 'taken back since'}`, refusedAt),
    ...(state === 'closed' ? step(closedWords(handover), overAt) : [])
  ]
}

function closedWords({ outcome, closedBy = '', reason = '' }: Handover): string {
  const isSettled = outcome !== 'units' && outcome !== 'no-unit'
  return `Closed${closedBy === '' ? '' : ` by ${closedBy}`}: ${isSettled ? `${OUTCOMES[outcome]}. ` : ''}${reason}`
}

/** One line for the flags of the card. */
export function flagOf(handover: Handover, now: number): string {
  const { gradeName, incident } = handover
  if (handover.state === 'recorded') return `${outcomeWords(handover)} (${gradeName})`
  const { text, waits, isLate } = stateWords(handover, now)
  const number = incident === undefined ? '' : `, ${incident}`
  const units = handover.units.length > 0 ? ` for ${outcomeWords(handover)}` : ''
  return `Handed over${units} (${gradeName}${number}): ${text}${isLate && waits !== undefined ? `, ${waits}` : ''}`
}

/** What a reader says when a hand-over comes or has moved; undefined for what is not worth breaking in. */
export function handoverNews(handover: Handover): string | undefined {
  const { state, gradeName, line, seenBy, acceptedBy, reason = '' } = handover
  switch (state) {
    case 'sent':
      return `${line} call handed over, ${gradeName}`
    case 'accepted':
      return `Hand-over accepted by ${acceptedBy}`
    case 'refused':
      return `Hand-over refused: ${reason}`
    case 'en-route':
    case 'at-scene':
      return `Hand-over: ${STATES[state][0].toLowerCase()}`
    case 'delivered':
      return seenBy === undefined ? undefined : `Hand-over seen by ${seenBy}`
    default:
      return undefined
  }
}
