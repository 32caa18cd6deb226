import type { HandlerId } from '../call/ids.ts'
import { reasonOf } from '../operations/errors.ts'
import { after, type Clock } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import { isPoison } from '../operations/postgres.ts'
import type { SignOn } from './address.ts'
import { type AlarmCause, type AlarmRecord, alarmRevision, inNewWords, type KeptAlarm, makeAlarm } from './alarm.ts'
import type { AlarmCode } from './alarm-catalogue.ts'
import { hearersOf, toldOf } from './alarm-hearers.ts'
import { AlarmRate, RATE_WINDOW_MS } from './alarm-rate.ts'
import { AlarmShelf, type HeldAlarm } from './alarm-shelf.ts'
import { AlarmTeller, alarmForLog } from './alarm-teller.ts'
import type { RevisedAlarm } from './board.ts'
import { type Done, refused } from './command-result.ts'
import type { Send } from './screen-sender.ts'

interface Parts {
  readonly record: AlarmRecord
  readonly signOns: () => Iterable<SignOn>
  readonly send: (sends: readonly Send[]) => Promise<void>
  /** Straight to this node's screens. */
  readonly sendDirect: (send: Send) => void
  readonly node: string
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
}

/** The record has this long; then the alarm goes to the screens without it, and is written later. */
const RECORD_MS = 300
const KEEP_EVERY_MS = 5_000
/** After PostgreSQL was away other gateways have this long to say what they still keep up. */
const SETTLED_MS = 30_000
export const MAX_ON_BOARD = 200

/** The open alarms as this gateway knows them: raises, ends, tells, and keeps equal to the record. Never throws. */
export class AlarmBook {
  readonly #parts: Parts
  readonly #shelf = new AlarmShelf()
  readonly #rate: AlarmRate
  readonly #teller: AlarmTeller
  #isSyncing = false
  #keptAt = 0
  #reachableSince: number | undefined

  constructor(parts: Parts) {
    this.#parts = parts
    this.#rate = new AlarmRate(parts.clock)
    this.#teller = new AlarmTeller(parts)
  }

  /** Once for each key while it is open. Returns at once. */
  raise(cause: AlarmCause): void {
    const { metrics, node, clock } = this.#parts
    const known = this.#shelf.openWith(cause.key)
    if (known !== undefined) {
      known.isHeld = true
      return
    }
    if (this.#shelf.isFullFor(cause.code)) {
      metrics.alarms.inc({ code: 'too-many' })
      return
    }
    const kept = makeAlarm(cause, { node, at: clock.now() })
    const entry: HeldAlarm = { kept, owes: 'raise', isHeld: true, isTold: false }
    this.#put(entry)
    this.#record(entry)
  }

  /** As `raise`; an alarm that is open says it in these words from now on. */
  revise(cause: AlarmCause): void {
    const known = this.#shelf.openWith(cause.key)
    const kept = known === undefined ? undefined : inNewWords(known.kept, cause)
    if (known === undefined || kept === undefined) {
      this.raise(cause)
      return
    }
    known.isHeld = true
    known.kept = kept
    if (known.owes !== 'raise') known.owes = 'revise'
    // One that is not told yet is told in the new words.
    if (known.isTold) this.#teller.tell(kept)
    void this.sync()
  }

  /** Its cause is gone. Returns at once; nothing happens where no such alarm is open. */
  end(key: string, by: string, reason: string): void {
    const entry = this.#shelf.openWith(key)
    if (entry === undefined) return
    this.#close({ ...entry, kept: ended(entry.kept, this.#parts.clock.now(), by, reason), owes: 'end' })
    void this.sync()
  }

