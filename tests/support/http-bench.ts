import type { AmlPorts } from '../../src/http/aml-route.ts'
import type { DeskPorts } from '../../src/http/desk-routes.ts'
import type { DisclosurePorts } from '../../src/http/disclosure-routes.ts'
import type { HandoverPorts } from '../../src/http/handover-route.ts'
import type { HandoverUnitsPorts } from '../../src/http/handover-units-route.ts'
import { makeHttpServer } from '../../src/http/http-server.ts'
import type { MapPorts } from '../../src/http/map-routes.ts'
import type { PeoplePorts } from '../../src/http/people-routes.ts'
import type { RecordsPorts } from '../../src/http/records-routes.ts'
import { addRoutes } from '../../src/http/routes.ts'
import { SessionCookie } from '../../src/http/session-cookie.ts'
import { makeOriginRule } from '../../src/http/sign-on-routes.ts'
import type { UnitsPorts } from '../../src/http/units-routes.ts'
import type { WallboardPorts } from '../../src/http/wallboard-route.ts'
import type { WatchedCallPorts } from '../../src/http/watched-call-routes.ts'
import { Health } from '../../src/operations/health.ts'
import { type Log, silentLog } from '../../src/operations/log.ts'
import { makeMetrics } from '../../src/operations/metrics.ts'
import type { SignOn } from '../../src/pop/address.ts'
import { SignOnDirectory } from '../../src/pop/sign-on-directory.ts'
import type { HandlerAccount } from '../../src/records/handlers.ts'
import { NOON } from './call-events.ts'

export const HOST = 'callbox.example:8080'
export const OWN = { 'x-callbox': '1', host: HOST, origin: `http://${HOST}` } as const
export const ADA = { handler: 'ada', password: 'correct horse', position: 'd1' } as const

const ACCOUNT: HandlerAccount = {
  handler: 'ada',
  name: 'Ada Testcase',
  force: 'tvp',
  grants: ['hants'],
  lines: ['999'],
  role: 'handler',
  acdQueues: ['tvp-999']
}

const NO_PEOPLE: PeoplePorts = {
  searchPeople: async () => ({ people: [], more: false }),
  readPerson: async () => 'unknown',
  olderContacts: async () => 'unknown'
}

const NO_DISCLOSURES: DisclosurePorts & WatchedCallPorts = {
  exportCall: async () => 'unknown',
  notePrint: async () => 'unknown',
  replayCall: async () => 'unknown',
  liveCalls: async () => 'not-entitled',
  pastCalls: async () => 'not-entitled',
  beginPeek: async () => 'unknown',
  goOnPeeking: async () => 'unknown',
  endPeek: async () => {}
}

interface Options {
  readonly unitsOfHandover?: HandoverUnitsPorts['unitsOfHandover']
  readonly secret?: string
  readonly isSecure?: boolean
  readonly origins?: readonly string[]
  readonly log?: Log
  readonly consoleFolder?: string
  /** How long a password takes to be looked at. */
  readonly verifying?: () => Promise<void>
  readonly ticketWaitMs?: () => number
  /** What the record of people answers; nothing without it. */
  readonly people?: Partial<PeoplePorts>
  /** What routing is told of desks; off without it. */
  readonly deskStates?: DeskPorts['deskStates']
  /** What is shown of others' calls; nothing without it. */
  readonly disclosures?: Partial<DisclosurePorts & WatchedCallPorts>
  /** What the wallboard says; nobody may see it without. */
  readonly readWallboard?: WallboardPorts['readWallboard']
  readonly spendTicket?: WallboardPorts['spendTicket']
  readonly gateways?: readonly string[]
  /** What the map is made of; nothing without it. */
  readonly map?: Partial<MapPorts>
  /** Where AML is posted; off without it. */
  readonly takeAml?: AmlPorts['takeAml']
  /** Where command and control says how a hand-over stands, likewise. */
  readonly takeControlWord?: HandoverPorts['takeControlWord']
  /** Where records are posted, likewise. */
  readonly records?: RecordsPorts
  /** Where units are told of, likewise. */
  readonly units?: UnitsPorts
}

