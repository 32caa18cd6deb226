import type { Call } from '../call/call.ts'
import type { OfferedEvent } from '../call/call-event.ts'
import type { HandlerId } from '../call/ids.ts'
import { reasonOf } from '../operations/errors.ts'
import { interval } from '../operations/lifecycle.ts'
import { isOwnOffer, type Offer } from '../pop/address.ts'
import type { AlarmCauses } from '../pop/alarm-causes.ts'
import { toBarePop } from '../pop/bare-pop.ts'
import type { Board } from '../pop/board.ts'
import type { LedgerRecord } from '../pop/ledger.ts'
import { LedgerBook } from '../pop/ledger-book.ts'
import type { BarePop } from '../pop/pop.ts'
import type { PopCourier } from '../pop/pop-courier.ts'
import { readOpenCall } from '../records/adoption.ts'
import { readCallerWords } from '../records/caller-words.ts'
import {
  addEntries,
  changedEntries,
  closeByPolicy,
  closeEntry,
  linkLater,
  missedCalls,
  openEntries
} from '../records/ledger.ts'
import { notify, toPayload } from '../records/notices.ts'
import { makeRingBackRecord } from '../records/ring-backs.ts'
import type { Base } from './base.ts'
import type { Stores } from './open-stores.ts'
import { isOwnElsewhere } from './own-call.ts'
import { makeRingBacks } from './ring-backs.ts'
import type { BoardCommands } from './run-command.ts'
import type { Delivery } from './start-delivery.ts'

const TICK_MS = 1_000
const POLICY_EVERY_MS = 30_000
const LATE_EVERY_MS = 5_000
const MAX_CHANGED = 1_000
const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

export interface Ledger {
  /** The courier, with the ledger told of each call it has taken to its screens. */
  readonly around: (courier: PopCourier) => Pick<PopCourier, 'card' | 'deliver' | 'restore' | 'closedByRecord'>
  readonly isRepeat: (event: OfferedEvent) => boolean
  /** A pop with what the ledger has open for its number. */
  readonly toBarePop: (call: Call, offer: Offer) => BarePop
  /** A supervisor's entries; undefined for everybody else. */
  readonly board: (handler: HandlerId) => Board | undefined
  readonly commands: Pick<BoardCommands, 'closeEntry'>
  readonly ringBacks: ReturnType<typeof makeRingBacks>
  /** Rejects when the record cannot be read. */
  start(): Promise<void>
  /** Another node has written to it. */
  ring(): void
}

interface LedgerPorts {
  readonly delivery: () => Delivery
  readonly causes: Pick<AlarmCauses, 'onLateRingBacks'>
  readonly hasOthers: () => boolean
}

