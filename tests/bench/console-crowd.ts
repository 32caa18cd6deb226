/*
 * Many consoles in one process, each the SDK's own client with a socket of its own: started by sockets.ts with its
 * orders over IPC. It says what came when; what that means is judged elsewhere.
 */
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { WebSocket } from 'ws'
import { SOCKET_LIMITS } from '../../src/delivery/protocol-limits.ts'
import { SessionCookie } from '../../src/http/session-cookie.ts'
import { systemClock } from '../../src/operations/lifecycle.ts'
import { ConsoleClient } from '../../src/sdk/console-client.ts'
import type { Ticket } from '../../src/sdk/link.ts'

export interface CrowdOrder {
  readonly do: 'open' | 'cut' | 'count' | 'spread' | 'end'
}

export interface CrowdStart {
  readonly url: string
  readonly secretPath: string
  /** Handlers are this and their number, from 0. */
  readonly prefix: string
  readonly count: number
  /** Consoles that are opened in a second. */
  readonly openRate: number
  /** One call is offered to all of them: each moment is kept here until it is asked for, not said one by one. */
  readonly isSpread?: boolean
}

export type CrowdNews =
  | { readonly kind: 'live'; readonly count: number; readonly at: number }
  | { readonly kind: 'pop'; readonly number: string; readonly at: number; readonly isAgain: boolean }
  /** When it came to each console, epoch ms, and how long its message was. */
  | { readonly kind: 'spread'; readonly times: readonly number[]; readonly bytes: number }
  | {
      readonly kind: 'count'
      readonly live: number
      readonly sockets: number
      readonly snapshots: number
      readonly ends: Readonly<Record<string, number>>
    }

const { url, secretPath, prefix, count, openRate, isSpread = false } = JSON.parse(process.argv[2] ?? '') as CrowdStart
const cookies = new SessionCookie({
  ...{ secret: readFileSync(secretPath), isSecure: false, hours: 1, clock: systemClock }
})
/** As after a cut: no connection is left to ask by. */
const agent = new Agent({ keepAlive: false })
const open = new Set<WebSocket>()
const seen = new Set<string>()
const spread = new Map<string, number>()
let spreadBytes = 0
let live = 0
let sockets = 0
let snapshots = 0
/** How tries and links ended: close codes, and why there was no ticket. */
const ends: Record<string, number> = {}

class CountedSocket extends WebSocket {
  constructor(address: string, protocol: string) {
    super(address, protocol, { origin: url, perMessageDeflate: false })
    sockets += 1
    open.add(this)
    this.on('close', code => {
      open.delete(this)
      ended(String(code))
    })
    this.on('error', () => {})
  }
}

const clients = Array.from({ length: count }, (_, at) => {
  const handler = `${prefix}${at}`
  const cookie = cookies.give(handler).split(';')[0] ?? ''
  let isLive = false
  const client: ConsoleClient = new ConsoleClient({
    url: `${url.replace(/^http/, 'ws')}/api/v1/ws`,
    WebSocketImpl: CountedSocket,
    getTicket: () => askTicket(cookie),
    client: 'bench/1',
    onLink: link => {
      if (isLive === (link.kind === 'live')) return
      isLive = !isLive
      live += isLive ? 1 : -1
      say({ kind: 'live', count: live, at: now() })
    },
    onScreen: (_, { message }) => {
      if (message.t === 'snapshot') snapshots += 1
      if (isSpread) {
        if (message.t !== 'ev' || message.ev.type !== 'call.pop' || spread.has(handler)) return
        spread.set(handler, now())
        if (spreadBytes === 0) spreadBytes = JSON.stringify(message).length
        return
      }
      const pops =
        message.t === 'snapshot'
          ? message.cards.map(card => card.pop)
          : message.ev.type === 'call.pop'
            ? [message.ev.data]
            : []
      for (const pop of pops) popped(handler, pop.number.e164 ?? '')
    }
  })
  return client
})

process.on('message', (order: CrowdOrder) => {
  if (order.do === 'open') openAll()
  else if (order.do === 'cut') for (const socket of open) socket.terminate()
  else if (order.do === 'count') say({ kind: 'count', live, sockets, snapshots, ends })
  else if (order.do === 'spread') {
    say({ kind: 'spread', times: [...spread.values()], bytes: spreadBytes })
    spread.clear()
  } else process.exit(0)
})
process.on('disconnect', () => process.exit(0))

function openAll(): void {
  let next = 0
  const timer = setInterval(() => {
    for (let n = 0; n < openRate / 20; n++) clients[next++]?.start()
    if (next >= clients.length) clearInterval(timer)
  }, 50)
}

function popped(handler: string, number: string): void {
  const key = `${handler} ${number}`
  say({ kind: 'pop', number, at: now(), isAgain: seen.has(key) })
  seen.add(key)
}

function askTicket(cookie: string): Promise<Ticket> {
  return new Promise((done, failed) => {
    const headers = { cookie, 'x-callbox': '1' }
    // As the page does: nobody waits any more for what comes later.
    const signal = AbortSignal.timeout(SOCKET_LIMITS.deadAfterMs)
    const asked = request(`${url}/api/v1/ws-ticket`, { method: 'POST', agent, headers, signal }, answer => {
      let text = ''
      answer.on('data', chunk => {
        text += chunk
      })
      answer.on('end', () => {
        const said = JSON.parse(text) as { ticket: string; retryMs?: number }
        if (answer.statusCode === 200) return done({ kind: 'ticket', ticket: said.ticket })
        ended(`ticket ${answer.statusCode}`)
        if (said.retryMs !== undefined) done({ kind: 'later', retryMs: said.retryMs })
        else failed(new Error(`no ticket: ${answer.statusCode} ${text}`))
      })
    })
    asked.on('error', (thrown: NodeJS.ErrnoException) => {
      ended(`ticket ${thrown.code}`)
      failed(thrown)
    })
    asked.end()
  })
}

function ended(how: string): void {
  ends[how] = (ends[how] ?? 0) + 1
}

function now(): number {
  return performance.timeOrigin + performance.now()
}

function say(news: CrowdNews): void {
  process.send?.(news)
}
