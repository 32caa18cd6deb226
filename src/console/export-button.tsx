import { useState } from 'preact/hooks'
import type { Desk } from './desk.ts'
import { useLater } from './later.ts'

const loadDialog = async () => (await import('./export-dialog.tsx')).ExportDialog

interface Props {
  readonly call: string
  readonly desk: Desk
  /** For a reader, where there are several buttons. */
  readonly what?: string
}

/** Opens the dialog in which a call is exported or printed. */
export function ExportButton({ call, desk, what }: Props) {
  const [isOpen, setOpen] = useState(false)
  const Dialog = useLater(loadDialog)
  return (
    <>
      <button type="button" class="button" data-export={call} onClick={() => setOpen(true)}>
        Export …{what !== undefined && <span class="for-readers">{what}</span>}
      </button>
      {isOpen && Dialog !== undefined && <Dialog call={call} desk={desk} onClose={() => setOpen(false)} />}
    </>
  )
}
