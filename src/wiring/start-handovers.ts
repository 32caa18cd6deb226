import type { CallId, ForceId, HandlerId } from '../call/ids.ts'
import { ControlSender } from '../handover/control-sender.ts'
import { makePostHandover } from '../handover/control-webhook.ts'
import type { ControlWord } from '../handover/control-word.ts'
import { HandoverBook } from '../handover/handover-book.ts'
import type { DueHandover, KnownHandover } from '../handover/handover-record.ts'
import { HandoverWatch } from '../handover/handover-watch.ts'
import type { HandoverPorts } from '../http/handover-route.ts'
import type { HandoverUnitsPorts } from '../http/handover-units-route.ts'
import { Sweeper } from '../journal/sweeper.ts'
import { reasonOf } from '../operations/errors.ts'
import { interval } from '../operations/lifecycle.ts'
import { isSigned } from '../operations/signature.ts'
import { dispatches, isOwnOffer } from '../pop/address.ts'
import type { Board } from '../pop/board.ts'
import { makeHandoverOutbox } from '../records/handover-outbox.ts'
import { makeHandoverRecord } from '../records/handovers.ts'
import { notify, toPayload } from '../records/notices.ts'
import type { UnitAdviser } from '../resources/unit-adviser.ts'
import type { Base } from './base.ts'
import { type HandoverCommands, makeHandoverCommands } from './hand-over-call.ts'
import { makeUnitsForHandover } from './handover-units.ts'
import type { Stores } from './open-stores.ts'
import type { Alarms } from './start-alarms.ts'
import type { Delivery } from './start-delivery.ts'

const TICK_MS = 500

export interface Handovers {
  /** What a screen shows beside its calls. */
  readonly board: (handler: HandlerId) => Pick<Board, 'handovers' | 'more'>
  readonly commands: () => HandoverCommands
  readonly forHttp: HandoverPorts & HandoverUnitsPorts
  /** Another gateway has written to the record. */
  ring(): void
  /** Timers, sweeper and senders begin. Rejects when the record cannot be read. */
  start(): Promise<void>
}

interface Needs {
  readonly delivery: () => Delivery
  readonly hasOthers: () => boolean
  readonly alarms: Pick<Alarms, 'book' | 'handoverTimers'>
  /** Undefined where no force has units. */
  readonly adviser: () => Pick<UnitAdviser, 'adviseJob'> | undefined
}

/** Hand-overs of this gateway: its book, the watch over what stands still, and a sender for each command and control. */
export function makeHandovers(base: Base, stores: Stores, needs: Needs): Handovers {
  const { config, loaded, clock, releases } = base
  const { delivery, alarms } = needs
  const watch: HandoverWatch = makeWatch(base, stores, needs, () => book.open())
  const book: HandoverBook = makeBook(base, stores, needs, known => {
    watch.onWritten(known)
    senders.find(({ force }) => force === known.handover.force)?.sender.kick()
  })
  const senders = makeSenders(base, stores, book)
  const units = makeUnitsForHandover({ book, adviser: needs.adviser })
  return {
    board: handler => {
      const signOn = delivery().signOns.of(handler)
      return signOn === undefined ? { more: 0 } : book.board(signOn)
    },
    commands: () => makeHandoverCommands({ ...delivery(), ...units, book, forces: config.forces, clock }),
    forHttp: { ...units, takeControlWord: makeTakeControlWord(loaded.controlSecrets ?? new Map(), book, clock) },
    ring: () => book.ring(),
    start: async () => {
      await book.load()
      alarms.handoverTimers.attach((id, step) => watch.fire(id, step))
      const sweeper = makeSweeper(base, stores, watch)
      sweeper.start()
      releases.push('handover sweeper', () => sweeper.stop())
      const tick = () => {
        book.tick()
        watch.tick()
      }
      releases.push('handovers', interval(tick, TICK_MS))
      for (const { sender } of senders) {
        sender.start()
        releases.push('command and control', () => sender.stop())
      }
    }
  }
}

