import type { HandlerId } from '../call/ids.ts'
import { reasonOf } from '../operations/errors.ts'
import { interval, type Stop } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { RedisLink } from '../operations/redis.ts'
import { Rounds } from '../operations/rounds.ts'
import type { SignOn } from '../pop/address.ts'
import type { SignOnDirectory } from '../pop/sign-on-directory.ts'

interface Parts {
  readonly directory: SignOnDirectory
  /** Who sits where by the record, which every sign-on is written to first. */
  readonly list: () => Promise<readonly SignOn[]>
  readonly commands: RedisLink
  readonly subscriber: RedisLink
  readonly keyPrefix: string
  /** The directory is another one now: open calls are addressed anew. */
  readonly onChanged: () => void
  /** This handler is signed on no more: the screen must ask again. */
  readonly onEnded: (handler: HandlerId) => void
  readonly log: Log
}

/** A change on another node is found this often at the latest, with Redis away too. */
const RELOAD_MS = 5_000

/** Keeps this node's directory of sign-ons equal to the record, whichever node signed somebody on. */
export class SignOnSync {
  readonly #parts: Parts
  readonly #channel: string
  #stops: Stop[] = []
  /** One after the other: an older answer that came after a newer one would end the sign-ons between them. */
  readonly #loads = new Rounds(() => this.#load())

  constructor(parts: Parts) {
    this.#parts = parts
    this.#channel = `${parts.keyPrefix}:sign-ons`
  }

  /** Rejects when the record cannot be read. */
  async start(): Promise<void> {
    const { subscriber } = this.#parts
    await this.#loads.ask()
    const onMessage = (channel: string) => {
      if (channel === this.#channel) this.reload()
    }
    const onReady = () => this.#subscribe()
    subscriber.on('message', onMessage)
    subscriber.on('ready', onReady)
    if (subscriber.status === 'ready') onReady()
    this.#stops = [
      interval(() => this.reload(), RELOAD_MS),
      () => subscriber.off('message', onMessage),
      () => subscriber.off('ready', onReady)
    ]
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop()
  }

  /** The record has just been changed here: true here at once, elsewhere soon. */
  async changed(): Promise<void> {
    await this.#loads.ask()
    this.#parts.commands
      .publish(this.#channel, '1')
      .catch(thrown => this.#parts.log.debug('sign-on.publish', { reason: reasonOf(thrown) }))
  }

  reload(): void {
    this.#loads.ask().catch(thrown => this.#parts.log.debug('sign-on.reload', { reason: reasonOf(thrown) }))
  }

  async #load(): Promise<void> {
    const { directory, list, onChanged, onEnded } = this.#parts
    const now = new Map((await list()).map(signOn => [signOn.handler, signOn]))
    const ended = [...directory.all()].filter(({ handler }) => !now.has(handler))
    const fresh = [...now.values()].filter(signOn => !isSame(signOn, directory.of(signOn.handler)))
    for (const { handler } of ended) directory.end(handler)
    for (const signOn of fresh) directory.put(signOn)
    if (ended.length + fresh.length > 0) onChanged()
    for (const { handler } of ended) onEnded(handler)
  }

  #subscribe(): void {
    this.#parts.subscriber
      .subscribe(this.#channel)
      .catch(thrown => this.#parts.log.warn('sign-on.subscribe', { reason: reasonOf(thrown) }))
  }
}

function isSame(one: SignOn, other: SignOn | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
