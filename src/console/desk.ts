import { batch, computed, type Signal, signal } from '@preact/signals'
import type { CmdArgs, ServiceLevel, SourcePanel } from '../delivery/protocol.ts'
import type { RingBackCount } from '../pop/board.ts'
import type { Panel, PopEvent } from '../pop/pop.ts'
import type { News } from '../sdk/client-parts.ts'
import type { CommandName } from '../sdk/commands.ts'
import { ConsoleClient } from '../sdk/console-client.ts'
import type { LinkState } from '../sdk/link-state.ts'
import { EMPTY_SCREEN, type Screen } from '../sdk/screen.ts'
import { popWords } from './announce-words.ts'
import { announce, announceNow } from './announcer.ts'
import { getTicket, type Site, socketUrl } from './api.ts'
import { boardWords } from './board-words.ts'
import { forceName } from './force-name.ts'
import { holdAwake } from './hold-awake.ts'
import { placeNews, toConfirm } from './location-words.ts'
import { makeNoteDrafts, type NoteDrafts } from './note-drafts.ts'
import { notePace, notePaint, type Pace } from './pace.ts'
import { afterPaint } from './paint.ts'
import { nextRinging, opensByItself } from './strip-order.ts'
import { toClock } from './times.ts'

/** The last pop as it reached this screen, for the badge. */
export interface LastPop {
  readonly totalMs: number
  readonly paintMs: number
}

/** Live calls of a snapshot whose paint is told at once; the record wants to know of no more in one breath. */
const MAX_SEEN_AT_ONCE = 20
/** Calls whose last place is remembered; more are not open on one screen. */
const MAX_PLACES = 200
const TICK_MS = 1_000
const NOTICE_MS = 8_000

/** A handler's screen from sign-on to sign-off: the SDK's client in front of signals that components read. */
export class Desk {
  readonly link = signal<LinkState>({ kind: 'connecting', attempt: 0 })
  readonly service = signal<ServiceLevel>({ level: 0 })
  /** Calls of this handler's lines that are to be rung back. */
  readonly ringBacks = signal<RingBackCount>({ open: 0, overdue: 0 })
  /** The panels of the force’s own systems, as the gateway has them now. */
  readonly sources = signal<readonly SourcePanel[]>([])
  readonly screen = signal<Screen>(EMPTY_SCREEN)
  readonly openCall = signal<string | undefined>(undefined)
  readonly paces = signal<ReadonlyMap<string, Pace>>(new Map())
  readonly lastPop = signal<LastPop | undefined>(undefined)
  /** What became of a command, or why the open card left. */
  readonly notice = signal('')
  /** Which of several people is the caller, by call, as this handler picked. */
  readonly picks = signal<ReadonlyMap<string, string>>(new Map())
  /** Epoch ms by the gateway's clock, once a second. */
  readonly now: Signal<number>
  /** The moment the screen speaks of: now, or when the link was lost. Timers and ages stand still with it. */
  readonly shownAt = computed(() => {
    const link = this.link.value
    return link.kind === 'stale' ? Math.min(link.sinceAt, this.now.value) : this.now.value
  })
  /** With their grades. */
  readonly forces: Site['forces']
  /** A force as handlers read it. */
  readonly forceName: (id: string) => string
  readonly isLive = computed(() => this.link.value.kind === 'live')
  readonly openCard = computed(() => {
    const call = this.openCall.value
    return call === undefined ? undefined : this.screen.value.cards.get(call)
  })
  /** What this handler writes. */
  readonly notes: NoteDrafts
  readonly #client: ConsoleClient
  #stops: (() => void)[] = []
  #stopNotice = () => {}
  /** The location panel of each call as it came last. */
  readonly #places = new Map<string, Panel>()

