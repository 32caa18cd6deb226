import type { Server } from 'node:http'
import fastify, { type FastifyInstance } from 'fastify'
import { FAULTS, Fault, type FaultCode, reasonOf } from '../operations/errors.ts'
import type { Log } from '../operations/log.ts'
import { whoHolds } from '../operations/port-holder.ts'

/** What a caller of the API did wrong, or may not do; `code` and `text` are the body. */
export class ApiRefusal extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, text: string) {
    super(text)
    this.status = status
    this.code = code
  }
}

const BODY_MAX_BYTES = 16 * 1024
const REQUEST_MS = 5_000
/** Connections the system holds until we take them: a whole force may come back within a second. */
const BACKLOG = 4_096

/** Fastify with one way to say that something went wrong: `{ code, text }`, never a stack. */
export function makeHttpServer(log: Log): FastifyInstance {
  const http = fastify({
    logger: false,
    bodyLimit: BODY_MAX_BYTES,
    requestTimeout: REQUEST_MS,
    forceCloseConnections: true,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } }
  })
  http.addHook('onRequest', async (_, reply) => {
    // Answers hold who is on the phone and who sits where; a file of the console says otherwise for itself.
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
  })
  http.setErrorHandler(async (thrown: unknown, request, reply) => {
    const { status, code, text } = toAnswer(thrown)
    if (status >= 500) log.fault('http.fault', thrown, { method: request.method, path: request.routeOptions.url ?? '' })
    return reply.code(status).send({ code, text })
  })
  http.setNotFoundHandler(async (_, reply) =>
    reply.code(404).send({ code: 'http.not-found', text: 'There is nothing here.' })
  )
  return http
}

/** Resolves with the port; rejects with `listen.port-taken` or `listen.failed`. */
export async function listenHttp(
  http: FastifyInstance,
  { host, port }: { host: string; port: number }
): Promise<number> {
  try {
    await http.listen({ host, port, backlog: BACKLOG })
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      throw new Fault('listen.port-taken', { port, what: 'HTTP', by: await whoHolds(port, 'tcp') }, thrown)
    }
    throw new Fault('listen.failed', { host, port, what: 'HTTP', reason: reasonOf(thrown) }, thrown)
  }
  return portOf(http.server)
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function toAnswer(thrown: unknown): { status: number; code: string; text: string } {
  if (thrown instanceof ApiRefusal) return { status: thrown.status, code: thrown.code, text: thrown.message }
  if (thrown instanceof Fault) {
    const retry = FAULTS[thrown.code as FaultCode].retry
    return { status: retry ? 503 : 500, code: thrown.code, text: thrown.message }
  }
  const status = (thrown as { statusCode?: unknown }).statusCode
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return { status, code: 'http.bad-request', text: reasonOf(thrown) }
  }
  return { status: 500, code: 'process.bug', text: 'Something went wrong here; it has been logged.' }
}
