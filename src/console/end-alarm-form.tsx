import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Desk } from './desk.ts'

interface Props {
  readonly alarm: string
  readonly desk: Desk
  readonly onDone: () => void
  /** What the reason is asked as, and what the button says. */
  readonly label?: string
  readonly button?: string
}

/** A person says why an alarm is over; the reason is kept with who and when. */
export function EndAlarmForm({ alarm, desk, onDone, label = 'Why it is over', button = 'End alarm' }: Props) {
  const field = useRef<HTMLInputElement>(null)
  // Opened by the handler’s own hand, whose button is gone with that.
  useLayoutEffect(() => field.current?.focus(), [])
  const end = (form: HTMLFormElement) => {
    const reason = String(new FormData(form).get('reason') ?? '').trim()
    if (reason === '') return
    void desk.carryOut('alarm.end', { alarm, reason }).then(isDone => (isDone ? onDone() : undefined))
  }
  return (
    <form
      class="end-form"
      onSubmit={event => {
        event.preventDefault()
        end(event.currentTarget as HTMLFormElement)
      }}
    >
      <label>
        {label}
        <input ref={field} name="reason" maxLength={300} required autocomplete="off" />
      </label>
      <button type="submit" class="button main" disabled={!desk.isLive.value}>
        {button}
      </button>
      <button type="button" class="button quiet" onClick={onDone}>
        Back
      </button>
    </form>
  )
}
