import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { HandlerSession, type Wire } from '../../src/delivery/handler-session.ts'
import { LogFollower } from '../../src/delivery/log-follower.ts'
import type { Hello } from '../../src/delivery/protocol.ts'
import { SOCKET_LIMITS } from '../../src/delivery/protocol-limits.ts'
import { toSnapshotTexts } from '../../src/delivery/snapshot-texts.ts'
import { silentLog } from '../../src/operations/log.ts'
import { PANEL_NAMES, type PanelName, type PopCard, type PopEvent } from '../../src/pop/pop.ts'
import type { LogEntry, LogHead, LogSlice } from '../../src/pop/session-log.ts'
import { ConsoleClient } from '../../src/sdk/console-client.ts'
import { FakeGateway, type FakeSocket } from '../support/fake-gateway.ts'
import { HandTime, settle } from '../support/hand-time.ts'
import { barePop, callId, goneEvent, OFFERED_AT, panelEvent, popEvent, stateEvent } from '../support/pop-words.ts'
import { runSeed } from '../support/random.ts'

/*
 * One handler: the log, the session at the gateway and the SDK's client, with cuts, lost and doubled doorbells, a slow
 * network, Redis away, rolled back and empty between any two steps. Whatever happened, the screen ends as the cards
 * say, nothing was shown twice, and the client never saw a gap in what it was sent.
 */

const CALLS = 4
const LIMITS = { ...SOCKET_LIMITS, mergeOverBytes: 1_500, closeOverBytes: 9_000 }

type Step =
  | { readonly kind: 'event'; readonly call: number; readonly what: number; readonly ring: 'once' | 'twice' | 'lost' }
  | { readonly kind: 'rollback'; readonly count: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'away' | 'back' | 'lose' | 'cut' | 'slow' | 'fast' | 'check' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('event' as const),
      call: fc.nat(CALLS - 1),
      what: fc.nat(9),
      ring: fc.constantFrom('once' as const, 'once' as const, 'once' as const, 'twice' as const, 'lost' as const)
    })
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 3_000 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('rollback' as const), count: fc.integer({ min: 1, max: 4 }) })
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'away' as const,
        'back' as const,
        'lose' as const,
        'cut' as const,
        'slow' as const,
        'fast' as const,
        'check' as const
      )
    })
  }
)

interface Happened {
  readonly eventId: string
  readonly ev: PopEvent
}

/** The log as Redis keeps it, with everything that can happen to it. */
class ModelLog {
  epoch = 'epoch-0'
  entries: LogEntry[] = []
  #epochs = 0

  append({ eventId, ev }: Happened): LogEntry | undefined {
    if (this.entries.some(entry => entry.eventId === eventId)) return undefined
    const entry = { seq: this.entries.length + 1, eventId, receivedAt: OFFERED_AT, ev }
    this.entries.push(entry)
    return entry
  }

  /** Entries that Redis lost; whoever had appended them appends them again. */
  rollBack(count: number): Happened[] {
    return this.entries
      .splice(Math.max(0, this.entries.length - count))
      .map(({ eventId, ev }) => ({ eventId, ev: ev as PopEvent }))
  }

  lose(): void {
    this.entries = []
    this.epoch = `epoch-${++this.#epochs}`
  }

  async attach(): Promise<{ head: LogHead; before: string }> {
    return { head: this.head(), before: '' }
  }

  head(): LogHead {
    const last = this.entries.at(-1)
    return { epoch: this.epoch, seq: this.entries.length, ...(last === undefined ? {} : { eventId: last.eventId }) }
  }

  async readAfter(_: string, cursor: LogHead, max: number): Promise<LogSlice> {
    const head = this.head()
    const at = this.entries[cursor.seq - 1]
    const isOther = at !== undefined && cursor.eventId !== undefined && at.eventId !== cursor.eventId
    if (cursor.epoch !== this.epoch || cursor.seq > head.seq || isOther) return { kind: 'rolled-back', head }
    return { kind: 'entries', entries: this.entries.slice(cursor.seq, cursor.seq + max), head }
  }
}

/** The wire between a session and its client's socket: fast, or it keeps what it is given until it is. */
class ModelWire implements Wire {
  isFast = true
  isClosed = false
  readonly #socket: FakeSocket
  #kept: { text: string; onTaken: (() => void) | undefined }[] = []

  constructor(socket: FakeSocket) {
    this.#socket = socket
  }

  send(text: string, onTaken?: () => void): void {
    this.#kept.push({ text, onTaken })
    if (this.isFast) this.flow()
  }

  close(code: number): void {
    this.isClosed = true
    this.#kept = []
    this.#socket.drop(code)
  }

  cut(): void {
    this.close(1006)
  }

  flush(): void {}

