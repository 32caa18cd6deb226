import type { ReadonlySignal } from '@preact/signals'
import type { BarePop } from '../pop/pop.ts'
import { timerSpan } from './call-words.ts'
import { toTimer } from './times.ts'

/** How long a call waits, is talked on, or was. The only part of a card that changes by itself. */
export function CallTimer({ pop, now }: { pop: BarePop; now: ReadonlySignal<number> }) {
  const { from, to, label } = timerSpan(pop)
  return (
    <span class="timer">
      <span class="for-readers">{label} </span>
      {toTimer(from, to ?? now.value)}
    </span>
  )
}
