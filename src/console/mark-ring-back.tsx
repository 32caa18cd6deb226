import { useState } from 'preact/hooks'
import type { Desk } from './desk.ts'
import { whenChoices } from './ring-back-words.ts'

interface Props {
  readonly call: string
  readonly desk: Desk
  readonly onDone: () => void
}

/** By when a call must be rung back, and what for: it stands on the list of the line until somebody says what was done. */
export function MarkRingBack({ call, desk, onDone }: Props) {
  // As of when the form was opened: what is chosen is the time that was read.
  const [choices] = useState(() => whenChoices(desk.now.value))
  const mark = async (form: HTMLFormElement) => {
    const data = new FormData(form)
    const why = String(data.get('why') ?? '').trim()
    const dueAt = Number(data.get('due'))
    if (why !== '' && (await desk.carryOut('ring-back.mark', { call, dueAt, why }))) onDone()
  }
  return (
    <form
      class="end-form"
      onSubmit={event => {
        event.preventDefault()
        void mark(event.currentTarget as HTMLFormElement)
      }}
    >
      <label>
        When
        <select name="due" required>
          {choices.map(({ dueAt, text }) => (
            <option key={text} value={dueAt}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <label>
        Why
        <input name="why" maxLength={200} required autocomplete="off" />
      </label>
      <button type="submit" class="button main" disabled={!desk.isLive.value}>
        Put on the list
      </button>
      <button type="button" class="button quiet" onClick={onDone}>
        Back
      </button>
    </form>
  )
}
