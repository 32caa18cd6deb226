import type { Log } from '../operations/log.ts'
import type { SignOn } from './address.ts'
import { alarmRevision, type KeptAlarm } from './alarm.ts'
import { hearersOf, toldOf } from './alarm-hearers.ts'
import type { Alarm } from './board.ts'
import type { Send } from './screen-sender.ts'

interface Parts {
  readonly signOns: () => Iterable<SignOn>
  readonly send: (sends: readonly Send[]) => Promise<void>
  /** Straight to this node's screens. */
  readonly sendDirect: (send: Send) => void
  readonly log: Log
}

/** Brings alarms to the screens of those who hear them. */
export class AlarmTeller {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** As it is now, by the log of each who hears it: two gateways that tell the same are one message there. */
  tell(kept: KeptAlarm): Send | undefined {
    const { signOns, send, log } = this.#parts
    const { alarm } = kept
    const isEnded = alarm.endedAt !== undefined
    const handlers = isEnded ? toldOf(kept, signOns()) : hearersOf(kept, signOns())
    if (handlers.length === 0) {
      if (!isEnded) log.warn('alarm.unheard', alarmForLog(alarm))
      return undefined
    }
    const told: Send = {
      handlers,
      eventId: eventIdOf(kept),
      receivedAt: alarm.endedAt ?? alarm.raisedAt,
      ev: { type: isEnded ? 'alarm.ended' : 'alarm.raised', rev: alarmRevision(kept), data: alarm }
    }
    void send([told])
    return told
  }

  /** What another gateway did: a screen of ours that was opened since it told has it in its log, and not on the screen. */
  tellHere(kept: KeptAlarm): void {
    const told = this.tell(kept)
    if (told !== undefined) this.#parts.sendDirect(told)
  }
}

export function alarmForLog({ code, force, call }: Alarm) {
  return { what: code, ...(force === undefined ? {} : { force }), ...(call === undefined ? {} : { callId: call }) }
}

function eventIdOf({ alarm: { alarm, endedAt }, revision }: KeptAlarm): string {
  if (endedAt !== undefined) return `alarm:${alarm}:ended`
  return revision === 1 ? `alarm:${alarm}:raised` : `alarm:${alarm}:raised:${revision}`
}