  constructor(client: string, forces: Site['forces'] = []) {
    this.forces = forces
    this.forceName = id => forceName({ forces }, id)
    this.#client = new ConsoleClient({
      url: socketUrl(),
      WebSocketImpl: WebSocket,
      getTicket,
      client,
      onLink: link => this.#onLink(link),
      onScreen: (screen, news) => this.#onScreen(screen, news),
      onSources: sources => {
        this.sources.value = sources
      },
      onRingBacks: counts => {
        this.ringBacks.value = counts
      },
      onService: service => {
        if (service.level !== this.service.value.level || service.why !== this.service.value.why)
          this.service.value = service
      }
    })
    this.now = signal(Date.now())
    this.notes = makeNoteDrafts(args => this.#client.run('note.save', args))
  }

  start(): void {
    const online = () => this.#client.online()
    const visibility = () => this.#client.setVisibility(document.visibilityState)
    const tick = setInterval(() => {
      this.now.value = this.#client.serverNow()
    }, TICK_MS)
    window.addEventListener('online', online)
    document.addEventListener('visibilitychange', visibility)
    this.#stops = [
      () => clearInterval(tick),
      () => window.removeEventListener('online', online),
      () => document.removeEventListener('visibilitychange', visibility),
      holdAwake()
    ]
    this.#client.start()
    visibility()
  }

  stop(): void {
    this.#client.stop()
    this.notes.stop()
    for (const stop of this.#stops.splice(0)) stop()
    this.#stopNotice()
  }

  /** After another window had taken over, or the gateway had closed for good: this one again. */
  restart(): void {
    this.#client.start()
  }

  open(call: string | undefined): void {
    this.openCall.value = call
  }

  pick(call: string, person: string | undefined): void {
    const next = new Map(this.picks.value)
    if (person === undefined) next.delete(call)
    else next.set(call, person)
    this.picks.value = next
  }

  /** F2: the next that rings is opened, and it is said that this person acts on it. */
  async takeNext(): Promise<void> {
    const card = nextRinging(this.screen.value.cards.values())
    if (card === undefined) return this.tell('No call is ringing.')
    await this.take(card.call)
  }

  async take(call: string): Promise<void> {
    this.open(call)
    await this.#run('call.take', { call })
  }

  /** What a form of its own asks for. True when it was done. */
  carryOut(op: CommandName, args: CmdArgs): Promise<boolean> {
    return this.#run(op, args)
  }

  async close(call: string): Promise<void> {
    if (!(await this.notes.settle(call)))
      return this.tell('What you wrote is not on record yet. Close again in a moment.')
    if (await this.#run('call.close', { call })) this.notes.forget(call)
  }

  /** Nobody speaks on it. True when the gateway has it so. */
  markSilent(call: string): Promise<boolean> {
    return this.#run('call.mark-silent', { call })
  }

  /** The caller is at this place; the panel says so when the gateway has it. */
  async confirmPlace(call: string, fix: string): Promise<void> {
    await this.#run('location.confirm', { call, fix })
  }

  /** The call is about this incident; the panel says so when the gateway has it. */
  async linkIncident(call: string, incident: string): Promise<void> {
    await this.#run('incident.link', { call, incident })
  }

  async unlinkIncident(call: string, incident: string): Promise<void> {
    await this.#run('incident.unlink', { call, incident })
  }

  /** F4: of the open call the place that is offered, else the best one. */
  async confirmNext(): Promise<void> {
    const card = this.openCard.value
    const fix = card === undefined ? undefined : toConfirm(card.panels.location?.panel)
    if (card === undefined || fix === undefined) return this.tell('There is no place to be confirmed.')
    await this.confirmPlace(card.call, fix)
  }

  /** Shown for some seconds, and said. */
  tell(text: string): void {
    this.#stopNotice()
    this.notice.value = text
    announce(text)
    const timer = setTimeout(() => {
      this.notice.value = ''
    }, NOTICE_MS)
    this.#stopNotice = () => clearTimeout(timer)
  }

  async #run(op: CommandName, args: CmdArgs): Promise<boolean> {
    if (!this.isLive.value) {
      this.tell('Not live: nothing can be sent now.')
      return false
    }
    const result = await this.#client.run(op, args)
    if (!result.ok) this.tell(result.text)
    return result.ok
  }

  #onLink(link: LinkState): void {
    const was = this.link.value.kind
    this.link.value = link
    if (link.kind === 'stale' && was === 'live') announceNow(`Not live since ${toClock(link.sinceAt)}. Reconnecting.`)
    if (link.kind === 'live' && was === 'stale') announceNow('Live again.')
  }

  #onScreen(screen: Screen, { message, receivedAtMs }: News): void {
    batch(() => {
      this.screen.value = screen
      this.now.value = this.#client.serverNow()
      if (message.t === 'ev') this.#noteEvent(message, receivedAtMs)
      else this.#noteSnapshot(receivedAtMs)
      this.#keepOpen()
    })
  }

  #noteEvent(message: Extract<News['message'], { t: 'ev' }>, receivedAtMs: number): void {
    const { ev } = message
    if (!('call' in ev)) {
      const words = boardWords(ev)
      if (words !== undefined) (words.isUrgent ? announceNow : announce)(words.text)
      return
    }
    const before = this.paces.value.get(ev.call)
    const pace = notePace(before, message)
    if (pace !== before && pace !== undefined) this.#setPace(ev.call, pace)
    if (ev.type === 'call.panel') this.#tellPlace(ev)
    if (ev.type === 'call.pop') {
      announce(popWords(ev.data))
      this.#tellSeen(ev.call, receivedAtMs)
    }
    if (ev.type === 'call.gone' && ev.call === this.openCall.value && ev.data.why !== 'closed') {
      this.tell('The call has gone to another handler.')
    }
  }

  /** A place that comes while a handler talks is said; the screen as it was before is kept for that. */
  #tellPlace({ call, data }: Extract<PopEvent, { type: 'call.panel' }>): void {
    if (data.panel !== 'location') return
    const before = this.#places.get(call)
    this.#places.set(call, data)
    if (this.#places.size > MAX_PLACES) this.#places.delete([...this.#places.keys()][0] ?? '')
    const news = call === this.openCall.value ? placeNews(before, data) : undefined
    if (news !== undefined) announce(news)
  }

  #noteSnapshot(receivedAtMs: number): void {
    const live = [...this.screen.value.cards.values()].filter(card => card.pop.state !== 'released')
    for (const { call } of live.slice(-MAX_SEEN_AT_ONCE)) this.#tellSeen(call, receivedAtMs)
  }

  #tellSeen(call: string, receivedAtMs: number): void {
    afterPaint(() => {
      const card = this.screen.value.cards.get(call)
      if (card === undefined) return
      const paintMs = Math.round((performance.now() - receivedAtMs) * 10) / 10
      this.#client.seen(card.pop.popId, card.rev, paintMs)
      const pace = this.paces.value.get(call)
      if (pace === undefined || pace.paintedMs !== undefined) return
      const painted = notePaint(pace, paintMs)
      this.#setPace(call, painted)
      if (painted.paintedMs !== undefined) this.lastPop.value = { totalMs: painted.paintedMs, paintMs }
    })
  }

  /** The open card stays open until it leaves; when nothing is open, a call that rings here opens by itself. */
  #keepOpen(): void {
    const { cards } = this.screen.value
    const open = this.openCall.value
    if (open === undefined || !cards.has(open)) this.openCall.value = opensByItself(cards.values())?.call
  }

  #setPace(call: string, pace: Pace): void {
    const { cards } = this.screen.value
    const kept = [...this.paces.value].filter(([known]) => cards.has(known))
    this.paces.value = new Map(kept).set(call, pace)
  }
}