/** The ledger of this node; `delivery` is asked for when it is there. */
export function makeLedger(base: Base, { pool }: Stores, { delivery, hasOthers, causes }: LedgerPorts): Ledger {
  const { config, log, metrics, clock, releases, node } = base
  const rung = toPayload({ t: 'ledger', from: node })
  const ring = () => {
    // Whoever does not hear of it looks by itself within a second.
    notify(pool, [rung]).catch(thrown => log.debug('ledger.ring', { reason: reasonOf(thrown) }))
  }
  const book = new LedgerBook({
    record: makeRecord(pool),
    signOns: () => delivery().signOns.all(),
    sender: { send: sends => delivery().sender.send(sends) },
    cardOf: callId => delivery().courier.card(callId),
    isOwnElsewhere: async (handler, callId) =>
      isOwnElsewhere(delivery().courier, handler, await readOpenCall(pool, callId)),
    onWritten: () => hasOthers() && ring(),
    refresh: callId => delivery().courier.refresh(callId),
    repeatWithinMs: config.ledger.repeatWithinHours * HOUR_MS,
    ...{ hasOthers, log, metrics, clock }
  })
  const signOnOf = (handler: HandlerId) => delivery().signOns.of(handler)
  const ringBacks = ringBacksOver(base, pool, { book, signOnOf, courier: () => delivery().courier })
  return {
    around: courier => around(book, courier),
    isRepeat: event => book.isRepeat(event),
    toBarePop: (call, offer) => {
      const pop = toBarePop(call, offer)
      const ledger = isOwnOffer(offer) ? book.wordsFor(call) : undefined
      return ledger === undefined ? pop : { ...pop, ledger }
    },
    board: handler => {
      const signOn = signOnOf(handler)
      const isTold = signOn?.role === 'supervisor' || signOn?.role === 'administrator'
      if (signOn === undefined || !isTold) return undefined
      const { ledger, more } = book.board(signOn)
      return { alarms: [], ledger: [...ledger], more }
    },
    commands: {
      closeEntry: async (by, { entry, reason, note }) => {
        const signOn = signOnOf(by)
        if (signOn === undefined) return { ok: false, code: 'ledger.not-entitled', text: 'Sign on first.' }
        return book.close(signOn, entry, { reason, ...(note === undefined ? {} : { note }) })
      }
    },
    ringBacks,
    ring: () => book.ring(),
    start: async () => {
      await book.load()
      releases.push(
        'ledger',
        interval(() => void book.tick(), TICK_MS)
      )
      releases.push(
        'late ring-backs',
        interval(() => causes.onLateRingBacks(ringBacks.late()), LATE_EVERY_MS)
      )
      releases.push('ledger policy', startPolicy(base, pool, book))
    }
  }
}

function around(book: LedgerBook, courier: PopCourier): ReturnType<Ledger['around']> {
  return {
    card: callId => courier.card(callId),
    deliver: (call, receivedAt) => {
      courier.deliver(call, receivedAt)
      book.note(call)
    },
    restore: (call, known) => {
      courier.restore(call, known)
      book.note(call)
    },
    closedByRecord: callId => courier.closedByRecord(callId)
  }
}

function ringBacksOver(
  { config, log, clock }: Base,
  pool: Stores['pool'],
  ports: Pick<Parameters<typeof makeRingBacks>[0], 'book' | 'signOnOf' | 'courier'>
): Ledger['ringBacks'] {
  const { ringBack999Minutes, ringBackMinutes } = config.ledger
  return makeRingBacks({
    ...{ ...ports, log, clock },
    record: makeRingBackRecord(pool),
    readWords: callId => readCallerWords(pool, callId),
    rules: { emergencyMs: ringBack999Minutes * MINUTE_MS, otherMs: ringBackMinutes * MINUTE_MS }
  })
}

function makeRecord(pool: Stores['pool']): LedgerRecord {
  return {
    add: entries => addEntries(pool, entries),
    link: later => linkLater(pool, later),
    close: closed => closeEntry(pool, closed),
    open: limit => openEntries(pool, limit),
    changed: withinMs => changedEntries(pool, withinMs, MAX_CHANGED),
    missed: ask => missedCalls(pool, ask, MAX_CHANGED)
  }
}

/** Closes what a force lets close by itself; each entry on one node only, because the record says who did. */
function startPolicy({ config, clock, log, metrics }: Base, pool: Stores['pool'], book: LedgerBook): () => void {
  const rules = config.forces.flatMap(({ id, closeAbandoned101AfterMinutes: minutes }) =>
    minutes === undefined ? [] : [{ force: id, afterMs: minutes * MINUTE_MS }]
  )
  const run = async () => {
    for (const { force, afterMs } of rules) {
      const at = clock.now()
      const closed = await closeByPolicy(pool, { force, openedBefore: at - afterMs, at })
      metrics.ledgerClosed.inc({ by: 'policy' }, closed.length)
      book.wrote(closed)
    }
  }
  if (rules.length === 0) return () => {}
  return interval(() => {
    run().catch(thrown => log.debug('ledger.policy', { reason: reasonOf(thrown) }))
  }, POLICY_EVERY_MS)
}
