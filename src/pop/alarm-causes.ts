import type { CallId, ForceId, HandlerId, TrunkId } from '../call/ids.ts'
import type { Clock } from '../operations/lifecycle.ts'
import type { SignOn } from './address.ts'
import type { AlarmBook } from './alarm-book.ts'
import { callAlarm } from './call-alarms.ts'
import { isEmergency } from './escalation-words.ts'
import type { LateRingBacks } from './ring-back.ts'

interface Parts {
  readonly alarms: Pick<AlarmBook, 'raise' | 'revise' | 'end' | 'letGo' | 'openOf'>
  readonly signOnOf: (handler: HandlerId) => SignOn | undefined
  readonly node: string
  readonly clock: Clock
}

/** A level must last this long: a server that starts again is no news. */
const LEVEL_LASTS_MS = 3_000
/** A screen must be silent this long beyond what already counts as hidden or stale. */
const SILENT_LASTS_MS = 5_000
/** Told from this level on; at level 1 the panels themselves say what is missing. */
const FIRST_LEVEL = 2
const URGENT_LEVEL = 4
/** Share of a limit, in percent, from which it is told, from which it is urgent, and below which it is over. */
const FILLING = 60
const NEARLY_FULL = 80
const ROOM_AGAIN = 50
/** An overload comes in waves: it is over when nothing was lost for so long. */
const NOTHING_LOST_MS = 30_000

/** What the parts of a gateway know, as the alarms it makes: each part tells how it stands, as often as it likes. */
export class AlarmCauses {
  readonly #parts: Parts
  #level = 0
  #levelSince: number
  #quarantined = 0
  /** Lines whose callers wait to be rung back past their time; no more than there are lines. */
  #late: ReadonlySet<string> = new Set()
  /** Monotonic ms at which a message of a switch was lost last, while that is an alarm. */
  #lostAt: number | undefined
  /** Handlers whose screen is not live, and since when by the monotonic clock; no more than are signed on. */
  readonly #silent = new Map<HandlerId, { readonly attention: string; readonly since: number }>()

  constructor(parts: Parts) {
    this.#parts = parts
    this.#levelSince = parts.clock.monotonicMs()
  }

