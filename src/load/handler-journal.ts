import type { Ev, Snapshot } from '../delivery/protocol.ts'
import type { CrowdRow, CrowdWord } from './crowd-words.ts'

const MAX_EVENT_IDS = 4_000

/** A pop that came to this handler for the first time. */
export interface FreshPop {
  readonly call: string
  readonly popId: string
}

/** What one handler's client was told and said, as rows for the book: the same for a thread's client and for a browser. */
export class HandlerJournal {
  readonly #desk: number
  readonly #write: (row: CrowdRow) => void
  readonly #popped = new Set<string>()
  /** What went straight to the socket comes again with its place in the log, and every client drops that. */
  readonly #eventIds = new Set<string>()

  constructor(desk: number, write: (row: CrowdRow) => void) {
    this.#desk = desk
    this.#write = write
  }

  /** Notes what the gateway said; answers the pops that are new to this handler. */
  heard(message: Ev | Snapshot, at: number): readonly FreshPop[] {
    if (message.t === 'snapshot') {
      return message.cards.flatMap(({ call, pop, panels }) => {
        const fresh = this.#onPop(call, pop, at, true)
        for (const { panel } of panels) this.note(`panel:${panel.panel}`, call, at)
        return fresh
      })
    }
    const { ev, eventId } = message
    if (this.#eventIds.has(eventId)) return []
    keep(this.#eventIds, eventId)
    if (ev.type === 'call.pop') return this.#onPop(ev.call, ev.data, at)
    if (ev.type === 'call.panel') this.note(`panel:${ev.data.panel}`, ev.call, at)
    return []
  }

  /** Notes what an acknowledgement of the client names; nothing of any other message. */
  said(text: string, at: number): void {
    if (!text.startsWith('{"t":"ack"') || !text.includes('"pops"')) return
    const { pops = [] } = JSON.parse(text) as { readonly pops?: readonly string[] }
    for (const popId of pops) this.note('ack', popId.slice(2), at)
  }

  note(word: CrowdWord, call: string, at: number): void {
    this.#write([word, call, this.#desk, at])
  }

  #onPop(
    call: string,
    pop: { readonly popId: string; readonly offer: string; readonly escalated?: object },
    at: number,
    isSnapshot = false
  ): readonly FreshPop[] {
    if (pop.escalated !== undefined) this.note('passed-on', call, at)
    else if (pop.offer !== 'device') this.note('queue', call, at)
    else if (this.#popped.has(call)) {
      // A client that comes back is shown everything once more, and rings for none of it.
      if (!isSnapshot) this.note('again', call, at)
    } else {
      this.#popped.add(call)
      this.note('pop', call, at)
      return [{ call, popId: pop.popId }]
    }
    return []
  }
}

function keep(ids: Set<string>, id: string): void {
  ids.add(id)
  const [oldest] = ids
  if (ids.size > MAX_EVENT_IDS && oldest !== undefined) ids.delete(oldest)
}
