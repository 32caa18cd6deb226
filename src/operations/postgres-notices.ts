import pg from 'pg'
import { reasonOf } from './errors.ts'
import { after, interval, type Stop } from './lifecycle.ts'
import type { Log } from './log.ts'
import { postgresLink } from './postgres.ts'

export interface ListenParts {
  readonly url: string
  readonly channel: string
  readonly onNotice: (payload: string) => void
  /** Each time the link comes up: what was rung before is lost, so whoever listens looks for itself. */
  readonly onUp: () => void
  readonly log: Log
}

const CONNECT_MS = 1_000
const RETRY_MS = 250
/** A link that says nothing and one that is dead look alike; a question tells them apart. */
const PROBE_MS = 2_000
const PROBE_WITHIN_MS = 1_000

/** One link of PostgreSQL that hears what others NOTIFY. Connects again by itself for as long as it is not stopped. */
export class PostgresNotices {
  readonly #parts: ListenParts
  #client: pg.Client | undefined
  #isUp = false
  #isStopped = false
  #stopRetry: Stop = () => {}
  #stopProbe: Stop = () => {}

  constructor(parts: ListenParts) {
    this.#parts = parts
  }

  get isUp(): boolean {
    return this.#isUp
  }

  start(): void {
    this.#connect()
    this.#stopProbe = interval(() => this.#probe(), PROBE_MS)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#stopRetry()
    this.#stopProbe()
    const client = this.#client
    this.#client = undefined
    // Ending a link that is gone already fails, and that is all the same here.
    await client?.end().catch(() => {})
  }

  #connect(): void {
    const client = new pg.Client({
      ...postgresLink(this.#parts.url),
      application_name: 'callbox-notices',
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: PROBE_WITHIN_MS,
      keepAlive: true
    })
    this.#client = client
    client.on('error', thrown => this.#lost(client, thrown))
    client.on('end', () => this.#lost(client, new Error('ended')))
    client.on('notification', ({ payload }) => {
      if (payload !== undefined && this.#client === client) this.#parts.onNotice(payload)
    })
    client
      .connect()
      .then(() => client.query(`listen ${this.#parts.channel}`))
      .then(
        () => {
          if (this.#client !== client) return
          this.#isUp = true
          this.#parts.onUp()
        },
        thrown => this.#lost(client, thrown)
      )
  }

  #probe(): void {
    const client = this.#client
    if (client === undefined || !this.#isUp) return
    client.query('select 1').catch(thrown => this.#lost(client, thrown))
  }

  #lost(client: pg.Client, thrown: unknown): void {
    if (this.#client !== client) return
    this.#client = undefined
    this.#isUp = false
    client.end().catch(() => {})
    if (this.#isStopped) return
    this.#parts.log.debug('notices.lost', { reason: reasonOf(thrown) })
    this.#stopRetry = after(RETRY_MS, () => this.#connect())
  }
}
