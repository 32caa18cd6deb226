import type { CallEvent } from '../call/call-event.ts'
import { reasonOf } from '../operations/errors.ts'
import { interval } from '../operations/lifecycle.ts'
import { firstCallAt, lineHistory, newestCalls } from '../records/line-history.ts'
import { LinkGap } from '../switches/link-gap.ts'
import { type PastHour, QuietLine } from '../switches/quiet-line.ts'
import { carriesEmergency } from '../switches/sip/emergency.ts'
import { hasPeer } from '../switches/sip/trunk-table.ts'
import type { TakeEvent } from '../switches/switch-driver.ts'
import type { Base } from './base.ts'
import type { Stores } from './open-stores.ts'

/** Told at every change: a line of a trunk has fallen silent, or is heard again. */
export type OnQuiet = (line: {
  readonly trunk: string
  readonly line: string
  readonly isQuiet: boolean
  readonly silentMs: number
}) => void
/** Told at every change: a peer of a trunk no longer says that it is there, or does again. */
export type OnLinkGap = (link: { readonly trunk: string; readonly isGap: boolean; readonly why: string }) => void

export interface QuietWatch {
  /** The same door, which every event of every switch goes through, seen from here. */
  readonly noting: (take: TakeEvent) => TakeEvent
  /** Every request of a SIP peer; a ping is an OPTIONS. */
  readonly heard: (peer: string, isPing: boolean) => void
}

interface Watched {
  readonly trunk: string
  readonly line: string
  readonly judge: QuietLine
  calls: number
  isQuiet: boolean
}

const JUDGE_MS = 5_000
const POLL_MS = 10_000
/** As far back as the same hour of the week is looked up. */
const WEEKS = 8
const WEEK_MS = 7 * 86_400_000
/** The past changes slowly. */
const LEARN_MS = 6 * 3_600_000

/**
 * Lines that carry 999 and bring nothing, while everything here is well: nobody else would notice (reliability.md F33).
 * And switches that no longer say that they are there.
 */
export function startQuietWatch(
  base: Base,
  { pool }: Stores,
  ports: { readonly hasOthers: () => boolean; readonly onQuiet?: OnQuiet; readonly onLinkGap?: OnLinkGap }
): QuietWatch {
  const watch = new LineWatch(base, pool, ports)
  const gaps = new GapWatch(base, ports.onLinkGap ?? (() => {}))
  if (!base.config.quietLine.isWatched) return { noting: take => take, heard: () => {} }
  watch.learn()
  const { releases } = base
  releases.push(
    'past of lines',
    interval(() => watch.learn(), LEARN_MS)
  )
  releases.push(
    'calls elsewhere',
    interval(() => watch.poll(), POLL_MS)
  )
  releases.push(
    'quiet lines',
    interval(() => {
      watch.judge()
      gaps.judge()
    }, JUDGE_MS)
  )
  return {
    noting: take => event => {
      watch.note(event)
      return take(event)
    },
    heard: (peer, isPing) => gaps.heard(peer, isPing)
  }
}

class LineWatch {
  readonly #base: Base
  readonly #pool: Stores['pool']
  readonly #ports: Parameters<typeof startQuietWatch>[2]
  readonly #lines: readonly Watched[]
  readonly #byName: ReadonlyMap<string, Watched>
  #past = new Map<string, PastHour>()
  /** When the record last said what other gateways have. */
  #polledAt: number
  #calls = 0

