import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { HELMERT_GRID } from '../../src/grid/national-grid.ts'
import type { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import { demoConfig } from './control-room.ts'

/** Where `uac-999-pidf-lo-expect-200` says that its caller is, within 35 m. */
export const CALLER = HELMERT_GRID.toGrid({ latitude: 51.752, longitude: -1.2577 }) ?? { easting: 0, northing: 0 }
export const TOKEN = createHash('sha256').update('the radio of a test').digest('base64url')

/** What the radio says of a unit; kilometres are to the east of the caller. */
export interface Said {
  readonly callsign: string
  readonly km?: number
  readonly [field: string]: unknown
}

/** A place of this name around the caller, some 500 m to each side. */
export const NEIGHBOURHOOD = 'River Bank'

/**
 * The demo's config in which the radio of Thames Valley may send its units, these are the types of incident, and the caller is
 * in a neighbourhood.
 */
export async function radioConfig(t: Test, incidentTypes: readonly object[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-radio-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const tokenFile = join(folder, 'token')
  await writeFile(tokenFile, TOKEN, { mode: 0o600 })
  const neighbourhoods = { file: join(folder, 'neighbourhoods.geojson'), property: 'name' }
  await writeFile(neighbourhoods.file, JSON.stringify(toNeighbourhood()))
  return demoConfig(t, {
    forces: [
      { ...{ id: 'tvp', name: 'Thames Valley Police' }, units: { incidentTypes, neighbourhoods } },
      { id: 'hants', name: 'Hampshire & Isle of Wight Constabulary' }
    ],
    records: { senders: [{ force: 'tvp', source: 'Radio', kinds: ['units'], tokenFile }] }
  })
}

function toNeighbourhood(): object {
  const [west, south, east, north] = [-1.265, 51.7475, -1.2505, 51.7565]
  const corners = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south]
  ]
  return {
    type: 'Feature',
    properties: { name: NEIGHBOURHOOD },
    geometry: { type: 'Polygon', coordinates: [corners] }
  }
}

export function toReports(units: readonly Said[]): readonly object[] {
  return units.map(({ km, ...rest }) => ({
    ...rest,
    ...(km === undefined ? {} : { easting: CALLER.easting + km * 1_000, northing: CALLER.northing })
  }))
}

/** What the radio says now. */
export function tell(to: GatewayProcess, units: readonly Said[], token = TOKEN): Promise<Response> {
  return fetch(`${to.url}/api/v1/units/positions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ units: toReports(units) })
  })
}
