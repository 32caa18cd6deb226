import type { CallId } from '../../../call/ids.ts'
import { Reconnect } from '../../../net/reconnect.ts'
import { Fault, reasonOf } from '../../../operations/errors.ts'
import type { Clock } from '../../../operations/lifecycle.ts'
import type { Log } from '../../../operations/log.ts'
import type { Metrics } from '../../../operations/metrics.ts'
import { type AskResult, EisecInquiries, type EisecReport } from './eisec-inquiries.ts'
import { type EisecLimits, type EisecSite, siteName } from './eisec-limits.ts'
import { EisecLink, type LinkEnd, type LinkParts } from './eisec-link.ts'
import { EisecTries, whyRejected } from './eisec-tries.ts'

/** `away`: every site has failed since the last log-on. `refused`: the service lets nobody in by the passwords we have. */
export type ClientState =
  | { readonly kind: 'off' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'up'; readonly site: string }
  | { readonly kind: 'away' | 'refused'; readonly why: string }

/** The passwords of a log-on, and which of them is in force. */
export interface PasswordBook {
  /** Those that may be in force, likeliest first, and the one to change to; read anew each time. */
  read(): Promise<{ readonly candidates: readonly string[]; readonly next?: string }>
  /** Resolves when every node would know that `to` may be in force. */
  willChange(to: string): Promise<void>
  /** A log-on with it, or a change to it, was accepted. */
  isInForce(password: string): Promise<void>
}

interface Parts {
  /** Name of the log-on in the config. */
  readonly logOn: string
  readonly user: string
  readonly sites: readonly EisecSite[]
  readonly limits: EisecLimits
  readonly passwords: PasswordBook
  readonly onReport: (report: EisecReport) => void
  readonly onState: (state: ClientState) => void
  /** Log-ons left before the password must have been changed; undefined: any number. */
  readonly onGrace: (left: number | undefined) => void
  readonly random: () => number
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
}

/** A link that lasted this long was well: after its loss the waits begin anew. */
const STEADY_MS = 10_000
/** A file that was changed is noticed within this time. */
const LOOK_AGAIN_MS = 10_000

/**
 * One log-on of EISEC: keeps one link to one of its sites, goes on to the next when that one fails, and asks it about
 * calls. Nothing here is waited for by anybody; what is known of a call is reported as it comes.
 */
export class EisecClient {
  readonly #parts: Parts
  readonly #inquiries: EisecInquiries
  readonly #reconnect: Reconnect
  readonly #tries: EisecTries
  #site = 0
  #link: EisecLink | undefined
  #state: ClientState = { kind: 'off' }
  #failedSites = 0
  #upAt = Number.POSITIVE_INFINITY
  #isStopped = false

