/** Reads bits from the front, the most significant first. What is not there any more reads as zeros and is counted. */
export class BitReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Whether more was read than there is. */
  get isOver(): boolean {
    return this.#at > this.#bytes.length * 8
  }

  /** At most 32 bits, as a number without sign. */
  read(bits: number): number {
    let value = 0
    for (let n = 0; n < bits; n++) {
      const byte = this.#bytes[this.#at >> 3] ?? 0
      value = value * 2 + ((byte >> (7 - (this.#at & 7))) & 1)
      this.#at += 1
    }
    return value
  }

  flag(): boolean {
    return this.read(1) === 1
  }

  /** Whether nothing but zeros is left. */
  isPadding(): boolean {
    const from = this.#at
    let isZero = true
    while (isZero && this.#at < this.#bytes.length * 8) isZero = this.read(1) === 0
    this.#at = from
    return isZero
  }
}
