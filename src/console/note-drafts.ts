import { type Signal, signal } from '@preact/signals'
import type { CmdArgs } from '../delivery/protocol.ts'
import { type CommandResult, makeUuid } from '../sdk/commands.ts'
import { realTime, type Stop, type Time } from '../sdk/time.ts'

type NoteArgs = Extract<CmdArgs, { readonly note: string }>
export type NoteSubject = NoteArgs['about']

/** What the handler is writing of one call. Held here until the record has it, whatever the link does meanwhile. */
export interface Draft {
  readonly text: string
  /** `waiting`: not on record yet, and tried again. `refused`: never will be, and why. */
  readonly state: 'empty' | 'waiting' | 'saved' | 'refused'
  /** Epoch ms by this machine at which the record had the text as it stands. */
  readonly savedAt?: number
  readonly why?: string
}

/** Finished, and on its way to the record. */
export interface Finished {
  readonly note: string
  readonly about: NoteSubject
  readonly text: string
  /** Refused for good, in words. */
  readonly why?: string
}

interface Writing {
  note: string
  version: number
  draft: Signal<Draft>
  isSaving: boolean
  stop: Stop
  /** When what is not saved yet was begun. */
  since: number | undefined
  finished: Signal<readonly Finished[]>
}

interface Parts {
  /** Never rejects. */
  readonly save: (args: NoteArgs) => Promise<CommandResult>
  readonly time: Pick<Time, 'after' | 'monotonicMs'>
  readonly now: () => number
  readonly makeId: () => string
}

/** Saved when the writer pauses for so long, and in any case so long after the first word that is not saved. */
const PAUSE_MS = 1_000
const AT_LAST_MS = 4_000
const AGAIN_MS = 3_000
/** Calls that something is written of on one screen. */
const MAX_CALLS = 100
const EMPTY: Draft = { text: '', state: 'empty' }

/** Said by a gateway that will not say anything else, however often it is asked. */
const FOR_GOOD = new Set(['call.not-entitled', 'call.unknown', 'note.not-theirs', 'note.too-many', 'command.unknown'])

