import { hash, randomFillSync, randomUUID } from 'node:crypto'

/** A string of one kind only: made by the functions of this file, never by a cast elsewhere. */
export type Branded<Kind extends string> = string & { readonly __kind: Kind }

/** Our id of a call: UUIDv8, the same on every node for the same call; it carries its day. */
export type CallId = Branded<'CallId'>
/** One pop per call: `p_` and the call's id. */
export type PopId = Branded<'PopId'>
/** One fact a switch told us: UUIDv7, so that it carries its own time. */
export type EventId = Branded<'EventId'>
/** What a switch calls the call: Call-ID and From-tag for SIP, the vendor's own id for CTI links. */
export type SwitchCallId = Branded<'SwitchCallId'>

export type ForceId = string
export type HandlerId = string
export type DeviceId = string
export type TrunkId = string

export interface CallKey {
  readonly force: ForceId
  readonly trunk: TrunkId
  readonly switchCallId: SwitchCallId
  /** Epoch ms of the first sight; only its UTC day counts (docs/decisions/0002). */
  readonly firstSeenAt: number
  /** 0, or how many earlier calls of that day had the same key and have ended. */
  readonly occurrence: number
}

const DAY_MS = 86_400_000
/** For schemas; whether a text is the id of a call, `parseCallId` says. */
export const UUID_PATTERN = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
const UUID = new RegExp(`^${UUID_PATTERN}$`)

/**
 * The id two nodes give to one call without asking each other: UUIDv8 (RFC 9562 §5.8), 48 bits of the start of its UTC day
 * in epoch milliseconds, where a UUIDv7 has its time, then SHA-256. So ids are in the order of their days, and the record
 * keeps a call in the part of its month by its id alone (docs/decisions/0021).
 */
export function makeCallId(key: CallKey): CallId {
  const day = Math.floor(key.firstSeenAt / DAY_MS)
  const named = [key.force, key.trunk, key.switchCallId, String(day), String(key.occurrence)].join('\u0000')
  const hex = hash('sha256', named, 'hex')
  // Version and variant stand in the place of their digits.
  const version = `8${hex.slice(13, 16)}`
  const variant = `${((Number.parseInt(hex[16] ?? '0', 16) & 0x3) | 0x8).toString(16)}${hex.slice(17, 20)}`
  return `${timeHead(Math.max(0, day) * DAY_MS)}-${version}-${variant}-${hex.slice(20, 32)}` as CallId
}

/** The first 48 bits of an id that carries a time. */
function timeHead(ms: number): string {
  const hex = ms.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}`
}

/** The least id of this time, epoch ms: whatever carries an earlier one is below it, of calls and of events alike. */
export function leastIdAt(ms: number): string {
  return `${timeHead(Math.max(0, Math.floor(ms)))}-0000-0000-000000000000`
}

/** UUIDv7 (RFC 9562 §5.7): 48 bits of epoch milliseconds, then random. */
export function makeEventId(nowMs: number): EventId {
  const bytes = takeRandom(16)
  bytes.writeUIntBE(nowMs, 0, 6)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return toUuid(bytes) as EventId
}

/** Asking the system for sixteen bytes at a time costs more than all else in an id. */
const RANDOM_PAGE_BYTES = 4_096
let randomPage = Buffer.alloc(0)
let randomAt = 0

/** Random bytes of the system's own generator, not to be guessed; `count` is a few at most. */
export function takeRandom(count: number): Buffer {
  if (randomAt + count > randomPage.length) {
    randomPage = randomFillSync(Buffer.alloc(RANDOM_PAGE_BYTES))
    randomAt = 0
  }
  randomAt += count
  return Buffer.from(randomPage.subarray(randomAt - count, randomAt))
}

export function toPopId(callId: CallId): PopId {
  return `p_${callId}` as PopId
}

/** The call a pop stands for; undefined when the text is no pop id. */
export function popCallId(popId: string): CallId | undefined {
  return popId.startsWith('p_') ? parseCallId(popId.slice(2)) : undefined
}

export function parseCallId(text: string): CallId | undefined {
  return UUID.test(text) ? (text as CallId) : undefined
}

export function parseEventId(text: string): EventId | undefined {
  return UUID.test(text) ? (text as EventId) : undefined
}

/** SIP: Call-ID and From-tag name a call on one trunk (RFC 3261 §12, without the To-tag, which we choose). */
export function toSipSwitchCallId(sipCallId: string, fromTag: string): SwitchCallId {
  return `${sipCallId};${fromTag}` as SwitchCallId
}

/** A link that names its calls itself: its own id as it stands. */
export function toLinkSwitchCallId(call: string): SwitchCallId {
  return call as SwitchCallId
}

/** The id of one process: new at every start, because a lease must not outlive its holder. */
export function makeNodeId(): string {
  return `n-${randomUUID().slice(0, 8)}`
}

function toUuid(bytes: Buffer): string {
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