  unsentBytes(): number {
    return this.#kept.reduce((sum, { text }) => sum + text.length, 0)
  }

  flow(): void {
    for (let next = this.#kept.shift(); next !== undefined && !this.isClosed; next = this.#kept.shift()) {
      this.#socket.sayText(next.text)
      next.onTaken?.()
    }
  }
}

class Desk {
  readonly log = new ModelLog()
  readonly time = new HandTime()
  readonly gateway = new FakeGateway()
  readonly client: ConsoleClient
  /** What every screen of the handler must show. */
  readonly cards = new Map<string, { rev: number; pop: PopCard['pop']; panels: Map<PanelName, number> }>()
  readonly wrong: string[] = []
  readonly #gone = new Set<string>()
  readonly #shown = new Set<string>()
  readonly #follower: LogFollower
  #session: { readonly session: HandlerSession; readonly wire: ModelWire } | undefined
  #served = 0
  #isAway = false
  #isSlow = false
  #pending: Happened[] = []
  #revs = 0

  constructor() {
    this.#follower = new LogFollower({
      sessionLog: () => this.log,
      isHere: session => this.#session?.session === session,
      snapshotTexts: async (_, head) => this.#snapshot(head),
      log: silentLog
    })
    this.client = new ConsoleClient({
      url: 'ws://gateway/ws',
      WebSocketImpl: this.gateway.Socket,
      getTicket: async () => ({ kind: 'ticket', ticket: 'a-ticket' }),
      client: 'test/1',
      onScreen: (_, { message }) => {
        if (message.t === 'snapshot') this.#shown.clear()
        else if (this.#shown.has(message.eventId)) this.wrong.push(`${message.eventId} was shown twice`)
        else this.#shown.add(message.eventId)
      },
      time: this.time,
      random: () => 0.5
    })
  }

  async play(step: Step): Promise<void> {
    switch (step.kind) {
      case 'event':
        this.#happen(step)
        break
      case 'rollback':
        this.#pending = [...this.log.rollBack(step.count), ...this.#pending]
        if (!this.#isAway) this.#flush('once')
        break
      case 'lose':
        this.log.lose()
        break
      case 'away':
        this.#isAway = true
        break
      case 'back':
        this.#isAway = false
        this.#flush('once')
        break
      case 'slow':
      case 'fast':
        this.#isSlow = step.kind === 'slow'
        this.#setPace()
        break
      case 'cut':
        this.#session?.wire.close(1006)
        this.#session = undefined
        break
      case 'check':
        if (this.#session !== undefined && !this.#isAway) this.#follower.catchUp(this.#session.session)
        break
      case 'wait':
        await this.#wait(step.ms)
    }
    await this.#serve()
  }

  /** Everything works again; rejects when the client does not come to rest. */
  async rest(): Promise<void> {
    for (const kind of ['fast', 'back'] as const) await this.play({ kind })
    for (let n = 0; n < 60; n++) {
      await this.play({ kind: 'wait', ms: 500 })
      await this.play({ kind: 'check' })
      if (this.client.link.kind === 'live' && this.#session?.session.cursor.seq === this.log.head().seq && n > 2) return
    }
    throw new Error(`not at rest: ${JSON.stringify(this.client.link)}`)
  }

  async #wait(ms: number): Promise<void> {
    const ts = new Date(this.time.now()).toISOString()
    this.#session?.wire.send(JSON.stringify({ t: 'hb', seq: 0, ts, service: { level: 0 } }))
    await this.time.advance(ms)
    if (this.#session?.session.tick() !== 'too-slow') return
    const { session } = this.#session
    this.#session = undefined
    session.cut(4429, 'too slow')
  }

  #happen({ call, what, ring }: Extract<Step, { kind: 'event' }>): void {
    const happened = this.#next(call, what)
    if (happened === undefined) return
    this.#pending.push(happened)
    if (this.#isAway) this.#session?.session.sendDirect(happened.eventId, happened.ev, OFFERED_AT)
    else this.#flush(ring)
  }

  /** The call's next step; the cards have it before the log. */
  #next(call: number, what: number): Happened | undefined {
    const id = callId(call)
    const card = this.cards.get(id)
    const rev = ++this.#revs
    if (this.#gone.has(id)) return undefined
    if (card === undefined) {
      this.cards.set(id, { rev, pop: barePop(call), panels: new Map() })
      return { eventId: `pop:${id}`, ev: popEvent(call, rev) }
    }
    const panel = PANEL_NAMES[what]
    if (panel !== undefined) {
      card.panels.set(panel, rev)
      return { eventId: `panel:${id}:${rev}`, ev: panelEvent(call, rev, panel) }
    }
    if (what === 9) {
      this.cards.delete(id)
      this.#gone.add(id)
      return { eventId: `gone:${id}`, ev: goneEvent(call, rev) }
    }
    card.rev = rev
    card.pop = barePop(call, { device: String(rev) })
    return { eventId: `state:${id}:${rev}`, ev: stateEvent(call, rev, { device: String(rev) }) }
  }

  #flush(ring: 'once' | 'twice' | 'lost'): void {
    for (const happened of this.#pending.splice(0)) {
      const entry = this.log.append(happened)
      if (entry === undefined || ring === 'lost') continue
      for (let n = ring === 'twice' ? 2 : 1; n > 0; n--) this.#ring(entry)
    }
  }

  /** As the hub does. */
  #ring(entry: LogEntry): void {
    const session = this.#session?.session
    if (session === undefined) return
    if (session.isCatchingUp) session.mustReadAgain = true
    else if (!['taken', 'repeat'].includes(session.take(this.log.epoch, entry))) this.#follower.catchUp(session)
  }

  #setPace(): void {
    const wire = this.#session?.wire
    if (wire === undefined) return
    wire.isFast = !this.#isSlow
    if (wire.isFast) wire.flow()
  }

  /** Whatever sockets the client has opened since are welcomed, while Redis answers. */
  async #serve(): Promise<void> {
    await settle()
    for (const socket of this.gateway.sockets) {
      if (socket.closedWith === 1000) this.wrong.push('the client found a gap in what it was sent')
    }
    if (this.#isAway) return
    const socket = this.gateway.sockets.at(-1)
    if (socket === undefined || this.gateway.sockets.length === this.#served || socket.readyState !== 0) return
    this.#served = this.gateway.sockets.length
    socket.open()
    const [hello] = socket.of('hello')
    if (hello !== undefined) await this.#open(socket, hello)
    await settle()
  }

  async #open(socket: FakeSocket, { resume }: Hello): Promise<void> {
    const head = this.log.head()
    const cursor = resume === undefined ? undefined : { ...resume, eventId: resume.eventId ?? '' }
    const resumed =
      cursor?.epoch === head.epoch && cursor.seq <= head.seq && (await this.#follower.goesOn('h1', cursor, head))
    const wire = new ModelWire(socket)
    const session = new HandlerSession({
      ...{ session: 's', handler: 'h1', wire, limits: LIMITS, cursor: resumed && cursor !== undefined ? cursor : head },
      now: () => this.time.now(),
      monotonicMs: () => this.time.monotonicMs(),
      onSent: () => {}
    })
    this.#session = { session, wire }
    const { epoch, seq } = session.cursor
    const who = { session: 's', handler: 'h1', hb: 4_000, node: 'n', service: { level: 0 } }
    wire.send(JSON.stringify({ t: 'welcome', v: 1, epoch, seq, resumed, ...who }))
    if (!resumed) session.moveTo(session.cursor, this.#snapshot(head))
    session.isCatchingUp = false
    this.#follower.catchUp(session)
    this.#setPace()
  }

  #snapshot(head: LogHead): readonly string[] {
    return toSnapshotTexts(this.toCards(), head)
  }

  toCards(): PopCard[] {
    return [...this.cards].map(([call, { rev, pop, panels }]) => ({
      ...{ call, rev, pop },
      panels: [...panels].map(([panel, at]) => ({
        rev: at,
        panel: { ...panelEvent(Number(call.slice(-12)), at, panel).data, panel } as never
      }))
    }))
  }
}

