import { REASONS } from './board-words.ts'
import type { Desk } from './desk.ts'

interface Props {
  readonly entry: string
  readonly desk: Desk
  readonly onDone: () => void
}

/** What was done about a call of the ledger; the entry stays open until the gateway says that it is closed. */
export function CloseEntryForm({ entry, desk, onDone }: Props) {
  const submit = async (form: HTMLFormElement) => {
    const data = new FormData(form)
    const note = String(data.get('note') ?? '').trim()
    const reason = REASONS.find(([code]) => code === data.get('reason'))?.[0]
    if (reason === undefined) return
    const args = { entry, reason, ...(note === '' ? {} : { note }) }
    if (await desk.carryOut('ledger.close', args)) onDone()
  }
  return (
    <form
      class="end-form"
      onSubmit={event => {
        event.preventDefault()
        void submit(event.currentTarget as HTMLFormElement)
      }}
    >
      <label>
        What was done
        <select name="reason" required>
          <option value="">Choose …</option>
          {REASONS.map(([code, words]) => (
            <option key={code} value={code}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <label>
        Note
        <input name="note" maxLength={500} />
      </label>
      <button type="submit" class="button main">
        Close entry
      </button>
      <button type="button" class="button quiet" onClick={onDone}>
        Back
      </button>
    </form>
  )
}
