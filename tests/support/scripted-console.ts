import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { type WebSocket, WebSocketServer } from 'ws'
import type { FromClient, SourcePanel, ToClient } from '../../src/delivery/protocol.ts'
import { SOCKET_LIMITS, SUBPROTOCOL } from '../../src/delivery/protocol-limits.ts'
import { addConsoleFiles } from '../../src/http/console-files.ts'
import { listenHttp, makeHttpServer } from '../../src/http/http-server.ts'
import type { MapAnswer } from '../../src/http/map-answer.ts'
import { addMapRoutes, type MapPorts } from '../../src/http/map-routes.ts'
import { addPeopleRoutes, type PeoplePorts } from '../../src/http/people-routes.ts'
import { SessionCookie } from '../../src/http/session-cookie.ts'
import { addSignOnRoutes, makeOriginRule, type SignOnParts } from '../../src/http/sign-on-routes.ts'
import { addWallboardRoute, type WallboardPorts } from '../../src/http/wallboard-route.ts'
import { interval, systemClock } from '../../src/operations/lifecycle.ts'
import { silentLog } from '../../src/operations/log.ts'
import type { Role, SignOn } from '../../src/pop/address.ts'
import type { Board } from '../../src/pop/board.ts'
import type { PopCard } from '../../src/pop/pop.ts'
import type { ScreenEvent } from '../../src/pop/session-log.ts'
import { until } from './until.ts'

const FORCES = [
  { id: 'tvp', name: 'Thames Valley Police' },
  { id: 'hants', name: 'Hampshire & Isle of Wight Constabulary' }
]
const DEMO = { handler: 'tvp-h01', name: 'Wilmot Sandpiper', force: 'tvp', role: 'handler', password: 'demo' } as const

/** Tickets for another gateway, of all scripted ones, until they are spent. */
const NEXT_TICKETS = new Set<string>()
let nextTicket = 0

function giveNext(): string {
  nextTicket += 1
  NEXT_TICKETS.add(`next-${nextTicket}`)
  return `next-${nextTicket}`
}

/** The gateway's end of the page's socket: it says what a test tells it to, and keeps what it hears. */
export class ScriptedLink {
  readonly heard: FromClient[] = []
  /** A network that takes everything and gives nothing back. */
  isSilent = false
  readonly #socket: WebSocket
  #seq: number

  constructor(socket: WebSocket, seq: number) {
    this.#socket = socket
    this.#seq = seq
  }

  get seq(): number {
    return this.#seq
  }

  say(message: ToClient): void {
    if (!this.isSilent) this.#socket.send(JSON.stringify(message))
  }

