import { createSocket, type Socket } from 'node:dgram'
import { interval, type Stop } from '../../../src/operations/lifecycle.ts'

const HOST = '127.0.0.1'
const PING_EVERY_MS = 250
/** A node that has not answered for as long is out, until it answers again. */
const OUT_AFTER_MS = 600
const MAX_CALLS = 100_000

interface Target {
  readonly port: number
  answeredAt: number
  isIn: boolean
}

/**
 * What a border controller or a SIP dispatcher does in front of several gateways: each call goes to one of them and stays there, OPTIONS tell
 * which of them is there, and what is for one that is away goes to another. Answers take the way their Via says, past it.
 */
export class Dispatcher {
  readonly #targets: Target[]
  readonly #calls = new Map<string, Target>()
  readonly #front: Socket
  readonly #pinger: Socket
  #turn = 0
  #pings = 0
  #stopPings: Stop = () => {}
  port = 0

  constructor(ports: readonly number[]) {
    this.#targets = ports.map(port => ({ port, answeredAt: performance.now(), isIn: true }))
    this.#front = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 })
    this.#pinger = createSocket('udp4')
    this.#front.on('message', datagram => this.#pass(datagram))
    this.#pinger.on('message', (datagram, from) => this.#answered(from.port, datagram))
    // A node that has just died refuses; the pings find that out.
    for (const socket of [this.#front, this.#pinger]) socket.on('error', () => {})
  }

  async start(): Promise<void> {
    await bind(this.#front)
    await bind(this.#pinger)
    this.port = this.#front.address().port
    this.#stopPings = interval(() => this.#ping(), PING_EVERY_MS)
  }

  stop(): void {
    this.#stopPings()
    this.#front.close()
    this.#pinger.close()
  }

  #pass(datagram: Buffer): void {
    const callId = /^(?:Call-ID|i)\s*:\s*(\S+)/im.exec(datagram.toString('latin1'))?.[1] ?? ''
    let target = this.#calls.get(callId)
    if (target === undefined || !target.isIn) {
      target = this.#next() ?? target
      if (target === undefined) return
      if (this.#calls.size >= MAX_CALLS) this.#calls.clear()
      this.#calls.set(callId, target)
    }
    this.#front.send(datagram, target.port, HOST)
  }

  #next(): Target | undefined {
    const there = this.#targets.filter(target => target.isIn)
    this.#turn += 1
    return there[this.#turn % there.length]
  }

  #ping(): void {
    const { port } = this.#pinger.address()
    for (const target of this.#targets) {
      if (performance.now() - target.answeredAt > OUT_AFTER_MS) target.isIn = false
      this.#pings += 1
      const lines = [
        `OPTIONS sip:ping@${HOST}:${target.port} SIP/2.0`,
        `Via: SIP/2.0/UDP ${HOST}:${port};branch=z9hG4bKping${this.#pings}`,
        `From: <sip:switch@${HOST}:${port}>;tag=ping${this.#pings}`,
        `To: <sip:ping@${HOST}:${target.port}>`,
        `Call-ID: ping-${port}-${this.#pings}@${HOST}`,
        'CSeq: 1 OPTIONS',
        'Max-Forwards: 70',
        'Content-Length: 0'
      ]
      this.#pinger.send(`${lines.join('\r\n')}\r\n\r\n`, target.port, HOST)
    }
  }

  #answered(port: number, datagram: Buffer): void {
    const target = this.#targets.find(each => each.port === port)
    if (target === undefined) return
    const isWilling = datagram.toString('latin1', 0, 11) === 'SIP/2.0 200'
    if (isWilling) target.answeredAt = performance.now()
    target.isIn = isWilling
  }
}

function bind(socket: Socket): Promise<void> {
  return new Promise((done, fail) => {
    socket.once('error', fail)
    socket.bind(0, HOST, () => {
      socket.off('error', fail)
      done()
    })
  })
}
