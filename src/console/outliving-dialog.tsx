import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { BarePop } from '../pop/pop.ts'
import { ledgerWords } from './call-words.ts'
import { CloseEntryForm } from './close-entry-form.tsx'
import type { Desk } from './desk.ts'
import { MarkRingBack } from './mark-ring-back.tsx'
import { openModal } from './modal.ts'

interface Props {
  readonly what: 'silent' | 'ledger' | 'ring-back'
  readonly call: string
  readonly pop: BarePop
  readonly desk: Desk
  readonly onClose: () => void
}

/** Asked once more before what outlives the call is said: that nobody spoke on it, or what was done about it. */
export function OutlivingDialog({ what, call, pop, desk, onClose: close }: Props) {
  const { ledger } = pop
  if (what === 'silent') {
    return (
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
    )
  }
  if (what === 'ring-back') {
    return (
      <CallDialog desk={desk} title="This call must be rung back" onClose={close}>
        <p>
          It stands on the list of everybody on this line, also when the call is over and closed, until somebody says
          what was done.
        </p>
        <MarkRingBack call={call} desk={desk} onDone={close} />
      </CallDialog>
    )
  }
  if (ledger === undefined) return null
  return (
    <CallDialog
      desk={desk}
      title={ledger.isOwn ? 'Close this call’s entry' : 'Close the open entry of this number'}
      onClose={close}
    >
      <p>{ledgerWords(pop, desk.shownAt.value)}</p>
      <CloseEntryForm key={ledger.entry} entry={ledger.entry} desk={desk} onDone={close} />
    </CallDialog>
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
  useEffect(() => openModal(dialog.current), [])
  return (
    <dialog ref={dialog} class="help" aria-labelledby="call-dialog-title" onClose={onClose}>
      <h2 id="call-dialog-title">{title}</h2>
      {children}
      <p role="alert">{desk.notice.value}</p>
    </dialog>
  )
}