  constructor(base: Base, pool: Stores['pool'], ports: Parameters<typeof startQuietWatch>[2]) {
    this.#base = base
    this.#pool = pool
    this.#ports = ports
    const now = base.clock.now()
    this.#polledAt = now
    const { trunks, switches } = base.config
    this.#lines = [...trunks, ...switches].filter(carriesEmergency).flatMap(({ id: trunk, numbers }) =>
      [...new Set(numbers.map(({ line }) => line))].map(line => ({
        ...{ trunk, line, calls: 0, isQuiet: false },
        judge: new QuietLine(base.config.quietLine, now)
      }))
    )
    this.#byName = new Map(this.#lines.map(each => [nameOf(each.trunk, each.line), each]))
  }

  note(event: CallEvent): void {
    if (event.kind !== 'offered' || event.test === true) return
    const watched = this.#byName.get(nameOf(event.trunk, event.line))
    this.#calls += 1
    if (watched === undefined) return
    watched.calls += 1
    watched.judge.note(event.receivedAt, this.#calls - watched.calls)
  }

  /** The same hours of earlier weeks. Without the record there is only what is counted here. */
  learn(): void {
    const { clock, log } = this.#base
    const now = clock.now()
    const since = now - WEEKS * WEEK_MS
    Promise.all([lineHistory(this.#pool, since), firstCallAt(this.#pool)]).then(
      ([rows, first]) => {
        // Of a part of a week nothing can be said: the hours it lacks would count as silent.
        const weeks = Math.floor((now - Math.max(since, first ?? now)) / WEEK_MS)
        this.#past = new Map(
          weeks < 1
            ? []
            : rows.map(row => [`${nameOf(row.trunk, row.line)}|${row.hourOfWeek}`, { calls: row.calls, hours: weeks }])
        )
      },
      (thrown: unknown) => log.debug('line.past', { reason: reasonOf(thrown) })
    )
  }

  poll(): void {
    const { clock, log } = this.#base
    const now = clock.now()
    newestCalls(this.#pool, this.#polledAt - POLL_MS).then(
      rows => {
        this.#polledAt = Math.max(this.#polledAt, now)
        for (const { trunk, line, at } of rows) this.#byName.get(nameOf(trunk, line))?.judge.noteElsewhere(at)
      },
      (thrown: unknown) => log.debug('line.elsewhere', { reason: reasonOf(thrown) })
    )
  }

  judge(): void {
    const { clock, metrics, log } = this.#base
    // What other gateways have is not known beyond this.
    const now = this.#ports.hasOthers() ? Math.min(clock.now(), this.#polledAt + POLL_MS) : clock.now()
    for (const watched of this.#lines) {
      const { trunk, line, judge } = watched
      const name = nameOf(trunk, line)
      const isQuiet = judge.isQuiet(now, this.#calls - watched.calls, hour => this.#past.get(`${name}|${hour}`))
      metrics.lineQuiet.set({ trunk, line }, isQuiet ? 1 : 0)
      if (isQuiet === watched.isQuiet) continue
      watched.isQuiet = isQuiet
      const silentMs = Math.max(0, now - judge.since)
      if (isQuiet) log.error('line.quiet', { trunk, line, reason: `no call for ${Math.round(silentMs / 1000)} s` })
      else log.info('line.heard', { trunk, line })
      this.#ports.onQuiet?.({ trunk, line, isQuiet, silentMs })
    }
    this.#tellHealth()
  }

  #tellHealth(): void {
    const quiet = this.#lines.filter(({ isQuiet }) => isQuiet).map(({ trunk, line }) => `${line} on ${trunk}`)
    const why = `Quieter than it ever is at this hour: ${quiet.join(', ')}`
    this.#base.health.set('lines', quiet.length === 0 ? { ok: true } : { ok: false, why })
  }
}

class GapWatch {
  readonly #base: Base
  readonly #onLinkGap: OnLinkGap
  readonly #gaps = new LinkGap()

  constructor(base: Base, onLinkGap: OnLinkGap) {
    this.#base = base
    this.#onLinkGap = onLinkGap
  }

  heard(peer: string, isPing: boolean): void {
    if (!this.#gaps.note(peer, isPing, this.#base.clock.monotonicMs())) return
    this.#tell(peer, false, 'it is heard again')
  }

  judge(): void {
    for (const { peer, silentMs, everyMs } of this.#gaps.missed(this.#base.clock.monotonicMs())) {
      const seconds = (ms: number) => Math.round(ms / 1000)
      this.#tell(peer, true, `it pinged every ${seconds(everyMs)} s and has said nothing for ${seconds(silentMs)} s`)
    }
  }

  #tell(peer: string, isGap: boolean, why: string): void {
    const { log, config, metrics } = this.#base
    for (const { id: trunk } of config.trunks.filter(each => hasPeer(each, peer))) {
      if (isGap) log.error('link.gap', { trunk, peer, reason: why })
      else log.info('link.back', { trunk, peer })
      if (isGap) metrics.linkGaps.inc({ trunk })
      this.#onLinkGap({ trunk, isGap, why })
    }
  }
}

function nameOf(trunk: string, line: string): string {
  return `${trunk}|${line}`
}
