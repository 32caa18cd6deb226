import type { Ev } from '../delivery/protocol.ts'
import type { PopCard } from '../pop/pop.ts'
import { type Answer, ask } from './api.ts'

/** What is asked of others' calls; every question that shows something of a caller is a POST, and on record. */

interface CallFacts {
  readonly call: string
  readonly force: string
  readonly line: string
  readonly state: string
  readonly offeredAt: number
  readonly answeredAt?: number
  readonly silent: boolean
  readonly abandoned: boolean
}

export interface LiveCall extends CallFacts {
  readonly route: string
  readonly handler?: string
  readonly name?: string
  readonly position?: string
  readonly ringing: readonly string[]
  readonly unheard: boolean
  readonly alarms: readonly { readonly code: string; readonly priority: number; readonly words: string }[]
}

export interface LiveCalls {
  readonly at: number
  readonly calls: readonly LiveCall[]
  readonly more: number
}

export interface PastCall extends CallFacts {
  readonly cause?: string
  readonly releasedAt?: number
  readonly closedAt?: number
  readonly handlers: readonly string[]
}

export interface PastCalls {
  readonly calls: readonly PastCall[]
  readonly more: boolean
}

export interface PastAsk {
  readonly force?: string
  readonly from: number
  readonly until: number
  readonly line?: string
  readonly handler?: string
  readonly number?: string
  readonly after?: { readonly at: number; readonly callId: string }
}

export interface Peeked {
  readonly peek: string
  readonly card: PopCard
}

export interface Moment {
  readonly at: number
  readonly of: string
  readonly kind: string
  readonly who: string
  readonly words: string
}

export interface Replay {
  readonly call: string
  readonly steps: readonly { readonly at: number; readonly ev: Ev['ev'] }[]
  readonly moments: readonly Moment[]
  readonly notKept: readonly string[]
}

const because = (reason: string) => (reason.trim() === '' ? {} : { reason: reason.trim() })
const ofCall = (call: string) => `/api/v1/calls/${encodeURIComponent(call)}`

export function getLiveCalls(force: string): Promise<Answer<LiveCalls>> {
  return ask('GET', `/api/v1/calls/live?force=${encodeURIComponent(force)}`)
}

export function findPastCalls(past: PastAsk): Promise<Answer<PastCalls>> {
  return ask('POST', '/api/v1/calls/past', past)
}

export function beginPeek(call: string, reason: string): Promise<Answer<Peeked>> {
  return ask('POST', '/api/v1/peeks', { call, ...because(reason) })
}

export function peekOn(peek: string): Promise<Answer<Peeked>> {
  return ask('POST', `/api/v1/peeks/${encodeURIComponent(peek)}`)
}

export function endPeek(peek: string): Promise<Answer<undefined>> {
  return ask('POST', `/api/v1/peeks/${encodeURIComponent(peek)}/end`)
}

export function getReplay(call: string, reason: string): Promise<Answer<Replay>> {
  return ask('POST', `${ofCall(call)}/replay`, because(reason))
}

/** That the call is printed goes on record; only then the page prints it. */
export function notePrint(call: string, reason: string): Promise<Answer<undefined>> {
  return ask('POST', `${ofCall(call)}/print`, because(reason))
}

const WITHIN_MS = 15_000

/** The export as it came, byte for byte. */
export async function getExport(call: string, format: 'json' | 'csv', reason: string): Promise<Answer<Blob>> {
  try {
    const response = await fetch(`${ofCall(call)}/export`, {
      method: 'POST',
      signal: AbortSignal.timeout(WITHIN_MS),
      headers: { 'x-callbox': '1', 'content-type': 'application/json' },
      body: JSON.stringify({ format, ...because(reason) })
    })
    if (response.ok) return { kind: 'ok', value: await response.blob() }
    const { text } = (await response.json()) as { text?: string }
    return { kind: 'refused', status: response.status, text: text ?? 'The gateway refused.' }
  } catch {
    // No answer, or none that can be read: the page says that the gateway is away.
    return { kind: 'away' }
  }
}
