import type { LogEntry, ScreenEvent } from '../pop/session-log.ts'

/** What goes to a socket: an entry of the log, an event past the log (`seq` undefined), or a part of a snapshot. */
export type OutgoingMessage =
  | (Omit<LogEntry, 'seq'> & { readonly kind: 'event'; readonly seq: number | undefined })
  | { readonly kind: 'text'; readonly text: string }

interface Kept {
  readonly message: OutgoingMessage
  readonly bytes: number
  /** What a newer message of the same name may take the place of. */
  readonly name: string | undefined
}

/**
 * What a slow socket has not taken yet, in order. Of one panel of a call, and of the state of a call, only the newest
 * stays; nothing else is ever left out. A pop, a withdrawal or an alarm is one of its kind.
 */
export class WaitingMessages {
  readonly #kept = new Map<number, Kept>()
  readonly #newest = new Map<string, number>()
  #next = 0
  #bytes = 0

  get size(): number {
    return this.#kept.size
  }

  /** Of the events; the parts of a snapshot have a bound of their own. */
  get bytes(): number {
    return this.#bytes
  }

  /** True when it took the place of an older one. */
  push(message: OutgoingMessage): boolean {
    const bytes = message.kind === 'event' ? Buffer.byteLength(JSON.stringify(message.ev)) : 0
    const name = message.kind === 'event' ? replaceableName(message) : undefined
    const older = name === undefined ? undefined : this.#newest.get(name)
    const replaces = older !== undefined && isOlder(this.#kept.get(older)?.message, message)
    if (replaces) this.#remove(older)
    this.#kept.set(this.#next, { message, bytes, name })
    if (name !== undefined) this.#newest.set(name, this.#next)
    this.#bytes += bytes
    this.#next += 1
    return replaces
  }

  /** The oldest, taken out. */
  shift(): OutgoingMessage | undefined {
    const [first] = this.#kept
    if (first === undefined) return undefined
    this.#remove(first[0])
    return first[1].message
  }

  clear(): void {
    this.#kept.clear()
    this.#newest.clear()
    this.#bytes = 0
  }

  #remove(at: number): void {
    const kept = this.#kept.get(at)
    if (kept === undefined) return
    this.#kept.delete(at)
    if (kept.name !== undefined && this.#newest.get(kept.name) === at) this.#newest.delete(kept.name)
    this.#bytes -= kept.bytes
  }
}

/** Past the log and by it are two rows: one that has a place in the log must not be replaced by one that has none. */
function replaceableName({
  ev,
  seq
}: {
  readonly ev: ScreenEvent
  readonly seq: number | undefined
}): string | undefined {
  const way = seq === undefined ? 'direct' : 'log'
  if (ev.type === 'call.panel') return `${way} ${ev.call} ${ev.data.panel}`
  return ev.type === 'call.state' ? `${way} ${ev.call}` : undefined
}

/** A late repeat of an older revision replaces nothing: the client decides by revisions, and so do we. */
function isOlder(known: OutgoingMessage | undefined, fresh: OutgoingMessage): boolean {
  return known?.kind === 'event' && fresh.kind === 'event' && known.ev.rev <= fresh.ev.rev
}
