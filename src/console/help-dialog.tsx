import { useEffect, useRef } from 'preact/hooks'
import { setSingleKeys, singleKeys } from './settings.ts'

const KEYS = [
  ['F2', 'Take the next call that rings, and open it'],
  ['F4', 'Say that the caller is at the place that is offered, or at the best one'],
  ['F7', 'Find a person by name, number or address'],
  ['F8', 'Hand the open call over: grade, who goes, and a note'],
  ['L', 'Go to the first incident that may be the same; Enter links the call to it'],
  ['P', 'Type where the caller is: an address, a postcode, a grid reference, or latitude and longitude'],
  ['N', 'Write a note on the open call; Ctrl and Enter finish it'],
  ['F9', 'Go to the next part of the screen: calls, open call, top bar'],
  ['↑ ↓', 'Move through the calls; Enter opens one'],
  ['Tab', 'Go to the next control'],
  ['+ −', 'On the map: nearer and farther; the arrows move it'],
  ['?', 'This help']
] as const

export function HelpDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (isOpen) dialog.current?.showModal()
  }, [isOpen])
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={onClose}>
      <h2 id="help-title">Keys</h2>
      <dl>
        {KEYS.map(([key, text]) => (
          <div key={key}>
            <dt>
              <span class="key">{key}</span>
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={singleKeys.value}
          onChange={event => setSingleKeys(event.currentTarget.checked)}
        />
        Single-character keys (L, N, P, ?) work
      </label>
      <form method="dialog">
        <button type="submit" class="button main">
          Close
        </button>
      </form>
    </dialog>
  )
}
