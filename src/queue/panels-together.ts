import { after, type Stop } from '../operations/lifecycle.ts'
import type { RevisedPanel } from '../pop/pop.ts'

/**
 * The first of some answers waits this long for others. Sources that are well answer within a few milliseconds of each
 * other, and what leaves in one turn of the loop costs the log, the socket and the screen little more than one panel.
 */
const WAIT_MS = 5

/** The panels of one run of the lookups, handed over some at a time: those that are ready together leave together. */
export class PanelsTogether {
  readonly #publish: (revised: RevisedPanel) => Promise<void>
  #awaited: number
  #waiting: { readonly revised: RevisedPanel; readonly done: (work: Promise<void>) => void }[] = []
  #stop: Stop = () => {}

  /** `awaited`: how many there will be; with the last of them nothing waits. */
  constructor(awaited: number, publish: (revised: RevisedPanel) => Promise<void>) {
    this.#awaited = awaited
    this.#publish = publish
  }

  /** Resolves or rejects as its publishing does. */
  add(revised: RevisedPanel): Promise<void> {
    this.#awaited -= 1
    return new Promise(done => {
      this.#waiting.push({ revised, done })
      if (this.#awaited <= 0) this.#leave()
      else if (this.#waiting.length === 1) this.#stop = after(WAIT_MS, () => this.#leave())
    })
  }

  #leave(): void {
    this.#stop()
    for (const { revised, done } of this.#waiting.splice(0)) done(this.#publish(revised))
  }
}
