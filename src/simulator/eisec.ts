import { createServer, type Server, type Socket } from 'node:net'
import { encodeFrame, FrameDecoder } from '../lookups/location/eisec/eisec-frame.ts'
import { MAX_OUTSTANDING } from '../lookups/location/eisec/eisec-limits.ts'
import { type Pdu, parsePdu, printPdu } from '../lookups/location/eisec/eisec-pdu.ts'
import { after, interval, type Stop } from '../operations/lifecycle.ts'
import type { EisecAccounts } from './eisec-accounts.ts'
import type { Callers } from './eisec-callers.ts'

/**
 * How a site behaves to requests, from the next on. `silent`: no answer to anything, polls too. `cut`: the answer breaks
 * off in the middle and the link with it. `torn`: it breaks off and the link goes on.
 */
export type SiteMood =
  | 'well'
  | 'no-answer'
  | 'wrong-number'
  | 'other-telephone'
  | 'negative'
  | 'cut'
  | 'torn'
  | 'garbage'
  | 'silent'

interface Parts {
  readonly accounts: EisecAccounts
  readonly callers: Callers
}

const MAX_POLL_SECONDS = 32_000
/** The service polls somewhat sooner than it would give up. */
const POLL_SHARE = 0.6

/** One site of the simulated service, on the loopback interface. Both sites of a service share their accounts. */
export class EisecSiteSimulator {
  readonly #server: Server
  readonly #links = new Set<SiteLink>()
  /** How often each number was asked for. */
  readonly #asked = new Map<string, number>()
  #port = 0
  mood: SiteMood = 'well'
  answerAfterMs = 0
  /** LJ 3 to every log-on. */
  isFaulty = false
  /** TJ to every poll time. */
  isWithoutPolls = false
  /** What a client did that the tables do not allow. */
  readonly breaches: string[] = []
  /** The numbers asked for, in order. */
  readonly requests: string[] = []

  constructor(parts: Parts) {
    this.#server = createServer(socket => {
      const link = new SiteLink(this, parts, socket)
      this.#links.add(link)
      socket.once('close', () => this.#links.delete(link))
    })
  }

  get port(): number {
    return this.#port
  }

  /** Links that are open now. */
  get links(): number {
    return this.#links.size
  }

  /** On this port again after a stop; 0 is any free one, the first time. */
  start(port = this.#port): Promise<void> {
    return new Promise((done, fail) => {
      this.#server.once('error', fail)
      this.#server.listen(port, '127.0.0.1', () => {
        this.#server.off('error', fail)
        const address = this.#server.address()
        this.#port = typeof address === 'object' && address !== null ? address.port : 0
        done()
      })
    })
  }

  /** Cuts every link, as a network does. */
  cut(): void {
    for (const link of this.#links) link.cut()
  }

  stop(): Promise<void> {
    this.cut()
    return new Promise(done => {
      this.#server.close(() => done())
    })
  }

  nth(telephone: string): number {
    const nth = this.#asked.get(telephone) ?? 0
    this.#asked.set(telephone, nth + 1)
    return nth
  }
}

/** One client of a site. */
class SiteLink {
  readonly #site: EisecSiteSimulator
  readonly #parts: Parts
  readonly #socket: Socket
  readonly #decoder = new FrameDecoder()
  readonly #open = new Set<number>()
  readonly #timers = new Set<Stop>()
  #isLoggedOn = false
  #stopPolls: Stop = () => {}
  #stopSilence: Stop = () => {}
  #silentMs = 0

