import type { PanelItem } from '../../src/pop/pop.ts'
import { panelEvent, popEvent } from './pop-words.ts'
import type { ScriptedLink } from './scripted-console.ts'

/*
 * A call as the map needs it: a confirmed place in Abingdon, a better one offered, crimes around it and incidents open
 * near it.
 */

export const HERE = { easting: 449_640, northing: 197_450 } as const
const NOW = Date.now()

type Fields = NonNullable<PanelItem['fields']>

export function fix(standing: string, fields: Fields, outline?: PanelItem['outline']): PanelItem {
  const radius = Number(fields['radiusMetres'] ?? 0)
  return {
    ...{ kind: 'fix', title: `Within ${radius} m of 51.67345, -1.28311`, at: NOW - 6_000 },
    ...(outline === undefined ? {} : { outline }),
    fields: {
      ...{ id: `aml-${standing}`, source: 'aml', standing, shape: 'circle', confidence: 95, method: 'GNSS' },
      ...{ latitude: 51.67345, longitude: -1.28311, ...HERE, gridReference: 'SU 49640 97450' },
      ...{ nearPlace: 'Abingdon, Vale of White Horse', nearPlaceMetres: 260 },
      ...fields
    }
  }
}

/** Points with how many crimes there are: close together in two places, alone in a third. */
const spot = (east: number, north: number, count: number, published: boolean) => ({
  ...{ easting: HERE.easting + east, northing: HERE.northing + north, count },
  ...(published ? { published } : {})
})
export const SPOTS = [
  ...[spot(300, 200, 9, true), spot(310, 210, 4, true), spot(305, 190, 21, true), spot(-420, -310, 6, true)],
  ...[spot(-150, 380, 3, false), spot(-160, 372, 2, false), spot(420, -260, 1, false)]
]
const counts = { reachesTo: '2025-10', windowTo: '2025-10', months: 12, pairedMonths: 12, paired: 0, before: 0 }
const source = (name: string, published: boolean, count: number) => ({
  ...{ force: 'tvp', source: name, published, ...counts, count },
  categories: [{ category: 'burglary', label: 'Burglary', count, paired: 0, before: 0 }]
})

const incident = (id: string, kind: string, title: string, east: number | undefined, north: number): PanelItem => ({
  ...{ kind, title, at: NOW - 900_000, detail: 'Caller sees two people at the rear window' },
  fields: {
    ...{ id, reference: `T-${id}`, force: 'tvp', status: 'open', source: 'Callbox', calls: 1 },
    ...(east === undefined
      ? {}
      : {
          ...{ easting: HERE.easting + east, northing: HERE.northing + north },
          metres: Math.round(Math.hypot(east, north))
        })
  }
})

export function openMapCall(link: ScriptedLink, n = 1): void {
  link.event(popEvent(n, 1, { offeredAt: NOW, state: 'answered', answeredAt: NOW, takenBy: 'tvp-h01' }))
}

export function showPlaces(link: ScriptedLink, rev: number, items: PanelItem[], n = 1): void {
  link.event(panelEvent(n, rev, 'location', { items, source: 'Network, EISEC, phone, address on record' }))
}

export function showAround(link: ScriptedLink, n = 1): void {
  const around = { source: 'aml', confirmed: true, offMetres: 12 }
  const sources = [source('Niche', false, 6), source('police.uk', true, 40)]
  const crimes = { around, radiusMetres: 500, areaView: false, sources, spots: SPOTS }
  link.event(
    panelEvent(n, 1, 'crimes', {
      ...{ source: 'Crime records', asOf: NOW - 86_400_000, more: 45, crimes },
      items: [
        { kind: 'crime', title: 'Burglary', detail: '12 Mill Lane', at: NOW - 86_400_000, fields: { metres: 12 } }
      ]
    })
  )
  const items = [
    incident('41', 'linked', 'Burglary in progress', 40, 130),
    incident('42', 'maybe-same', 'Suspicious circumstances', -240, 90),
    incident('43', 'maybe-same', 'Noise', undefined, 0)
  ]
  link.event(panelEvent(n, 1, 'incidents-nearby', { items, asOf: NOW }))
}
