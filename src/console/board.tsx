import { useState } from 'preact/hooks'
import type { Alarm } from '../pop/board.ts'
import { AlarmFlood } from './alarm-flood.tsx'
import type { Me, Site } from './api.ts'
import { isFlood, openBoard, priorityWords } from './board-words.ts'
import type { Desk } from './desk.ts'
import { EndAlarmForm } from './end-alarm-form.tsx'
import { forceName } from './force-name.ts'
import { Icon } from './icons.tsx'
import { useLater } from './later.ts'
import { Ledger } from './ledger.tsx'
import { toAge, toClock } from './times.ts'

interface Props {
  readonly desk: Desk
  readonly site: Site
  readonly me: Me
}

/** A supervisor's board: what wants somebody now, and the calls nobody has dealt with yet. */
export function Board({ desk, site, me }: Props) {
  const [isCalls, setCalls] = useState(false)
  const Calls = useLater(loadCalls)
  if (isCalls && Calls !== undefined) return <Calls desk={desk} site={site} me={me} onBack={() => setCalls(false)} />
  return <OpenBoard desk={desk} site={site} onCalls={mayWatch(me) ? () => setCalls(true) : undefined} />
}

const loadCalls = async () => (await import('./calls-view.tsx')).CallsView

function mayWatch({ may = [] }: Me): boolean {
  return may.includes('peek') || may.includes('replay')
}

interface OpenProps extends Omit<Props, 'me'> {
  readonly onCalls: (() => void) | undefined
}

function OpenBoard({ desk, site, onCalls }: OpenProps) {
  const board = desk.screen.value.board
  const now = desk.shownAt.value
  const [isUnfolded, setUnfolded] = useState(false)
  if (board === undefined) return null
  const open = openBoard(board, now)
  // What must be acted on now stands by itself however many others there are.
  const folded = isFlood(open.alarms, now) && !isUnfolded ? open.alarms.filter(({ priority }) => priority > 1) : []
  return (
    <main class="card board" tabIndex={-1} aria-label="Board">
      <p class="board-links">
        {onCalls !== undefined && (
          <button type="button" class="button" onClick={onCalls}>
            <Icon name="phone" /> Calls
          </button>
        )}
        <a class="button" href="/wallboard" target="_blank" rel="noopener">
          <Icon name="crimes" /> Wallboard
        </a>
      </p>
      <section class="alarms" aria-labelledby="alarms">
        <h2 id="alarms">
          Alarms <span class="count">{open.alarms.length}</span>
        </h2>
        {open.alarms.length === 0 && (
          <p class="hint">
            <Icon name="check" /> No alarm is open, as of {toClock(now)}.
          </p>
        )}
        <ul>
          {open.alarms
            .filter(alarm => !folded.includes(alarm))
            .map(alarm => (
              <AlarmRow key={alarm.alarm} alarm={alarm} desk={desk} site={site} />
            ))}
          {folded.length > 0 && (
            <li data-flood={folded.length}>
              <AlarmFlood alarms={folded} now={now} onShow={() => setUnfolded(true)} />
            </li>
          )}
        </ul>
      </section>
      <Ledger desk={desk} site={site} entries={open.entries} closed={open.closed} />
      {board.more > 0 && (
        <p class="hint">{board.more} more are open than this screen shows. Close what is dealt with.</p>
      )}
    </main>
  )
}

function AlarmRow({ alarm, desk, site }: { alarm: Alarm; desk: Desk; site: Site }) {
  const [isEnding, setEnding] = useState(false)
  return (
    <li data-alarm={alarm.alarm} data-code={alarm.code} data-priority={alarm.priority}>
      <p class="alarm-head">
        <span class="priority">
          <Icon name={alarm.priority === 1 ? 'bell' : alarm.priority === 2 ? 'warning' : 'question'} />{' '}
          {priorityWords(alarm.priority)}
        </span>
        <b>{alarm.words}</b>
        <span class="age">
          {alarm.force === undefined ? '' : `${forceName(site, alarm.force)} · `}
          {toClock(alarm.raisedAt)} · {toAge(alarm.raisedAt, desk.shownAt.value)}
        </span>
      </p>
      <p class="remedy">{alarm.remedy}</p>
      {alarm.endsBy === 'itself' && <p class="hint">Ends by itself when its cause is gone.</p>}
      {alarm.endsBy === 'person' && !isEnding && (
        <button type="button" class="button" onClick={() => setEnding(true)} disabled={!desk.isLive.value}>
          End …
        </button>
      )}
      {isEnding && <EndAlarmForm alarm={alarm.alarm} desk={desk} onDone={() => setEnding(false)} />}
    </li>
  )
}
