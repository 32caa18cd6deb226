import { reasonOf } from '../operations/errors.ts'
import { after, type Stop } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import { onOtherServer, type RedisLink } from '../operations/redis.ts'

interface Parts {
  readonly redis: RedisLink
  /** Makes the log of everybody who is signed on another one, once for this node. Rejects when Redis is away. */
  readonly renew: (without: string) => Promise<void>
  /** The logs are other ones now; the screens here need not wait for the next check to see it. */
  readonly onRenewed: () => void
  readonly log: Log
}

const TRY_AGAIN_MS = 1_000
/** Gateways whose end is remembered, in case that Redis forgets it. */
const MAX_KNOWN = 20

/**
 * What a gateway had still to say to a screen when it died is said by nobody: a card that was closed the moment before, a
 * call that never came into the record. Which it was, nobody knows. So the logs go on as other logs, and each screen is
 * shown what the record and the living have.
 */
export class LogRenewal {
  readonly #parts: Parts
  readonly #known = new Set<string>()
  readonly #owed = new Set<string>()
  readonly #stopAgain: Stop
  #isRunning = false
  #isStopped = false
  #stopLater: Stop = () => {}

  constructor(parts: Parts) {
    this.#parts = parts
    // Another server may not have it; where it has, nothing is done twice.
    this.#stopAgain = onOtherServer(parts.redis, () => this.#add([...this.#known]))
  }

  stop(): void {
    this.#isStopped = true
    this.#stopAgain()
    this.#stopLater()
  }

  /** This gateway died, or may have. */
  without(node: string): void {
    this.#known.add(node)
    const [oldest] = this.#known
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest)
    this.#add([node])
  }

  #add(nodes: readonly string[]): void {
    for (const node of nodes) this.#owed.add(node)
    if (this.#isRunning || this.#isStopped || this.#owed.size === 0) return
    this.#isRunning = true
    this.#renewAll().then(
      () => {
        this.#isRunning = false
        this.#parts.onRenewed()
      },
      thrown => {
        this.#parts.log.debug('session-log.renew', { reason: reasonOf(thrown) })
        this.#stopLater = after(TRY_AGAIN_MS, () => {
          this.#isRunning = false
          this.#add([])
        })
      }
    )
  }

  async #renewAll(): Promise<void> {
    for (const node of this.#owed) {
      if (this.#isStopped) return
      await this.#parts.renew(node)
      this.#owed.delete(node)
    }
  }
}
