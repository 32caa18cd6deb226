import { useEffect, useRef } from 'preact/hooks'
import { KeyRows } from './key-rows.tsx'
import { openModal } from './modal.ts'
import { type Density, density, setDensity, setSingleKeys, singleKeys } from './settings.ts'

/** Keys that are as they are in every program. */
const FIXED_KEYS = [
  ['Ctrl K', 'Every action by its name'],
  ['↑ ↓', 'Move through the calls; Enter opens one'],
  ['Tab', 'Go to the next control'],
  ['+ −', 'On the map: nearer and farther; the arrows move it']
] as const

const DENSITIES: readonly (readonly [Density, string])[] = [
  ['normal', 'Normal'],
  ['compact', 'Compact: more on the screen, closer together']
]

/** The keys, and how the screen looks: what this browser keeps, and nothing of a person. */
export function HelpDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return isOpen ? <Sheet onClose={onClose} /> : null
}

function Sheet({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => openModal(dialog.current), [])
  return (
    <dialog ref={dialog} class="help sheet" aria-labelledby="help-title" onClose={onClose}>
      <h2 id="help-title">Keys and screen</h2>
      <fieldset class="density">
        <legend>Density</legend>
        {DENSITIES.map(([value, words]) => (
          <label key={value} class="check">
            <input type="radio" name="density" checked={density.value === value} onChange={() => setDensity(value)} />
            {words}
          </label>
        ))}
      </fieldset>
      <KeyRows />
      <dl>
        {FIXED_KEYS.map(([key, text]) => (
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
        Single-character keys work, where nobody types
      </label>
      <form method="dialog">
        <button type="submit" class="button main">
          Close
        </button>
      </form>
    </dialog>
  )
}
