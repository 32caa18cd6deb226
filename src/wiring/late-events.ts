import type { CallEvent } from '../call/call-event.ts'
import type { CallId } from '../call/ids.ts'
import type { KeptEvent } from '../journal/journal.ts'
import { reasonOf } from '../operations/errors.ts'
import { after, type Stop } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'

/** Events that wait for the record to say whose call they are of. */
const MAX_LATER = 10_000
const AGAIN_EVERY_MS = 500
/** Calls asked for side by side: a gateway that goes leaves hundreds, and a record that is busy needs its time for each. */
const AT_ONCE = 8
/** Events on their way to the record before the next are applied. */
const MAX_APPLYING = 32

interface Parts {
  /** Takes the event's call over, where it is not here; true when that is closed. Rejects as the record does. */
  readonly takeOver: (event: CallEvent, callId: CallId | undefined) => Promise<boolean>
  /** Until it is with its call: this process may not live to see that. */
  readonly keep: (event: CallEvent) => KeptEvent
  /** Through the door once more, without asking whose the call is. */
  readonly apply: (event: CallEvent) => Promise<unknown>
  readonly log: Log
}

/** `callId`: what we took the call for, where we had one. */
interface Late {
  readonly event: CallEvent
  readonly callId: CallId | undefined
  readonly letGo: () => void
}

/** Events that go through the door again when the record answers: call by call, those of one call in order. */
export class LateEvents {
  readonly #parts: Parts
  /** By the switch's name for the call. */
  readonly #waiting = new Map<string, Late[]>()
  readonly #applying: Promise<unknown>[] = []
  /** Names whose call is asked for now. */
  readonly #underWay = new Set<string>()
  #count = 0
  #isPaused = false
  #isStopped = false
  #stopAgain: Stop = () => {}

  constructor(parts: Parts) {
    this.#parts = parts
  }

  stop(): void {
    this.#isStopped = true
    this.#stopAgain()
  }

  /** `kept`: it is on the disk already. */
  add(event: CallEvent, { callId, kept }: { readonly callId?: CallId; readonly kept?: KeptEvent } = {}): void {
    if (this.#count >= MAX_LATER) {
      this.#parts.log.error('adoption.full', { count: this.#count })
      return
    }
    const name = `${event.trunk}|${event.switchCallId}`
    const late: Late = { event, callId, letGo: (kept ?? this.#parts.keep(event)).letGo }
    const ofCall = this.#waiting.get(name)
    if (ofCall === undefined) this.#waiting.set(name, [late])
    else ofCall.push(late)
    this.#count += 1
    this.#run()
  }

  #run(): void {
    while (!this.#isPaused && !this.#isStopped && this.#underWay.size < AT_ONCE) {
      const name = this.#next()
      if (name === undefined) return
      this.#underWay.add(name)
      this.#runOne(name)
        .catch(thrown => this.#pause(thrown))
        .finally(() => {
          this.#underWay.delete(name)
          this.#run()
        })
    }
  }

  /** Those under way are first, and few. */
  #next(): string | undefined {
    for (const name of this.#waiting.keys()) if (!this.#underWay.has(name)) return name
    return undefined
  }

  async #runOne(name: string): Promise<void> {
    const [first] = this.#waiting.get(name) ?? []
    const isClosed = first !== undefined && (await this.#parts.takeOver(first.event, first.callId))
    if (this.#isStopped) return
    const all = this.#takeAll(name)
    if (!isClosed) await this.#applyAll(all)
    else for (const { letGo } of all) letGo()
  }

  #pause(thrown: unknown): void {
    if (this.#isPaused || this.#isStopped) return
    this.#isPaused = true
    this.#parts.log.debug('adoption.later', { reason: reasonOf(thrown), count: this.#count })
    this.#stopAgain = after(AGAIN_EVERY_MS, () => {
      this.#isPaused = false
      this.#run()
    })
  }

  #takeAll(name: string): readonly Late[] {
    const all = this.#waiting.get(name) ?? []
    this.#waiting.delete(name)
    this.#count -= all.length
    return all
  }

  /** All that waits of one call in one go: a call that is over must not ring while others are asked for. */
  async #applyAll(all: readonly Late[]): Promise<void> {
    const { apply, log } = this.#parts
    for (const { event, letGo } of all) {
      const applied = apply(ofOthers(event))
        .catch(thrown => log.fault('adoption.event', thrown, { trunk: event.trunk }))
        .finally(letGo)
      this.#applying.push(applied)
    }
    // One that is quick is not held to one event at a time; a record that is slow slows this down.
    if (this.#applying.length >= MAX_APPLYING) await Promise.all(this.#applying.splice(0))
  }
}

/** What our driver knows of repeats it knows of our own calls: this one another node had first. */
function ofOthers(event: CallEvent): CallEvent {
  return event.kind === 'offered' ? { ...event, isNoRepeat: false } : event
}