/** The gateway's HTTP side with one handler, who may sit at d1 and no other desk; time stands until the test moves it. */
export function makeHttpBench(options: Options = {}) {
  const { secret = 'a secret of the tests, 32 bytes long', isSecure = false, origins = [], log = silentLog } = options
  const time = { now: NOON }
  const clock = { now: () => time.now, monotonicMs: () => time.now }
  const directory = new SignOnDirectory()
  const health = new Health()
  const cookie = new SessionCookie({ secret: Buffer.from(secret), isSecure, hours: 12, clock })
  const tried: string[] = []
  const http = makeHttpServer(log)
  const routes = addRoutes(http, {
    findPlaces: async () => 'unknown',
    takeSwitchEvents: async () => ({ kind: 'off' }),
    maySendUnits: token => options.units?.maySendUnits(token) ?? 'off',
    takeUnits: (token, reports) => options.units?.takeUnits(token, reports) ?? { kind: 'off' },
    unitsOfHandover: async (by, id) => options.unitsOfHandover?.(by, id) ?? 'unknown',
    listRingBacks: () => ({ items: [], more: 0 }),
    verifyHandler: async (handler, password) => {
      tried.push(handler)
      await options.verifying?.()
      if (handler === 'broken') throw new Error('secret words of a stack')
      return handler === ADA.handler && password === ADA.password ? ACCOUNT : undefined
    },
    listPositions: async () => [
      { position: 'd1', name: 'Desk 1', force: 'tvp', devices: ['4001'] },
      { position: 'd9', name: 'Desk 9', force: 'hants', devices: ['4009'] }
    ],
    signOn: async (account, position) => {
      const signOn: SignOn = { ...account, position, devices: ['4001'] }
      if (position === 'd1') directory.put(signOn)
      return position === 'd1' ? signOn : undefined
    },
    signOff: async handler => directory.end(handler),
    signOnOf: handler => directory.of(handler),
    ticketWaitMs: options.ticketWaitMs ?? (() => 0),
    giveTicket: handler => ({ ticket: `ticket of ${handler}`, expiresAt: time.now + 30_000 }),
    isAmlOn: () => options.takeAml !== undefined,
    mayPush: options.records?.mayPush ?? (() => 'off'),
    pushRecords: options.records?.pushRecords ?? (async () => ({ kind: 'off' })),
    takeControlWord: options.takeControlWord ?? (async () => 'off'),
    takeAml: options.takeAml ?? (async () => 'refused'),
    giveNextTicket: handler => `next for ${handler}`,
    spendTicket: options.spendTicket ?? (async () => undefined),
    readWallboard: options.readWallboard ?? (async () => 'not-entitled'),
    readMapLayer: async () => undefined,
    fetchMapTile: async () => 'absent',
    ...options.map,
    ...NO_PEOPLE,
    ...options.people,
    deskStates: options.deskStates ?? (() => 'off'),
    ...NO_DISCLOSURES,
    ...options.disclosures,
    mayOf: () => ['export-own'],
    site: async () => ({ site: 'tests', demo: false, forces: [{ id: 'tvp', name: 'Thames Valley Police' }] }),
    cookie,
    isAllowedOrigin: makeOriginRule(origins),
    health,
    metrics: makeMetrics(),
    log,
    clock,
    ...(options.gateways === undefined ? {} : { gateways: options.gateways }),
    ...(options.consoleFolder === undefined ? {} : { consoleFolder: options.consoleFolder })
  })
  const post = (url: string, body?: object, headers: Record<string, string> = {}) =>
    http.inject({
      method: 'POST',
      url,
      headers: { ...OWN, ...headers },
      ...(body === undefined ? {} : { payload: body })
    })
  /** The Cookie header of a signed-on Ada. */
  const signOn = async (): Promise<string> => {
    const answer = await post('/api/v1/sign-on', ADA)
    return String(answer.headers['set-cookie']).split(';')[0] ?? ''
  }
  return { http, routes, health, time, tried, post, signOn, cookie }
}
