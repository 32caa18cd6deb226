import type { Call } from '../call/call.ts'
import { type CallId, type HandlerId, UUID_PATTERN } from '../call/ids.ts'
import type { HandoverBook, SayResult } from '../handover/handover-book.ts'
import type { Deployment, MakeResult, OfferedUnit, SaidWord } from '../handover/handover-record.ts'
import { type CardShown, toJob, toOffered, typeOf } from '../handover/job.ts'
import type { Config } from '../operations/config-schema.ts'
import type { GradeConfig } from '../operations/handover-schema.ts'
import type { Clock } from '../operations/lifecycle.ts'
import { dispatches, type SignOn, supervises } from '../pop/address.ts'
import { toBarePop } from '../pop/bare-pop.ts'
import { type Done, refused } from '../pop/command-result.ts'
import { type Handover, type HandoverMakeArgs, type HandoverSayArgs, UNITS_MAX } from '../pop/handover.ts'
import type { PopCourier } from '../pop/pop-courier.ts'
import type { SignOnDirectory } from '../pop/sign-on-directory.ts'
import type { OpenCall } from '../records/journal-rows.ts'
import { ownCall } from './own-call.ts'
import type { Delivery } from './start-delivery.ts'

/** `handover.make`, `handover.say`. Both reject as the record does. */
export interface HandoverCommands {
  /** `open`: of a call that another gateway has, as the record has it. */
  handOver(by: HandlerId, callId: CallId, args: HandoverMakeArgs, open?: OpenCall): Promise<Done>
  sayHandover(by: HandlerId, args: HandoverSayArgs): Promise<Done>
}

interface Parts {
  readonly courier: Pick<PopCourier, 'card' | 'foreignCard'>
  readonly signOns: Pick<SignOnDirectory, 'of'>
  readonly memory: Pick<Delivery['memory'], 'read'>
  readonly book: Pick<HandoverBook, 'make' | 'say' | 'read'>
  readonly forces: Config['forces']
  /** Whom the screen of a dispatcher would be offered at this moment. Never rejects. */
  readonly offeredFor: (handover: Handover) => Promise<readonly OfferedUnit[]>
  readonly clock: Pick<Clock, 'now'>
}

const UUID = new RegExp(`^${UUID_PATTERN}$`)
const CALLSIGN = /^[A-Za-z0-9][A-Za-z0-9 /-]{0,19}$/

/** Not done before the record has it; then both sides' screens show it, whichever gateway holds them. */
export function makeHandoverCommands(parts: Parts): HandoverCommands {
  const { courier, signOns, book, forces, clock } = parts
  return {
    handOver: async (handler, callId, args, open) => {
      const call = ownCall(courier, handler, callId, open)
      if (call === 'unknown') return refused('call.unknown', 'This call is no longer open.')
      if (call === 'not-entitled') return refused('call.not-entitled', 'This call is not yours to hand over.')
      const force = forces.find(({ id }) => id === call.force)
      const grade = force?.grades.find(({ id }) => id === args.grade)
      if (force === undefined || grade === undefined) return BAD_GRADE
      const fault = faultOf(args)
      if (fault !== undefined) return fault
      const shown = await shownCard(parts, callId, open)
      if (shown === undefined) return refused('call.unknown', 'This call is no longer open.')
      const { deployment, handover } = decisionOf(args, { handler, call, force, grade, shown, at: clock.now() })
      return MADE[await book.make(deployment, handover)]
    },
    sayHandover: async (handler, args) => {
      const { handover: id, state, reason, incident, assign, release, outcome } = args
      const signOn = signOns.of(handler)
      const known = UUID.test(id) ? await book.read(id) : undefined
      if (signOn === undefined || known === undefined) return SAID.unknown
      if (!maySay(signOn, known.handover, args)) {
        return refused('handover.not-yours', 'This hand-over is not yours to speak of.')
      }
      if (reason === undefined && (state === 'refused' || state === 'closed')) {
        return refused('handover.no-reason', 'Say why.')
      }
      const fault = assignFault(known.handover, args)
      if (fault !== undefined) return fault
      const said = { reason, incident, assign, release, outcome }
      const words = {
        ...(Object.fromEntries(Object.entries(said).filter(([, word]) => word !== undefined)) as Partial<SaidWord>),
        ...(assign === undefined ? {} : { offered: await parts.offeredFor(known.handover) })
      }
      return SAID[await book.say(id, { signal: state, by: handler, via: 'screen', at: clock.now(), ...words })]
    }
  }
}

interface Decided {
  readonly handler: HandlerId
  readonly call: Call
  readonly force: Config['forces'][number]
  readonly grade: GradeConfig
  readonly shown: CardShown
  readonly at: number
}

