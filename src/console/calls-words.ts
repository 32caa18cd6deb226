import type { LiveCall, PastCall } from './calls-api.ts'
import { toTimer } from './times.ts'

const STATES: Readonly<Record<string, string>> = {
  offered: 'Offered',
  queued: 'In the queue',
  alerting: 'Ringing',
  answered: 'Talking',
  held: 'On hold',
  released: 'Ended'
}

const CAUSES: Readonly<Record<string, string>> = {
  ended: 'Ended',
  abandoned: 'Caller left before an answer',
  'answered-elsewhere': 'Answered elsewhere',
  'no-outcome': 'Ended, outcome not said',
  failed: 'Broken off',
  lost: 'Lost: nobody said that it ended'
}

export function liveWords({ state, unheard, silent, handler, answeredAt }: LiveCall): string {
  // Of a switch that does not say who answered, a handler does.
  const isTaken = handler !== undefined && answeredAt === undefined
  const words = [STATES[state] ?? state, isTaken ? 'taken' : '', silent ? 'silent' : '', unheard ? 'may be over' : '']
  return words.filter(word => word !== '').join(', ')
}

/** How long it has waited, or been talked on. */
export function lastsWords({ offeredAt, answeredAt }: LiveCall, now: number): string {
  return answeredAt === undefined ? `waits ${toTimer(offeredAt, now)}` : `talks ${toTimer(answeredAt, now)}`
}

/** Who has it and at which desk, or where it rings. */
export function holderWords({ handler, name, position, ringing }: LiveCall): string {
  if (handler !== undefined) return `${name ?? handler}, ${position ?? 'signed off'}`
  return ringing.length === 0 ? 'nobody' : `rings at ${ringing.join(', ')}`
}

export function pastWords({ state, cause, silent, abandoned }: PastCall): string {
  const end = cause === undefined ? (STATES[state] ?? state) : (CAUSES[cause] ?? cause)
  const flags = [silent ? 'silent' : '', abandoned && cause !== 'abandoned' ? 'abandoned' : '']
  return [end, ...flags.filter(word => word !== '')].join(', ')
}

/** How long its caller waited, and how long it was talked on. */
export function tookWords({ offeredAt, answeredAt, releasedAt }: PastCall): string {
  const wait = answeredAt ?? releasedAt
  if (wait === undefined) return ''
  const waited = `waited ${toTimer(offeredAt, wait)}`
  return answeredAt === undefined || releasedAt === undefined
    ? waited
    : `${waited}, talked ${toTimer(answeredAt, releasedAt)}`
}
