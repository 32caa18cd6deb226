import type { ToClient } from '../delivery/protocol.ts'

/**
 * A frame of the gateway. `unknown`: of a kind that is newer than this client, to be ignored. Undefined: broken. Only
 * what the client steers by is checked; a schema library would cost a browser more than the rest of the SDK.
 */
export function parseMessage(text: unknown): ToClient | 'unknown' | undefined {
  const message = typeof text === 'string' ? parseJson(text) : undefined
  if (!isRecord(message) || typeof message['t'] !== 'string') return undefined
  const check = CHECKS[message['t']]
  if (check === undefined) return 'unknown'
  return check(message) ? (message as unknown as ToClient) : undefined
}

type Fields = Readonly<Record<string, unknown>>

const CHECKS: Readonly<Record<string, (message: Fields) => boolean>> = {
  welcome: ({ epoch, seq, resumed, next, panels }) =>
    isText(epoch) && isCount(seq) && typeof resumed === 'boolean' && isNext(next) && arePanels(panels),
  snapshot: ({ epoch, seq, cards }) => isText(epoch) && isCount(seq) && Array.isArray(cards) && cards.every(isCard),
  ev: ({ seq, after, eventId, ts, ev }) =>
    [seq, after].every(each => each === undefined || isCount(each)) && isText(eventId) && isCount(ts) && isEvent(ev),
  res: ({ id, ok }) => isText(id) && typeof ok === 'boolean',
  hb: ({ seq, ts, next, ringBacks }) => isCount(seq) && isText(ts) && isNext(next) && areRingBacks(ringBacks),
  bye: ({ retryMs }) => isCount(retryMs)
}

const KNOWN_EVENT = /^(call|alarm|ledger)\./

function isCard(card: unknown): boolean {
  return (
    isRecord(card) &&
    isText(card['call']) &&
    isCount(card['rev']) &&
    isRecord(card['pop']) &&
    Array.isArray(card['panels'])
  )
}

/** What happens to a call names it; kinds of event that are newer than this client are somebody else's to judge. */
function isEvent(ev: unknown): boolean {
  if (!isRecord(ev) || typeof ev['type'] !== 'string') return false
  if (!KNOWN_EVENT.test(ev['type'])) return true
  const names = ev['type'].startsWith('call.') ? isText(ev['call']) : true
  return names && isCount(ev['rev']) && isRecord(ev['data'])
}

function isNext(next: unknown): boolean {
  if (next === undefined) return true
  return isRecord(next) && isText(next['ticket']) && Array.isArray(next['gateways']) && next['gateways'].every(isText)
}

function areRingBacks(counts: unknown): boolean {
  return counts === undefined || (isRecord(counts) && isCount(counts['open']) && isCount(counts['overdue']))
}

function arePanels(panels: unknown): boolean {
  if (panels === undefined) return true
  const isPanel = (each: unknown) =>
    isRecord(each) && isText(each['panel']) && isText(each['title']) && Array.isArray(each['forces'])
  return Array.isArray(panels) && panels.every(isPanel)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // A broken frame is said by the undefined that comes back.
    return undefined
  }
}

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
