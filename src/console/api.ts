import type { LedgerEntry } from '../pop/board.ts'
import type { HandoverUnits } from '../pop/handover.ts'
import type { PanelItem } from '../pop/pop.ts'
import type { Ticket } from '../sdk/link.ts'
import type { MapSource } from './map/map-source.ts'

export interface Site {
  /** What the map is made of; absent from gateways of before. */
  readonly map?: MapSource
  readonly site: string
  readonly demo: boolean
  readonly forces: readonly SiteForce[]
  readonly demoHandlers?: readonly DemoHandler[]
}

export interface SiteForce {
  readonly id: string
  readonly name: string
  /** The most urgent first; absent from gateways of before. */
  readonly grades?: readonly { readonly id: string; readonly name: string }[]
  /** The grade that is chosen already, by line; `*` for every other. */
  readonly gradeByLine?: Readonly<Record<string, string>>
  /** Only of a force that has units: what a call may be about. */
  readonly incidentTypes?: readonly { readonly id: string; readonly name: string }[]
}

export interface DemoHandler {
  readonly handler: string
  readonly name: string
  readonly force: string
  readonly role: Me['role']
  readonly password: string
}

export interface Position {
  readonly position: string
  readonly name: string
  readonly force: string
}

/** Who is signed on in this browser, and where. */
export interface Me {
  readonly handler: string
  readonly name: string
  readonly force: string
  readonly role: 'handler' | 'dispatcher' | 'supervisor' | 'administrator'
  readonly lines: readonly string[]
  readonly position: string
  readonly devices: readonly string[]
  /** What of others' calls is offered: `export`, `export-own`, `peek`, `replay`; absent from gateways of before. */
  readonly may?: readonly string[]
}

export type Answer<T> =
  | { readonly kind: 'ok'; readonly value: T }
  /** The gateway said no; `text` is for the screen. */
  | { readonly kind: 'refused'; readonly status: number; readonly text: string; readonly retryMs?: number }
  | { readonly kind: 'away' }

const NOT_SIGNED_ON = 401
const WITHIN_MS = 8_000

export function getSite(): Promise<Answer<Site>> {
  return ask('GET', '/api/v1/site')
}

export function getPositions(force: string): Promise<Answer<readonly Position[]>> {
  return ask('GET', `/api/v1/positions?force=${encodeURIComponent(force)}`)
}

export function getMe(): Promise<Answer<Me>> {
  return ask('GET', '/api/v1/me')
}

export function signOn(handler: string, password: string, position: string): Promise<Answer<Me>> {
  return ask('POST', '/api/v1/sign-on', { handler, password, position })
}

export function signOff(): Promise<Answer<undefined>> {
  return ask('POST', '/api/v1/sign-off')
}

/** The contacts of a call's numbers that are older than this one, the newest first, and how many there are beyond. */
export function getOlderContacts(call: string, last: PanelItem | undefined): Promise<Answer<OlderContacts>> {
  const after = last === undefined ? '' : `?after=${last.at ?? 0}-${last.fields?.['contact'] ?? ''}`
  return ask('GET', `/api/v1/calls/${encodeURIComponent(call)}/history${after}`)
}

/** By body: no proxy on the way writes down whom a handler looks for. */
export function searchPeople(query: string, offset: number): Promise<Answer<FoundPeople>> {
  return ask('POST', '/api/v1/people/search', { q: query, after: offset })
}

export function getPerson(person: string): Promise<Answer<PersonWords>> {
  return ask('GET', `/api/v1/people/${encodeURIComponent(person)}`)
}

/** One meaning of what was typed of a caller's place. */
export interface TypedPlace {
  readonly place: string
  readonly title: string
  readonly method: string
  readonly radiusMetres: number
  readonly gridReference: string
  readonly near?: string
}