function makeBook(
  { log, metrics, clock, node }: Base,
  { pool }: Stores,
  { delivery, hasOthers }: Needs,
  onWritten: (known: KnownHandover) => void
): HandoverBook {
  const ring = () => {
    // Whoever does not hear of it looks by itself within a second.
    notify(pool, [toPayload({ t: 'handover', from: node })]).catch(thrown =>
      log.debug('handover.ring', { reason: reasonOf(thrown) })
    )
  }
  return new HandoverBook({
    record: makeHandoverRecord(pool),
    signOns: () => delivery().signOns.all(),
    send: sends => delivery().sender.send(sends),
    ownersOf: callId => ownersOf(delivery(), callId),
    onWritten: known => {
      onWritten(known)
      if (hasOthers()) ring()
    },
    ...{ hasOthers, log, metrics, clock }
  })
}

function makeWatch(
  { config, clock, node }: Base,
  { pool }: Stores,
  { delivery, alarms }: Needs,
  open: () => readonly KnownHandover[]
): HandoverWatch {
  return new HandoverWatch({
    record: makeHandoverRecord(pool),
    alarms: alarms.book,
    isUrgent: (force, grade) => config.forces.find(({ id }) => id === force)?.grades[0]?.id === grade,
    dispatchersOf: force =>
      [...delivery().signOns.all()].flatMap(signOn => (dispatches(signOn, force) ? [signOn.handler] : [])),
    setTimer: (...timer) => alarms.handoverTimers.set(...timer),
    ...{ open, node, clock }
  })
}

function ownersOf({ courier }: Delivery, callId: CallId): readonly HandlerId[] {
  const audience = courier.card(callId)?.audience ?? []
  return [...audience].flatMap(([handler, offer]) => (isOwnOffer(offer) ? [handler] : []))
}

function makeSweeper({ log, clock }: Base, { alarmPool }: Stores, watch: HandoverWatch): Sweeper<DueHandover> {
  const { due } = makeHandoverRecord(alarmPool)
  return new Sweeper<DueHandover>({
    ask: () => due(clock.now()),
    act: each => watch.act(each),
    onState: isAway => {
      watch.isRecordAway = isAway
    },
    log
  })
}

interface ForceSender {
  readonly force: ForceId
  readonly sender: ControlSender
}

function makeSenders(base: Base, { pool }: Stores, book: HandoverBook): readonly ForceSender[] {
  const { config, loaded, log, metrics, clock } = base
  const outbox = makeHandoverOutbox(pool)
  return config.forces.flatMap(({ id: force, commandAndControl }): ForceSender[] => {
    const secrets = loaded.controlSecrets?.get(force)
    if (commandAndControl === undefined || secrets === undefined) return []
    const { deadlineMs, retryFirstMs: firstMs, retryMaxMs: maxMs } = commandAndControl
    const post = makePostHandover({ config: commandAndControl, secrets, site: config.site, now: () => clock.now() })
    const sender = new ControlSender({
      link: { force, post, deadlineMs, retry: { firstMs, maxMs } },
      onTaken: async (id, word) => {
        await sayOf(book, id, word ?? { state: 'delivered' }, clock.now())
      },
      ...{ outbox, log, metrics, random: Math.random }
    })
    return [{ force, sender }]
  })
}

/** Where that system names nobody. */
const CONTROL = 'command and control'

function sayOf(book: HandoverBook, id: string, { state, by = CONTROL, ...rest }: ControlWord, at: number) {
  const { incident, reason, units } = rest
  const words = {
    ...(incident === undefined ? {} : { incident }),
    ...(reason === undefined ? {} : { reason }),
    ...(units === undefined ? {} : { units })
  }
  return book.say(id, { signal: state, by, via: 'control', at, ...words })
}

/** The words of a force's command and control are believed about hand-overs of that force, by its own secret. */
function makeTakeControlWord(
  secrets: ReadonlyMap<ForceId, readonly Buffer[]>,
  book: HandoverBook,
  clock: Base['clock']
): HandoverPorts['takeControlWord'] {
  return async (id, { body, signature, word }) => {
    if (secrets.size === 0) return 'off'
    const now = clock.now()
    const signers = [...secrets].filter(([, own]) => isSigned(own, { about: id, body }, { header: signature, now }))
    if (signers.length === 0) return 'unsigned'
    const known = await book.read(id)
    if (known === undefined || !signers.some(([force]) => force === known.handover.force)) return 'unknown'
    const parsed = word()
    return parsed === undefined ? 'unreadable' : sayOf(book, id, parsed, now)
  }
}
