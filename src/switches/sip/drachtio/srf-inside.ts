import type { Socket } from 'node:net'
import type Srf from 'drachtio-srf'
import { toReadable } from './server-message.ts'

/*
 * What drachtio-srf keeps private and we must have; a unit test looks for each of them by name, so that a new version
 * that moves one fails there before it fails a call. Nothing outside this file knows how the library looks inside.
 */

interface Inside {
  readonly app: { readonly client?: Agent }
}
interface Agent {
  readonly wp: Wire
  readonly mapServer: Map<Socket, ServerSide>
  sendResponse(res: Srf.SrfResponse, options: object): void
  request(options: object, done: () => void): void
}
interface ServerSide {
  readonly pendingRequests: Map<string, () => void>
  readonly pendingNetworkInvites: Map<string, { req: Srf.SrfRequest; res: Srf.SrfResponse }>
}
interface Wire {
  closing?: boolean
  readonly mapIncomingMsg: Map<Socket, { readonly incomingMsg: Buffer }>
  readonly reconnectVars: { retryTimer?: NodeJS.Timeout | null }
  on(event: 'connect', listener: (socket: Socket) => void): void
  on(event: 'msg', listener: (socket: Socket, message: string) => void): void
  listeners(event: string): unknown[]
  removeAllListeners(event: string): void
  send(socket: Socket, message: string): string
}
interface Held {
  readonly socket: Socket
  readonly stackDialogId?: string
}

const BAD_REQUEST = 'SIP/2.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n'
/** A message of the server that is not whole: more than the largest SIP message, and its frame. */
const MAX_UNREAD_BYTES = 1_048_576
/** One line of the library's own protocol that the server answers, whatever else it is at. */
const PING = 'ping'

function agentOf(srf: Srf): Agent | undefined {
  return (srf as unknown as Inside).app.client
}

/**
 * Each TCP connection the library makes, the first and those after a loss. What the server sends is read by the
 * library in a way that throws on anything unknown and waits for any length; both end the connection instead.
 */
export function onSocket(srf: Srf, listener: (socket: Socket) => void): void {
  const wire = agentOf(srf)?.wp
  if (wire === undefined) return
  const takers = wire.listeners('msg') as ((socket: Socket, message: string) => void)[]
  wire.removeAllListeners('msg')
  wire.on('msg', (socket, message) => {
    const read = toReadable(message)
    if (read.kind === 'readable') for (const take of takers) take(socket, read.message)
    else if (read.transaction !== '') wire.send(socket, `sip|${read.transaction}|\r\n${BAD_REQUEST}`)
  })
  wire.on('connect', socket => {
    const readers = socket.listeners('data') as ((chunk: Buffer) => void)[]
    socket.removeAllListeners('data')
    socket.on('data', chunk => {
      try {
        for (const read of readers) read(chunk)
        if ((wire.mapIncomingMsg.get(socket)?.incomingMsg.length ?? 0) > MAX_UNREAD_BYTES) socket.destroy()
      } catch {
        socket.destroy()
      }
    })
    listener(socket)
  })
}

/** The library's own ping asks every 5 s at most and does not look whether an answer comes. */
export function ping(srf: Srf, socket: Socket, onPong: () => void): void {
  const agent = agentOf(srf)
  const side = agent?.mapServer.get(socket)
  if (agent === undefined || side === undefined || socket.destroyed) return
  side.pendingRequests.set(agent.wp.send(socket, PING), onPong)
}

/** No answer will be sent: without this the library keeps the INVITE for ever. */
export function forgetInvite(srf: Srf, req: Srf.SrfRequest): void {
  const invites = invitesOf(srf, req)
  const callId = req.get('call-id')
  if (invites?.get(callId)?.req === req) invites.delete(callId)
}

/**
 * The library finds the INVITE that a CANCEL ends by its Call-ID alone, so a second INVITE of the same call takes the
 * place of the first. Puts the first one back.
 */
export function keepInvite(srf: Srf, req: Srf.SrfRequest, res: Srf.SrfResponse): void {
  invitesOf(srf, req)?.set(req.get('call-id'), { req, res })
}

/**
 * The library copies From and To of the request, as it has read them, into our answer; over a line that was folded the
 * server refuses the whole answer, and a name in Latin-1 comes back as another. Without them the server takes its own.
 */
export function withoutCopies(res: Srf.SrfResponse): void {
  const { headers } = (res as unknown as { msg: { headers: Record<string, string> } }).msg
  for (const name of Object.keys(headers)) if (/^(?:from|to|[ft])$/i.test(name)) delete headers[name]
}

/** A status the library has no words for: `send` throws before anything is sent. */
export function sendUnlisted(srf: Srf, res: Srf.SrfResponse, status: number, reason: string, options: object): void {
  const { msg } = res as unknown as { msg: { status: number; reason: string } }
  msg.status = status
  msg.reason = reason
  res.status = status
  agentOf(srf)?.sendResponse(res, options)
}

/** A request inside the dialog that `res` opened; the server knows it by the id it gave with our 200. */
export function requestInside(srf: Srf, res: Srf.SrfResponse, request: object): void {
  const { socket, stackDialogId } = res as unknown as Held
  const agent = agentOf(srf)
  if (agent === undefined || stackDialogId === undefined || socket.destroyed) return
  agent.request({ ...request, stackDialogId, _socket: socket }, () => {})
}

/** Where the server took a request: address and port. */
export function receivedOn(req: Srf.SrfRequest): string | undefined {
  return (req as unknown as { receivedOn?: string }).receivedOn
}

/** Ends the connection and every further attempt; `disconnect` of the library throws while there is none. */
export function close(srf: Srf, socket: Socket | undefined): void {
  const wire = agentOf(srf)?.wp
  if (wire !== undefined) {
    wire.closing = true
    clearTimeout(wire.reconnectVars.retryTimer ?? undefined)
  }
  socket?.destroy()
}

function invitesOf(srf: Srf, req: Srf.SrfRequest) {
  return agentOf(srf)?.mapServer.get((req as unknown as Held).socket)?.pendingNetworkInvites
}
