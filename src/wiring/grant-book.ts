import type pg from 'pg'
import { type AskForces, forcesAsked, type Grant } from '../lookups/forces-asked.ts'
import { reasonOf } from '../operations/errors.ts'
import { type Clock, interval } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import { Rounds } from '../operations/rounds.ts'
import { readGrants } from '../records/grants.ts'
import type { Base } from './base.ts'

/** A grant that was given or ended early is known here this much later at the latest; the end it was given with, at once. */
const RELOAD_MS = 5_000

interface Parts {
  readonly read: (at: number) => Promise<readonly Grant[]>
  /** Those of the config; they are not in the record. */
  readonly standing: readonly Grant[]
  readonly clock: Pick<Clock, 'now'>
  readonly log: Pick<Log, 'debug'>
}

/**
 * What one force may see of another, kept in memory: no question about a call waits for it. While the record does not
 * answer, what was granted last holds until its own end.
 */
export class GrantBook {
  readonly #parts: Parts
  #grants: readonly Grant[]
  readonly #loads = new Rounds(() => this.#load())

  constructor(parts: Parts) {
    this.#parts = parts
    this.#grants = parts.standing
  }

  /** Resolves when the record was asked for the first time; gives the stop. Rejects as the record does. */
  async start(): Promise<() => void> {
    await this.#loads.ask()
    return interval(() => {
      this.#loads.ask().catch(thrown => this.#parts.log.debug('grants.reload', { reason: reasonOf(thrown) }))
    }, RELOAD_MS)
  }

  readonly forcesOf: AskForces = (call, kind) => forcesAsked(call, kind, this.#grants, this.#parts.clock.now())

  async #load(): Promise<void> {
    const { read, standing, clock } = this.#parts
    this.#grants = [...standing, ...(await read(clock.now()))]
  }
}

export async function startGrants(
  { config, clock, log, releases }: Pick<Base, 'config' | 'clock' | 'log' | 'releases'>,
  pool: pg.Pool
): Promise<GrantBook> {
  const standing = config.buddyGrants.map(
    ({ name, owner, to, covers }): Grant => ({
      ...{ name, owner, to, covers, isForBuddyCalls: true },
      ...{ fromAt: Number.NEGATIVE_INFINITY, untilAt: Number.POSITIVE_INFINITY }
    })
  )
  const book = new GrantBook({ read: at => readGrants(pool, at), ...{ standing, clock, log } })
  releases.push('grants', await book.start())
  return book
}
