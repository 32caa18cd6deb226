import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import type { Test } from 'tap'
import { SUBPROTOCOL } from '../../src/delivery/protocol-limits.ts'
import { SOCKET_PATH } from '../../src/delivery/socket.ts'

/**
 * A client whose end of the network takes one byte, and the next only when it is told to. It says hello without
 * waiting for the handshake's answer.
 */
export class StingyConsole {
  readonly #socket: Socket

  constructor(t: Test, port: number, hello: object) {
    this.#socket = connect({
      ...{ port, host: '127.0.0.1' },
      onread: {
        buffer: Buffer.alloc(1),
        callback: () => false
      }
    })
    this.#socket.on('error', () => {})
    t.teardown(() => this.#socket.destroy())
    const lines = [
      `GET ${SOCKET_PATH} HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      `Origin: http://127.0.0.1:${port}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
      `Sec-WebSocket-Protocol: ${SUBPROTOCOL}`
    ]
    this.#socket.write(`${lines.join('\r\n')}\r\n\r\n`)
    this.send(hello)
  }

  /** One frame, masked as a client's must be. */
  send(message: object): void {
    const text = Buffer.from(JSON.stringify(message))
    const mask = randomBytes(4)
    const head = text.length < 126 ? [0x81, 0x80 | text.length] : [0x81, 0xfe, text.length >> 8, text.length & 0xff]
    const masked = text.map((byte, at) => byte ^ (mask[at % 4] ?? 0))
    this.#socket.write(Buffer.concat([Buffer.from(head), mask, masked]))
  }

  /** Takes the next byte. */
  readOne(): void {
    this.#socket.resume()
  }
}
