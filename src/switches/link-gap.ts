/** Pings of one peer that its rhythm is taken from. */
const MAX_PINGS = 8
const MIN_PINGS = 4
/** Pings left out in a row that make a gap, by the peer's own rhythm. */
const LEFT_OUT = 3
/** A peer whose pauses differ more than this much has no rhythm. */
const UNEVEN = 2
/** Peers whose rhythm is kept; more than any config names. */
const MAX_PEERS = 20_000

interface Rhythm {
  readonly pings: number[]
  heardAt: number
  isGap: boolean
}

/**
 * Peers that pinged us regularly (OPTIONS) and have stopped, and say nothing else either: their link, or they, are gone.
 * Pure; times are monotonic milliseconds, handed in.
 */
export class LinkGap {
  readonly #peers = new Map<string, Rhythm>()

  /** Whatever a peer says proves that it is there; true when it had been missed. */
  note(peer: string, isPing: boolean, now: number): boolean {
    const known = this.#peers.get(peer)
    if (known === undefined && (!isPing || this.#peers.size >= MAX_PEERS)) return false
    const rhythm = known ?? { pings: [], heardAt: now, isGap: false }
    if (known === undefined) this.#peers.set(peer, rhythm)
    const wasGap = rhythm.isGap
    if (isPing) {
      // Its pause was no rhythm of its own.
      if (wasGap) rhythm.pings.length = 0
      rhythm.pings.push(now)
      if (rhythm.pings.length > MAX_PINGS) rhythm.pings.shift()
    }
    rhythm.heardAt = now
    rhythm.isGap = false
    return wasGap
  }

  /** Peers missed from now on, with how long each is silent and how often it used to ping. */
  missed(now: number): readonly { readonly peer: string; readonly silentMs: number; readonly everyMs: number }[] {
    const missed = []
    for (const [peer, rhythm] of this.#peers) {
      const everyMs = pauseOf(rhythm.pings)
      const silentMs = now - rhythm.heardAt
      if (rhythm.isGap || everyMs === undefined || silentMs <= LEFT_OUT * everyMs) continue
      rhythm.isGap = true
      missed.push({ peer, silentMs, everyMs })
    }
    return missed
  }
}

/** The middle pause between pings; undefined while they have no rhythm. */
function pauseOf(pings: readonly number[]): number | undefined {
  if (pings.length < MIN_PINGS) return undefined
  const pauses = pings.slice(1).map((at, index) => at - (pings[index] ?? at))
  const sorted = pauses.sort((a, b) => a - b)
  const middle = sorted[sorted.length >> 1] ?? 0
  const longest = sorted.at(-1) ?? 0
  return middle > 0 && longest <= UNEVEN * middle ? middle : undefined
}
