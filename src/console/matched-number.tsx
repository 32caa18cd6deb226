import type { PanelItem } from '../pop/pop.ts'
import { Icon } from './icons.tsx'
import { matchWords } from './match-words.ts'

/** By which number one person or contact was found; nothing where there is nothing to tell, or all of the panel says it. */
export function MatchedNumber({ item }: { item: PanelItem }) {
  const words = matchWords(item)
  if (words === undefined) return null
  return (
    <span class="matched" data-doubtful={words.isDoubtful}>
      <Icon name={words.isDoubtful ? 'warning' : 'check'} /> {words.text}
    </span>
  )
}

/** Above what was found by a number that nobody vouches for; it stays in sight when the rest is scrolled. */
export function DoubtfulMatch() {
  return (
    <p class="doubtful-match" data-testid="doubtful-match">
      <Icon name="warning" /> Number not verified: anybody can show it
    </p>
  )
}