  constructor(site: EisecSiteSimulator, parts: Parts, socket: Socket) {
    this.#site = site
    this.#parts = parts
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', chunk => this.#receive(chunk))
    // What became of a client is its own to say.
    socket.on('error', () => {})
    socket.on('close', () => this.#gone())
  }

  cut(): void {
    this.#socket.destroy()
  }

  #gone(): void {
    this.#parts.accounts.logOff(this)
    this.#stopPolls()
    this.#stopSilence()
    for (const stop of this.#timers) stop()
    this.#timers.clear()
  }

  #receive(chunk: Buffer): void {
    if (this.#silentMs > 0) this.#watchSilence()
    for (const decoded of this.#decoder.push(chunk)) {
      const read = decoded.kind === 'body' ? parsePdu(decoded.body) : undefined
      if (read?.kind === 'pdu') this.#take(read.pdu)
      else this.#breach('what cannot be read')
    }
  }

  #take(pdu: Pdu): void {
    const { accounts } = this.#parts
    if (this.#site.mood === 'silent' || pdu.type === 'PO') return
    if (pdu.type === 'LR') this.#logOn(pdu)
    else if (!this.#isLoggedOn && pdu.type !== 'LO') this.#breach(`${pdu.type} before the log-on`)
    else if (pdu.type === 'PC') this.#say(accounts.change(this, pdu.from, pdu.to))
    else if (pdu.type === 'TS') this.#setPolls(pdu.seconds)
    else if (pdu.type === 'NQ') this.#asked(pdu)
    else if (pdu.type === 'LO') this.#socket.end()
    else this.#breach(`${pdu.type}, which is the service's own`)
  }

  #logOn({ user, password }: Extract<Pdu, { type: 'LR' }>): void {
    const answer = this.#site.isFaulty ? 'LJ3' : this.#parts.accounts.logOn(user, password, this)
    this.#isLoggedOn = !answer.startsWith('LJ')
    this.#say(answer)
    if (!this.#isLoggedOn) this.#socket.end()
  }

  #setPolls(seconds: number): void {
    if (seconds === 0 || seconds > MAX_POLL_SECONDS || this.#site.isWithoutPolls) {
      this.#say('TJ1')
      return
    }
    this.#say('TA')
    this.#silentMs = seconds * 1_000
    this.#watchSilence()
    this.#stopPolls = interval(() => {
      if (this.#site.mood !== 'silent') this.#say('PO')
    }, this.#silentMs * POLL_SHARE)
  }

  #watchSilence(): void {
    this.#stopSilence()
    this.#stopSilence = after(this.#silentMs, () => {
      this.#breach('silence for longer than it said')
      this.#socket.destroy()
    })
  }

  #asked({ request, telephone }: Extract<Pdu, { type: 'NQ' }>): void {
    this.#site.requests.push(telephone)
    if (this.#open.has(request)) this.#breach('a request number that is under way')
    if (this.#open.size >= MAX_OUTSTANDING) this.#breach('more requests than 16 at once')
    this.#open.add(request)
    const stop = after(this.#site.answerAfterMs, () => {
      this.#timers.delete(stop)
      this.#answer(request, telephone)
    })
    this.#timers.add(stop)
  }

  #answer(request: number, telephone: string): void {
    const { mood } = this.#site
    if (mood === 'no-answer' || mood === 'silent') return
    if (mood === 'wrong-number') {
      this.#say(printAnswer((request + 50) % 100, telephone, { NA: 'A caller nobody asked for' }))
      return
    }
    this.#open.delete(request)
    const caller = this.#parts.callers(telephone, this.#site.nth(telephone))
    if (mood === 'negative' || 'error' in caller) {
      this.#say(printPdu({ type: 'QN', request, error: 'error' in caller ? caller.error : '99' }))
      return
    }
    const named = mood === 'other-telephone' ? '01632960999' : telephone
    const body = printAnswer(request, named, caller.fields)
    if (mood === 'cut' || mood === 'torn') this.#tear(body)
    else if (mood === 'garbage') this.#socket.write(`HTTP/1.1 500\r\n\x0299${body}\x03`)
    else this.#say(body)
  }

  #tear(body: string): void {
    const frame = encodeFrame(body)
    this.#socket.write(frame?.subarray(0, Math.floor(frame.length / 2)) ?? '')
    if (this.#site.mood === 'cut') this.#socket.end()
  }

  #say(body: string): void {
    const frame = encodeFrame(body)
    if (frame !== undefined && this.#socket.writable) this.#socket.write(frame)
  }

  #breach(what: string): void {
    this.#site.breaches.push(what)
  }
}

function printAnswer(request: number, telephone: string, fields: Readonly<Record<string, string>>): string {
  const tagged = Object.entries(fields).map(([tag, text]) => `${tag}${String(text.length).padStart(3, '0')}${text}`)
  return `QP${String(request).padStart(2, '0')}TN${telephone.padEnd(20)}${tagged.join('')}`
}
