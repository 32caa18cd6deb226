import type { ScreenCard } from '../sdk/screen.ts'
import { type Stage, stateWords } from './call-words.ts'

export interface StripGroup {
  readonly stage: Stage
  readonly title: string
  readonly cards: readonly ScreenCard[]
  /** How many there are, drawn or not. */
  readonly total: number
}

/** Cards drawn at once; the longest ended are left out first, and their number is said. */
export const MAX_SHOWN = 50

const TITLES: Readonly<Record<Stage, string>> = { ringing: 'Ringing', active: 'Active', ended: 'To write up' }
const STAGES: readonly Stage[] = ['ringing', 'active', 'ended']

/**
 * Ringing before active before ended; 999 before other lines; what rings here before what is offered to all; then who
 * has waited longest. Of ended calls the last to end is first.
 */
export function stripGroups(cards: Iterable<ScreenCard>): {
  readonly groups: readonly StripGroup[]
  readonly hidden: number
} {
  const sorted = [...cards].sort(compare)
  const groups = STAGES.map(stage => ({
    stage,
    title: TITLES[stage],
    cards: sorted.slice(0, MAX_SHOWN).filter(card => stageOf(card) === stage),
    total: sorted.filter(card => stageOf(card) === stage).length
  }))
  return { groups, hidden: Math.max(0, sorted.length - MAX_SHOWN) }
}

/** What F2 goes to: the first that rings here or waits for anyone, and that nobody has taken. */
export function nextRinging(cards: Iterable<ScreenCard>): ScreenCard | undefined {
  return [...cards].sort(compare).find(card => stageOf(card) === 'ringing' && card.pop.takenBy === undefined)
}

/** Calls that are heard: on 999, ringing at this desk, and in nobody's hands yet. */
export function heardCalls(cards: Iterable<ScreenCard>): readonly string[] {
  return [...cards].flatMap(card => {
    const { line, offer, takenBy } = card.pop
    return line === '999' && offer === 'device' && takenBy === undefined && stageOf(card) === 'ringing'
      ? [card.call]
      : []
  })
}

/** What opens by itself when nothing is open: never a call offered to all, never one that is over. */
export function opensByItself(cards: Iterable<ScreenCard>): ScreenCard | undefined {
  return [...cards].sort(compare).find(card => stageOf(card) !== 'ended' && card.pop.offer === 'device')
}

function stageOf(card: ScreenCard): Stage {
  return stateWords(card.pop).stage
}

function compare(one: ScreenCard, other: ScreenCard): number {
  return (
    STAGES.indexOf(stageOf(one)) - STAGES.indexOf(stageOf(other)) ||
    lineRank(one) - lineRank(other) ||
    offerRank(one) - offerRank(other) ||
    byTime(one, other) ||
    (one.call < other.call ? -1 : 1)
  )
}

function offerRank({ pop }: ScreenCard): number {
  return pop.offer === 'device' ? 0 : 1
}

/** Ended calls are written up in the order they ended, whatever their line. */
function lineRank(card: ScreenCard): number {
  return stageOf(card) === 'ended' || card.pop.line === '999' ? 0 : 1
}

function byTime({ pop: one }: ScreenCard, { pop: other }: ScreenCard): number {
  if (one.releasedAt !== undefined && other.releasedAt !== undefined) return other.releasedAt - one.releasedAt
  return one.offeredAt - other.offeredAt
}