/** The decision as it is kept, and what is handed over by it. */
function decisionOf(
  { handover: id, outcome, units, note }: HandoverMakeArgs,
  { handler, call: { callId, force, line }, force: { commandAndControl, units: own }, grade, shown, at }: Decided
): { readonly deployment: Deployment; readonly handover: Handover } {
  const said = { outcome, grade: grade.id, ...(note === undefined || note === '' ? {} : { note }) }
  const deployment = { ...said, id, callId, force, offered: toOffered(shown), chosen: units, by: handler, at }
  const made = { handover: id, call: callId, force, line, units, by: handler, madeAt: at }
  const toControl = commandAndControl !== undefined && isHandedOver(outcome)
  const handover: Handover = {
    ...{ ...said, ...made, gradeName: grade.name, job: { ...toJob(shown), ...typeWords(own, shown) } },
    ...{ ...timesOf(grade, at), toControl },
    ...(isHandedOver(outcome) ? { state: 'sent' } : { state: 'recorded', overAt: at })
  }
  return { deployment, handover }
}

/** What it is about, and whom that needs, as the force has it. */
function typeWords(units: Config['forces'][number]['units'], shown: CardShown): Partial<Handover['job']> {
  const type = units?.incidentTypes.find(({ id }) => id === typeOf(shown))
  if (type === undefined) return {}
  return { type: type.id, typeName: type.name, ...(type.needs.length === 0 ? {} : { needs: type.needs }) }
}

/** Dispatchers speak for the other side, and a supervisor who has rung it up; whoever handed over only ends it. */
function maySay(signOn: SignOn, { force, by }: Handover, said: HandoverSayArgs): boolean {
  if (supervises(signOn, force)) return true
  const isOfOwnSide = said.state === 'closed' && said.outcome === undefined
  return isOfOwnSide ? signOn.handler === by : dispatches(signOn, force)
}

/** Who is sent is named by callsign, to something that is not over; nobody goes where another outcome is said. */
function assignFault({ units }: Handover, said: HandoverSayArgs): Done | undefined {
  const { state, outcome, assign = [], release = [] } = said
  if (outcome !== undefined && state !== 'closed') return refused('handover.outcome', 'Close it with that outcome.')
  const named = [...assign, ...release]
  if (named.length === 0) return undefined
  if (state === 'refused' || state === 'closed')
    return refused('handover.units', 'Nobody is sent to what is refused or closed.')
  if (!named.every(unit => CALLSIGN.test(unit))) return refused('handover.units', 'Name the units by their callsigns.')
  const after = new Set([...units.filter(unit => !release.includes(unit)), ...assign])
  return after.size > UNITS_MAX
    ? refused('handover.units', `No more than ${UNITS_MAX} units are sent to one job.`)
    : undefined
}

function isHandedOver(outcome: Handover['outcome']): boolean {
  return outcome === 'units' || outcome === 'no-unit'
}

function faultOf({ handover, outcome, units, note = '' }: HandoverMakeArgs): Done | undefined {
  if (!UUID.test(handover) || note.includes('\0')) return MADE['not-theirs']
  const isNamed = outcome === 'units' ? units.length > 0 : units.length === 0
  if (isNamed && units.every(unit => CALLSIGN.test(unit)) && new Set(units).size === units.length) return undefined
  return refused('handover.units', 'Name the units by their callsigns, each once, or hand over without any.')
}

function timesOf({ deliverSeconds, acceptSeconds, moveSeconds, targetMinutes }: GradeConfig, at: number) {
  return {
    deliverBy: at + deliverSeconds * 1000,
    acceptBy: at + acceptSeconds * 1000,
    moveWithinMs: moveSeconds * 1000,
    targetAt: at + targetMinutes * 60_000
  }
}

/** The card as this handler has it. Of a call that another gateway has, what Redis keeps of its panels. */
async function shownCard(
  { courier, memory }: Pick<Parts, 'courier' | 'memory'>,
  callId: CallId,
  open: OpenCall | undefined
): Promise<CardShown | undefined> {
  const card = courier.card(callId)
  if (card !== undefined) return { pop: toBarePop(card.call, 'device'), panels: [...card.panels.values()] }
  if (open === undefined) return undefined
  // Without Redis it goes without a place: better late words by telephone than no hand-over.
  const panels = await memory.read(callId).catch(() => [])
  return { pop: toBarePop(open.call, 'device'), panels }
}

const BAD_GRADE = refused('handover.grade', 'The force has no such grade.')

const MADE: Readonly<Record<MakeResult, Done>> = {
  made: { ok: true },
  'as-it-was': { ok: true },
  'not-theirs': refused('handover.not-theirs', 'This is somebody else’s decision.'),
  'no-call': refused('call.try-again', 'The record does not have this call yet. Try again.'),
  'too-many': refused('handover.too-many', 'This call has as many decisions as one can have.')
}

const SAID: Readonly<Record<SayResult, Done>> = {
  moved: { ok: true },
  'as-it-was': { ok: true },
  over: refused('handover.over', 'This hand-over is over.'),
  unseen: refused('handover.unseen', 'The other side has not seen it yet: it stays until they have.'),
  unknown: refused('handover.unknown', 'There is no such hand-over.'),
  busy: refused('call.try-again', 'Others speak of it at this moment. Try again.')
}
