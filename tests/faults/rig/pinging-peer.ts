import { createSocket, type Socket } from 'node:dgram'
import { interval, type Stop } from '../../../src/operations/lifecycle.ts'
import { makeBranch } from '../../support/sip-text.ts'

/** A switch at an address of its own that says by OPTIONS that it is there, in a rhythm, and can fall silent. */
export class PingingPeer {
  readonly #socket: Socket = createSocket('udp4')
  readonly #host: string
  readonly #port: number
  #stop: Stop = () => {}
  #pings = 0

  constructor(host: string, gatewayPort: number) {
    this.#host = host
    this.#port = gatewayPort
    this.#socket.on('error', () => {})
  }

  async start(everyMs: number): Promise<void> {
    await new Promise<void>(done => this.#socket.bind(0, this.#host, () => done()))
    this.speak(everyMs)
  }

  speak(everyMs: number): void {
    this.#stop = interval(() => this.#ping(), everyMs)
  }

  fallSilent(): void {
    this.#stop()
  }

  stop(): void {
    this.#stop()
    this.#socket.close()
  }

  #ping(): void {
    this.#pings += 1
    const { port } = this.#socket.address()
    const lines = [
      `OPTIONS sip:ping@127.0.0.1:${this.#port} SIP/2.0`,
      `Via: SIP/2.0/UDP ${this.#host}:${port};branch=${makeBranch()}`,
      `From: <sip:switch@${this.#host}>;tag=ping${this.#pings}`,
      `To: <sip:ping@127.0.0.1:${this.#port}>`,
      `Call-ID: ping-${port}-${this.#pings}@${this.#host}`,
      `CSeq: ${this.#pings} OPTIONS`,
      'Max-Forwards: 70',
      'Content-Length: 0'
    ]
    this.#socket.send(`${lines.join('\r\n')}\r\n\r\n`, this.#port, '127.0.0.1')
  }
}