/** What a handler writes, of each call by itself: saved while they write, and tried again until it is on record. */
export class NoteDrafts {
  readonly #parts: Parts
  readonly #calls = new Map<string, Writing>()
  /** Tries to bring what is finished to the record, by call. */
  readonly #underWay = new Map<string, Set<Promise<void>>>()
  readonly #retries = new Set<Stop>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  draftOf(call: string): Signal<Draft> {
    return this.#of(call).draft
  }

  /** What is not on record yet of what was finished. */
  finishedOf(call: string): Signal<readonly Finished[]> {
    return this.#of(call).finished
  }

  write(call: string, text: string): void {
    const writing = this.#of(call)
    if (writing.draft.value.text === text) return
    writing.draft.value = { ...writing.draft.value, text, state: 'waiting' }
    writing.since ??= this.#parts.time.monotonicMs()
    const left = AT_LAST_MS - (this.#parts.time.monotonicMs() - writing.since)
    this.#later(call, writing, Math.max(0, Math.min(PAUSE_MS, left)))
  }

  /** An unfinished note of this handler's, from before the page was loaded: they go on where they were. */
  resume(call: string, note: string, version: number, text: string): void {
    const writing = this.#of(call)
    if (writing.draft.value.state !== 'empty' || writing.finished.value.some(each => each.note === note)) return
    Object.assign(writing, { note, version })
    writing.draft.value = { text, state: 'saved' }
  }

  /** The draft is done with: it stands as it is, and what comes next is a note of its own. */
  finish(call: string): void {
    const writing = this.#of(call)
    const { text } = writing.draft.value
    if (text.trim() === '') return
    writing.stop()
    const args = this.#next(call, writing, { about: 'note', text, done: true })
    this.#renew(writing)
    void this.#send(writing, args)
  }

  /** A text of the assessment, which holds as soon as it is on record; `why` it is another than before. */
  assess(call: string, about: Exclude<NoteSubject, 'note'>, text: string, why?: string): void {
    const note = this.#parts.makeId()
    const reason = why === undefined || why === '' ? {} : { why }
    void this.#send(this.#of(call), { call, note, about, text, version: 1, done: true, ...reason })
  }

  /** Before the card is closed: what is written is finished and on record. False where that could not be had now. */
  async settle(call: string): Promise<boolean> {
    const writing = this.#calls.get(call)
    if (writing === undefined) return true
    this.finish(call)
    await Promise.all(this.#underWay.get(call) ?? [])
    return writing.finished.value.every(({ why }) => why !== undefined)
  }

  /** The card has left the screen. */
  forget(call: string): void {
    const writing = this.#calls.get(call)
    if (writing === undefined || writing.draft.value.state === 'waiting' || writing.finished.value.length > 0) return
    writing.stop()
    this.#calls.delete(call)
  }

  stop(): void {
    for (const writing of this.#calls.values()) writing.stop()
    this.#calls.clear()
    for (const stop of this.#retries) stop()
    this.#retries.clear()
  }

  #of(call: string): Writing {
    const known = this.#calls.get(call)
    if (known !== undefined) return known
    for (const other of this.#calls.keys()) {
      if (this.#calls.size < MAX_CALLS) break
      this.forget(other)
    }
    const writing: Writing = {
      ...{ note: this.#parts.makeId(), version: 0, isSaving: false, since: undefined },
      ...{ draft: signal(EMPTY), finished: signal([]), stop: () => {} }
    }
    this.#calls.set(call, writing)
    return writing
  }

  #renew(writing: Writing): void {
    Object.assign(writing, { note: this.#parts.makeId(), version: 0, since: undefined })
    writing.draft.value = EMPTY
  }

  #next(call: string, writing: Writing, what: Pick<NoteArgs, 'about' | 'text' | 'done'>): NoteArgs {
    writing.version += 1
    return { call, note: writing.note, version: writing.version, ...what }
  }

  #later(call: string, writing: Writing, ms: number): void {
    writing.stop()
    writing.stop = this.#parts.time.after(ms, () => void this.#save(call, writing))
  }

  /** What is written while the answer is awaited is saved after it. */
  async #save(call: string, writing: Writing): Promise<void> {
    const { text } = writing.draft.value
    if (writing.isSaving) return
    const args = this.#next(call, writing, { about: 'note', text, done: false })
    writing.isSaving = true
    writing.since = undefined
    const result = await this.#parts.save(args)
    writing.isSaving = false
    // Finished meanwhile: that has its own way to the record.
    if (writing.note !== args.note) return
    const now = writing.draft.value
    if (result.ok && now.text === text) {
      writing.draft.value = { text, state: text === '' ? 'empty' : 'saved', savedAt: this.#parts.now() }
    } else if (result.ok) this.#later(call, writing, PAUSE_MS)
    else if (result.code === 'note.finished') {
      Object.assign(writing, { note: this.#parts.makeId(), version: 0 })
      this.#later(call, writing, 0)
    } else if (FOR_GOOD.has(result.code)) writing.draft.value = { ...now, state: 'refused', why: result.text }
    else {
      writing.draft.value = { ...now, state: 'waiting', why: result.text }
      this.#later(call, writing, AGAIN_MS)
    }
  }

  #send(writing: Writing, args: NoteArgs): Promise<void> {
    const { note, about, text, call } = args
    writing.finished.value = [...writing.finished.value, { note, about, text }]
    return this.#try(writing, args, call)
  }

  #try(writing: Writing, args: NoteArgs, call: string): Promise<void> {
    const trying = this.#tryOnce(writing, args, call)
    const all = this.#underWay.get(call) ?? new Set()
    this.#underWay.set(call, all.add(trying))
    return trying.finally(() => {
      all.delete(trying)
      if (all.size === 0) this.#underWay.delete(call)
    })
  }

  async #tryOnce(writing: Writing, args: NoteArgs, call: string): Promise<void> {
    const result = await this.#parts.save(args)
    const { finished } = writing
    if (result.ok || result.code === 'note.finished') {
      finished.value = finished.value.filter(({ note }) => note !== args.note)
      return
    }
    if (FOR_GOOD.has(result.code)) {
      finished.value = finished.value.map(each => (each.note === args.note ? { ...each, why: result.text } : each))
      return
    }
    const stop = this.#parts.time.after(AGAIN_MS, () => {
      this.#retries.delete(stop)
      void this.#try(writing, args, call)
    })
    this.#retries.add(stop)
  }
}

/** As a screen makes them. */
export function makeNoteDrafts(save: Parts['save']): NoteDrafts {
  return new NoteDrafts({ save, makeId: makeUuid, time: realTime, now: () => Date.now() })
}
