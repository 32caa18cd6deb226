import { type KeyedAction, type KeyRefusal, keyName } from './key-map.ts'

/** What each key does, for the help sheet and the palette. */
export const ACTION_WORDS: Readonly<Record<KeyedAction, string>> = {
  'take-next': 'Take the next call that rings, and open it',
  'confirm-place': 'Say that the caller is at the place that is offered, or at the best one',
  find: 'Find a person by name, number or address',
  'hand-over': 'Hand the open call over: grade, who goes, and a note',
  acknowledge: 'Acknowledge the first alarm that waits for this desk',
  'next-zone': 'Go to the next part of the screen: calls, open call, top bar',
  'first-link': 'Go to the first incident that may be the same; Enter links the call to it',
  'type-place': 'Type where the caller is: an address, a postcode, a grid reference, or latitude and longitude',
  'incident-place': 'Say where the incident is, when it is elsewhere than the caller',
  'say-number': 'Type another number, as the caller says it',
  'ring-backs': 'Open the list of calls to be rung back',
  'left-out': 'See which units cannot be sent, and why',
  note: 'Write a note on the open call; Ctrl and Enter finish it',
  help: 'Keys and screen: this help'
}

/** Why a key was not given to an action, and who has it. */
export function refusalWords(refusal: KeyRefusal): string {
  const key = keyName(refusal.key)
  switch (refusal.kind) {
    case 'browser':
      return `${key} is the browser’s own: ${refusal.what}.`
    case 'screen':
      return `${key} is needed on this screen: ${refusal.what}.`
    case 'taken':
      return `${key} is taken: ${ACTION_WORDS[refusal.by]}.`
    case 'unknown':
      return `${key} can be no shortcut: take F2, F4, F7 to F9, F13 to F24, or a key that types one character.`
  }
}

/** Ctrl and Alt with another key are nobody’s to give. */
export const COMBINATION_WORDS = 'Keys together with Ctrl, Alt or the system’s key are the browser’s own.'
