import { createSocket, type Socket } from 'node:dgram'
import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { after } from '../../../src/operations/lifecycle.ts'
import type { SeededRandom } from '../../../src/simulator/seeded-random.ts'

const HOST = '127.0.0.1'

/** What the network does to one datagram in a hundred, both ways. */
export interface Weather {
  readonly lossPercent: number
  readonly twicePercent: number
  /** Held back this much longer than those behind it. */
  readonly latePercent: number
  readonly lateMs: number
  readonly delayMs: number
  readonly jitterMs: number
}

export const FAIR: Weather = { lossPercent: 0, twicePercent: 0, latePercent: 0, lateMs: 0, delayMs: 0, jitterMs: 0 }

/**
 * A network between the switch and the gateway that loses, repeats, delays and overtakes datagrams, by the numbers of
 * a seed. The switch's Via names our own port, so that answers come this way too.
 */
export class BadNetwork {
  weather: Weather = FAIR
  readonly #random: SeededRandom
  readonly #gatewayPort: number
  readonly #near: Socket
  readonly #far: Socket
  /** Where each call's answers go: the switch has a port for each SIPp. */
  readonly #switches = new Map<string, number>()
  #isStopped = false

  constructor(gatewayPort: number, random: SeededRandom) {
    this.#gatewayPort = gatewayPort
    this.#random = random
    this.#near = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 })
    this.#far = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 })
    for (const socket of [this.#near, this.#far]) socket.on('error', () => {})
    this.#near.on('message', (datagram, from) => {
      this.#switches.set(callIdOf(datagram), from.port)
      this.#carry(datagram, this.#far, this.#gatewayPort)
    })
    this.#far.on('message', datagram => {
      const port = this.#switches.get(callIdOf(datagram))
      if (port !== undefined) this.#carry(datagram, this.#near, port)
    })
  }

  async start(): Promise<void> {
    for (const socket of [this.#near, this.#far]) {
      await new Promise<void>(done => socket.bind(0, HOST, () => done()))
    }
  }

  get port(): number {
    return this.#near.address().port
  }

  /** The scenario with our port in its Via and Contact, written into `folder`. */
  async toScenario(path: string, folder: string): Promise<string> {
    const text = await readFile(path, 'utf8')
    const back = `${HOST}:${this.#far.address().port}`
    const changed = text.replaceAll(
      /^(\s*(?:Via: SIP\/2\.0\/\[transport\] |Contact: <sip:switch@))\[local_ip\]:\[local_port\]/gm,
      `$1${back}`
    )
    const copy = join(folder, `through-network-${basename(path)}`)
    await writeFile(copy, changed)
    return copy
  }

  stop(): void {
    this.#isStopped = true
    this.#near.close()
    this.#far.close()
  }

  #carry(datagram: Buffer, by: Socket, port: number): void {
    const { lossPercent, twicePercent, latePercent, lateMs, delayMs, jitterMs } = this.weather
    const happens = (percent: number) => this.#random.chance(percent / 100)
    if (happens(lossPercent)) return
    for (let copy = happens(twicePercent) ? 2 : 1; copy > 0; copy--) {
      const wait = delayMs + this.#random.next() * jitterMs + (happens(latePercent) ? lateMs : 0)
      if (wait < 1) this.#send(datagram, by, port)
      else after(wait, () => this.#send(datagram, by, port))
    }
  }

  #send(datagram: Buffer, by: Socket, port: number): void {
    if (!this.#isStopped) by.send(datagram, port, HOST)
  }
}

function callIdOf(datagram: Buffer): string {
  return /^(?:Call-ID|i)\s*:\s*(\S+)/im.exec(datagram.toString('latin1'))?.[1] ?? ''
}
