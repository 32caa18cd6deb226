import { useEffect, useState } from 'preact/hooks'
import { announce } from './announcer.ts'
import { Icon } from './icons.tsx'

const SHOWN_MS = 2_000

/** Puts a text on the clipboard; the shape of the button and a reader's voice say so. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [isCopied, setCopied] = useState(false)
  useEffect(() => {
    if (!isCopied) return
    const timer = setTimeout(() => setCopied(false), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [isCopied])
  const copy = async () => {
    const isDone = await copyText(text)
    setCopied(isDone)
    announce(isDone ? `Copied ${what}` : `Could not copy ${what}`)
  }
  return (
    <button
      type="button"
      class="button quiet copy"
      aria-label={`Copy ${what}`}
      title={`Copy ${what}`}
      data-copy={text}
      data-copied={isCopied}
      onClick={() => void copy()}
    >
      <Icon name={isCopied ? 'check' : 'copy'} />
    </button>
  )
}

/** Browsers lend the clipboard only to pages over TLS; elsewhere the old way by a selection still works. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copyBySelection(text)
  }
}

function copyBySelection(text: string): boolean {
  const hadFocus = document.activeElement
  const field = document.createElement('textarea')
  field.value = text
  field.className = 'for-readers'
  document.body.append(field)
  field.select()
  const isCopied = document.execCommand('copy')
  field.remove()
  if (hadFocus instanceof HTMLElement) hadFocus.focus()
  return isCopied
}
