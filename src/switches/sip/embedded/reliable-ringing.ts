import { randomInt } from 'node:crypto'
import { after, type Stop } from '../../../operations/lifecycle.ts'
import { splitValues } from '../name-addr.ts'
import type { SipHead } from '../sip-head.ts'

const T1_MS = 500
/** 64 times T1: after this nobody is there who could acknowledge. */
const GIVE_UP_MS = 32_000
/** RFC 3262 §3: a first RSeq leaves room to count. */
const RSEQ_MAX = 0x7f_ff_ff_ff

/** RFC 3262 §3: a 180 is acknowledged only where the switch insists; more round trips make nothing ring sooner. */
export function requires100rel(request: Pick<SipHead, 'all'>): boolean {
  return request.all('require').some(value => splitValues(value).some(tag => tag.trim().toLowerCase() === '100rel'))
}

/**
 * One 180 that the switch wants to have acknowledged (RFC 3262 §3): sent again, each time after twice as long, until
 * its PRACK comes; given up after 64 times T1.
 */
export class ReliableRinging {
  readonly rseq = randomInt(1, RSEQ_MAX)
  readonly #cseq: number
  #stop: Stop = () => {}
  #isAcknowledged = false

  constructor(inviteCseq: number) {
    this.#cseq = inviteCseq
  }

  get headers(): readonly string[] {
    return ['Require: 100rel', `RSeq: ${this.rseq}`]
  }

  start(sendAgain: () => void, giveUp: () => void): void {
    this.#wait(T1_MS, 0, sendAgain, giveUp)
  }

  /** RAck names the answer and the request it answers; false: another one, or one acknowledged before. */
  acknowledge(rack: string | undefined): boolean {
    const [, rseq, cseq, method] = /^(\d{1,10})\s+(\d{1,10})\s+(\S+)$/.exec(rack?.trim() ?? '') ?? []
    const isMine = Number(rseq) === this.rseq && Number(cseq) === this.#cseq && method === 'INVITE'
    if (!isMine || this.#isAcknowledged) return false
    this.#isAcknowledged = true
    this.stop()
    return true
  }

  stop(): void {
    this.#stop()
  }

  #wait(pauseMs: number, waitedMs: number, sendAgain: () => void, giveUp: () => void): void {
    this.#stop = after(Math.min(pauseMs, GIVE_UP_MS - waitedMs), () => {
      const waited = waitedMs + pauseMs
      if (waited >= GIVE_UP_MS) {
        giveUp()
        return
      }
      this.#wait(pauseMs * 2, waited, sendAgain, giveUp)
      sendAgain()
    })
  }
}
