import { type CallId, type HandlerId, UUID_PATTERN } from '../call/ids.ts'
import type { Clock } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import { type Done, refused } from '../pop/command-result.ts'
import type { PopCourier } from '../pop/pop-courier.ts'
import { type NoteAct, type NoteResult, type NoteSaved, saveNote } from '../records/call-notes.ts'
import type { OpenCall } from '../records/journal-rows.ts'
import type { Base } from './base.ts'
import type { LateFixBook } from './late-fixes.ts'
import type { Stores } from './open-stores.ts'
import { ownCall } from './own-call.ts'
import type { Delivery } from './start-delivery.ts'

/** What a screen says of a note; its writer and the time are the gateway's to say. */
export type NoteSaid = Omit<NoteAct, 'callId' | 'handler' | 'at'>

/** `note.save`: what the handler has written so far. */
export interface NoteCommand {
  /** `open`: of a call that another gateway has, as the record has it. Rejects as the record does. */
  saveNote(by: HandlerId, callId: CallId, said: NoteSaid, open?: OpenCall): Promise<Done>
}

interface Parts {
  readonly courier: Pick<PopCourier, 'card' | 'foreignCard'>
  readonly save: (act: NoteAct) => Promise<NoteSaved>
  /** To the screens of a call that is here. */
  readonly tell: (callId: CallId, change: number) => void
  /** The record may have it, and only its answer was lost. */
  readonly onDoubt: (callId: CallId) => void
  readonly log: Pick<Log, 'info'>
  readonly metrics: Pick<Metrics, 'callNotes'>
  readonly clock: Pick<Clock, 'now'>
}

const UUID = new RegExp(`^${UUID_PATTERN}$`)

/**
 * Not done before the record has it; then every screen of the call shows it, whichever gateway holds them. Asked again with
 * the same version, it is done. Whoever has the call as their own may write, also when it is over and being written up.
 */
export function makeSaveNote({ courier, save, tell, onDoubt, log, metrics, clock }: Parts): NoteCommand {
  return {
    saveNote: async (handler, callId, said, open) => {
      const call = ownCall(courier, handler, callId, open)
      if (call === 'unknown') return refused('call.unknown', 'This call is no longer open.')
      if (call === 'not-entitled') return refused('call.not-entitled', 'This call is not yours to write of.')
      // PostgreSQL has no text with a NUL in it.
      if (!UUID.test(said.note) || said.text.includes('\0')) return REFUSALS['not-theirs']
      const { result, change } = await save({ ...said, callId, handler, at: clock.now() }).catch((thrown: unknown) => {
        onDoubt(callId)
        throw thrown
      })
      metrics.callNotes.inc({ result })
      if (result === 'saved' && said.isDone) log.info('note.finished', { callId, handler })
      if (result === 'saved' && change !== undefined) tell(callId, change)
      // Asked again: the screens may not have heard of it.
      if (result === 'as-it-was') onDoubt(callId)
      return result === 'saved' || result === 'as-it-was' ? { ok: true } : REFUSALS[result]
    }
  }
}

const REFUSALS: Readonly<Record<Exclude<NoteResult, 'saved' | 'as-it-was'>, Done>> = {
  finished: refused('note.finished', 'This note is finished. What is more to say is a note of its own.'),
  'not-theirs': refused('note.not-theirs', 'This note is not yours to write.'),
  'no-call': refused('call.try-again', 'The record does not have this call yet. Try again.'),
  'too-many': refused('note.too-many', 'This call has as many notes as one can have.')
}

interface NoteStages {
  readonly delivery: Pick<Delivery, 'courier'>
  readonly fixes: Pick<LateFixBook, 'tell' | 'doubt'>
}

export function startSaveNote(
  { log, metrics, clock, node }: Pick<Base, 'log' | 'metrics' | 'clock' | 'node'>,
  { pool }: Pick<Stores, 'pool'>,
  { delivery: { courier }, fixes }: NoteStages
): NoteCommand {
  return makeSaveNote({
    ...{ courier, log, metrics, clock },
    save: act => saveNote(pool, node, act),
    tell: (callId, change) => fixes.tell(callId, change, { isNote: true }),
    onDoubt: callId => fixes.doubt(callId)
  })
}
