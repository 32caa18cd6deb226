import type { InviteUserAgentServer } from 'sip.js/lib/core/index.js'
import { after, type Clock, type Stop } from '../../../operations/lifecycle.ts'
import type { Metrics } from '../../../operations/metrics.ts'
import type { DialogRequests } from './dialog-requests.ts'
import type { FastRequest } from './fast-request.ts'
import type { GatewayCore } from './gateway-core.ts'
import { type InviteMemory, readInvite } from './invite-memory.ts'
import type { LegAnswers } from './leg-answers.ts'
import type { LegEvents } from './leg-events.ts'
import { targetOf } from './remote-target.ts'
import type { ReplyPath } from './reply-path.ts'
import { askedTimer, timerHeaders, tooSmall } from './session-timer.ts'
import { dropDialog, type SipLeg } from './sip-leg.ts'
import type { SipLegs } from './sip-legs.ts'

interface Parts {
  readonly core: () => GatewayCore
  readonly legs: SipLegs
  readonly answers: LegAnswers
  readonly events: LegEvents
  readonly requests: DialogRequests
  /** The way back of an answer whose request came to another process; undefined where there is none. */
  readonly pathTo: (request: FastRequest, memory: InviteMemory) => ReplyPath | undefined
  readonly onCancel: (leg: SipLeg, server: InviteUserAgentServer, cancel: unknown) => void
  readonly safely: (run: () => void) => boolean
  readonly metrics: Pick<Metrics, 'sipAnsweredAgain'>
  readonly clock: Clock
}

/** RFC 3261 §16.6, Timer C: no proxy waits longer for the end of an INVITE that had its 100. */
const WAITED_FOR_MS = 180_000
/** A restart must not drown its switches, nor the calls that come meanwhile: 1,000 a second. */
const TURN_MS = 20
const IN_A_TURN = 20

/**
 * The crash between the record and the answer. After a 100, and over a connection, nobody sends an INVITE again: its
 * call stands in our record and on the screen, and its switch waits for ever. So each call from the record whose INVITE
 * is young enough to be waited for is answered once more. Where the answer had arrived, this is a repeat, which the
 * switch acknowledges again or drops (RFC 3261 §13.2.2.4).
 */
export class AnswerAgain {
  readonly #parts: Parts
  /** The newest last: it is the likeliest to wait. Bounded by the legs. */
  readonly #waiting: { readonly leg: SipLeg; readonly memory: InviteMemory }[] = []
  #isStarted = false
  #stop: Stop | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Once its answers have a way out. */
  start(): void {
    this.#isStarted = true
    this.#goOn()
  }

  stop(): void {
    this.#isStarted = false
    this.#stop?.()
    this.#stop = undefined
    this.#waiting.length = 0
  }

  add(leg: SipLeg, memory: InviteMemory): void {
    if (this.#parts.clock.now() - memory.receivedAt > WAITED_FOR_MS) return
    this.#waiting.push({ leg, memory })
    this.#goOn()
  }

  /** The switch tries the same INVITE by another way: what was said by the first is over. */
  drop(leg: SipLeg): void {
    const { core } = this.#parts
    const { server } = leg
    const wasRinging = leg.state === 'ringing'
    leg.state = 'ended'
    dropDialog(leg)
    if (server === undefined) return
    if (wasRinging) server.reject({ statusCode: 487 })
    else core().endInvite(server)
  }

  #goOn(): void {
    if (!this.#isStarted || this.#stop !== undefined || this.#waiting.length === 0) return
    this.#stop = after(TURN_MS, () => {
      this.#stop = undefined
      for (const { leg, memory } of this.#waiting.splice(-IN_A_TURN).reverse()) {
        this.#parts.safely(() => this.#answer(leg, memory))
      }
      this.#goOn()
    })
  }

  #answer(leg: SipLeg, memory: InviteMemory): void {
    const { core, legs, pathTo, metrics } = this.#parts
    const request = readInvite(memory)
    // It has come again meanwhile, or something was said inside the dialog, so that the switch has its answer.
    if (request === undefined || leg.state !== 'restored' || legs.of(request) !== leg) return
    if (leg.flow !== undefined || core().hasTransaction(request.viaBranch)) return
    const path = pathTo(request, memory)
    if (path === undefined) return
    core().within(path, () => this.#answerBy(leg, request, path))
    metrics.sipAnsweredAgain.inc({ mode: leg.match.trunk.mode })
  }

  #answerBy(leg: SipLeg, request: FastRequest, path: ReplyPath): void {
    const { core, answers, events, requests, onCancel, legs } = this.#parts
    const { mode, redirect } = leg.match.trunk
    const server = core().serveInvite(request)
    // With the tag that the first answer had, if there was one: the same dialog.
    ;(server as unknown as { toTag: string }).toTag = leg.toTag
    server.delegate = { onCancel: cancel => onCancel(leg, server, cancel) }
    leg.server = server
    leg.flow = path.flow
    leg.isAgain = true
    if (mode === 'redirect') {
      if (redirect !== undefined) answers.redirect(server, [redirect.defaultTarget])
      events.redirected(leg, undefined)
    } else if (mode === 'ring-leg') {
      // Its PRACK may have come before the restart.
      answers.ring(leg, server, request, path, () => {})
      requests.follow(leg, server)
    } else if (askedTimer(request).kind === 'too-small') {
      legs.refused(leg)
      server.reject(tooSmall())
    } else {
      leg.target = targetOf(request) ?? leg.target
      answers.accept(leg, server, request, timerHeaders(leg.timer))
      requests.follow(leg, server)
    }
  }
}
