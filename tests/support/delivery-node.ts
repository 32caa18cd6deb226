import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import type { HandlerId } from '../../src/call/ids.ts'
import { Hub } from '../../src/delivery/hub.ts'
import { mergeCards, type OtherCards } from '../../src/delivery/other-cards.ts'
import type { Cmd, ServiceLevel } from '../../src/delivery/protocol.ts'
import { SOCKET_LIMITS, type SocketLimits } from '../../src/delivery/protocol-limits.ts'
import { RedisSessionLog } from '../../src/delivery/redis-session-log.ts'
import { SocketDoor } from '../../src/delivery/socket.ts'
import { Tickets } from '../../src/delivery/tickets.ts'
import { makeOriginRule } from '../../src/http/sign-on-routes.ts'
import { systemClock } from '../../src/operations/lifecycle.ts'
import { silentLog } from '../../src/operations/log.ts'
import { makeMetrics } from '../../src/operations/metrics.ts'
import type { PopCard } from '../../src/pop/pop.ts'
import type { Done } from '../../src/pop/pop-courier.ts'
import type { TestRedis } from './stores.ts'

const MAX_CARDS = 100

interface Options {
  readonly node?: string
  /** Of Redis; the corner's own where it is not given. */
  readonly url?: string
  readonly limits?: Partial<SocketLimits>
  /** What is known of other nodes' calls; as for a node that is alone where it is not given. */
  readonly others?: () => Promise<OtherCards | undefined>
  readonly run?: (handler: HandlerId, cmd: Cmd) => Promise<Done>
}

/** What was recorded of handlers' receipts. */
export interface Receipts {
  readonly acks: { handler: HandlerId; popIds: readonly string[] }[]
  readonly seen: { handler: HandlerId; popId: string; paintMs: number }[]
}

/** The way from a session log to real sockets, on one node, as the gateway puts it together; ended with the test. */
export async function makeDeliveryNode(t: Test, corner: TestRedis, options: Options = {}) {
  const { node = 'n-1', url = corner.url, run = async (): Promise<Done> => ({ ok: true }) } = options
  const limits = { ...SOCKET_LIMITS, ...options.limits }
  const { keyPrefix } = corner
  const [commands, subscriber] = [await corner.connect('commands', url), await corner.connect('subscriber', url)]
  const common = { log: silentLog, metrics: makeMetrics(), clock: systemClock }
  const cards = new Map<HandlerId, PopCard[]>()
  const signedOff = new Set<HandlerId>()
  const popped = new Map<string, HandlerId>()
  /** Pops of other nodes: whose they are only the record knows. */
  const onRecord = new Map<string, HandlerId>()
  const receipts: Receipts = { acks: [], seen: [] }
  const attention: string[] = []
  const slow: HandlerId[] = []
  let service: ServiceLevel = { level: 0 }
  const sessionLog = new RedisSessionLog({
    redis: commands,
    maxPending: 10_000,
    onFresh: fresh => hub.ring(fresh),
    ...{ keyPrefix, node, metrics: common.metrics }
  })
  const hub: Hub = new Hub({
    sessionLog: () => sessionLog,
    snapshot: (handler, known) => {
      const own = cards.get(handler) ?? []
      return known === undefined ? { cards: own, isPart: false, left: 0 } : mergeCards(own, known, MAX_CARDS)
    },
    ...(options.others === undefined ? {} : { others: options.others }),
    onSent: () => {},
    onSlow: handler => slow.push(handler),
    ...common,
    ...{ limits, node, keyPrefix, commands, subscriber }
  })
  const tickets = new Tickets({
    secret: Buffer.from('a secret of the tests, 32 bytes long'),
    redis: commands,
    keyPrefix,
    clock: systemClock
  })
  const server: Server = createServer((_, answer) => answer.writeHead(404).end())
  const door = new SocketDoor({
    server,
    isAllowedOrigin: makeOriginRule([]),
    isSignedOn: handler => !signedOff.has(handler),
    run,
    recordAck: (handler, popIds, _, onKept) => {
      receipts.acks.push({ handler, popIds })
      for (const popId of popIds) onKept(popId)
    },
    mayHaveSeen: async (handler, popIds) => popIds.filter(popId => onRecord.get(popId) === handler),
    recordSeen: (handler, popId, paintMs) => void receipts.seen.push({ handler, popId, paintMs }),
    wasPopped: (handler, popId) => (onRecord.has(popId) ? undefined : popped.get(popId) === handler),
    makeSessionId: () => `s_${Math.random().toString(36).slice(2)}`,
    noteAttention: (handler, state) => {
      const said = `${handler} ${state}`
      if (attention.findLast(each => each.startsWith(`${handler} `)) !== said) attention.push(said)
    },
    service: () => service,
    ...common,
    ...{ hub, tickets, node, limits }
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  hub.start()
  door.start()
  t.teardown(async () => {
    await door.stop()
    hub.stop()
    sessionLog.stop()
    await new Promise<void>(done => server.close(() => done()))
  })
  const { port } = server.address() as AddressInfo
  return {
    ...{
      hub,
      sessionLog,
      tickets,
      door,
      receipts,
      cards,
      attention,
      slow,
      signedOff,
      popped,
      onRecord,
      commands,
      subscriber,
      port
    },
    metrics: common.metrics,
    setService: (level: ServiceLevel) => {
      service = level
    }
  }
}

export type DeliveryNode = Awaited<ReturnType<typeof makeDeliveryNode>>
