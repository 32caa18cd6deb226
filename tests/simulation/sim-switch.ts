import type { OfferedEvent } from '../../src/call/call-event.ts'
import { toCli } from '../../src/call/cli.ts'
import { type SwitchCallId, toSipSwitchCallId } from '../../src/call/ids.ts'
import type { SimNode } from './sim-node.ts'
import type { SimProcess } from './sim-process.ts'
import type { WorldRandom } from './sim-random.ts'
import type { Said } from './sim-sip-door.ts'
import { SipRequest, type SipRequestParts } from './sip-request.ts'

/** A gateway as a switch sees it: an address behind which now this process answers, now that. */
export interface Route {
  readonly name: string
  readonly process: () => SimProcess | undefined
  readonly node: () => SimNode | undefined
}

/** The switch's own book of one call: what it said, and what of it was answered. The oracle believes nothing else. */
export interface SwitchCall {
  readonly id: SwitchCallId
  readonly force: string
  readonly line: string
  readonly device?: string
  readonly offeredAtMs: number
  /** A 200 came: we have said that we will not lose it. */
  isAccepted: boolean
  /** It has ended at the switch, whoever was told. */
  isOver: boolean
  /** Its end was answered 200. */
  isEndAnswered: boolean
  /** The gateway that has the dialog, as far as the switch knows. */
  at: number
  /** Devices that answered the call, in order. */
  readonly answeredAt: string[]
}

export interface Load {
  readonly calls: number
  readonly overMs: number
}

interface Parts {
  readonly process: SimProcess
  readonly random: WorldRandom
  readonly routes: readonly Route[]
  readonly isReachable: (to: SimProcess) => boolean
}

const FORCES = ['tvp', 'hants'] as const
const LINES = ['999', '999', '101'] as const
export const TRUNK = 'sim-trunk'
/** Above all that a call of a switch says by itself. */
const LATE_CSEQ = 1_000
/** What a gateway says with its 500, and for how long a switch minds it. */
const RETRY_AFTER_MS = 1_000
const MAX_RETRIES = 30
/** For so long a request inside a dialog is tried. */
const TIMER_F_MS = 32_000

type Deliver = SipRequestParts['deliver']

/** A switch with callers: it offers calls, says what becomes of them, and goes to the next gateway when one is silent. */
export class SimSwitch {
  readonly calls: SwitchCall[] = []
  readonly #parts: Parts
  /** Where the last call that was answered went: the next one goes there first. */
  #preferred = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** So many callers ring, spread over this time. */
  start({ calls, overMs }: Load): void {
    const { process, random } = this.#parts
    for (let n = 0; n < calls; n++) {
      process.time.schedule(process, random.next() * overMs, () => void this.#ring(n))
    }
  }

  async #ring(n: number): Promise<void> {
    const { random, process } = this.#parts
    const force = random.pick(FORCES)
    const device = random.chance(0.6) ? `${force}-${random.between(1, 2)}` : undefined
    const call: SwitchCall = {
      id: toSipSwitchCallId(`call-${n}@switch`, `tag${n}`),
      line: random.pick(LINES),
      ...{ force, offeredAtMs: process.time.nowMs, isAccepted: false, isOver: false, isEndAnswered: false, at: 0 },
      answeredAt: [],
      ...(device === undefined ? {} : { device })
    }
    this.calls.push(call)
    const number = `07700900${String(n % 1_000).padStart(3, '0')}`
    const offered: Said<OfferedEvent> = {
      ...head(call),
      ...{ kind: 'offered', homeForce: force, line: call.line, route: 'primary', access: 'voice', direction: 'in' },
      ...{ cli: toCli({ network: number, isWithheld: random.chance(0.1) }), ddi: call.line },
      ...(device === undefined ? {} : { device })
    }
    const leavesAfterMs = random.chance(0.15) ? random.between(50, 6_000) : undefined
    const status = await this.#invite(call, offered, leavesAfterMs)
    call.isAccepted = status === 200
    if (!call.isAccepted) call.isOver = true
    else await this.#live(call)
  }