  /** The next entry of the log. */
  event(ev: ScreenEvent): void {
    this.#seq += 1
    this.say({ t: 'ev', seq: this.#seq, eventId: `e-${this.#seq}`, ts: Date.now(), ev })
  }

  close(code: number): void {
    this.#socket.close(code)
  }

  of<T extends FromClient['t']>(type: T): Extract<FromClient, { t: T }>[] {
    return this.heard.filter((message): message is Extract<FromClient, { t: T }> => message.t === type)
  }
}

/** The built console behind the gateway's own HTTP side, with a socket that speaks by script. No store, no switch. */
export class ScriptedConsole {
  readonly links: ScriptedLink[] = []
  /** What a snapshot shows. */
  cards: readonly PopCard[] = []
  /** Who signs on; a supervisor has a board. */
  role: Role = 'handler'
  board: Board | undefined
  /** What the record of people answers. */
  people: PeoplePorts = {
    searchPeople: async () => ({ people: [], more: false }),
    readPerson: async () => 'unknown',
    olderContacts: async () => 'unknown'
  }
  /** What a wallboard shows. */
  readWallboard: WallboardPorts['readWallboard'] = async () => 'not-entitled'
  /** Origins of all gateways, this one's too, where a test has several. */
  readonly gateways: string[] = []
  /** What the map is made of; the schematic without it. */
  map: MapAnswer | undefined
  mapFiles: MapPorts = { readMapLayer: async () => undefined, fetchMapTile: async () => 'absent' }
  url = ''
  /** Panels of the force's own systems. */
  panels: readonly SourcePanel[] = []
  /** Nobody answers a socket from now on. */
  isAway = false
  #signOn: SignOn | undefined
  readonly #http = makeHttpServer(silentLog)
  readonly #sockets = new WebSocketServer({ noServer: true, handleProtocols: () => SUBPROTOCOL })

  static async start(t: Test): Promise<ScriptedConsole> {
    const console = new ScriptedConsole()
    await console.#start()
    t.teardown(() => console.#stop())
    return console
  }

  /** The link of the page as it is now. */
  get link(): ScriptedLink {
    const link = this.links.at(-1)
    if (link === undefined) throw new Error('the page has opened no socket')
    return link
  }

  /** Whoever is signed on here is so there, as behind one record. */
  shareSignOn(other: ScriptedConsole): void {
    other.#signOn = this.#signOn
  }

  /** Loads the page, signs its handler on, and waits until it is live. */
  async signOn(page: Page): Promise<ScriptedLink> {
    await page.goto(this.url)
    await page.getByRole('button', { name: /tvp-h01/ }).click()
    await page.locator('[data-link=live]').waitFor()
    return this.link
  }

  async hears(why: string, isHeard: (link: ScriptedLink) => boolean): Promise<void> {
    await until(() => (this.links.length > 0 && isHeard(this.link) ? '' : why))
  }

  async #start(): Promise<void> {
    const cookie = new SessionCookie({
      secret: Buffer.from('a secret of the tests, 32 bytes long'),
      ...{ isSecure: false, hours: 12, clock: systemClock }
    })
    const signOns: SignOnParts = {
      verifyHandler: async (handler, password) =>
        handler === DEMO.handler && password === DEMO.password
          ? { ...DEMO, role: this.role, grants: [], lines: ['999', '101'], acdQueues: [] }
          : undefined,
      listPositions: async () => [{ position: 'tvp-d01', name: 'Desk 1', force: 'tvp', devices: ['4001'] }],
      signOn: async (account, position) => {
        this.#signOn = { ...account, position, devices: ['4001'] }
        return this.#signOn
      },
      signOff: async () => {
        this.#signOn = undefined
        this.link.close(4401)
      },
      signOnOf: () => this.#signOn,
      mayOf: ({ role }) => (role === 'supervisor' ? ['export', 'export-own', 'peek', 'replay'] : ['export-own']),
      ticketWaitMs: () => 0,
      giveTicket: () => ({ ticket: 'a-ticket', expiresAt: Date.now() + SOCKET_LIMITS.ticketMs }),
      site: async () => ({
        ...{ site: 'test', demo: true, forces: FORCES, demoHandlers: [DEMO] },
        ...(this.map === undefined ? {} : { map: this.map })
      }),
      ...{ cookie, isAllowedOrigin: makeOriginRule([]), log: silentLog, clock: systemClock }
    }
    addSignOnRoutes(this.#http, signOns)
    addPeopleRoutes(this.#http, {
      ...signOns,
      searchPeople: (...ask) => this.people.searchPeople(...ask),
      readPerson: (...ask) => this.people.readPerson(...ask),
      olderContacts: (...ask) => this.people.olderContacts(...ask)
    })
    addWallboardRoute(this.#http, {
      ...{ ...signOns, gateways: this.gateways },
      readWallboard: (...ask) => this.readWallboard(...ask),
      giveNextTicket: giveNext,
      spendTicket: async ticket => (NEXT_TICKETS.delete(ticket) ? DEMO.handler : undefined)
    })
    addMapRoutes(this.#http, {
      ...signOns,
      readMapLayer: layer => this.mapFiles.readMapLayer(layer),
      fetchMapTile: tile => this.mapFiles.fetchMapTile(tile)
    })
    addConsoleFiles(this.#http, undefined, this.gateways)
    this.#http.server.on('upgrade', (request, socket, head) => {
      if (this.isAway) socket.destroy()
      else this.#sockets.handleUpgrade(request, socket, head, opened => this.#open(opened))
    })
    this.url = `http://127.0.0.1:${await listenHttp(this.#http, { host: '127.0.0.1', port: 0 })}/`
  }

  async #stop(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate()
    this.#sockets.close()
    await this.#http.close()
  }

  #open(socket: WebSocket): void {
    const link = new ScriptedLink(socket, this.links.at(-1)?.seq ?? 0)
    const beat = () => link.say({ t: 'hb', seq: link.seq, ts: new Date().toISOString(), service: { level: 0 } })
    const stop = interval(beat, SOCKET_LIMITS.heartbeatMs)
    socket.on('close', stop)
    socket.on('message', data => {
      const message = JSON.parse(data.toString()) as FromClient
      link.heard.push(message)
      if (message.t === 'hello') this.#welcome(link, message.resume !== undefined)
    })
    this.links.push(link)
  }

  #welcome(link: ScriptedLink, resumed: boolean): void {
    const head = { epoch: 'test', seq: link.seq }
    const who = { session: 's_1', handler: DEMO.handler, node: 'n-test' }
    link.say({
      t: 'welcome',
      v: 1,
      ...who,
      ...head,
      resumed,
      hb: SOCKET_LIMITS.heartbeatMs,
      service: { level: 0 },
      panels: [...this.panels]
    })
    if (!resumed) {
      const board = this.board === undefined ? {} : { board: this.board }
      link.say({ t: 'snapshot', ...head, cards: [...this.cards], ...board, more: false })
    }
  }
}
