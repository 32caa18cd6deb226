import type { Weighing } from './best-fix.ts'
import { saidRadius, UNSAID_CONFIDENCE, WEIGHED_CONFIDENCE } from './fix-extent.ts'

/** Why a fix is offered beside the one a handler confirmed. */
export type Offer = 'finer' | 'elsewhere' | 'first-position'

const AT = `at ${WEIGHED_CONFIDENCE} %`
/** An age that adds less than this needs no word. */
const WORTH_SAYING = 5

/** One or two short sentences for the screen: why this fix stands where it stands in the order that `first` leads. */
export function reasonFor(weighing: Weighing, first: Weighing, offer: Offer | undefined): string {
  return [standingWords(weighing, first, offer), ...howWords(weighing)].join(' ')
}

function standingWords(weighing: Weighing, first: Weighing, offer: Offer | undefined): string {
  const { fix, standing, total } = weighing
  if (offer === 'first-position') return `Offered: the confirmed place has no position, this one has, ${within(total)}.`
  if (offer === 'elsewhere')
    return `Offered: newer than the confirmed place, and not there. Within ${metres(total)} ${AT}.`
  if (offer === 'finer') return `Offered: ${within(total)}, the confirmed place ${metres(first.total)}.`
  switch (standing) {
    case 'confirmed':
      if (weighing !== first) return 'Confirmed before the one now in use.'
      return fix.confirmedAt === undefined ? 'Set by the handler.' : 'Confirmed by the handler.'
    case 'nowhere':
      return weighing === first
        ? 'An address without a position; there is nothing better.'
        : 'An address without a position.'
    case 'registered':
      return weighing === first
        ? 'Where the number is registered; nothing was measured.'
        : 'Where the number is registered, which is no measurement.'
    default:
      return measuredWords(weighing, first)
  }
}

function measuredWords(weighing: Weighing, first: Weighing): string {
  const { total } = weighing
  if (weighing === first) return `Smallest: ${within(total)}.`
  if (first.standing === 'confirmed') return `Not better than what the handler confirmed: ${within(total)}.`
  if (total > first.total) return `Larger than the best: ${within(total)}, the best ${metres(first.total)}.`
  return `As small as the best, ${metres(total)} ${AT}, but not newer.`
}

/** What the figure rests on, where that is not the source's own word. */
function howWords({ fix, standing, method, grownBy, total }: Weighing): string[] {
  if (standing !== 'measured') return []
  const words: string[] = []
  if (method === 'cell') words.push('Only the cell is known: approximate.')
  if (saidRadius(fix) === undefined) words.push(`The source gave no radius; ${metres(total - grownBy)} is assumed.`)
  else if (fix.confidence === undefined) words.push(`The source gave no confidence; ${UNSAID_CONFIDENCE} % is assumed.`)
  if (grownBy >= WORTH_SAYING) words.push(`${metres(grownBy)} of it for its age.`)
  return words
}

function within(radius: number): string {
  return `within ${metres(radius)} ${AT}`
}

function metres(length: number): string {
  return length < 1_000 ? `${Math.max(1, Math.round(length))} m` : `${(length / 1_000).toFixed(1)} km`
}
