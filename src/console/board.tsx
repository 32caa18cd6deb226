import { useEffect, useState } from 'preact/hooks'
import type { Alarm } from '../pop/board.ts'
import { allowSound, isSoundBlocked, startAlarmSound } from './alarm-sound.ts'
import type { Site } from './api.ts'
import { openBoard, priorityWords } from './board-words.ts'
import type { Desk } from './desk.ts'
import { forceName } from './force-name.ts'
import { Icon } from './icons.tsx'
import { Ledger } from './ledger.tsx'
import { toAge, toClock } from './times.ts'

interface Props {
  readonly desk: Desk
  readonly site: Site
}

/** A supervisor's board: what wants somebody now, and the calls nobody has dealt with yet. */
export function Board({ desk, site }: Props) {
  const board = desk.screen.value.board
  const now = desk.shownAt.value
  if (board === undefined) return null
  const open = openBoard(board, now)
  return (
    <main class="card board" tabIndex={-1} aria-label="Board">
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
          {open.alarms.map(alarm => (
            <AlarmRow key={alarm.alarm} alarm={alarm} desk={desk} site={site} />
          ))}
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
      {isEnding && (
        <form
          class="end-form"
          onSubmit={event => {
            event.preventDefault()
            const reason = String(new FormData(event.currentTarget as HTMLFormElement).get('reason') ?? '').trim()
            if (reason === '') return
            void desk
              .runOnBoard('alarm.end', { alarm: alarm.alarm, reason })
              .then(isDone => (isDone ? setEnding(false) : undefined))
          }}
        >
          <label>
            Why it is over
            <input name="reason" maxLength={300} required />
          </label>
          <button type="submit" class="button main">
            End alarm
          </button>
          <button type="button" class="button quiet" onClick={() => setEnding(false)}>
            Back
          </button>
        </form>
      )}
    </li>
  )
}

/**
 * The button of the top bar: how much is open, whatever page is shown. Sounds while an alarm of priority 1 is open
 * that nobody at this screen has heard.
 */
export function BoardButton({ desk, isShown, onShow }: { desk: Desk; isShown: boolean; onShow: () => void }) {
  const board = desk.screen.value.board
  const [heard, setHeard] = useState<ReadonlySet<string>>(new Set())
  const open = board === undefined ? undefined : openBoard(board, desk.now.value)
  const urgent = (open?.alarms ?? []).filter(alarm => alarm.priority === 1).map(alarm => alarm.alarm)
  const isLoud = urgent.some(alarm => !heard.has(alarm))
  useEffect(() => (isLoud ? startAlarmSound() : undefined), [isLoud])
  if (open === undefined) return null
  const hear = () => {
    allowSound()
    setHeard(new Set(urgent))
  }
  return (
    <>
      {isLoud && (
        <button type="button" class="button main heard" onClick={hear}>
          <Icon name="bell" /> Heard
        </button>
      )}
      {isSoundBlocked.value && <span class="badge">No sound until this page is clicked</span>}
      <button type="button" class="button quiet" aria-pressed={isShown} data-urgent={open.urgent > 0} onClick={onShow}>
        <Icon name={open.urgent > 0 ? 'bell' : 'queue'} /> Board: {open.alarms.length} alarms, {open.entries.length} in
        the ledger
      </button>
    </>
  )
}
