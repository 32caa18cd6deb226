import { useEffect, useRef } from 'preact/hooks'
import { type DetailProps, HandoverDetail } from './handover-detail.tsx'
import { openModal } from './modal.ts'

/** One hand-over over the screen of whoever handed it over. */
export function HandoverDetailDialog({ onClose, ...props }: DetailProps & { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => openModal(dialog.current), [])
  const { handover, desk } = props
  return (
    <dialog ref={dialog} class="help handover-dialog" aria-labelledby="handover-detail" onClose={onClose}>
      <h2 id="handover-detail">
        {handover.line} call, {handover.gradeName}
      </h2>
      <HandoverDetail {...props} />
      <div class="form-buttons">
        {desk.screen.value.cards.has(handover.call) && (
          <button
            type="button"
            class="button"
            onClick={() => {
              desk.open(handover.call)
              dialog.current?.close()
            }}
          >
            Open the call
          </button>
        )}
        <button type="button" class="button quiet" onClick={() => dialog.current?.close()}>
          Back
        </button>
      </div>
    </dialog>
  )
}
