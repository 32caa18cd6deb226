import type { CallId, HandlerId } from '../call/ids.ts'
import type { Lookup } from './lookup.ts'

/** What is written of a call: plain notes, and the six aspects of the assessment, each of which has one text that holds. */
export const NOTE_SUBJECTS = ['note', 'threat', 'harm', 'risk', 'investigation', 'vulnerability', 'engagement'] as const
export type NoteSubject = (typeof NOTE_SUBJECTS)[number]

/** Characters of one note: what one line of a panel can say. */
export const NOTE_MAX = 1_000
/** Of the reason for a changed assessment. */
export const NOTE_WHY_MAX = 200

export interface CallNote {
  readonly id: string
  readonly about: NoteSubject
  readonly text: string
  readonly why?: string
  readonly by: HandlerId
  /** Epoch ms. */
  readonly begunAt: number
  readonly savedAt: number
  /** Of this note: how often it was saved. */
  readonly version: number
  /** Its writer has finished it; else they may be writing still. */
  readonly isDone: boolean
  /** Of an aspect: how often it was written, this one being the last. */
  readonly versions: number
}

export interface CallNotes {
  /** The newest first; of each aspect the one that holds. */
  readonly items: readonly CallNote[]
  /** All there are, shown or not. */
  readonly total: number
}

export type ReadNotes = (callId: CallId, signal: AbortSignal) => Promise<CallNotes>

interface Parts {
  readonly notes: ReadNotes
  readonly deadlineMs: number
  readonly now: () => number
}

const NO_CALL = '00000000-0000-0000-0000-000000000000' as CallId

/**
 * What was written of this call. Asked only of a call of which the record has had more to say than its switch: of a new
 * one nobody can have written anything, and no panel of it is sent.
 */
export function makeNotesLookup({ notes, deadlineMs, now }: Parts): Lookup<CallNotes> {
  return {
    name: 'notes',
    source: 'Handlers',
    deadlineMs,
    isOf: ({ lateFixes }) => lateFixes !== undefined,
    probe: signal => notes(NO_CALL, signal),
    ask: async ({ callId }, signal) => {
      const value = await notes(callId, signal)
      return value.items.length === 0 ? { kind: 'none' } : { kind: 'found', value, asOf: now() }
    }
  }
}
