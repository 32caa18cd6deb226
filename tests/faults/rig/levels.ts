import { setTimeout as pause } from 'node:timers/promises'
import type { LevelLine } from '../oracle/history.ts'
import { wallClock } from '../screens/screen-client.ts'
import type { NodeProcess } from './node-process.ts'

const EVERY_MS = 100

/** Asks every gateway what level it is at, from outside, for as long as a run lasts. */
export class LevelWatch {
  readonly lines: LevelLine[] = []
  #isOver = false
  readonly #watching: Promise<unknown>

  constructor(nodes: readonly NodeProcess[]) {
    this.#watching = Promise.all(nodes.map(node => this.#watch(node)))
  }

  /** Whether every node said last that all is well. */
  get isWhole(): boolean {
    const last = new Map(this.lines.map(line => [line.node, line.level]))
    return [...last.values()].every(level => level === 0)
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await this.#watching
  }

  async #watch(node: NodeProcess): Promise<void> {
    while (!this.#isOver) {
      const ready = await node.ready()
      const { level, why } = ready ?? {}
      // Of one thing said again and again the last time counts for recovery, the first for the alarm.
      this.lines.push({ at: wallClock(), node: node.plan.name, level, ...(why === undefined ? {} : { why }) })
      await pause(EVERY_MS)
    }
  }
}