  /** Here its cause is gone. It ends where this gateway raised it; another one's ends when nobody keeps it up. */
  letGo(key: string, reason: string): void {
    const entry = this.#shelf.openWith(key)
    if (entry === undefined || !entry.isHeld) return
    entry.isHeld = false
    if (entry.kept.node === this.#parts.node) this.end(key, 'itself', reason)
  }

  isOpen(key: string): boolean {
    return this.#shelf.openWith(key) !== undefined
  }

  /** Open alarms of a code. */
  openOf(code: AlarmCode): readonly KeptAlarm[] {
    return [...this.#shelf.open()].flatMap(({ kept }) => (kept.alarm.code === code ? [kept] : []))
  }

  /** `alarm.end`: a person says why it is over. Rejects while the record does not answer: who and why must be kept. */
  async endByPerson(handler: HandlerId, { alarm, reason }: { alarm: string; reason: string }): Promise<Done> {
    const { record, clock, signOns } = this.#parts
    const known = this.#shelf.openOf(alarm) ?? this.#shelf.endedOf(alarm)
    if (known === undefined) return refused('alarm.unknown', 'This alarm is not known here.')
    const { alarm: found } = known.kept
    if (!toldOf(known.kept, signOns()).includes(handler)) {
      return refused('alarm.not-yours', 'This alarm is not yours to end.')
    }
    if (found.endedAt !== undefined) return { ok: true }
    if (found.endsBy === 'itself') return refused('alarm.ends-itself', 'This alarm ends when its cause is gone.')
    if (known.owes === 'raise') await record.raise(known.kept)
    const over = await record.end(alarm, handler, reason, clock.now())
    if (over !== undefined) this.#learn(over)
    return { ok: true }
  }

  /** Whether an open alarm names this handler; asked of thousands who have none. */
  isNamed = (handler: HandlerId) => [...this.#shelf.open()].some(({ kept }) => kept.handlers?.includes(handler))

  /** What a supervisor's screen shows: the most urgent first, then the newest. */
  openFor(handler: HandlerId): { readonly alarms: RevisedAlarm[]; readonly more: number } {
    const signOns = [...this.#parts.signOns()]
    const theirs = [...this.#shelf.open()]
      .map(({ kept }) => kept)
      .filter(kept => hearersOf(kept, signOns).includes(handler))
      .sort(({ alarm: one }, { alarm: other }) => one.priority - other.priority || other.raisedAt - one.raisedAt)
    const alarms = theirs.slice(0, MAX_ON_BOARD).map(kept => ({ rev: alarmRevision(kept), alarm: kept.alarm }))
    return { alarms, more: theirs.length - alarms.length }
  }

  /** Called every second: writes what the record lacks, learns what other gateways raised and ended. */
  async sync(): Promise<void> {
    if (this.#isSyncing) return
    this.#isSyncing = true
    const { record, clock, log } = this.#parts
    try {
      for (const entry of this.#shelf.owing()) await this.#writeOwed(entry)
      await this.#keepUp()
      const known = [...this.#shelf.open()].map(({ kept }) => kept.alarm.alarm)
      for (const kept of await record.read(known)) this.#learn(kept)
      this.#reachableSince ??= clock.monotonicMs()
    } catch (thrown) {
      // PostgreSQL is away, and its link has said so; what is owed is written when it is back.
      this.#reachableSince = undefined
      log.debug('alarm.sync', { reason: reasonOf(thrown) })
    } finally {
      this.#isSyncing = false
    }
  }

  /** Called every second: too many alarms are an alarm of their own. */
  checkRate(): void {
    for (const { force, count, isFlood } of this.#rate.floods()) {
      const key = `alarm-rate:${force}`
      if (isFlood) this.raise({ code: 'alarm-rate', key, ...(force === '' ? {} : { force }), data: { count } })
      else this.letGo(key, 'Fewer come now.')
    }
  }

  /** Tells it when the record has it, or after a moment without. */
  #record(entry: HeldAlarm): void {
    const tell = () => {
      if (!entry.isTold && this.#shelf.openOf(entry.kept.alarm.alarm) === entry) this.#announce(entry)
    }
    const stop = after(RECORD_MS, tell)
    const done = this.#parts.record.raise(entry.kept).then(
      kept => this.#raised(entry, kept),
      // The next sync tries again.
      () => undefined
    )
    void done.then(() => {
      stop()
      tell()
    })
  }

  /** The record has it; or another gateway's for the same cause, which then stands in its place. */
  #raised(entry: HeldAlarm, kept: KeptAlarm): void {
    const { alarm } = entry.kept.alarm
    const isOurs = kept.alarm.alarm === alarm
    // Its words may have changed while the record was asked.
    if (entry.owes === 'raise') entry.owes = isOurs && entry.kept.revision > kept.revision ? 'revise' : 'nothing'
    if (isOurs) return
    const isOpen = this.#shelf.openOf(alarm) === entry
    if (isOpen) {
      const over = ended(entry.kept, this.#parts.clock.now(), 'itself', 'Another gateway has raised the same.')
      this.#close({ ...entry, kept: over, owes: 'nothing' })
    }
    this.#learn(kept, isOpen && entry.isHeld)
  }

  async #writeOwed(entry: HeldAlarm): Promise<void> {
    const { record, log } = this.#parts
    try {
      if (entry.owes === 'raise') this.#raised(entry, await record.raise(entry.kept))
      else if (entry.owes === 'end') await this.#writeEnd(entry)
      if (entry.owes === 'revise') await this.#writeWords(entry)
    } catch (thrown) {
      if (!isPoison(thrown)) throw thrown
      entry.owes = 'nothing'
      log.fault('alarm.not-recorded', thrown, { what: entry.kept.alarm.code })
    }
  }

  async #writeWords(entry: HeldAlarm): Promise<void> {
    const { kept } = entry
    await this.#parts.record.revise(kept)
    if (entry.owes === 'revise' && entry.kept === kept) entry.owes = 'nothing'
  }

  async #writeEnd(entry: HeldAlarm): Promise<void> {
    const { record } = this.#parts
    const { alarm, endedAt = 0, endedBy = 'itself', reason = '' } = entry.kept.alarm
    if (entry.kept.revision > 1) await record.revise(entry.kept)
    const over = await record.end(alarm, endedBy, reason, endedAt)
    // Raised and ended while PostgreSQL was away: both stand in the record.
    if (over === undefined && (await record.raise(entry.kept)).alarm.alarm === alarm) {
      await record.end(alarm, endedBy, reason, endedAt)
    }
    entry.owes = 'nothing'
  }

  async #keepUp(): Promise<void> {
    const { record, clock } = this.#parts
    const now = clock.monotonicMs()
    if (now - this.#keptAt < KEEP_EVERY_MS) return
    this.#keptAt = now
    const held = this.#shelf.keptUp()
    if (held.length > 0) await record.keep(held)
    const isSettled = this.#reachableSince !== undefined && now - this.#reachableSince > SETTLED_MS
    if (isSettled) await record.endForgotten(clock.now())
  }

  /** What the record has, which may be another gateway's doing. */
  #learn(kept: KeptAlarm, isHeld = false): void {
    const { alarm } = kept
    const known = this.#shelf.openOf(alarm.alarm)
    if (this.#shelf.endedOf(alarm.alarm) !== undefined) return
    if (alarm.endedAt !== undefined) {
      if (known !== undefined) this.#close({ ...known, kept, owes: 'nothing' })
      return
    }
    if (known !== undefined && kept.revision > known.kept.revision) {
      known.kept = kept
      this.#teller.tellHere(kept)
    }
    // Raised here and not written yet: `#raised` settles which of the two stays.
    if (known !== undefined || this.isOpen(kept.key)) return
    this.#put({ kept, owes: 'nothing', isHeld, isTold: true })
    if (this.#parts.clock.now() - alarm.raisedAt < RATE_WINDOW_MS) this.#rate.note(alarm)
    this.#teller.tellHere(kept)
  }

  #put(entry: HeldAlarm): void {
    this.#shelf.put(entry)
    this.#count()
  }

  #close(entry: HeldAlarm): void {
    const { alarm } = entry.kept
    this.#shelf.end(entry)
    this.#count()
    if (!entry.isTold) return
    this.#parts.log.info('alarm.ended', alarmForLog(alarm))
    this.#teller.tell(entry.kept)
  }

  #announce(entry: HeldAlarm): void {
    const { log, metrics } = this.#parts
    const { alarm } = entry.kept
    entry.isTold = true
    this.#rate.note(alarm)
    metrics.alarms.inc({ code: alarm.code })
    log.warn('alarm.raised', alarmForLog(alarm))
    this.#teller.tell(entry.kept)
  }

  #count(): void {
    for (const priority of [1, 2, 3]) {
      this.#parts.metrics.alarmsOpen.set({ priority: String(priority) }, this.#shelf.count(priority))
    }
  }
}

function ended(kept: KeptAlarm, endedAt: number, endedBy: string, reason: string): KeptAlarm {
  return { ...kept, alarm: { ...kept.alarm, endedAt, endedBy, reason } }
}
