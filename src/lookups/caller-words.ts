import type { Call, CallingNumber } from '../call/call.ts'
import type { HandlerId } from '../call/ids.ts'

/*
 * What a handler says of who is calling, beside what the switch says: the caller gives another number, or is none of the
 * people held. It changes nothing of the call itself; whoever looks by number has it with the call.
 */

/** Who said it, and when (epoch ms). */
interface Said {
  readonly by: HandlerId
  readonly at: number
}

export interface CallerWords {
  /** The caller gives this number as theirs. Nobody vouches for it but they. */
  readonly number?: Said & { readonly number: CallingNumber }
  /** Nobody of those found by these numbers is the caller. */
  readonly none?: Said & { readonly e164s: readonly string[] }
}

/** A call, with what was said of its caller; `unread`: something may have been, and could not be read. */
export interface AskedCall extends Call {
  readonly words?: CallerWords | 'unread'
}

/** One act of the record. */
export interface CallerWord {
  readonly act: 'number' | 'number-back' | 'none' | 'none-back'
  readonly number?: CallingNumber
  readonly e164s?: readonly string[]
  readonly by: HandlerId
  readonly at: number
}

/** What holds after these, oldest first: the newest of each sort. */
export function wordsAfter(acts: readonly CallerWord[]): CallerWords {
  let words: CallerWords = {}
  for (const { act, number, e164s, by, at } of acts) {
    const { number: saidNumber, none: saidNone } = words
    if (act === 'number' && number !== undefined) words = { ...words, number: { number, by, at } }
    else if (act === 'number-back') words = saidNone === undefined ? {} : { none: saidNone }
    else if (act === 'none' && e164s !== undefined) words = { ...words, none: { e164s, by, at } }
    else if (act === 'none-back') words = saidNumber === undefined ? {} : { number: saidNumber }
  }
  return words
}

/** The number that the caller gives, as it is asked for. */
export function numberSaid({ words }: AskedCall): string | undefined {
  return typeof words === 'object' ? words.number?.number.e164 : undefined
}

/**
 * Whether it holds of all who may be found by these numbers that they are not the caller: a number that was not asked for
 * then may be theirs.
 */
export function isNoneOf({ words }: AskedCall, e164s: readonly string[]): boolean {
  const said = typeof words === 'object' ? words.none : undefined
  return said !== undefined && e164s.every(e164 => said.e164s.includes(e164))
}
