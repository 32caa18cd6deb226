import { randomUUID } from 'node:crypto'
import type { Server } from 'node:http'
import type { HandlerId } from '../call/ids.ts'
import { isSynthetic } from '../call/synthetic.ts'
import { type Feed, FeedDoor } from '../delivery/feed-door.ts'
import type { SourcePanel } from '../delivery/protocol.ts'
import { SocketDoor } from '../delivery/socket.ts'
import { Tickets } from '../delivery/tickets.ts'
import { readBearer } from '../http/bearer-token.ts'
import type { DisclosurePorts } from '../http/disclosure-routes.ts'
import type { HandoverPorts } from '../http/handover-route.ts'
import type { HandoverUnitsPorts } from '../http/handover-units-route.ts'
import { listenHttp, makeHttpServer } from '../http/http-server.ts'
import type { PlacePorts } from '../http/place-routes.ts'
import type { RecordsPorts } from '../http/records-routes.ts'
import { addRoutes } from '../http/routes.ts'
import { SessionCookie } from '../http/session-cookie.ts'
import { makeOriginRule, type SignOnPorts } from '../http/sign-on-routes.ts'
import type { SwitchPorts } from '../http/switch-routes.ts'
import { makeUnitsFeed, UNITS_FEED_PATH } from '../http/units-feed.ts'
import { UNITS_MAX_BYTES, type UnitsPorts } from '../http/units-routes.ts'
import type { WatchedCallPorts } from '../http/watched-call-routes.ts'
import type { Config } from '../operations/config-schema.ts'
import { defaultGrade } from '../operations/handover-schema.ts'
import { isNotStarted } from '../operations/sources-checks.ts'
import type { SourceConfig } from '../operations/sources-schema.ts'
import { keptSessionSecret } from '../operations/stores.ts'
import { readOpenCall } from '../records/adoption.ts'
import {
  endSignOn,
  type HandlerAccount,
  listHandlers,
  listPositions,
  putSignOn,
  verifyHandler
} from '../records/handlers.ts'
import type { CallAdopter } from './adopt-calls.ts'
import type { AmlDesk } from './aml-desk.ts'
import type { Base } from './base.ts'
import { makeMapDesk, mapAnswer } from './map-desk.ts'
import type { Stores } from './open-stores.ts'
import { makePeopleDesk } from './people-desk.ts'
import { makeReceipts } from './receipts.ts'
import { makeRoutingDesk } from './routing-desk.ts'
import { type BoardCommands, type CallCommands, makeRunCommand } from './run-command.ts'
import type { Delivery } from './start-delivery.ts'
import type { Ledger } from './start-ledger.ts'
import type { Nodes } from './start-nodes.ts'
import { makeWallboardDesk } from './wallboard-desk.ts'

/** What a demo offers on its sign-on page. */
export interface DemoSignOn {
  readonly password: string
  /** Handlers of each force that are offered. */
  readonly perForce: number
}

export interface HttpParts {
  readonly demo?: DemoSignOn | undefined
  readonly commands?: Partial<BoardCommands & CallCommands>
  readonly adopter: Pick<CallAdopter, 'byCallId'>
  readonly nodes: Pick<Nodes, 'watch'>
  readonly aml: Pick<AmlDesk, 'isOn' | 'take'>
  readonly records: RecordsPorts
  readonly radio: UnitsPorts
  readonly switches: SwitchPorts
  readonly places: PlacePorts
  readonly handovers: HandoverPorts & HandoverUnitsPorts
  /** Calls of others: listed, read along, exported, replayed. */
  readonly disclosures: DisclosurePorts & WatchedCallPorts & Pick<SignOnPorts, 'mayOf'>
  readonly ringBacks: Pick<Ledger['ringBacks'], 'listOf' | 'countFor'>
  /** A screen of this node has acknowledged these pops. */
  readonly onAcked: (popIds: readonly string[]) => void
}

export interface HttpDoor {
  readonly port: number
  readonly cutScreens: () => void
  /** For a socket of this process's own. */
  readonly giveTicket: (handler: HandlerId) => string
}

/** Sign-on, console, health and metrics over HTTP, and the WebSocket door. */
export async function startHttp(
  base: Base,
  stores: Stores,
  delivery: Delivery,
  { demo, commands = {}, adopter, nodes, aml, ringBacks, onAcked, ...ports }: HttpParts
): Promise<HttpDoor> {
  const { config, loaded, log, metrics, clock, health, releases, node } = base
  const { hub, signOns, courier, presence } = delivery
  const secret = loaded.sessionSecret ?? (await keptSessionSecret(config.dataDir))
  const isAllowedOrigin = makeOriginRule(config.http.origins)
  const { gateways } = config.http
  const tickets = new Tickets({ secret, redis: stores.commands, keyPrefix: config.keyPrefix, clock })
  const { secureCookie: isSecure, sessionHours: hours } = config.http
  const cookie = new SessionCookie({ secret, isSecure, hours, clock })
  const http = makeHttpServer(log)
  addRoutes(http, {
    ...makeSignOnPorts(base, stores, delivery, demo),
    ...makeDesks(base, stores, delivery),
    listRingBacks: by => ringBacks.listOf(by),
    isAmlOn: () => aml.isOn,
    takeAml: body => aml.take(body),
    ...toOthers(ports),
    ticketWaitMs: () => tickets.waitMs(),
    giveTicket: handler => tickets.give(handler),
    giveNextTicket: handler => tickets.giveNext(handler),
    spendTicket: ticket => tickets.spend(ticket),
    ...{ cookie, isAllowedOrigin, gateways, health, log, metrics, clock }
  })
  const door = new SocketDoor({
    server: http.server,
    isSignedOn: handler => signOns.of(handler) !== undefined,
    wasPopped: (handler, popId) => courier.wasPopped(handler, popId),
    run: makeRunCommand(courier, commands, {
      adopt: callId => adopter.byCallId(callId),
      readOpen: callId => readOpenCall(stores.pool, callId)
    }),
    noteAttention: (handler, attention) => {
      if (!isSynthetic(handler)) presence.note(handler, attention)
    },
    check: () => nodes.watch.check(),
    ringBacks: ringBacks.countFor,
    ...panelsOf(config.sources),
    ...(gateways.length < 2 ? {} : { next: handler => ({ ticket: tickets.giveNext(handler), gateways }) }),
    service: () => health.level(),
    makeSessionId: () => `s_${randomUUID()}`,
    ...makeReceipts(base, stores, { signOns, onAcked }),
    // A page keeps the origin of the gateway it was loaded from, wherever it goes.
    isAllowedOrigin: (origin, host) => gateways.includes(origin) || isAllowedOrigin(origin, host),
    otherPaths: new Set([UNITS_FEED_PATH]),
    ...{ hub, tickets, node, log, metrics, clock }
  })
  releases.push('HTTP', () => http.close())
  const port = await listenHttp(http, config.http)
  door.start()
  releases.push('sockets', () => door.stop())
  startFeed(base, http.server, ports.radio)
  health.set('http', { ok: true })
  log.info('http.listening', { port })
  return { port, cutScreens: () => door.cutAll(), giveTicket: handler => tickets.give(handler).ticket }
}

