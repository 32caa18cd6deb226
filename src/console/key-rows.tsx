import { useState } from 'preact/hooks'
import { ACTION_WORDS, COMBINATION_WORDS, refusalWords } from './action-words.ts'
import { KEYED_ACTIONS, type KeyedAction, keyName, keyOf, refusalOf, toKey } from './key-map.ts'
import { keyChoices, resetKeys, setKey } from './settings.ts'

/** Said of the last change, or why there was none. */
interface Said {
  readonly text: string
  readonly isTrouble: boolean
}

const MODIFIERS = new Set([
  'Shift',
  'Control',
  'Alt',
  'AltGraph',
  'Meta',
  'CapsLock',
  'NumLock',
  'Fn',
  'Dead',
  'Process'
])

/** Every key that can be another, with the one it is now; kept in this browser. */
export function KeyRows() {
  const [listening, setListening] = useState<KeyedAction | undefined>(undefined)
  const [said, setSaid] = useState<Said>({ text: '', isTrouble: false })
  const tell = (text: string, isTrouble = false) => setSaid({ text, isTrouble })
  const give = (action: KeyedAction, key: string) => {
    const refusal = key === '' ? undefined : refusalOf(keyChoices.value, action, key)
    // Another key may be tried at once.
    if (refusal !== undefined) return tell(refusalWords(refusal), true)
    setKey(action, key)
    setListening(undefined)
    tell(`${key === '' ? 'No key' : keyName(key)}: ${ACTION_WORDS[action]}.`)
  }
  const hear = (action: KeyedAction, event: KeyboardEvent) => {
    // Out of it by Tab, as out of every other control.
    if (event.key === 'Tab') return setListening(undefined)
    event.preventDefault()
    if (event.repeat || MODIFIERS.has(event.key)) return
    if (event.key === 'Escape') return setListening(undefined)
    if (event.ctrlKey || event.altKey || event.metaKey) return tell(COMBINATION_WORDS, true)
    give(action, event.key === 'Delete' || event.key === 'Backspace' ? '' : toKey(event.key))
  }
  return (
    <>
      <dl class="key-rows">
        {KEYED_ACTIONS.map(action => (
          <KeyRow
            key={action}
            action={action}
            isListening={listening === action}
            onListen={isOn => {
              setListening(isOn ? action : undefined)
              if (isOn) tell('Press the key; Delete for none, Escape leaves it as it is.')
            }}
            onKey={event => hear(action, event)}
            onNone={() => give(action, '')}
          />
        ))}
      </dl>
      <p class="key-said" role="status" data-trouble={said.isTrouble}>
        {said.text}
      </p>
      <button
        type="button"
        class="button"
        onClick={() => {
          resetKeys()
          setListening(undefined)
          tell('All keys are as they were at first.')
        }}
      >
        Back to the first keys
      </button>
    </>
  )
}

interface RowProps {
  readonly action: KeyedAction
  readonly isListening: boolean
  readonly onListen: (isOn: boolean) => void
  readonly onKey: (event: KeyboardEvent) => void
  readonly onNone: () => void
}

function KeyRow({ action, isListening, onListen, onKey, onNone }: RowProps) {
  const key = keyOf(keyChoices.value, action)
  const shown = key === undefined ? 'none' : keyName(key)
  const words = ACTION_WORDS[action]
  return (
    <div>
      <dt>
        <button
          type="button"
          class="button key-button"
          data-keyed={action}
          data-listening={isListening}
          aria-label={isListening ? `Press a key for: ${words}` : `${shown}, change the key of: ${words}`}
          onClick={() => onListen(!isListening)}
          onKeyDown={event => (isListening ? onKey(event) : undefined)}
          onBlur={() => (isListening ? onListen(false) : undefined)}
        >
          {isListening ? 'Press …' : shown}
        </button>
      </dt>
      <dd>{words}</dd>
      <dd>
        <button
          type="button"
          class="button quiet"
          disabled={key === undefined}
          aria-label={`No key for: ${words}`}
          onClick={onNone}
        >
          No key
        </button>
      </dd>
    </div>
  )
}