  /** From the preferred gateway to the next, until one answers 200 or all have been asked twice. */
  async #invite(call: SwitchCall, offered: Said<OfferedEvent>, leavesAfterMs: number | undefined): Promise<number> {
    const { process, random, routes } = this.#parts
    let hasLeft = false
    if (leavesAfterMs !== undefined) {
      process.time.schedule(process, leavesAfterMs, () => {
        hasLeft = true
      })
    }
    for (let attempt = 0; attempt < 2 * routes.length && !hasLeft; attempt++) {
      const at = (this.#preferred + attempt) % routes.length
      const branch = `z9-${call.id}-${attempt}`
      const request = this.#request(at, {
        what: `INVITE ${call.id}`,
        deliver: (node, reply) => node.sip.onInvite(offered, branch, reply),
        onFinal: (status, isWaitedFor) => status === 200 && this.#acknowledge(call, at, isWaitedFor)
      })
      const status = await request.run({ giveUpMs: random.pick([4_000, 8_000, 32_000]), isOff: () => hasLeft })
      if (status === 200) {
        this.#preferred = at
        call.at = at
        return status
      }
      if (hasLeft) await this.#cancel(call, at)
    }
    return 0
  }

  /** Each 200 has its ACK; one that nobody waited for has its BYE too, or is not looked at at all. */
  #acknowledge(call: SwitchCall, at: number, isWaitedFor: boolean): void {
    if (!isWaitedFor && !call.isAccepted && this.#parts.random.chance(0.5)) return
    const ack = this.#request(at, { what: 'ACK', deliver: node => node.sip.onAck(call.id), isStubborn: true })
    void ack.run({ giveUpMs: 1 })
    if (isWaitedFor || call.isAccepted) return
    const said: Said = { ...head(call), kind: 'released', cause: 'ended' }
    const deliver: Deliver = (node, reply) => node.sip.onInside(said, LATE_CSEQ, reply)
    void this.#request(at, { what: `late BYE ${call.id}`, deliver }).run({ giveUpMs: 8_000 })
  }

  async #cancel(call: SwitchCall, at: number): Promise<void> {
    const said: Said = { ...head(call), kind: 'released', cause: 'abandoned' }
    const deliver: Deliver = (node, reply) => node.sip.onCancel(said, reply)
    await this.#request(at, { what: `CANCEL ${call.id}`, deliver }).run({ giveUpMs: 4_000 })
  }

  /** What becomes of a call that was taken, each step with its own request inside the dialog. */
  async #live(call: SwitchCall): Promise<void> {
    const { random } = this.#parts
    const device = call.device ?? `${call.force}-${random.between(1, 2)}`
    const other = `${call.force}-${random.between(1, 2)}`
    const steps: Said[] = []
    if (call.device === undefined && random.chance(0.8)) steps.push({ ...head(call), kind: 'alerting', device })
    if (random.chance(0.8)) {
      steps.push({ ...head(call), kind: 'answered', device })
      if (random.chance(0.3)) steps.push({ ...head(call), kind: 'held' }, { ...head(call), kind: 'retrieved' })
      if (random.chance(0.2)) {
        steps.push({ ...head(call), kind: 'transferred', device: other })
        steps.push({ ...head(call), kind: 'answered', device: other })
      }
    }
    let cseq = 1
    const nextCseq = () => ++cseq
    for (const said of steps) {
      await this.#pause(random.between(200, 5_000))
      const status = await this.#inside(call, said, nextCseq)
      if (status === 200 && said.kind === 'answered') call.answeredAt.push(said.device ?? '')
      // The dialog is not known there: as far as the switch goes, it is over (RFC 3261 §12.2.1.2).
      if (status === 481) {
        call.isOver = true
        return
      }
    }
    await this.#pause(random.between(500, 20_000))
    call.isOver = true
    call.isEndAnswered =
      (await this.#inside(call, { ...head(call), kind: 'released', cause: 'ended' }, nextCseq)) === 200
  }

  /** Again after a second, as long as it is told to (RFC 3261 §21.5.1): the dialog is there, and nobody may say so yet. */
  async #inside(call: SwitchCall, said: Said, nextCseq: () => number): Promise<number> {
    for (let left = MAX_RETRIES; ; left--) {
      const status = await this.#insideOnce(call, said, nextCseq())
      if (status !== 500 || left === 0) return status
      await this.#pause(RETRY_AFTER_MS)
    }
  }

  /**
   * To the gateway that has the dialog, and to the others when that one is silent: twice where all ports refuse, and as
   * long as a client transaction lives (RFC 3261 §17.1.2.2) where one does not say anything.
   */
  async #insideOnce(call: SwitchCall, said: Said, cseq: number): Promise<number> {
    const { routes, process } = this.#parts
    const isStubborn = routes.length === 1
    const endsAtMs = process.time.nowMs + TIMER_F_MS
    let silentAt = Number.NEGATIVE_INFINITY
    const isTrying = (attempt: number) =>
      attempt < 2 * routes.length || (attempt - silentAt <= routes.length && process.time.nowMs < endsAtMs)
    for (let attempt = 0; isTrying(attempt); attempt++) {
      const at = (call.at + attempt) % routes.length
      const deliver: Deliver = (node, reply) => node.sip.onInside(said, cseq, reply)
      const request = this.#request(at, { what: `${said.kind} ${said.switchCallId}`, deliver, isStubborn })
      const status = await request.run({ giveUpMs: isStubborn ? TIMER_F_MS : 4_000 })
      if (status === 0) silentAt = attempt
      if (status === 200 || status === 481 || status === 500) {
        call.at = at
        return status
      }
    }
    return 0
  }

  #request(at: number, how: Pick<SipRequestParts, 'what' | 'deliver' | 'onFinal' | 'isStubborn'>): SipRequest {
    const { process, random, routes, isReachable } = this.#parts
    const route = routes[at]
    if (route === undefined) throw new Error('no such route')
    return new SipRequest({ process, random, route, isReachable, ...how })
  }

  #pause(ms: number): Promise<void> {
    const { process } = this.#parts
    return new Promise(done => process.time.schedule(process, ms, done))
  }
}

function head({ id, force }: SwitchCall) {
  return { trunk: TRUNK, force, switchCallId: id }
}