type OthersPorts = Pick<HttpParts, 'records' | 'radio' | 'switches' | 'places' | 'handovers' | 'disclosures'>

/** Routes whose work other stages do. */
function toOthers({ records, radio, switches, places, handovers, disclosures }: OthersPorts) {
  return { ...records, ...radio, ...switches, ...places, ...handovers, ...disclosures }
}

/** What the radio of a force says over one connection. */
function startFeed({ log, metrics, releases }: Base, server: Server, radio: UnitsPorts): void {
  const { refusal, take } = makeUnitsFeed(radio)
  const feed: Feed = {
    ...{ path: UNITS_FEED_PATH, maxBytes: UNITS_MAX_BYTES, take },
    senderOf: authorization => {
      const token = readBearer(authorization)
      const refused = refusal(token)
      return refused === undefined ? { token } : { refusal: refused }
    }
  }
  const door = new FeedDoor({ server, feed, log, metrics })
  door.start()
  releases.push('units feed', () => door.stop())
}

/** What answers from the record, from memory or from files, and needs no other stage. */
function makeDesks(base: Base, stores: Stores, { courier, signOns, presence }: Delivery) {
  const { config, loaded, log, clock } = base
  return {
    ...makePeopleDesk({ stores, courier, clock }),
    ...makeWallboardDesk(base, stores),
    ...makeRoutingDesk({ ...config.routing, readers: loaded.routers ?? [], signOns, presence, clock }),
    ...makeMapDesk(loaded, log)
  }
}

/** What screens are told of the panels of the force's own systems. */
function panelsOf(sources: readonly SourceConfig[]): { readonly panels?: readonly SourcePanel[] } {
  const panels = sources
    .filter(source => !isNotStarted(source))
    .map(({ id, title, forces }): SourcePanel => ({ panel: `other-${id}`, title, forces: [...forces] }))
  return panels.length === 0 ? {} : { panels }
}

function makeSignOnPorts(
  { config, loaded, clock, log }: Base,
  { pool }: Stores,
  { signOns, sync }: Delivery,
  demo: DemoSignOn | undefined
): Omit<SignOnPorts, 'giveTicket' | 'ticketWaitMs' | 'mayOf'> {
  return {
    verifyHandler: (handler, password) => verifyHandler(pool, handler, password),
    listPositions: () => listPositions(pool),
    signOnOf: handler => signOns.of(handler),
    signOn: async (account: HandlerAccount, position: string) => {
      const put = await putSignOn(pool, account, position, clock.now())
      if (put === undefined) return undefined
      await sync.changed()
      log.info('handler.signed-on', { handler: account.handler, force: account.force })
      return put.signOn
    },
    signOff: async handler => {
      await endSignOn(pool, handler)
      await sync.changed()
      log.info('handler.signed-off', { handler })
    },
    site: async () => ({
      site: config.site,
      demo: config.demo,
      forces: config.forces.map(toSiteForce),
      map: mapAnswer(loaded),
      ...(demo === undefined ? {} : { demoHandlers: await demoHandlers(pool, demo) })
    })
  }
}

function toSiteForce(force: Config['forces'][number]) {
  const { id, name, grades, gradeByLine, units } = force
  const first = defaultGrade(force, '999')?.id ?? ''
  const others = defaultGrade(force, '')?.id ?? ''
  const byLine = Object.fromEntries(gradeByLine.map(({ line, grade }) => [line, grade]))
  return {
    ...{ id, name },
    grades: grades.map(grade => ({ id: grade.id, name: grade.name })),
    gradeByLine: { '*': others, '999': first, ...byLine },
    ...(units === undefined
      ? {}
      : { incidentTypes: units.incidentTypes.map(type => ({ id: type.id, name: type.name })) })
  }
}

async function demoHandlers(pool: Stores['pool'], { password, perForce }: DemoSignOn) {
  const counts = new Map<string, number>()
  return (await listHandlers(pool)).flatMap(({ handler, name, force, role }) => {
    const count = (counts.get(force) ?? 0) + 1
    counts.set(force, count)
    // A few handlers of each force, and whoever is more than that.
    return count > perForce && role === 'handler' ? [] : [{ handler, name, force, role, password }]
  })
}
