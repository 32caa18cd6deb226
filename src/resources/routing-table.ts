import { HELMERT_GRID, type LatLon } from '../grid/national-grid.ts'
import type { Clock } from '../operations/lifecycle.ts'
import type { UnitsConfig } from '../operations/units-schema.ts'
import type { RoutedMinutes } from './travel-time.ts'
import type { Unit } from './unit.ts'
import type { AskRoutes } from './unit-adviser.ts'

type RoutingConfig = NonNullable<UnitsConfig['routing']>

/** After so many questions in a row without an answer the engine is left alone for a while. */
const FAILURES = 3
const PAUSE_MS = 5_000
const ANSWER_MAX_BYTES = 256 * 1024
const SECONDS_A_MINUTE = 60

interface Parts {
  readonly config: RoutingConfig
  readonly clock: Pick<Clock, 'monotonicMs'>
  /** Why it did not answer, without a word of where anybody is. */
  readonly onFault: (reason: string) => void
  readonly fetch?: typeof globalThis.fetch
}

/**
 * Minutes by road from each unit to the job, by the table service of OSRM or Valhalla. Undefined where the engine is not
 * well or too slow: then the times are estimates. Never rejects.
 */
export function makeAskRoutes({ config, clock, onFault, fetch = globalThis.fetch }: Parts): AskRoutes {
  let failures = 0
  let pausedUntil = 0
  return async (units, job, signal) => {
    const froms = units.flatMap(unit => placed(unit))
    const to = HELMERT_GRID.toLatLon(job.place)
    if (to === undefined || froms.length === 0 || clock.monotonicMs() < pausedUntil) return undefined
    try {
      const within = AbortSignal.any([signal, AbortSignal.timeout(config.deadlineMs)])
      const places = froms.map(({ place }) => place)
      const request = config.kind === 'osrm' ? osrmRequest(config, places, to) : valhallaRequest(config, places, to)
      const answer = await fetch(request.url, { ...request.init, signal: within, redirect: 'error' })
      if (!answer.ok) throw new Error(`it answered ${answer.status}`)
      const seconds = readSeconds(config.kind, JSON.parse(await textOf(answer)), froms.length)
      failures = 0
      return toMinutes(froms, seconds)
    } catch (thrown) {
      // Whoever asked has given up: that says nothing of the engine.
      if (signal.aborted) return undefined
      failures += 1
      if (failures >= FAILURES) pausedUntil = clock.monotonicMs() + PAUSE_MS
      onFault(thrown instanceof Error ? thrown.message : String(thrown))
      return undefined
    }
  }
}

interface From {
  readonly callsign: string
  readonly place: LatLon
}

interface Request {
  readonly url: string
  readonly init: { readonly method: string; readonly headers?: Record<string, string>; readonly body?: string }
}

function placed({ callsign, fix }: Unit): readonly From[] {
  const place = fix === undefined ? undefined : HELMERT_GRID.toLatLon(fix)
  return place === undefined ? [] : [{ callsign, place }]
}

/** https://project-osrm.org/docs/ table service: the places stand in the path, longitude first. */
function osrmRequest({ url }: RoutingConfig, froms: readonly LatLon[], to: LatLon): Request {
  const at = ({ latitude, longitude }: LatLon) => `${longitude.toFixed(5)},${latitude.toFixed(5)}`
  const places = [...froms, to].map(at).join(';')
  const sources = froms.map((_, index) => index).join(';')
  const query = `sources=${sources}&destinations=${froms.length}&annotations=duration`
  return { url: `${url.replace(/\/$/, '')}/table/v1/driving/${places}?${query}`, init: { method: 'GET' } }
}

/** Valhalla’s matrix service. */
function valhallaRequest({ url }: RoutingConfig, froms: readonly LatLon[], to: LatLon): Request {
  const at = ({ latitude, longitude }: LatLon) => ({ lat: latitude, lon: longitude })
  const body = JSON.stringify({ sources: froms.map(at), targets: [at(to)], costing: 'auto' })
  const headers = { 'content-type': 'application/json' }
  return { url: `${url.replace(/\/$/, '')}/sources_to_targets`, init: { method: 'POST', headers, body } }
}

/** Of each unit, or null where there is no road; throws where the answer is of another shape. */
function readSeconds(kind: RoutingConfig['kind'], answer: unknown, count: number): readonly (number | null)[] {
  const rows = kind === 'osrm' ? field(answer, 'durations') : field(answer, 'sources_to_targets')
  if (!Array.isArray(rows) || rows.length !== count) throw new Error('its table is not of the size that was asked for')
  return rows.map(row => {
    const cell: unknown = Array.isArray(row) ? row[0] : undefined
    const seconds = kind === 'osrm' ? cell : field(cell, 'time')
    return typeof seconds === 'number' && seconds >= 0 ? seconds : null
  })
}

function toMinutes(froms: readonly From[], seconds: readonly (number | null)[]): RoutedMinutes {
  const minutes = new Map<string, number>()
  for (const [at, { callsign }] of froms.entries()) {
    const found = seconds[at]
    if (typeof found === 'number') minutes.set(callsign, found / SECONDS_A_MINUTE)
  }
  return minutes
}

async function textOf(answer: Response): Promise<string> {
  const bytes = await answer.arrayBuffer()
  if (bytes.byteLength > ANSWER_MAX_BYTES) throw new Error('its answer is too long')
  return new TextDecoder().decode(bytes)
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
