import type { ListenParts } from '../../src/operations/postgres-notices.ts'
import { SimPipe } from './sim-pipe.ts'
import type { SimPostgres } from './sim-postgres.ts'
import type { SimProcess } from './sim-process.ts'
import type { WorldRandom } from './sim-random.ts'

const TYPICAL_MS = 0.5
const RETRY_MS = 250

interface Parts {
  readonly process: SimProcess
  readonly random: WorldRandom
  readonly postgres: SimPostgres
  readonly isReachable: (to: SimProcess) => boolean
  readonly to: Pick<ListenParts, 'onNotice' | 'onUp'>
}

/** What operations/postgres-notices.ts is to its user: hears while the link stands, and says when it does again. */
export class SimNotices {
  readonly #parts: Parts
  #end: () => void = () => {}
  #isStopped = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  start(): void {
    const { process, random, postgres, isReachable, to } = this.#parts
    if (this.#isStopped) return
    const reach = () => isReachable(postgres.process)
    if (postgres.state === 'away' || postgres.state === 'standing' || !reach()) {
      setTimeout(() => this.start(), RETRY_MS)
      return
    }
    const pipe = new SimPipe({ to: process, random, typicalMs: TYPICAL_MS, isReachable: reach })
    this.#end = postgres.listen(
      payload => process.state !== 'dead' && pipe.send(() => !this.#isStopped && to.onNotice(payload)),
      () => {
        this.#end()
        process.time.schedule(process, RETRY_MS, () => this.start())
      }
    )
    pipe.send(() => to.onUp())
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#end()
  }
}
