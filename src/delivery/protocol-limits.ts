import { NOTE_MAX, NOTE_WHY_MAX } from '../lookups/call-notes.ts'

/*
 * The numbers and close codes of the WebSocket protocol. Apart from the schemas, because browsers need these and must
 * not be sent a schema library with them.
 */

export const SUBPROTOCOL = 'cticonsole.v1.json'
export const PROTOCOL_VERSION = 1

/** Characters of what a handler writes: a note, why an assessment changed. */
export const WRITTEN_LIMITS = { note: NOTE_MAX, why: NOTE_WHY_MAX } as const

/** Every limit of a socket, by name. */
export const SOCKET_LIMITS = {
  fromClientMaxBytes: 16 * 1024,
  toClientMaxBytes: 64 * 1024,
  helloMs: 5_000,
  /** Sessions opened at once on a node; further hellos wait, so many and so long, and are then told to come later. */
  hellosAtOnce: 100,
  hellosWaiting: 3_000,
  helloWaitMs: 4_000,
  heartbeatMs: 4_000,
  deadAfterMs: 8_000,
  /** A window that has been out of sight this long is known to be. */
  hiddenAfterMs: 15_000,
  wsPingMs: 10_000,
  wsDeadAfterMs: 35_000,
  messagesPerSecond: 20,
  messageBurst: 60,
  /** Over this much unsent, what follows waits, and of a panel or a call's state only the newest. */
  mergeOverBytes: 256 * 1024,
  /** Over this much unsent, or this long unacknowledged: close 4429. */
  closeOverBytes: 1024 * 1024,
  closeUnackedMs: 10_000,
  /** What a handler's log keeps; a client further behind gets a snapshot. */
  logMaxEvents: 5_000,
  ackEveryEvents: 32,
  ackEveryMs: 250,
  ticketMs: 30_000,
  commandMemoryMs: 600_000,
  /** Frames of one message, and pieces of it held until it is whole. */
  maxFragments: 8,
  maxBufferedChunks: 64,
  /** A client that does not answer a close is cut off. */
  closeMs: 5_000,
  /** One that was too slow or silent, this much sooner. */
  cutMs: 1_000,
  /** Sockets of one node, those included that have not said hello. */
  maxSockets: 12_000
} as const
export type SocketLimits = { readonly [Name in keyof typeof SOCKET_LIMITS]: number }

/** What each close code asks of the client. */
export const CLOSE = {
  badFrame: { code: 4400, retry: false, text: 'bad message' },
  notSignedOn: { code: 4401, retry: false, text: 'sign on again' },
  notAllowed: { code: 4403, retry: false, text: 'not allowed' },
  badSubprotocol: { code: 4406, retry: false, text: 'subprotocol not spoken here' },
  helloLate: { code: 4408, retry: true, text: 'no hello in time' },
  replaced: { code: 4409, retry: false, text: 'replaced by a newer session of the same handler' },
  tooSlow: { code: 4429, retry: true, text: 'too slow: come back with the cursor' },
  deadLink: { code: 4430, retry: true, text: 'no heartbeat' },
  restart: { code: 1012, retry: true, text: 'restarting' },
  busy: { code: 1013, retry: true, text: 'too many at once: come back a little later' }
} as const

export function mayRetryAfter(code: number): boolean {
  return Object.values(CLOSE).every(close => close.code !== code || close.retry)
}
