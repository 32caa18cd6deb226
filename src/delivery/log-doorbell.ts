import type { HandlerId } from '../call/ids.ts'
import type { LogEntry, ScreenEvent } from '../pop/session-log.ts'

/** An entry of a handler's log that has just been written or rung for. */
export interface FreshEntry {
  readonly handler: HandlerId
  readonly epoch: string
  readonly entry: LogEntry
}

/** The channels nodes ring each other on; one for each node. */
export function channelPrefix(keyPrefix: string): string {
  return `${keyPrefix}:node:`
}

/** A doorbell as the script publishes it: handler, epoch, entry. Undefined when it is none. */
export function readDoorbell(message: string): FreshEntry | undefined {
  const [handler = '', epoch = ''] = message.split(' ', 2)
  try {
    const entry = toEntry(message.slice(handler.length + epoch.length + 2))
    return handler === '' || entry === undefined ? undefined : { handler: decodeURIComponent(handler), epoch, entry }
  } catch {
    // Of another version, or from elsewhere: whoever it was for reads the log with the next check.
    return undefined
  }
}

/** A line of the log; undefined when it is none. */
export function toEntry(line: string): LogEntry | undefined {
  const [seq = '', eventId = '', receivedAt = ''] = line.split(' ', 3)
  const json = line.slice(seq.length + eventId.length + receivedAt.length + 3)
  if (json === '') return undefined
  return { seq: Number(seq), eventId, receivedAt: Number(receivedAt), ev: JSON.parse(json) as ScreenEvent }
}
