import { createServer as createClear, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createSecure, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

/** A location server whose every answer is the test's; it keeps what it was asked. */
export interface HeldServer {
  readonly port: number
  readonly asked: readonly {
    readonly method: string
    readonly path: string
    readonly body: string
    readonly type: string
  }[]
  /** What it does with the next requests. */
  answer: (response: ServerResponse, request: IncomingMessage) => void
}

/** With TLS where it is given what that needs; ended with the test. */
export async function startHeldServer(t: Test, tls?: ServerOptions): Promise<HeldServer> {
  const asked: { method: string; path: string; body: string; type: string }[] = []
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const body = Buffer.concat(chunks).toString('utf8')
      asked.push({ method, path: url, body, type: headers['content-type'] ?? '' })
      held.answer(response, request)
    })
  }
  const server = tls === undefined ? createClear(listener) : createSecure(tls, listener)
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  t.teardown(async () => {
    server.closeAllConnections()
    await new Promise(done => server.close(done))
  })
  const held: HeldServer = { port: (server.address() as AddressInfo).port, asked, answer: response => response.end() }
  return held
}
