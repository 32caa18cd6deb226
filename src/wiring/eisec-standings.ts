import type { ClientState } from '../lookups/location/eisec/eisec-client.ts'
import { interval } from '../operations/lifecycle.ts'
import type { AlarmBook } from '../pop/alarm-book.ts'
import { letGoEisec, tellEisec } from '../pop/eisec-alarms.ts'
import type { Base } from './base.ts'

const TELL_MS = 1_000

/** What a desk tells of its log-on. */
export interface ToldStanding {
  readonly onState: () => void
  readonly onGrace: (left: number | undefined) => void
  readonly onOwner: (isOwner: boolean) => void
}

/** How the log-ons that are here stand: alarms about each, and one word in the health of this gateway. */
export class EisecStandings {
  readonly #base: Pick<Base, 'clock' | 'health' | 'releases'>
  readonly #alarms: Pick<AlarmBook, 'raise' | 'letGo'>
  /** By log-on: whether it is well; those at other gateways are not here. */
  readonly #wellness = new Map<string, boolean>()

  constructor(base: Pick<Base, 'clock' | 'health' | 'releases'>, alarms: Pick<AlarmBook, 'raise' | 'letGo'>) {
    this.#base = base
    this.#alarms = alarms
  }

  /** `stateOf`: of the client, where the log-on is ours. */
  add(logOn: string, stateOf: () => ClientState | undefined): ToldStanding {
    const { clock, releases } = this.#base
    let graceLeft: number | undefined
    let awaySince: number | undefined
    const tell = () => {
      const state = stateOf()
      if (state === undefined) return
      const now = clock.monotonicMs()
      awaySince = state.kind === 'up' ? undefined : (awaySince ?? now)
      tellEisec(this.#alarms, { logOn, state, graceLeft }, now - (awaySince ?? now))
      this.#wellness.set(logOn, state.kind !== 'away' && state.kind !== 'refused')
      this.#tellHealth()
    }
    releases.push(`EISEC standing ${logOn}`, interval(tell, TELL_MS))
    return {
      onState: tell,
      onGrace: left => {
        graceLeft = left
        tell()
      },
      onOwner: isOwner => {
        awaySince = undefined
        graceLeft = undefined
        if (isOwner) return
        letGoEisec(this.#alarms, logOn)
        this.#wellness.delete(logOn)
        this.#tellHealth()
      }
    }
  }

  #tellHealth(): void {
    const away = [...this.#wellness].flatMap(([logOn, isWell]) => (isWell ? [] : [logOn]))
    const why = `Not logged on to EISEC (${away.join(', ')}): no name, address or place of 999 callers comes from BT`
    const detail = { loggedOn: this.#wellness.size - away.length }
    this.#base.health.set('eisec', away.length === 0 ? { ok: true, detail } : { ok: false, why, detail })
  }
}
