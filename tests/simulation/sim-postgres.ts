import type pg from 'pg'
import { STATEMENTS } from './record-statements.ts'
import { RecordTables } from './record-tables.ts'
import { SimPipe } from './sim-pipe.ts'
import type { SimProcess } from './sim-process.ts'
import type { WorldRandom } from './sim-random.ts'

/** `standing`: asked, it does not answer. `forgetful`: it breaks the link now and then, before or after a commit. */
export type PostgresState = 'up' | 'away' | 'standing' | 'slow' | 'forgetful'

type Query = string | { readonly text: string; readonly values?: readonly unknown[] }
interface Answer {
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  /** Of a statement that changes rows: how many, which the model answers as so many rows. */
  readonly rowCount: number
}

const TYPICAL_MS = 1
const SLOW_MS = 600
/** As operations/postgres.ts has it: the client's own time is that much longer than the server's. */
const QUERY_EXTRA_MS = 500
const CONNECT_MS = 1_000

/** The one PostgreSQL of a world: what it has committed it keeps. */
export class SimPostgres {
  readonly process: SimProcess
  readonly tables = new RecordTables()
  readonly #random: WorldRandom
  readonly #listeners = new Set<{ hear(payload: string): void; lost(): void }>()
  #state: PostgresState = 'up'

  constructor({ process, random }: { process: SimProcess; random: WorldRandom }) {
    this.process = process
    this.#random = random
  }

  get state(): PostgresState {
    return this.#state
  }

  /** `lost` is told when the link breaks. */
  listen(hear: (payload: string) => void, lost: () => void): () => void {
    const listener = { hear, lost }
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  setState(state: PostgresState): void {
    this.#state = state
    if (state === 'away') for (const { lost } of [...this.#listeners]) lost()
    if (state === 'standing') this.process.freeze()
    else this.process.thaw()
  }

  /** What happens to a statement of this moment: whether it is done, and whether that is said. */
  draw(): { readonly isDone: boolean; readonly isSaid: boolean } {
    const breaks = this.#state === 'forgetful' && this.#random.chance(0.2)
    return breaks ? { isDone: this.#random.chance(0.5), isSaid: false } : { isDone: true, isSaid: true }
  }

  typicalMs(): number {
    return this.#state === 'slow' ? SLOW_MS : TYPICAL_MS
  }

  execute(text: string, values: readonly unknown[]): Answer {
    const statement = STATEMENTS.find(({ has }) => text.includes(has))
    if (statement === undefined) throw new Error(`the simulated PostgreSQL does not know: ${text}`)
    // As over a wire: nobody keeps a reference into the tables.
    const around = { nowMs: this.process.time.nowMs, notify: (payload: string) => this.#notify(payload) }
    const rows = structuredClone(statement.run(this.tables, values, around))
    return { rows, rowCount: rows.length }
  }

  #notify(payload: string): void {
    for (const { hear } of this.#listeners) hear(payload)
  }
}

interface Parts {
  readonly server: SimPostgres
  readonly owner: SimProcess
  readonly random: WorldRandom
  readonly max: number
  readonly statementMs: number
  readonly isReachable: () => boolean
}

/** A pool of links of one process: so many statements at once, each within its time. */
export class SimPool {
  readonly #parts: Parts
  readonly #queue: (() => void)[] = []
  #busy = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  asPool(): pg.Pool {
    return this as unknown as pg.Pool
  }

  async query(query: Query, more: readonly unknown[] = []): Promise<Answer> {
    const [text, values] = typeof query === 'string' ? [query, more] : [query.text, query.values ?? more]
    await this.#link()
    try {
      return await this.#ask(text, values)
    } finally {
      const next = this.#queue.shift()
      if (next === undefined) this.#busy -= 1
      else next()
    }
  }

  /** A link of the pool; who waits gets it from the hands of whoever has it. */
  async #link(): Promise<void> {
    if (this.#busy < this.#parts.max) {
      this.#busy += 1
      return
    }
    let mine = () => {}
    const handed = this.#within<void>(CONNECT_MS, 'timeout exceeded when trying to connect', done => {
      mine = () => done()
      this.#queue.push(mine)
    })
    await handed.catch((thrown: unknown) => {
      this.#queue.splice(this.#queue.indexOf(mine), 1)
      throw thrown
    })
  }

  #ask(text: string, values: readonly unknown[]): Promise<Answer> {
    const { server, owner, random, isReachable, statementMs } = this.#parts
    if (server.state === 'away') {
      return this.#within(CONNECT_MS, 'never', (_, failed) => {
        owner.time.schedule(owner, random.delayMs(TYPICAL_MS), () => failed(new Error('connect ECONNREFUSED')))
      })
    }
    const both = { random, typicalMs: server.typicalMs() / 2, isReachable }
    const there = new SimPipe({ ...both, to: server.process })
    const back = new SimPipe({ ...both, to: owner })
    return this.#within<Answer>(statementMs + QUERY_EXTRA_MS, 'Query read timeout', (done, failed) => {
      there.send(() => {
        const { isDone, isSaid } = server.state === 'away' ? { isDone: false, isSaid: false } : server.draw()
        const answer = isDone ? server.execute(text, values) : undefined
        owner.time.trace(`sql ${owner.name} ${text.slice(0, 40).replace(/\s+/g, ' ')} ${JSON.stringify(answer)}`)
        const lost = new Error('Connection terminated unexpectedly')
        back.send(() => (isSaid && answer !== undefined ? done(answer) : failed(lost)))
      })
    })
  }

  /** Settles once: by what `begin` does, or with a failure of this text when the time is over. */
  #within<T>(
    ms: number,
    text: string,
    begin: (done: (value: T) => void, failed: (why: Error) => void) => void
  ): Promise<T> {
    return new Promise((done, failed) => {
      const timer = setTimeout(() => failed(new Error(text)), ms)
      const settle =
        <V>(give: (value: V) => void) =>
        (value: V) => {
          clearTimeout(timer)
          give(value)
        }
      begin(settle(done), settle(failed))
    })
  }
}
