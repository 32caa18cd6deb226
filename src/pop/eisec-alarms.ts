import type { ClientState } from '../lookups/location/eisec/eisec-client.ts'
import type { AlarmBook } from './alarm-book.ts'

/** How a log-on of EISEC stands at the gateway that has it. */
export interface EisecStanding {
  readonly logOn: string
  readonly state: ClientState
  /** Log-ons left before the password must have been changed; undefined: any number. */
  readonly graceLeft: number | undefined
}

/** Said when it has lasted so long: a link that comes back at once is no news. */
export const AWAY_LASTS_MS = 5_000
const URGENT_LEFT = 2

/**
 * The alarms about one log-on, told again and again by the gateway that has it. `awayMs`: for how long no site has let it
 * in.
 */
export function tellEisec(
  alarms: Pick<AlarmBook, 'raise' | 'letGo'>,
  { logOn, state, graceLeft }: EisecStanding,
  awayMs: number
): void {
  const isAway = state.kind === 'away' && awayMs >= AWAY_LASTS_MS
  if (isAway) alarms.raise({ code: 'eisec-away', key: `eisec-away:${logOn}`, data: { logOn, why: state.why } })
  else if (state.kind === 'up') alarms.letGo(`eisec-away:${logOn}`, 'A site answers again.')
  if (state.kind === 'refused') {
    alarms.raise({ code: 'eisec-refused', key: `eisec-refused:${logOn}`, data: { logOn, why: state.why } })
  } else if (state.kind === 'up') alarms.letGo(`eisec-refused:${logOn}`, 'It is let in again.')
  const due = `eisec-password:${logOn}`
  if (graceLeft === undefined) {
    alarms.letGo(due, 'It is changed.')
    alarms.letGo(`${due}:urgent`, 'It is changed.')
  } else if (graceLeft <= URGENT_LEFT) {
    alarms.letGo(due, 'Fewer are left now.')
    alarms.raise({ code: 'eisec-password', key: `${due}:urgent`, isUrgent: true, data: { logOn, count: graceLeft } })
  } else alarms.raise({ code: 'eisec-password', key: due, data: { logOn, count: graceLeft } })
}

/** Another gateway has the log-on, and tells how it stands. */
export function letGoEisec(alarms: Pick<AlarmBook, 'letGo'>, logOn: string): void {
  for (const key of ['eisec-away', 'eisec-refused', 'eisec-password']) {
    alarms.letGo(`${key}:${logOn}`, 'Another gateway has this log-on.')
  }
  alarms.letGo(`eisec-password:${logOn}:urgent`, 'Another gateway has this log-on.')
}
