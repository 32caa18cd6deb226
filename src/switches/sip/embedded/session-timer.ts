import { splitValues } from '../name-addr.ts'
import type { SipHead } from '../sip-head.ts'

/** RFC 4028 §5: no session may be shorter, and we have no reason to want longer ones. */
const MIN_SE_SECONDS = 90
/** §10: whoever waits for the refresh ends the session a little before its time is up. */
const MARGIN_SECONDS = 32

/** How long a session lasts without a refresh by the switch, and when that will be over. */
export interface SessionTimer {
  readonly seconds: number
  readonly endsAt: number
}

export type AskedTimer = { readonly kind: 'none' | 'too-small' } | { readonly kind: 'agreed'; readonly seconds: number }

/**
 * What an INVITE or UPDATE asks for (RFC 4028 §9). Only a switch that refreshes by itself gets a timer: we send no
 * refreshes, so one that cannot, or that wants us to, has a session without an end, as with any gateway that does not
 * know the extension. A refresh that names no time keeps the one agreed before.
 */
export function askedTimer(head: SipHead, before?: SessionTimer): AskedTimer {
  const tags = [...head.all('supported'), ...head.all('require')].flatMap(splitValues)
  if (!tags.some(tag => tag.trim().toLowerCase() === 'timer')) return { kind: 'none' }
  const asked = head.header('session-expires')
  if (asked === undefined) return before === undefined ? { kind: 'none' } : { kind: 'agreed', seconds: before.seconds }
  const [, digits = '', params = ''] = /^(\d{1,9})\s*(;.*)?$/.exec(asked.trim()) ?? []
  if (digits === '' || /;\s*refresher\s*=\s*uas\b/i.test(params)) return { kind: 'none' }
  const seconds = Number(digits)
  return seconds < MIN_SE_SECONDS ? { kind: 'too-small' } : { kind: 'agreed', seconds }
}

export function startTimer(seconds: number, now: number): SessionTimer {
  return { seconds, endsAt: now + (seconds - Math.min(MARGIN_SECONDS, seconds / 3)) * 1000 }
}

/** §9: the switch may ask again for longer. Made anew each time, because the core writes into what it is given. */
export function tooSmall() {
  return {
    statusCode: 422,
    reasonPhrase: 'Session Interval Too Small',
    extraHeaders: [`Min-SE: ${MIN_SE_SECONDS}`]
  }
}

/** What our 200 says of it. */
export function timerHeaders(timer: SessionTimer | undefined): readonly string[] {
  return timer === undefined ? [] : [`Session-Expires: ${timer.seconds};refresher=uac`, 'Require: timer']
}
