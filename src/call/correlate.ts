import type { Call, Cli } from './call.ts'
import type { OfferedEvent } from './call-event.ts'

/** Two switches that see one call report it within this long of each other. */
export const SAME_CALL_WITHIN_MS = 8_000

/** The same caller by another route or switch this soon after the first try ended is the same contact. */
export const REPRESENTED_WITHIN_MS = 8_000

/** What two reports of one call share: force and the number that a network vouches for, else the one shown. */
export function correlationKey(force: string, cli: Cli): string | undefined {
  const number = cli.network?.e164 ?? cli.presentation?.e164
  return number === undefined ? undefined : `${force}|${number}`
}

/** Whether the network vouches for the number that this caller is known by; else anybody can have shown it. */
export function isVouchedFor({ network }: Cli): boolean {
  return network?.e164 !== undefined
}

type Way = Pick<Call, 'line' | 'trunk' | 'route' | 'releasedAt'>

/**
 * Of two calls of one caller: whether the later is the earlier one again, offered by another route or switch when the
 * first did not answer. One contact, neither abandoned nor a repeat.
 */
export function isByAnotherWay(earlier: Way, later: Omit<Way, 'releasedAt'> & { readonly offeredAt: number }): boolean {
  return (
    earlier.line === later.line &&
    (earlier.trunk !== later.trunk || earlier.route !== later.route) &&
    later.offeredAt - (earlier.releasedAt ?? later.offeredAt) <= REPRESENTED_WITHIN_MS
  )
}

/** Whether no later report can be of this call. */
export function isTooOldToJoin(call: Call, at: number): boolean {
  return call.state === 'released' || at - call.offeredAt > SAME_CALL_WITHIN_MS
}

/**
 * Whether a new report is a call we have, seen by another switch (an SBC's event leg and the ACD's, say). The same
 * trunk never reports one call twice under two ids: there it is a second call of the same number.
 */
export function isSameCall(call: Call, event: OfferedEvent): boolean {
  return (
    call.trunk !== event.trunk &&
    call.force === event.force &&
    call.state !== 'released' &&
    call.line === event.line &&
    Math.abs(event.receivedAt - call.offeredAt) <= SAME_CALL_WITHIN_MS &&
    correlationKey(call.force, call.cli) === correlationKey(event.force, event.cli)
  )
}
