import type { ForceId } from '../call/ids.ts'
import { backOffMs, type RetryLimits } from '../net/reconnect.ts'
import { reasonOf } from '../operations/errors.ts'
import { interval, type Stop, within } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'
import type { PostHandover } from './control-webhook.ts'
import type { ControlWord } from './control-word.ts'
import type { HandoverOutbox, Leased } from './handover-record.ts'

/** One force's command and control. */
export interface ControlLink {
  readonly force: ForceId
  readonly post: PostHandover
  readonly deadlineMs: number
  readonly retry: RetryLimits
}

interface Parts {
  readonly link: ControlLink
  readonly outbox: HandoverOutbox
  /** They have it, and what they said with it. Resolves when that is on record. */
  readonly onTaken: (id: string, word: ControlWord | undefined) => Promise<void>
  readonly random: () => number
  readonly log: Log
  readonly metrics: Pick<Metrics, 'handoverPosts'>
}

const EVERY_MS = 500
/** Under way at once, of one force: one that does not answer must not keep another's waiting. */
const MAX_SENDING = 20
/** After its deadline a try is over; then the record must hear of it before another gateway goes on. */
const LEASE_BEYOND_MS = 5_000
const DRAIN_MS = 2_000

/**
 * Brings what is in the outbox to one force's command and control, and again until they have it. Whichever gateway leases an
 * entry sends it; one that dies leaves it to the others. They may be told twice, always under the same key.
 */
export class ControlSender {
  readonly #parts: Parts
  readonly #sending = new Set<Promise<void>>()
  #stop: Stop = () => {}
  #isAsking = false
  #isStopped = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  start(): void {
    this.#stop = interval(() => this.kick(), EVERY_MS)
  }

  /** What is under way is waited for; what it came to is on record, or is tried again by another gateway. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#stop()
    await within(DRAIN_MS, Promise.all(this.#sending))
  }

  /** There may be something to send. Returns at once. */
  kick(): void {
    if (this.#isAsking || this.#isStopped || this.#sending.size >= MAX_SENDING) return
    this.#isAsking = true
    const { outbox, link, log } = this.#parts
    outbox
      .lease(link.force, MAX_SENDING - this.#sending.size, link.deadlineMs + LEASE_BEYOND_MS)
      .then(leased => {
        for (const each of leased) this.#begin(each)
      })
      // The record is away, which its link has told; what is in it stays in it.
      .catch(thrown => log.debug('handover.lease', { reason: reasonOf(thrown) }))
      .finally(() => {
        this.#isAsking = false
      })
  }

  #begin(leased: Leased): void {
    const sending = this.#send(leased)
      .catch(thrown => this.#parts.log.debug('handover.settle', { reason: reasonOf(thrown) }))
      .finally(() => this.#sending.delete(sending))
    this.#sending.add(sending)
  }

  /** Rejects when the record does not hear what came of it: then it is sent again, under the same key. */
  async #send({ known, attempts }: Leased): Promise<void> {
    const { link, outbox, onTaken, random, log, metrics } = this.#parts
    const { handover, force, call } = known.handover
    const posted = await link.post(known.handover)
    metrics.handoverPosts.inc({ force, result: posted.kind })
    if (posted.kind === 'taken') {
      await onTaken(handover, posted.word)
      await outbox.done(handover)
      return
    }
    log.warn('handover.not-sent', { force, callId: call, reason: posted.why, count: attempts + 1 })
    await outbox.again(handover, backOffMs(attempts, link.retry, random), posted.why)
  }
}
