/**
 * Opens a dialog over the page. When it closes, the browser gives the keyboard back to the field that had it, but not the
 * caret: that goes back here, so that whoever was writing goes on where they were.
 */
export function openModal(dialog: HTMLDialogElement | null): void {
  if (dialog === null || dialog.open) return
  const field = document.activeElement
  const caret = caretOf(field)
  dialog.addEventListener(
    'close',
    () => {
      if (caret !== undefined && document.activeElement === field) caret()
    },
    { once: true }
  )
  dialog.showModal()
}

/** Puts the caret of this field where it is now; undefined where there is none. */
function caretOf(field: Element | null): (() => void) | undefined {
  if (!(field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement)) return undefined
  const { selectionStart, selectionEnd, selectionDirection, scrollTop } = field
  if (selectionStart === null || selectionEnd === null) return undefined
  return () => {
    field.setSelectionRange(selectionStart, selectionEnd, selectionDirection ?? 'none')
    field.scrollTop = scrollTop
  }
}
