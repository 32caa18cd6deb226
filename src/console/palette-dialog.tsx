import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { openModal } from './modal.ts'
import { matching, type PaletteEntry, paletteEntries } from './palette-entries.ts'

type Parts = Parameters<typeof paletteEntries>[0]

interface Props extends Parts {
  readonly isOpen: boolean
  readonly onClose: () => void
}

/** Rows that are drawn at once; whoever types on sees the others. */
const MAX_ROWS = 80
const NOTHING = -1

/**
 * Ctrl+K: every action by its name. What can be done is what the desk had when it was opened; what has gone since is not
 * done. Where the keyboard was it is again when this closes.
 */
export function PaletteDialog({ isOpen, ...rest }: Props) {
  return isOpen ? <Palette {...rest} /> : null
}

function Palette({ onClose, ...parts }: Omit<Props, 'isOpen'>) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [entries] = useState(() => paletteEntries(parts))
  const [typed, setTyped] = useState('')
  // Nothing is chosen before something is typed or gone to: Enter by mistake does nothing.
  const [at, setAt] = useState(NOTHING)
  const [said, setSaid] = useState('')
  // Before the next key: it is the palette's.
  useLayoutEffect(() => openModal(dialog.current), [])
  const all = matching(entries, typed)
  const found = all.slice(0, MAX_ROWS)
  const move = (to: number) => {
    setAt(found.length === 0 ? NOTHING : (to + found.length) % found.length)
    setSaid('')
  }
  const run = (entry: PaletteEntry | undefined) => {
    if (entry === undefined) return
    if (entry.why !== undefined) return setSaid(entry.why)
    // First, so that what it does with the keyboard comes last.
    dialog.current?.close()
    entry.run()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return
    if (event.key === 'ArrowDown') move(at + 1)
    else if (event.key === 'ArrowUp') move(at === NOTHING ? NOTHING : at - 1)
    else if (event.key === 'Enter') run(found[at])
    else return
    event.preventDefault()
  }
  return (
    <dialog ref={dialog} class="help palette" aria-labelledby="palette-title" onClose={onClose}>
      <h2 id="palette-title">Actions</h2>
      <input
        type="text"
        role="combobox"
        aria-label="Name of an action"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-autocomplete="list"
        {...(found[at] === undefined ? {} : { 'aria-activedescendant': `palette-${at}` })}
        placeholder="Type a part of its name"
        autocomplete="off"
        spellcheck={false}
        maxLength={80}
        value={typed}
        onInput={event => {
          setTyped(event.currentTarget.value)
          setAt(event.currentTarget.value.trim() === '' ? NOTHING : 0)
          setSaid('')
        }}
        onKeyDown={onKeyDown}
      />
      <Rows found={found} at={at} onRun={run} />
      <p class="palette-said" role="status">
        {said === '' ? countWords(all.length, found.length) : said}
      </p>
    </dialog>
  )
}

interface RowsProps {
  readonly found: readonly PaletteEntry[]
  readonly at: number
  readonly onRun: (entry: PaletteEntry) => void
}

function Rows({ found, at, onRun }: RowsProps) {
  const list = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' }))
  return (
    <div ref={list} class="palette-list" id="palette-list" role="listbox" aria-label="Actions">
      {found.map((entry, nth) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field, which has the focus.
        // biome-ignore lint/a11y/useFocusableInteractive: as above, and said by aria-activedescendant.
        <div
          key={nth}
          id={`palette-${nth}`}
          role="option"
          aria-selected={nth === at}
          aria-disabled={entry.why !== undefined}
          onClick={() => onRun(entry)}
        >
          <span>
            {entry.name}
            {entry.why !== undefined && <span class="palette-why">{entry.why}</span>}
          </span>
          {entry.key !== undefined && <span class="key">{entry.key}</span>}
        </div>
      ))}
    </div>
  )
}

function countWords(all: number, shown: number): string {
  if (all === 0) return 'No action has this in its name.'
  const more = all > shown ? `, the first ${shown} of them shown: type on` : ''
  return `${all === 1 ? 'One action' : `${all} actions`}${more}`
}
