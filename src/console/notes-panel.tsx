import { useEffect } from 'preact/hooks'
import { WRITTEN_LIMITS } from '../delivery/protocol-limits.ts'
import type { Panel, PanelItem } from '../pop/pop.ts'
import { AssessmentForm } from './assessment-form.tsx'
import type { Desk } from './desk.ts'
import { Icon } from './icons.tsx'
import { shortcut } from './key-badge.tsx'
import { keyName } from './key-map.ts'
import { ASPECTS, draftWords, finishedWords, isDone, notesWords, writtenOf } from './note-words.ts'
import { Provenance } from './panel-frame.tsx'
import { activeKey } from './settings.ts'
import { toMoment } from './times.ts'

interface Props {
  readonly call: string
  readonly panel: Panel | undefined
  readonly desk: Desk
  readonly me: string
  /** Of a call that is somebody else's: nothing is written. */
  readonly isReading?: boolean
}

/** What handlers write of the call: the note that is being written, those there are, and the assessment. */
export function NotesPanel({ call, panel, desk, me, isReading = false }: Props) {
  const { notes, held, own } = writtenOf(panel, me)
  const words = notesWords(panel, notes.length + (panel?.more ?? 0))
  useEffect(() => {
    if (isReading) return
    const { id, version } = own?.fields ?? {}
    if (typeof id === 'string' && typeof version === 'number') desk.notes.resume(call, id, version, own?.detail ?? '')
  }, [call, own, desk, isReading])
  return (
    <section class="panel" data-panel="notes" data-status={panel?.status ?? 'none'} aria-labelledby="panel-notes">
      <header>
        <Icon name="note" />
        <h2 id="panel-notes">Notes</h2>
        <span class="status" data-trouble={words.isTrouble}>
          <Icon name={words.icon} /> {words.status}
        </span>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what does not fit scrolls, and so has to take the focus (WCAG 2.1.1). */}
      <section class="panel-body" tabIndex={0} aria-label="Notes, details">
        {isReading ? (
          <HeldAssessment held={held} />
        ) : (
          <>
            <NoteBox key={call} call={call} desk={desk} />
            <AssessmentForm key={`assessment ${call}`} call={call} held={held} desk={desk} />
            <HeldAssessment held={held} isPrinted />
          </>
        )}
        {words.text !== '' && <p class="panel-text">{words.text}</p>}
        <ol class="notes">
          {[...(isReading && own !== undefined ? [own] : []), ...notes].map(item => (
            <Note key={String(item.fields?.['id'])} item={item} me={me} desk={desk} />
          ))}
        </ol>
        {panel !== undefined && panel.more > 0 && <p class="hint">{panel.more} older ones are on record.</p>}
      </section>
      <footer>{panel === undefined ? 'Handlers' : <Provenance panel={panel} desk={desk} />}</footer>
    </section>
  )
}

/** What holds of each aspect, to be read; on paper in place of the form. */
function HeldAssessment({ held, isPrinted = false }: { held: ReadonlyMap<string, PanelItem>; isPrinted?: boolean }) {
  const rows = ASPECTS.flatMap(([about, name]) => {
    const item = held.get(about)
    return item?.detail === undefined ? [] : [{ about, name, text: item.detail, by: item.title }]
  })
  return (
    <ul class="held-assessment" data-printed-only={isPrinted}>
      {rows.map(({ about, name, text, by }) => (
        <li key={about}>
          <b>{name}</b> {text} <span class="minor">{by}</span>
        </li>
      ))}
    </ul>
  )
}

function NoteBox({ call, desk }: { call: string; desk: Desk }) {
  const draft = desk.notes.draftOf(call).value
  const finished = desk.notes.finishedOf(call).value
  const key = activeKey('note')
  return (
    <div class="note-box">
      <textarea
        data-note
        rows={2}
        maxLength={WRITTEN_LIMITS.note}
        aria-label="Note on this call"
        aria-describedby="note-state"
        {...shortcut('note')}
        placeholder={key === undefined ? 'Note' : `Note (${keyName(key)})`}
        value={draft.text}
        onInput={event => desk.notes.write(call, event.currentTarget.value)}
        onKeyDown={event => {
          if (event.key !== 'Enter' || !event.ctrlKey) return
          event.preventDefault()
          desk.notes.finish(call)
        }}
      />
      <button
        type="button"
        class="button"
        disabled={draft.text.trim() === ''}
        data-act="finish-note"
        data-why="Nothing is written."
        aria-keyshortcuts="Control+Enter"
        onClick={() => desk.notes.finish(call)}
      >
        Finish
      </button>
      <p id="note-state" class="note-state" data-state={draft.state}>
        {[draftWords(draft, desk.isLive.value), finishedWords(finished)].filter(text => text !== '').join(' ')}
      </p>
    </div>
  )
}

function Note({ item, me, desk }: { item: PanelItem; me: string; desk: Desk }) {
  return (
    <li data-done={isDone(item)}>
      <p class="note-text">{item.detail}</p>
      <p class="minor">
        <span>{item.title === me ? 'you' : item.title}</span>
        {item.at !== undefined && <span>{toMoment(item.at, desk.shownAt.value)}</span>}
        {!isDone(item) && <span>being written</span>}
      </p>
    </li>
  )
}