  constructor(parts: Parts) {
    this.#parts = parts
    const { limits, random, clock } = parts
    this.#tries = new EisecTries(limits.lockedOutMs, () => clock.monotonicMs())
    this.#reconnect = new Reconnect({
      limits: { firstMs: limits.retryFirstMs, maxMs: limits.retryMaxMs },
      connect: () => void this.#connect(),
      random
    })
    this.#inquiries = new EisecInquiries({
      limits,
      onReport: report => this.#report(report),
      onResult: (result, tookMs) => this.#count(result, tookMs),
      onWrong: reason => this.#wrong(reason),
      onHung: () => this.#link?.drop('it takes requests and answers none'),
      monotonicMs: () => clock.monotonicMs()
    })
  }

  get state(): ClientState {
    return this.#state
  }

  /** Requests on the link that have no answer yet. */
  get outstanding(): number {
    return this.#inquiries.outstanding
  }

  start(): void {
    this.#become({ kind: 'connecting' })
    this.#reconnect.tryIn(0)
  }

  /** Returns at once; what comes of it is reported. `telephone`: as the service has it, 07700900123. */
  ask(callId: CallId, telephone: string): void {
    if (this.#isStopped) return
    this.#inquiries.add(callId, telephone)
    this.#parts.metrics.eisecWaiting.set({ logon: this.#parts.logOn }, this.#inquiries.size)
  }

  has(callId: CallId): boolean {
    return this.#inquiries.has(callId)
  }

  /** Logs off. Calls that were asked about are forgotten, without a report. */
  async stop(): Promise<void> {
    const { metrics, logOn } = this.#parts
    this.#isStopped = true
    this.#reconnect.stop()
    this.#inquiries.stop()
    const link = this.#link
    this.#link = undefined
    await link?.stop()
    metrics.eisecUp.set({ logon: logOn }, 0)
    metrics.eisecWaiting.set({ logon: logOn }, 0)
    this.#state = { kind: 'off' }
  }

  async #connect(): Promise<void> {
    const { sites, passwords, logOn, log } = this.#parts
    const site = sites[this.#site % sites.length]
    if (site === undefined || this.#link !== undefined) return
    try {
      const { candidates, next } = await passwords.read()
      if (this.#isStopped || this.#link !== undefined) return
      const password = this.#tries.choose(siteName(site), candidates)
      if (password === undefined) this.#noPassword(candidates)
      else this.#open(site, password, next !== undefined && this.#tries.mayChangeTo(next) ? next : undefined)
    } catch (thrown) {
      log.warn('eisec.passwords', { source: logOn, reason: reasonOf(thrown) })
      this.#reconnect.tryIn(LOOK_AGAIN_MS)
    }
  }

  #open(site: EisecSite, password: string, newPassword: string | undefined): void {
    const { user, limits, passwords, onGrace, log, logOn } = this.#parts
    const name = siteName(site)
    const inForce = (which: string) => {
      passwords
        .isInForce(which)
        .catch(thrown => log.warn('eisec.passwords', { source: logOn, reason: reasonOf(thrown) }))
    }
    let hasGrace = false
    let isChanged = false
    const parts: LinkParts = {
      ...{ site, user, password, limits },
      ...(newPassword === undefined || newPassword === password ? {} : { newPassword }),
      onReady: () => {
        this.#up(name, link)
        if (!isChanged) inForce(password)
        if (!hasGrace) onGrace(undefined)
      },
      onGrace: left => {
        hasGrace = true
        log.fault('eisec.grace', new Fault('eisec.password-due', { logOn, count: left }), { source: logOn })
        onGrace(left)
      },
      beforeChange: () => passwords.willChange(newPassword ?? ''),
      onChanged: rejected => {
        isChanged = rejected === undefined
        hasGrace = !isChanged
        this.#changed(newPassword ?? '', rejected)
        if (isChanged) inForce(newPassword ?? '')
      },
      onAnswer: answer => this.#inquiries.take(answer),
      onBad: (what, reason) => this.#bad(name, what, reason),
      onNoPolling: reason =>
        log.fault('eisec.polls', new Fault('eisec.no-polling', { site: name, reason: `TJ ${reason}` })),
      onEnd: end => this.#ended(name, password, end)
    }
    const link: EisecLink = new EisecLink(parts)
    this.#link = link
    link.start()
  }

  #up(site: string, link: EisecLink): void {
    const { log, logOn, metrics, clock } = this.#parts
    this.#upAt = clock.monotonicMs()
    this.#tries.loggedOn()
    this.#failedSites = 0
    metrics.eisecLinks.inc({ logon: logOn, result: 'up' })
    metrics.eisecUp.set({ logon: logOn }, 1)
    log.info('eisec.up', { source: logOn, peer: site })
    this.#become({ kind: 'up', site })
    this.#inquiries.setLink((request, telephone) => link.ask(request, telephone))
  }

  #ended(site: string, password: string, end: LinkEnd): void {
    const { logOn, metrics, clock } = this.#parts
    this.#link = undefined
    if (clock.monotonicMs() - this.#upAt >= STEADY_MS) this.#reconnect.succeeded()
    this.#upAt = Number.POSITIVE_INFINITY
    metrics.eisecUp.set({ logon: logOn }, 0)
    if (end.kind === 'stopped' || this.#isStopped) return
    this.#inquiries.setLink(undefined)
    this.#tell(site, end)
    if (end.kind === 'rejected') this.#tries.rejected(site, password, end.reason)
    this.#next(end)
  }

  /** Counted each time; logged until every site has failed, which is said instead. */
  #tell(site: string, end: Exclude<LinkEnd, { kind: 'stopped' }>): void {
    const { logOn, metrics, log, sites } = this.#parts
    const result = end.kind === 'rejected' ? `rejected-${end.reason}` : 'lost'
    metrics.eisecLinks.inc({ logon: logOn, result })
    if (this.#failedSites >= sites.length) return
    const fields = { source: logOn, peer: site }
    if (end.kind === 'rejected') {
      log.fault('eisec.log-on', new Fault('eisec.refused', { logOn, reason: whyRejected(end.reason) }), fields)
    } else log.fault('eisec.link', new Fault('eisec.link-lost', { logOn, site, reason: end.why }), fields)
  }

  /** The other site; the same one first where it has not been asked with each password. */
  #next(end: LinkEnd): void {
    const { sites } = this.#parts
    if (end.kind === 'rejected' && this.#tries.hasOther) {
      this.#reconnect.failed()
      return
    }
    this.#site = (this.#site + 1) % sites.length
    this.#failedSites += 1
    if (this.#failedSites >= sites.length) {
      const why = end.kind === 'rejected' ? whyRejected(end.reason) : end.kind === 'lost' ? end.why : ''
      this.#away(why)
    } else this.#become({ kind: 'connecting' })
    this.#reconnect.failed()
  }

  #away(why: string): void {
    const { log, logOn } = this.#parts
    if (this.#state.kind === 'refused') return
    if (this.#state.kind !== 'away') {
      log.fault('eisec.away', new Fault('eisec.away', { logOn, reason: why }), { source: logOn })
    }
    this.#become({ kind: 'away', why })
  }

  /** No password is left for this site: the other one, or a person has to do something first. */
  #noPassword(candidates: readonly string[]): void {
    const { sites } = this.#parts
    const isAnyLeft = sites.some(site => this.#tries.choose(siteName(site), candidates) !== undefined)
    this.#site = (this.#site + 1) % sites.length
    if (!isAnyLeft) this.#become({ kind: 'refused', why: this.#tries.why })
    this.#reconnect.tryIn(isAnyLeft ? this.#parts.limits.retryFirstMs : LOOK_AGAIN_MS)
  }

  #changed(to: string, rejected: number | undefined): void {
    const { log, logOn } = this.#parts
    if (rejected === undefined) {
      log.info('eisec.password-changed', { source: logOn })
      return
    }
    this.#tries.changeRejected(to)
    const reason =
      ['invalid', 'used before', 'not logged on', 'a fault of the service'][rejected - 1] ?? `PJ ${rejected}`
    log.fault('eisec.password', new Fault('eisec.password-refused', { logOn, reason }), { source: logOn })
  }

  #report(report: EisecReport): void {
    const { log, metrics, logOn, onReport } = this.#parts
    metrics.eisecWaiting.set({ logon: logOn }, this.#inquiries.size)
    if (report.fault !== undefined) {
      const fault = new Fault(report.fault, { count: this.#inquiries.size })
      log.fault('eisec.call', fault, { callId: report.callId, source: logOn })
    }
    onReport(report)
  }

  #count(result: AskResult, tookMs?: number): void {
    const { metrics, logOn } = this.#parts
    metrics.eisecAsked.inc({ logon: logOn, result })
    if (tookMs !== undefined) metrics.eisecSeconds.observe(tookMs / 1000)
  }

  #wrong(reason: 'request' | 'telephone'): void {
    const { metrics, log, logOn } = this.#parts
    metrics.eisecBad.inc({ reason: `wrong-${reason}` })
    const site = this.#state.kind === 'up' ? this.#state.site : ''
    const words = reason === 'request' ? 'a request number that is not under way' : 'another telephone number'
    log.fault('eisec.answer', new Fault('eisec.wrong-answer', { site, reason: words }), { source: logOn })
  }

  #bad(site: string, what: 'frame' | 'pdu' | 'unexpected', reason: string): void {
    const { metrics, log, logOn } = this.#parts
    metrics.eisecBad.inc({ reason: what === 'frame' ? `frame-${reason}` : what })
    log.fault('eisec.frame', new Fault('eisec.bad-frame', { site, reason }), { source: logOn })
  }

  #become(state: ClientState): void {
    this.#state = state
    this.#parts.onState(state)
  }
}
