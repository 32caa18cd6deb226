import type { HandlerId } from '../call/ids.ts'
import { isSynthetic } from '../call/synthetic.ts'
import { reasonOf } from '../operations/errors.ts'
import { type Clock, interval, type Stop } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import type { SignOnDirectory } from '../pop/sign-on-directory.ts'

/** `live`: a screen that answers. `hidden`: out of sight for a while. `stale`: silent. `gone`: no socket. */
export type Attention = 'live' | 'hidden' | 'stale' | 'gone'

/** What is known of a handler's screen, and since when (epoch ms). */
export interface Presence {
  readonly attention: Attention
  readonly sinceAt: number
}

/** As the record keeps it. */
export interface PresenceRow extends Presence {
  readonly handler: HandlerId
}

export interface RecordedPresence extends PresenceRow {
  readonly node: string
}

interface Noted extends Presence {
  /** The node that saw it. */
  readonly node: string
}

interface Parts {
  readonly node: string
  readonly signOns: Pick<SignOnDirectory, 'of' | 'all'>
  readonly record: (rows: readonly PresenceRow[]) => Promise<void>
  readonly read: (withinMs?: number) => Promise<readonly RecordedPresence[]>
  /** Told of every change, whichever node saw it; for whoever has to act when nobody looks at a pop. */
  readonly onPresence?: (handler: HandlerId, presence: Presence) => void
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
}

const ATTENTIONS: readonly Attention[] = ['live', 'hidden', 'stale', 'gone']
const TICK_MS = 1_000
/** Ticks between two readings of what other nodes have recorded. */
const READ_EVERY = 2
/** A reading goes back this far, so that one that failed, or a write that was slow to commit, is made good. */
const READ_WITHIN_MS = 15_000
/** Everything is read after so many ticks without a good reading. */
const READ_ALL_AFTER = 10
/** A screen that is back this soon was never gone for the record: a network that breaks must not flood it. */
const GONE_SETTLES_MS = 2_000
const ROWS_AT_ONCE = 500

/**
 * Who looks at their screen: live, hidden, stale or gone for every handler who is signed on, as this node sees it, and
 * as the record has it from the others. Known without Redis.
 */
export class ConsolePresence {
  readonly #parts: Parts
  /** Bounded by the sign-ons: whoever is signed on no more is left out at the next tick. */
  readonly #noted = new Map<HandlerId, Noted>()
  /** Of those, whose screen answers, on any node: few, when a force has lost its links. */
  readonly #live = new Set<HandlerId>()
  /** Seen here, and not recorded yet. */
  readonly #unrecorded = new Set<HandlerId>()
  #stop: Stop = () => {}
  #ticks = 0
  #badReadings = READ_ALL_AFTER
  #isBusy = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  start(): void {
    this.#stop = interval(() => {
      this.tick()
    }, TICK_MS)
  }

  /** What is not recorded yet is lost with this node; whoever holds the sockets next says it anew. */
  stop(): void {
    this.#stop()
  }

  /** As the socket's owner sees it; cheap when nothing has changed. */
  note(handler: HandlerId, attention: Attention): void {
    const known = this.#noted.get(handler)
    const { node, clock } = this.#parts
    if (known?.attention === attention && known.node === node) return
    // That it is no more here says nothing when another node has it.
    if (attention === 'gone' && known !== undefined && known.node !== node) return
    this.#put(handler, { attention, sinceAt: clock.now(), node })
    this.#unrecorded.add(handler)
  }

  /** Of a handler who is signed on; without any word of their screen it is gone. */
  of(handler: HandlerId): Presence {
    return this.#noted.get(handler) ?? { attention: 'gone', sinceAt: 0 }
  }

  /** Whose screen answers; some of them may have signed off a moment ago. */
  live(): ReadonlySet<HandlerId> {
    return this.#live
  }

  #put(handler: HandlerId, noted: Noted): void {
    const known = this.#noted.get(handler)
    this.#noted.set(handler, noted)
    if (noted.attention === 'live') this.#live.add(handler)
    else this.#live.delete(handler)
    if (known?.attention !== noted.attention) this.#parts.onPresence?.(handler, noted)
  }

  /** Every second: to the record what was seen here, from the record what was seen elsewhere. Never rejects. */
  async tick(): Promise<void> {
    this.#forgetSignedOff()
    this.#count()
    if (this.#isBusy) return
    this.#isBusy = true
    try {
      await this.#exchange()
    } catch (thrown) {
      // PostgreSQL is away, which others have told; the next tick tries again.
      this.#parts.log.debug('presence.record', { reason: reasonOf(thrown) })
    }
    this.#isBusy = false
  }

  async #exchange(): Promise<void> {
    await this.#record()
    this.#ticks += 1
    if (this.#ticks % READ_EVERY > 0) return
    const isAll = this.#badReadings >= READ_ALL_AFTER
    this.#badReadings += READ_EVERY
    for (const row of await this.#parts.read(isAll ? undefined : READ_WITHIN_MS)) this.#heard(row)
    this.#badReadings = 0
  }

  async #record(): Promise<void> {
    const settled = this.#parts.clock.now() - GONE_SETTLES_MS
    const rows: PresenceRow[] = []
    for (const handler of this.#unrecorded) {
      const noted = this.#noted.get(handler)
      if (noted === undefined) this.#unrecorded.delete(handler)
      else if (noted.attention !== 'gone' || noted.sinceAt <= settled) rows.push({ handler, ...noted })
      if (rows.length >= ROWS_AT_ONCE) break
    }
    if (rows.length === 0) return
    await this.#parts.record(rows)
    for (const { handler, sinceAt } of rows) {
      if (this.#noted.get(handler)?.sinceAt === sinceAt) this.#unrecorded.delete(handler)
    }
    if (rows.length >= ROWS_AT_ONCE) await this.#record()
  }

  /** What another node has recorded holds, unless the screen is here, or was and the record does not know yet. */
  #heard({ handler, attention, sinceAt, node }: RecordedPresence): void {
    const known = this.#noted.get(handler)
    const isHere = known?.node === this.#parts.node && known.attention !== 'gone'
    // We were taken for lost for a while.
    if (isHere && attention !== known.attention) this.#unrecorded.add(handler)
    const isOurs = isHere || this.#unrecorded.has(handler) || node === this.#parts.node
    if (!isOurs && this.#parts.signOns.of(handler) !== undefined) this.#put(handler, { attention, sinceAt, node })
  }

  #forgetSignedOff(): void {
    for (const handler of this.#noted.keys()) {
      if (this.#parts.signOns.of(handler) !== undefined) continue
      this.#noted.delete(handler)
      this.#live.delete(handler)
    }
  }

  #count(): void {
    const counts = new Map<Attention, number>()
    for (const { handler } of this.#parts.signOns.all()) {
      if (isSynthetic(handler)) continue
      const { attention } = this.of(handler)
      counts.set(attention, (counts.get(attention) ?? 0) + 1)
    }
    for (const state of ATTENTIONS) this.#parts.metrics.consoles.set({ state }, counts.get(state) ?? 0)
  }
}