/** Where the caller of this call may be, by what they say. */
export function findPlaces(call: string, text: string): Promise<Answer<{ readonly places: readonly TypedPlace[] }>> {
  return ask('POST', `/api/v1/calls/${encodeURIComponent(call)}/places`, { text })
}

/** Somebody whom a search has found. */
export interface FoundPerson {
  readonly person: string
  readonly name: string
  readonly born?: string
  readonly force: string
  readonly source: string
  readonly asOf: number
  readonly address?: string
  readonly markers: number
}

export interface FoundPeople {
  readonly people: readonly FoundPerson[]
  readonly more: boolean
}

export interface PersonWords extends FoundPerson {
  readonly addresses: readonly { readonly text: string; readonly relation: string; readonly untilAt: number | null }[]
  readonly markerList: readonly {
    readonly title: string
    readonly text: string
    readonly source: string
    readonly grade: string | null
    readonly reviewAt: number | null
    readonly expiresAt: number | null
  }[]
}

export interface OlderContacts {
  readonly items: readonly PanelItem[]
  readonly more: number
}

/** One call to be rung back. */
export interface RingBack {
  readonly rev: number
  /** Epoch ms. */
  readonly dueAt: number
  readonly entry: LedgerEntry
}

export interface RingBacks {
  readonly items: readonly RingBack[]
  readonly more: number
}

/** Whom to send to what was handed over, as it stands now. */
export function getHandoverUnits(handover: string): Promise<Answer<HandoverUnits>> {
  return ask('GET', `/api/v1/handovers/${encodeURIComponent(handover)}/units`)
}

export function getRingBacks(): Promise<Answer<RingBacks>> {
  return ask('GET', '/api/v1/ring-backs')
}

/** A ticket for one socket; rejects when the gateway cannot be asked, so that the SDK tries again. */
export async function getTicket(): Promise<Ticket> {
  const answer = await ask<{ ticket: string }>('POST', '/api/v1/ws-ticket')
  if (answer.kind === 'ok') return { kind: 'ticket', ticket: answer.value.ticket }
  if (answer.kind === 'refused' && answer.status === NOT_SIGNED_ON) return { kind: 'not-signed-on' }
  if (answer.kind === 'refused' && answer.retryMs !== undefined) return { kind: 'later', retryMs: answer.retryMs }
  throw new Error('no ticket')
}

export function socketUrl(): string {
  const { protocol, host } = window.location
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/api/v1/ws`
}

/** For what a page of its own asks, too. */
export function ask<T>(
  method: 'GET' | 'POST',
  path: string,
  body?: object,
  withinMs: number = WITHIN_MS
): Promise<Answer<T>> {
  const headers = { 'x-callbox': '1', ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
  return answerOf(path, withinMs, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
}

/** Of a gateway that this page is not of: by a ticket, as text, and without anything else that says who asks. */
export function askElsewhere<T>(url: string, ticket: string, withinMs: number): Promise<Answer<T>> {
  return answerOf(url, withinMs, { method: 'POST', body: ticket, mode: 'cors', credentials: 'omit' })
}

async function answerOf<T>(url: string, withinMs: number, init: RequestInit): Promise<Answer<T>> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(withinMs) })
    const text = await response.text()
    const value: unknown = text === '' ? undefined : JSON.parse(text)
    return response.ok
      ? { kind: 'ok', value: value as T }
      : { kind: 'refused', status: response.status, text: textOf(value), ...retryOf(value) }
  } catch {
    // No answer, or none that can be read: the page says that the gateway is away.
    return { kind: 'away' }
  }
}

/** When it is our turn, where too many ask at once. */
function retryOf(value: unknown): { retryMs?: number } {
  const retryMs = (value as { retryMs?: unknown } | undefined)?.retryMs
  return typeof retryMs === 'number' && retryMs >= 0 ? { retryMs } : {}
}

function textOf(value: unknown): string {
  const text = (value as { text?: unknown } | undefined)?.text
  return typeof text === 'string' ? text : 'The gateway refused.'
}
