/*
 * A thread of handlers without a screen: each signs on, holds a socket of its own with the SDK's client, and notes what
 * came and when, before anything is done with it. What that means is judged elsewhere.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { WebSocket } from 'ws'
import { reasonOf } from '../operations/errors.ts'
import { after, interval } from '../operations/lifecycle.ts'
import type { News } from '../sdk/client-parts.ts'
import { ConsoleClient } from '../sdk/console-client.ts'
import { makeSeededRandom, type SeededRandom } from '../simulator/seeded-random.ts'
import type { CrowdNews, CrowdRow, CrowdStart } from './crowd-words.ts'
import { HandlerJournal } from './handler-journal.ts'
import { WallClock } from './wall-clock.ts'

const SAY_EVERY_MS = 200
const FOLLOW_EVERY_MS = 1_000
/** Sign-on asks for a slow hash each: so many at once, and a whole room in a few seconds. */
const SIGN_ONS_AT_ONCE = 4
/** Frame received to painted, to the hand on Take, and from the end of the call to the write-up. */
const PAINT_MS = [15, 60] as const
const TAKE_MS = [500, 2_000] as const
const WRITE_UP_MS = [500, 3_000] as const

const { desks, urls, acks, seed } = workerData as CrowdStart
const clock = new WallClock()
const rows: CrowdRow[] = []
let live = 0
let lost = 0

interface Ticket {
  readonly ticket: string
}

class Handler {
  readonly #journal: HandlerJournal
  readonly #desk: CrowdStart['desks'][number]['desk']
  readonly #random: SeededRandom
  readonly #client: ConsoleClient
  /** Each begins at another gateway. */
  readonly #urls: readonly string[]
  #cookie = ''
  #isLive = false

  constructor({ at, desk }: CrowdStart['desks'][number]) {
    const journal = new HandlerJournal(at, row => rows.push(row))
    this.#journal = journal
    this.#urls = urls.map((_, turn) => urls[(at + turn) % urls.length] ?? '')
    this.#desk = desk
    this.#random = makeSeededRandom(seed + at + 1)
    class JournalSocket extends WebSocket {
      constructor(address: string, protocol: string) {
        super(address, protocol, { origin: new URL(address).origin.replace(/^ws/, 'http'), perMessageDeflate: false })
        // The client hears of it by its close.
        this.on('error', () => {})
      }

      override send(text: string): void {
        super.send(text)
        journal.said(text, clock.now())
      }
    }
    this.#client = new ConsoleClient({
      url: this.#urls.map(url => `${url.replace(/^http/, 'ws')}/api/v1/ws`),
      WebSocketImpl: JournalSocket,
      client: 'callbox-load',
      getTicket: url => this.#ticket(new URL(url).origin.replace(/^ws/, 'http')),
      onLink: link => {
        if (link.kind === 'ended' && link.why !== 'stopped') this.fail(`its link ended: ${link.why}`)
        this.#onLink(link.kind === 'live')
      },
      onScreen: (_, news) => this.#onNews(news)
    })
  }

  /** Rejects with the gateway's words. */
  async signOn(): Promise<void> {
    const { handler, password, position } = this.#desk
    const answer = await fetch(`${this.#urls[0]}/api/v1/sign-on`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-callbox': '1' },
      body: JSON.stringify({ handler, password, position })
    })
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
    this.#cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    this.#client.start()
  }

  fail(reason: string): void {
    say({ kind: 'failed', handler: this.#desk.handler, where: this.#urls[0] ?? '', reason })
  }

  stop(): void {
    this.#client.stop()
  }

  async #ticket(
    url: string
  ): Promise<{ readonly kind: 'ticket'; readonly ticket: string } | { readonly kind: 'not-signed-on' }> {
    const headers = { 'x-callbox': '1', cookie: this.#cookie }
    const answer = await fetch(`${url}/api/v1/ws-ticket`, { method: 'POST', headers })
    if (answer.status === 401) return { kind: 'not-signed-on' }
    if (!answer.ok) throw new Error(`no ticket: ${answer.status}`)
    return { kind: 'ticket', ticket: ((await answer.json()) as Ticket).ticket }
  }

  #onLink(isLive: boolean): void {
    if (isLive === this.#isLive) return
    this.#isLive = isLive
    live += isLive ? 1 : -1
    if (!isLive) lost += 1
    say({ kind: 'live', live, lost })
  }

  #onNews({ message, receivedAtMs }: News): void {
    const fresh = this.#journal.heard(message, clock.at(receivedAtMs))
    if (acks === 'people') for (const { call, popId } of fresh) this.#behave(call, popId)
    if (message.t !== 'ev' || message.ev.type !== 'call.state') return
    if (message.ev.data.state === 'released') this.#close(message.ev.call)
  }

  /** As a person does: the screen paints, then a hand takes the call, and writes it up when it is over. */
  #behave(call: string, popId: string): void {
    const paintMs = this.#random.between(...PAINT_MS)
    after(paintMs, () => this.#client.seen(popId, 0, paintMs))
    after(this.#random.between(...TAKE_MS), () => {
      const card = this.#client.screen.cards.get(call)
      // Where it rings at many the phone decides, whose word the switch gives; two hands at once are another measurement.
      const ringsAt = card?.pop.parties?.filter(({ device }) => device !== undefined).length ?? 1
      if (card === undefined || card.pop.state === 'released' || ringsAt > 1) return
      this.#client.run('call.take', { call }).then(result => {
        this.#journal.note(result.ok ? 'taken' : 'refused', call, clock.now())
      })
    })
  }

  /** A card that is left open is a call in the gateway's memory, for as long as it takes a person to write it up. */
  #close(call: string): void {
    const close = () => void this.#client.run('call.close', { call })
    if (acks === 'people') after(this.#random.between(...WRITE_UP_MS), close)
    else close()
  }
}

function say(news: CrowdNews): void {
  parentPort?.postMessage(news)
}

const stopSaying = interval(() => {
  if (rows.length > 0) say({ kind: 'rows', rows: rows.splice(0) })
}, SAY_EVERY_MS)
const stopFollowing = interval(() => clock.follow(), FOLLOW_EVERY_MS)
const handlers = desks.map(each => new Handler(each))

parentPort?.on('message', () => {
  for (const handler of handlers) handler.stop()
  stopSaying()
  stopFollowing()
  say({ kind: 'rows', rows: rows.splice(0) })
  parentPort?.close()
})

const waiting = [...handlers]
await Promise.all(
  Array.from({ length: SIGN_ONS_AT_ONCE }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await next.signOn().catch(thrown => next.fail(reasonOf(thrown)))
    }
  })
)
