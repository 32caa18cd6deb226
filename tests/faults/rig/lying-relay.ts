import { createServer, request, type Server } from 'node:http'
import { type RawData, WebSocket, WebSocketServer } from 'ws'
import type { ToClient } from '../../../src/delivery/protocol.ts'
import { SUBPROTOCOL } from '../../../src/delivery/protocol-limits.ts'

/** What becomes of a message to a screen: nothing, itself, another one, several. */
export type Lie = (message: ToClient) => readonly ToClient[]

/** A gateway that lies, to see whether the oracle notices: it stands before a real one and changes what that says. */
export class LyingRelay {
  readonly #target: string
  readonly #lie: Lie
  readonly #http: Server
  readonly #sockets = new WebSocketServer({ noServer: true, handleProtocols: () => SUBPROTOCOL })
  readonly #links = new Set<WebSocket>()

  constructor(target: string, lie: Lie) {
    this.#target = target
    this.#lie = lie
    this.#http = createServer((incoming, answer) => {
      const headers = { ...incoming.headers, host: new URL(target).host }
      const { url = '', method = 'GET' } = incoming
      const passed = request(`${target}${url}`, { method, headers }, got => {
        answer.writeHead(got.statusCode ?? 502, got.headers)
        got.pipe(answer)
      })
      passed.on('error', () => answer.destroy())
      incoming.pipe(passed)
    })
    this.#http.on('upgrade', (incoming, socket, head) =>
      this.#sockets.handleUpgrade(incoming, socket, head, near => this.#join(near))
    )
  }

  /** The address to give to a screen. */
  async start(): Promise<string> {
    await new Promise<void>(done => this.#http.listen(0, '127.0.0.1', done))
    const address = this.#http.address()
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  }

  stop(): void {
    for (const link of this.#links) link.terminate()
    this.#http.closeAllConnections()
    this.#http.close()
  }

  #join(near: WebSocket): void {
    const far = new WebSocket(`${this.#target.replace(/^http/, 'ws')}/api/v1/ws`, SUBPROTOCOL, { origin: this.#target })
    const early: RawData[] = []
    for (const link of [near, far]) {
      this.#links.add(link)
      link.on('error', () => link.terminate())
      link.on('close', () => {
        this.#links.delete(link)
        near.terminate()
        far.terminate()
      })
    }
    near.on('message', data => {
      if (far.readyState === WebSocket.OPEN) far.send(data.toString())
      else early.push(data)
    })
    far.on('open', () => {
      for (const data of early.splice(0)) far.send(data.toString())
    })
    far.on('message', data => {
      for (const message of this.#lie(JSON.parse(data.toString()) as ToClient)) near.send(JSON.stringify(message))
    })
  }
}
