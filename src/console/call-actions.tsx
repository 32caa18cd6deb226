import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { ScreenCard } from '../sdk/screen.ts'
import type { Me } from './api.ts'
import { ledgerWords, stateWords } from './call-words.ts'
import { CloseEntryForm } from './close-entry-form.tsx'
import type { Desk } from './desk.ts'
import { Icon } from './icons.tsx'

interface Props {
  readonly card: ScreenCard
  readonly desk: Desk
  readonly me: Me
}

/** What a handler can do with the open call. Made anew for each call: a form never speaks of another one. */
export function CallActions({ card, desk, me }: Props) {
  const { call, pop } = card
  const isEnded = stateWords(pop).stage === 'ended'
  const isLive = desk.isLive.value
  // Its end can have fallen into a restart; then only a person can say so.
  const isDoubtful = pop.unheard === true && !isEnded
  return (
    <div class="actions">
      {isEnded ? (
        <button
          type="button"
          class="button main"
          data-zone-start
          disabled={!isLive}
          onClick={() => void desk.close(call)}
        >
          <Icon name="check" /> Close, written up
        </button>
      ) : pop.takenBy === undefined ? (
        <button
          type="button"
          class="button main"
          data-zone-start
          disabled={!isLive}
          aria-keyshortcuts="F2"
          onClick={() => void desk.take(call)}
        >
          Take <span class="key">F2</span>
        </button>
      ) : (
        <p class="taken">
          <Icon name="check" /> {pop.takenBy === me.handler ? 'Taken by you' : `Taken by ${pop.takenBy}`}
        </p>
      )}
      {isDoubtful && (
        <button type="button" class="button" disabled={!isLive} onClick={() => void desk.close(call)}>
          Close, it is over
        </button>
      )}
      {pop.offer === 'device' && !isDoubtful && <MoreActions card={card} desk={desk} />}
    </div>
  )
}

/** What outlives the call: that nobody spoke on it, and what was done about it. */
function MoreActions({ card: { call, pop }, desk }: { card: ScreenCard; desk: Desk }) {
  const [open, setOpen] = useState<'silent' | 'ledger' | undefined>(undefined)
  const { ledger, flags, takenBy } = pop
  // Before anybody has the call nobody can know.
  const maySaySilent = !flags.silent && (takenBy !== undefined || stateWords(pop).stage !== 'ringing')
  const close = () => setOpen(undefined)
  return (
    <div class="more-actions">
      {maySaySilent && (
        <button type="button" class="button" disabled={!desk.isLive.value} onClick={() => setOpen('silent')}>
          Silent …
        </button>
      )}
      {ledger !== undefined && (
        <button type="button" class="button" disabled={!desk.isLive.value} onClick={() => setOpen('ledger')}>
          Ledger …
        </button>
      )}
      {open === 'silent' && maySaySilent && (
        <CallDialog desk={desk} title="Nobody speaks on this call" onClose={close}>
          <p>
            {pop.line === '999'
              ? 'The call is marked as silent, supervisors are alerted at once, and it stays in the ledger until somebody closes it with a reason.'
              : 'The call is marked as silent. No rule closes it by itself any more.'}
          </p>
          <div class="end-form">
            <button
              type="button"
              class="button main"
              onClick={async () => {
                if (await desk.markSilent(call)) close()
              }}
            >
              Mark as silent
            </button>
            <button type="button" class="button quiet" onClick={close}>
              Back
            </button>
          </div>
        </CallDialog>
      )}
      {open === 'ledger' && ledger !== undefined && (
        <CallDialog
          desk={desk}
          title={ledger.isOwn ? 'Close this call’s entry' : 'Close the open entry of this number'}
          onClose={close}
        >
          <p>{ledgerWords(pop, desk.shownAt.value)}</p>
          <CloseEntryForm key={ledger.entry} entry={ledger.entry} desk={desk} onDone={close} />
        </CallDialog>
      )}
    </div>
  )
}

interface DialogProps {
  readonly desk: Desk
  readonly title: string
  readonly onClose: () => void
  readonly children: ComponentChildren
}

/** Opened by the handler’s own hand, so it may have the keyboard. A refusal is said in it, where it can be read. */
function CallDialog({ desk, title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} class="help" aria-labelledby="call-dialog-title" onClose={onClose}>
      <h2 id="call-dialog-title">{title}</h2>
      {children}
      <p role="alert">{desk.notice.value}</p>
    </dialog>
  )
}
