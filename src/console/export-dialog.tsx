import { useEffect, useRef, useState } from 'preact/hooks'
import type { Answer } from './api.ts'
import { getExport, notePrint } from './calls-api.ts'
import type { Desk } from './desk.ts'
import { openModal } from './modal.ts'

interface Props {
  readonly call: string
  readonly desk: Desk
  readonly onClose: () => void
}

/** All that was said of a call as a file, or its card on paper. Nothing leaves before the record has who took it out. */
export function ExportDialog({ call, desk, onClose }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [reason, setReason] = useState('')
  const [trouble, setTrouble] = useState('')
  const [isBusy, setBusy] = useState(false)
  useEffect(() => openModal(dialog.current), [])
  const isShown = document.querySelector(`article[data-call="${CSS.escape(call)}"]`) !== null
  const taken = async <T,>(work: Promise<Answer<T>>): Promise<T | 'no'> => {
    setBusy(true)
    const answer = await work
    setBusy(false)
    if (answer.kind === 'ok') return answer.value
    setTrouble(answer.kind === 'refused' ? answer.text : 'The gateway does not answer: nothing was exported.')
    return 'no'
  }
  const save = async (format: 'json' | 'csv') => {
    const file = await taken(getExport(call, format, reason))
    if (file === 'no') return
    download(file, `call-${call}.${format}`)
    desk.tell('Exported. It is on record.')
    dialog.current?.close()
  }
  const print = async () => {
    if ((await taken(notePrint(call, reason))) === 'no') return
    dialog.current?.close()
    printCall(call)
  }
  return (
    <dialog ref={dialog} class="help export" aria-labelledby="export-title" onClose={onClose}>
      <h2 id="export-title">Export or print this call</h2>
      <p>Events with their times, who was shown the call, alarms, notes and places, as the record has them now.</p>
      <form class="end-form" onSubmit={event => event.preventDefault()}>
        <label>
          Reason
          <input
            name="reason"
            maxLength={300}
            autocomplete="off"
            value={reason}
            onInput={event => setReason(event.currentTarget.value)}
          />
        </label>
        <button type="button" class="button" disabled={isBusy} onClick={() => void save('json')}>
          JSON file
        </button>
        <button type="button" class="button" disabled={isBusy} onClick={() => void save('csv')}>
          CSV file
        </button>
        {isShown && (
          <button type="button" class="button" disabled={isBusy} onClick={() => void print()}>
            Print the card
          </button>
        )}
        <button type="button" class="button quiet" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </form>
      <p class="hint">Who exports or prints a call, when and why is on record, and stands in later exports of it.</p>
      <p role="alert" class="search-trouble">
        {trouble}
      </p>
    </dialog>
  )
}

/** Through a link that is nowhere on the page; the browser asks where to, or saves it where it saves. */
function download(file: Blob, name: string): void {
  const url = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}

/** The style sheet prints the call that is named here, and nothing without a name. */
function printCall(call: string): void {
  const { dataset } = document.documentElement
  const article = document.querySelector<HTMLElement>(`article[data-call="${CSS.escape(call)}"]`)
  if (article === null) return
  dataset['printing'] = call
  article.dataset['printed'] = 'true'
  addEventListener(
    'afterprint',
    () => {
      delete dataset['printing']
      delete article.dataset['printed']
    },
    { once: true }
  )
  print()
}
