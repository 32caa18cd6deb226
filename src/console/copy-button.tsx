import { useEffect, useState } from 'preact/hooks'
import { Icon } from './icons.tsx'

const SAID_MS = 2_000

/** Puts a text on the clipboard and says so. */
export function CopyButton({ text, what }: { text: string; what: string }) {
  const [said, setSaid] = useState<'' | 'Copied' | 'Not copied'>('')
  useEffect(() => {
    if (said === '') return
    const timer = setTimeout(() => setSaid(''), SAID_MS)
    return () => clearTimeout(timer)
  }, [said])
  const copy = () => void copyText(text).then(isCopied => setSaid(isCopied ? 'Copied' : 'Not copied'))
  return (
    <button type="button" class="button quiet copy" aria-label={`Copy ${what}`} data-copy={text} onClick={copy}>
      <Icon name={said === 'Copied' ? 'check' : 'copy'} /> <span aria-live="off">{said === '' ? 'Copy' : said}</span>
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