/** What a screen shows, as one shape for both sides. */
function shown(cards: Iterable<{ call: string; rev: number; pop: PopCard['pop']; panels: object }>) {
  return [...cards]
    .map(({ call, rev, pop, panels }) => {
      const revised = Object.values(panels) as { rev: number; panel: { panel: string } }[]
      return { call, rev, device: pop.device, panels: revised.map(({ rev, panel }) => `${panel.panel} ${rev}`).sort() }
    })
    .sort((one, other) => (one.call < other.call ? -1 : 1))
}

t.test(
  'rule 18: whatever breaks between any two steps, the screen ends as the cards say, in order and nothing twice',
  async t => {
    const seed = runSeed()
    t.comment(`seed ${seed}`)
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60, size: 'max' }), async steps => {
        const desk = new Desk()
        desk.client.start()
        await settle()
        for (const each of steps) await desk.play(each)
        await desk.rest()
        const [found, wanted] = [shown(desk.client.screen.cards.values()), shown(desk.toCards())]
        desk.client.stop()
        if (desk.wrong.length > 0) throw new Error(desk.wrong.join('; '))
        if (!isDeepStrictEqual(found, wanted)) throw new Error(JSON.stringify({ found, wanted }))
      }),
      { seed, numRuns: 300 }
    )
  }
)
