import type { Alarm } from '../pop/board.ts'
import { Icon } from './icons.tsx'
import { toAge, toClock } from './times.ts'

interface Props {
  readonly alarms: readonly Alarm[]
  readonly now: number
  readonly onShow: () => void
}

/** One line in place of more alarms than anybody can follow: how many, of which kinds, and since when. */
export function AlarmFlood({ alarms, now, onShow }: Props) {
  const first = Math.min(...alarms.map(({ raisedAt }) => raisedAt))
  return (
    <>
      <p class="alarm-head alert-words">
        <Icon name="bell" /> <b>{alarms.length} alarms at once: look for the one cause behind them</b>{' '}
        <span class="age">
          the first {toClock(first)} · {toAge(first, now)}
        </span>
      </p>
      <p class="remedy">{floodWords(alarms)}</p>
      <p class="alert-actions">
        <button type="button" class="button show-all" onClick={onShow}>
          Show all {alarms.length}
        </button>
      </p>
    </>
  )
}

/** Each kind with the words of its first, and how many more there are of it; the most frequent first. */
function floodWords(alarms: readonly Alarm[]): string {
  const kinds = new Map<string, Alarm[]>()
  for (const alarm of alarms) kinds.set(alarm.code, [...(kinds.get(alarm.code) ?? []), alarm])
  return [...kinds.values()]
    .sort((one, other) => other.length - one.length)
    .map(([first, ...more]) => `${first?.words}${more.length > 0 ? ` And ${more.length} more like it.` : ''}`)
    .join(' ')
}
