import { type CallId, type ForceId, type HandlerId, makeEventId } from '../call/ids.ts'
import { type AlarmCode, type AlarmData, fillWords, ruleOf } from './alarm-catalogue.ts'
import type { Alarm } from './board.ts'

/** What is wrong. Of one `key` one alarm is open at most, over all gateways. */
export interface AlarmCause {
  readonly code: AlarmCode
  readonly key: string
  /** Absent: every force. */
  readonly force?: ForceId
  readonly call?: CallId
  readonly isUrgent?: boolean
  /** Handlers it is told to beside the supervisors. */
  readonly handlers?: readonly HandlerId[]
  /** Fills the names in the words of the catalogue. */
  readonly data?: AlarmData
}

/** An alarm with what only gateways need to know of it. */
export interface KeptAlarm {
  readonly alarm: Alarm
  readonly key: string
  /** The gateway that raised it. */
  readonly node: string
  /** Told to them as long as it is open, whatever has become of the call. */
  readonly handlers?: readonly HandlerId[]
  /** 1 as it was raised; one more each time its words changed while it was open. */
  readonly revision: number
}

/** The record of alarms; records/alarms.ts. Each rejects while PostgreSQL does not answer. */
export interface AlarmRecord {
  /** The alarm as the record has it afterwards: this one, or another gateway's of the same key. */
  raise(kept: KeptAlarm): Promise<KeptAlarm>
  /** Its words have changed; nothing happens where it has ended, or newer words stand there. */
  revise(kept: KeptAlarm): Promise<void>
  /** Who ended it first stays. Undefined: the record does not know it. */
  end(alarm: string, by: string, reason: string, at: number): Promise<KeptAlarm | undefined>
  /** Every open alarm, and those of `known` that have ended. */
  read(known: readonly string[]): Promise<readonly KeptAlarm[]>
  /** Some gateway still says so. */
  keep(alarms: readonly string[]): Promise<void>
  /** Those of the keys that an alarm, open or over, has. */
  everRaised(keys: readonly string[]): Promise<readonly string[]>
  /** Ends what gateways must keep up and none has for a while. */
  endForgotten(at: number): Promise<void>
}

/** The alarm of a cause, in the words of the catalogue. */
export function makeAlarm(
  { code, key, force, call, handlers = [], isUrgent = false, data = {} }: AlarmCause,
  { node, at }: { readonly node: string; readonly at: number }
): KeptAlarm {
  const { priority, urgent, words, remedy, endsBy } = ruleOf(code)
  const alarm: Alarm = {
    alarm: makeEventId(at),
    code,
    priority: isUrgent ? (urgent ?? priority) : priority,
    ...(force === undefined ? {} : { force }),
    ...(call === undefined ? {} : { call }),
    words: fillWords(words, { node, ...data }),
    remedy: fillWords(remedy, { node, ...data }),
    endsBy,
    raisedAt: at
  }
  return { alarm, key, node, revision: 1, ...(handlers.length === 0 ? {} : { handlers }) }
}

/** The open alarm with the words of a newer cause; undefined where they say the same. */
export function inNewWords(kept: KeptAlarm, cause: AlarmCause): KeptAlarm | undefined {
  const { words, remedy, priority } = makeAlarm(cause, { node: kept.node, at: kept.alarm.raisedAt }).alarm
  const { alarm, revision } = kept
  if (alarm.words === words && alarm.remedy === remedy) return undefined
  return { ...kept, alarm: { ...alarm, words, remedy, priority }, revision: revision + 1 }
}

/** Of each alarm the highest wins on a screen: its end is above all its words. */
export function alarmRevision({ alarm, revision }: Pick<KeptAlarm, 'alarm' | 'revision'>): number {
  return alarm.endedAt === undefined ? revision : revision + 1
}
