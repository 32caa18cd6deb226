import { useEffect, useRef, useState } from 'preact/hooks'
import type { Answer, RingBack, RingBacks } from './api.ts'
import { getRingBacks } from './api.ts'
import { useAskedAgain } from './asked-again.ts'
import { CloseEntryForm } from './close-entry-form.tsx'
import { CopyButton } from './copy-button.tsx'
import type { Desk } from './desk.ts'
import { Icon } from './icons.tsx'
import { LineBadge } from './line-badge.tsx'
import { MarkRingBack } from './mark-ring-back.tsx'
import { openModal } from './modal.ts'
import { numberWords } from './number-words.ts'
import { dueWords, whyWords } from './ring-back-words.ts'
import { toClock } from './times.ts'

interface Props {
  readonly desk: Desk
  /** Who is signed on. */
  readonly me: string
  readonly isOpen: boolean
  readonly onClose: () => void
}

const AGAIN_MS = 4_000

/** Calls to be rung back, what is due first at the top; one leaves the list only when somebody says what was done. */
export function RingBacksDialog({ desk, me, isOpen, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const { answer, again } = useList(isOpen)
  useEffect(() => {
    if (isOpen) openModal(dialog.current)
  }, [isOpen])
  return (
    <dialog ref={dialog} class="help ring-backs" aria-labelledby="ring-backs-title" onClose={onClose}>
      <header>
        <h2 id="ring-backs-title">To be rung back</h2>
        <button type="button" class="button quiet" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </header>
      <List answer={answer} desk={desk} me={me} again={again} />
      <p role="alert">{desk.notice.value}</p>
    </dialog>
  )
}

/** The list while it is open; asked for after whatever is done here, too. */
function useList(isOpen: boolean) {
  const [round, setRound] = useState(0)
  const answer = useAskedAgain(getRingBacks, { everyMs: AGAIN_MS, why: round, isOpen })
  return { answer, again: () => setRound(now => now + 1) }
}

interface ListProps {
  readonly answer: Answer<RingBacks> | undefined
  readonly desk: Desk
  readonly me: string
  readonly again: () => void
}

function List({ answer, desk, me, again }: ListProps) {
  if (answer === undefined) return <p>Being looked up.</p>
  if (answer.kind !== 'ok') {
    const why = answer.kind === 'refused' ? answer.text : 'The gateway does not answer.'
    return (
      <p class="search-trouble" data-testid="ring-backs-trouble">
        {why} The list may have calls on it.
      </p>
    )
  }
  const { items, more } = answer.value
  if (items.length === 0) {
    return (
      <p class="hint">
        <Icon name="check" /> Asked: no call of your lines is to be rung back, as of {toClock(desk.shownAt.value)}.
      </p>
    )
  }
  return (
    <>
      <ol class="ring-back-list" data-testid="ring-backs">
        {items.map(item => (
          <Row key={item.entry.entry} item={item} desk={desk} me={me} again={again} />
        ))}
      </ol>
      {more > 0 && <p class="hint">{more} more are due later than these.</p>}
    </>
  )
}

interface RowProps extends Omit<ListProps, 'answer'> {
  readonly item: RingBack
}

function Row({ item, desk, me, again }: RowProps) {
  const [form, setForm] = useState<'done' | 'later' | undefined>(undefined)
  const { entry, dueAt } = item
  const due = dueWords(dueAt, desk.shownAt.value)
  const number = numberWords(entry.number)
  const left = () => {
    setForm(undefined)
    again()
  }
  return (
    <li data-entry={entry.entry} data-kind={entry.kind} data-overdue={due.isOverdue}>
      <p class="entry-head">
        <LineBadge line={entry.line} />
        <b class="entry-number">{number.shown}</b>
        {number.isNumber && <CopyButton text={entry.number.e164 ?? entry.number.display} what="the number" />}
        {number.brief !== '' && (
          <span class="entry-doubt">
            <Icon name={number.icon} /> {number.brief}
          </span>
        )}
        <span class="due">
          <Icon name={due.isOverdue ? 'warning' : 'hourglass'} /> {due.text}
        </span>
        <span class="age">
          {desk.forceName(entry.force)} · {toClock(entry.openedAt)}
        </span>
      </p>
      <p>{whyWords(entry)}</p>
      {entry.takenBy !== undefined && (
        <p class="taken">
          <Icon name="check" /> {entry.takenBy === me ? 'Taken by you' : `Taken by ${entry.takenBy}`}
          {entry.takenAt !== undefined && `, ${toClock(entry.takenAt)}`}
        </p>
      )}
      {form === 'done' && <CloseEntryForm entry={entry.entry} desk={desk} onDone={left} />}
      {form === 'later' && <MarkRingBack call={entry.call} desk={desk} onDone={left} />}
      {form === undefined && <RowButtons item={item} desk={desk} me={me} again={again} onForm={setForm} />}
    </li>
  )
}

interface ButtonProps extends RowProps {
  readonly onForm: (form: 'done' | 'later') => void
}

/** What was done is said by who has it; whoever finds it in other hands takes it over first, and the record says so. */
function RowButtons({ item: { entry, rev }, desk, me, again, onForm }: ButtonProps) {
  const isMine = entry.takenBy === me
  const isLive = desk.isLive.value
  const run = async (...command: Parameters<Desk['carryOut']>) => {
    await desk.carryOut(...command)
    again()
  }
  return (
    <div class="ring-back-buttons">
      {isMine ? (
        <>
          <button type="button" class="button main" disabled={!isLive} onClick={() => onForm('done')}>
            Done …
          </button>
          <button type="button" class="button" disabled={!isLive} onClick={() => onForm('later')}>
            Ring again later …
          </button>
          <button
            type="button"
            class="button quiet"
            disabled={!isLive}
            onClick={() => void run('ring-back.give-back', { entry: entry.entry })}
          >
            Give back
          </button>
        </>
      ) : (
        <button
          type="button"
          class={entry.takenBy === undefined ? 'button main' : 'button'}
          disabled={!isLive}
          onClick={() => void run('ring-back.take', { entry: entry.entry, rev })}
        >
          {entry.takenBy === undefined ? 'Take' : 'Take over'}
        </button>
      )}
    </div>
  )
}
