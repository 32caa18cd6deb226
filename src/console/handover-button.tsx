import { useState } from 'preact/hooks'
import type { ScreenCard } from '../sdk/screen.ts'
import type { Desk } from './desk.ts'
import { KeyBadge, shortcut } from './key-badge.tsx'
import { useLater } from './later.ts'

const loadForm = async () => (await import('./handover-dialog.tsx')).HandoverDialog

/** F8, and the button of the card: what is decided of this call, and who is told. */
export function HandoverButton({ card, desk }: { card: ScreenCard; desk: Desk }) {
  const [isOpen, setOpen] = useState(false)
  const Form = useLater(loadForm)
  return (
    <>
      <button
        type="button"
        class="button"
        data-hand-over
        {...shortcut('hand-over')}
        disabled={!desk.isLive.value}
        onClick={() => setOpen(true)}
      >
        Hand over … <KeyBadge of="hand-over" />
      </button>
      {Form !== undefined && isOpen && <Form card={card} desk={desk} onClose={() => setOpen(false)} />}
    </>
  )
}
