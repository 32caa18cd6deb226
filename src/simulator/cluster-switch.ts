import { reasonOf } from '../operations/errors.ts'
import { interval, type Stop } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import { makePool } from '../operations/postgres.ts'
import { listSignOns } from '../records/handlers.ts'
import { DemoSwitch } from './demo-switch.ts'
import { makeSeededRandom } from './seeded-random.ts'

interface Parts {
  /** One switch calls at each. */
  readonly sipPorts: readonly number[]
  /** Of the record, which says where somebody is signed on. */
  readonly databaseUrl: string
  readonly log: Log
}

const LOOK_EVERY_MS = 2_000
const SHIFT_MS = 43_200_000

/** A demo switch at each gateway of a cluster; calls ring at desks in use, whichever gateway has their screens. */
export class ClusterSwitch {
  readonly #switches: readonly DemoSwitch[]
  readonly #parts: Parts
  #devices: readonly string[] = []
  #stopLooking: Stop = () => {}

  constructor(parts: Parts) {
    this.#parts = parts
    this.#switches = parts.sipPorts.map(
      (port, at) =>
        new DemoSwitch({
          host: '127.0.0.1',
          port,
          random: makeSeededRandom((Date.now() % 1_000_000) + at),
          devicesInUse: () => this.#devices,
          now: () => Date.now()
        })
    )
  }

  async start(): Promise<void> {
    const { databaseUrl, log } = this.#parts
    const pool = makePool({ url: databaseUrl, name: 'switch', max: 1, statementMs: 1_000, log })
    const look = async () => {
      const now = Date.now()
      this.#devices = (await listSignOns(pool, now - SHIFT_MS, now)).flatMap(({ devices }) => devices)
    }
    // It may be away for a while: the desks of before are good enough.
    const stop = interval(() => void look().catch(reasonOf), LOOK_EVERY_MS)
    this.#stopLooking = () => {
      stop()
      void pool.end()
    }
    for (const each of this.#switches) await each.start()
  }

  async stop(): Promise<void> {
    this.#stopLooking()
    for (const each of this.#switches) await each.stop()
  }
}