  /** The service level, told every second. */
  onLevel(level: number, why = ''): void {
    const { alarms, node, clock } = this.#parts
    const now = clock.monotonicMs()
    const key = `level:${node}`
    if (level !== this.#level) {
      this.#level = level
      this.#levelSince = now
      alarms.end(key, 'itself', level < FIRST_LEVEL ? 'Everything is back.' : `It is at level ${level} now.`)
    }
    if (level < FIRST_LEVEL || now - this.#levelSince < LEVEL_LASTS_MS) return
    alarms.raise({ code: 'level', key, isUrgent: level >= URGENT_LEVEL, data: { level, why } })
  }

  /** A handler's screen is live, hidden, stale or gone while they are signed on. */
  onPresence(handler: HandlerId, attention: string): void {
    const { alarms, clock } = this.#parts
    if (attention === 'live') {
      this.#silent.delete(handler)
      alarms.end(`console-silent:${handler}`, 'itself', 'The screen is back.')
    } else if (!this.#silent.has(handler)) this.#silent.set(handler, { attention, since: clock.monotonicMs() })
  }

  /** Called every second: screens that have been silent for a while; a page that is loaded anew is none. */
  tick(): void {
    const { alarms, signOnOf, clock } = this.#parts
    this.#endLost()
    for (const [handler, { attention, since }] of this.#silent) {
      const signOn = signOnOf(handler)
      const key = `console-silent:${handler}`
      if (signOn === undefined) this.#silent.delete(handler)
      else if (clock.monotonicMs() - since >= SILENT_LASTS_MS) {
        const { force, position } = signOn
        alarms.raise({ code: 'console-silent', key, force, data: { handler, position, state: attention } })
      }
    }
    for (const { key } of alarms.openOf('console-silent')) {
      const handler = key.slice(key.indexOf(':') + 1)
      if (signOnOf(handler) === undefined) alarms.end(key, 'itself', 'The handler has signed off.')
    }
  }

  /** A 999 trunk is quieter than it ever is at this hour, or rings again. */
  onQuiet(trunk: TrunkId, isQuiet: boolean, { force, minutes = 0 }: { force?: ForceId; minutes?: number } = {}): void {
    const key = `quiet-line:${trunk}:${force ?? ''}`
    if (!isQuiet) this.#parts.alarms.end(key, 'itself', 'A call has come in.')
    else {
      const of = force === undefined ? {} : { force }
      this.#parts.alarms.raise({ code: 'quiet-line', key, ...of, data: { trunk, minutes: Math.round(minutes) } })
    }
  }

  /** The link to a switch is broken or has lost messages. */
  onLinkGap(trunk: TrunkId, why: string | undefined, isUrgent = false): void {
    const key = `link-gap:${trunk}`
    if (why === undefined) this.#parts.alarms.end(key, 'itself', 'The link is whole again.')
    else this.#parts.alarms.raise({ code: 'link-gap', key, isUrgent, data: { trunk, why } })
  }

  onNodeLost(node: string): void {
    this.#parts.alarms.raise({ code: 'node-lost', key: `node-lost:${node}`, data: { node } })
  }

  onSiteLost(site: string, isLost: boolean): void {
    const key = `site-lost:${site}`
    if (isLost) this.#parts.alarms.raise({ code: 'site-lost', key, data: { site } })
    else this.#parts.alarms.end(key, 'itself', 'A gateway of the site is back.')
  }

  /** `why` is missing where the test call popped. */
  onSynthetic(why: string | undefined): void {
    const { alarms, node } = this.#parts
    const key = `synthetic-failed:${node}`
    if (why === undefined) alarms.end(key, 'itself', 'A test call has popped.')
    else alarms.raise({ code: 'synthetic-failed', key, data: { why } })
  }

  /** Messages of the switches found no room here. */
  onMessagesLost(): void {
    const { alarms, node, clock } = this.#parts
    this.#lostAt = clock.monotonicMs()
    alarms.raise({ code: 'messages-lost', key: `messages-lost:${node}` })
  }

  onQueueSilent(isSilent: boolean): void {
    const { alarms, node } = this.#parts
    const key = `queue-silent:${node}`
    if (isSilent) alarms.raise({ code: 'queue-silent', key })
    else alarms.end(key, 'itself', 'The queue works again.')
  }

  /** One more event that PostgreSQL will never take. */
  onQuarantined(): void {
    const { alarms, node } = this.#parts
    this.#quarantined += 1
    alarms.raise({
      code: 'events-quarantined',
      key: `events-quarantined:${node}`,
      data: { count: this.#quarantined }
    })
  }

  onSpoolBytes(bytes: number, maxBytes: number): void {
    this.#filling('spool-filling', `spool-filling:${this.#parts.node}`, (bytes / maxBytes) * 100, {})
  }

  /** Some other store or list with a limit; `what` in a few words, the same each time. */
  onFilling(what: string, used: number, max: number): void {
    this.#filling('records-filling', `records-filling:${this.#parts.node}:${what}`, (used / max) * 100, { what })
  }

  /** `why` is missing where the upkeep of that name is done; `what` in a few words, the same each time. */
  onUpkeep(what: string, why: string | undefined): void {
    const key = `record-upkeep:${this.#parts.node}:${what}`
    if (why === undefined) this.#parts.alarms.end(key, 'itself', 'It is done.')
    else this.#parts.alarms.raise({ code: 'record-upkeep', key, data: { what, why } })
  }

  /** Lines of which calls are past the time to be rung back, told every few seconds: all there are. */
  onLateRingBacks(late: readonly LateRingBacks[]): void {
    const { alarms } = this.#parts
    const now = new Set<string>()
    for (const { force, line, overdue: count } of late) {
      const key = `ring-backs-late:${force}:${line}`
      now.add(key)
      alarms.revise({ code: 'ring-backs-late', key, force, isUrgent: line === '999', data: { line, count } })
    }
    for (const key of this.#late) if (!now.has(key)) alarms.letGo(key, 'All of them are dealt with or put off.')
    this.#late = now
  }

  /** Somebody dealt with the call in the ledger: the alarm about it is over with that. */
  onLedgerClosed(callId: CallId, by: string, reason: string): void {
    for (const code of ['abandoned-999', 'silent-999']) this.#parts.alarms.end(`${code}:${callId}`, by, reason)
  }

  /** A handler's key, or the switch, says that the caller cannot speak. */
  onSilent(call: { readonly callId: CallId; readonly force: ForceId; readonly line: string }): void {
    if (isEmergency(call)) this.#parts.alarms.raise(callAlarm('silent-999', call))
  }

  #endLost(): void {
    const { alarms, node, clock } = this.#parts
    if (this.#lostAt === undefined || clock.monotonicMs() - this.#lostAt < NOTHING_LOST_MS) return
    this.#lostAt = undefined
    alarms.end(`messages-lost:${node}`, 'itself', 'All that comes is read.')
  }

  #filling(
    code: 'spool-filling' | 'records-filling',
    key: string,
    percent: number,
    data: Readonly<Record<string, string>>
  ): void {
    const { alarms } = this.#parts
    if (percent < ROOM_AGAIN) alarms.end(key, 'itself', 'There is room again.')
    else if (percent >= NEARLY_FULL) {
      // Louder than before is another alarm.
      alarms.end(key, 'itself', 'It is nearly full now.')
      alarms.raise({ code, key: `${key}:urgent`, isUrgent: true, data: { ...data, percent: Math.floor(percent) } })
    } else if (percent >= FILLING) {
      alarms.raise({ code, key, data: { ...data, percent: Math.floor(percent) } })
    }
    if (percent < FILLING) alarms.end(`${key}:urgent`, 'itself', 'There is room again.')
  }
}
