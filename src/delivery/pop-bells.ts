import { type CallId, parseCallId } from '../call/ids.ts'
import { reasonOf } from '../operations/errors.ts'
import { after, type Stop } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { RedisLink } from '../operations/redis.ts'
import { ESCALATION_KINDS, type EscalationKind } from '../pop/escalation-rules.ts'

interface Parts {
  readonly commands: RedisLink
  readonly subscriber: RedisLink
  readonly keyPrefix: string
  /** Screens of another gateway have acknowledged these pops. */
  readonly onAcked: (popIds: readonly string[]) => void
  /** A timer fired at another gateway for a call that it does not hold. */
  readonly onDue: (callId: CallId, kind: EscalationKind) => void
  readonly log: Log
}

const ACKED_EVERY_MS = 50
const MAX_IN_MESSAGE = 500
/** Acknowledgements waiting to be told; the record has them, so that more may be left out. */
const MAX_WAITING = 10_000

/**
 * What gateways tell each other of pops over Redis, by ids only: acknowledged, or due to be looked at. Only to be
 * quick: the record has the acknowledgement, and the sweeper finds what is due.
 */
export class PopBells {
  readonly #parts: Parts
  readonly #channel: string
  #waiting: string[] = []
  #stopSending: Stop = () => {}
  #stops: Stop[] = []

  constructor(parts: Parts) {
    this.#parts = parts
    this.#channel = `${parts.keyPrefix}:pops`
  }

  start(): void {
    const { subscriber, log } = this.#parts
    const onMessage = (channel: string, message: string) => {
      if (channel === this.#channel) this.#hear(message)
    }
    const onReady = () => {
      subscriber.subscribe(this.#channel).catch(thrown => log.debug('pop.bells', { reason: reasonOf(thrown) }))
    }
    subscriber.on('message', onMessage)
    subscriber.on('ready', onReady)
    if (subscriber.status === 'ready') onReady()
    this.#stops = [() => subscriber.off('message', onMessage), () => subscriber.off('ready', onReady)]
  }

  stop(): void {
    this.#stopSending()
    for (const stop of this.#stops.splice(0)) stop()
  }

  /** Pops of calls that this gateway does not hold. */
  acked(popIds: readonly string[]): void {
    if (popIds.length === 0 || this.#waiting.length + popIds.length > MAX_WAITING) return
    if (this.#waiting.length === 0) this.#stopSending = after(ACKED_EVERY_MS, () => this.#sendAcked())
    this.#waiting.push(...popIds)
  }

  due(callId: CallId, kind: EscalationKind): void {
    this.#publish(`due ${callId} ${kind}`)
  }

  #sendAcked(): void {
    const all = this.#waiting
    this.#waiting = []
    for (let at = 0; at < all.length; at += MAX_IN_MESSAGE) {
      this.#publish(`acked ${all.slice(at, at + MAX_IN_MESSAGE).join(' ')}`)
    }
  }

  #publish(message: string): void {
    const { commands, log } = this.#parts
    commands.publish(this.#channel, message).catch(thrown => log.debug('pop.bells', { reason: reasonOf(thrown) }))
  }

  #hear(message: string): void {
    const [word, ...rest] = message.split(' ')
    if (word === 'acked') this.#parts.onAcked(rest)
    if (word !== 'due') return
    const callId = parseCallId(rest[0] ?? '')
    const kind = ESCALATION_KINDS.find(each => each === rest[1])
    if (callId !== undefined && kind !== undefined) this.#parts.onDue(callId, kind)
  }
}
