import type { Wire } from '../../src/delivery/handler-session.ts'
import type { ToClient } from '../../src/delivery/protocol.ts'

/** A socket whose network takes as much as a test says. */
export class FakeWire implements Wire {
  readonly sent: ToClient[] = []
  /** Written, and not taken by the network. */
  unsent = 0
  /** Whether what is written leaves at once. */
  isFast = true
  closed: { readonly code: number; readonly how: 'close' | 'cut' } | undefined
  #onTaken: (() => void)[] = []

  send(text: string, onTaken?: () => void): void {
    this.sent.push(JSON.parse(text) as ToClient)
    if (!this.isFast) this.unsent += Buffer.byteLength(text)
    if (onTaken !== undefined) this.#onTaken.push(onTaken)
  }

  close(code: number): void {
    this.closed ??= { code, how: 'close' }
  }

  cut(code: number): void {
    this.closed ??= { code, how: 'cut' }
  }

  flush(): void {}

  unsentBytes(): number {
    return this.unsent
  }

  /** The network takes everything that was written, and says so. */
  take(): void {
    this.unsent = 0
    for (const tell of this.#onTaken.splice(0)) tell()
  }

  /** `seq`, or `after<seq`, of the events sent. */
  get seqs(): string[] {
    return this.sent.flatMap(message => {
      if (message.t !== 'ev') return []
      return [message.after === undefined ? `${message.seq}` : `${message.after}<${message.seq}`]
    })
  }
}
