import { useEffect, useRef } from 'preact/hooks'
import type { Desk } from './desk.ts'
import { openModal } from './modal.ts'

interface Props {
  readonly call: string
  readonly desk: Desk
  readonly onClose: () => void
}

/** The caller says which number is theirs. It goes to the gateway alone: into no address and no store of the browser. */
export function NumberDialog({ call, desk, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => openModal(dialog.current), [])
  const say = async (number: string) => {
    if (await desk.carryOut('caller.number', { call, number })) dialog.current?.close()
  }
  return (
    <dialog ref={dialog} class="help" aria-labelledby="number-title" onClose={onClose}>
      <h2 id="number-title">Which number does the caller give?</h2>
      <p class="hint">
        People, earlier contacts and warnings are looked up by it too, and marked as by the number that the caller says.
        What is held of the number that rang stays.
      </p>
      <form
        class="end-form"
        onSubmit={event => {
          event.preventDefault()
          const number = String(new FormData(event.currentTarget as HTMLFormElement).get('number') ?? '').trim()
          if (number.length > 2) void say(number)
        }}
      >
        <label>
          Telephone number
          <input
            name="number"
            inputMode="tel"
            maxLength={40}
            minLength={3}
            required
            autocomplete="off"
            spellcheck={false}
          />
        </label>
        <button type="submit" class="button main" disabled={!desk.isLive.value}>
          Look up
        </button>
        <button type="button" class="button quiet" onClick={() => dialog.current?.close()}>
          Back
        </button>
      </form>
      <p role="alert">{desk.notice.value}</p>
    </dialog>
  )
}
