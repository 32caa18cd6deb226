import type { BarePop } from '../pop/pop.ts'
import { flagWords } from './call-words.ts'
import { numberWords } from './number-words.ts'

/** A new pop as a reader says it. */
export function popWords(pop: BarePop): string {
  const { shown, brief } = numberWords(pop.number)
  const what = pop.offer === 'queue' ? `${pop.line} call waiting for anyone` : `${pop.line} call ringing`
  return [what, shown, brief, ...flagWords(pop)].filter(word => word !== '').join(', ')
}
