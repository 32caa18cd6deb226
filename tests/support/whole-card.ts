import type { Alarm } from '../../src/pop/board.ts'
import { PANEL_NAMES, type Panel, type PanelItem, type PanelName, type PopEvent } from '../../src/pop/pop.ts'
import { callId, panelEvent } from './pop-words.ts'

/** A card of which nothing is missing: what every panel of a call may hold. */

const DAY_MS = 86_400_000
/** Panels of the force's own systems, as a gateway's welcome names them. */
export const SYSTEMS = [
  { panel: 'other-keeper', title: 'Vehicle keeper', forces: ['tvp'] },
  { panel: 'other-custody', title: 'Custody', forces: ['tvp'] }
] as const
export const ALL_PANELS: readonly PanelName[] = [...PANEL_NAMES, ...SYSTEMS.map(({ panel }) => panel)]

const CRIMES = {
  around: { source: 'pidf-lo', confirmed: false, offMetres: 18 },
  ...{ radiusMetres: 500, areaView: false, spots: [] },
  here: { count: 0, days: 28, metres: 50 },
  sources: [
    {
      ...{ force: 'tvp', source: 'Niche', published: false, reachesTo: '2026-11', windowTo: '2026-10', months: 12 },
      ...{ pairedMonths: 0, count: 9, paired: 0, before: 0 },
      categories: [{ category: 'burglary', label: 'Burglary', count: 9, paired: 0, before: 0 }]
    }
  ]
} satisfies Panel['crimes']

export function markerItem(title: string, over: NonNullable<PanelItem['fields']> = {}): PanelItem {
  return {
    ...{ kind: 'marker', title, detail: 'Words of the source, as long as they often are.', at: Date.now() - DAY_MS },
    fields: {
      ...{ marker: title.toLowerCase().replaceAll(' ', '-'), of: 'person', whose: 'Wilmot Sandpiper' },
      ...{ source: 'Crime records', grade: 'B2', reviewAt: Date.now() - DAY_MS, ...over }
    }
  }
}

/** Every panel of call `n` as it was found, in the order in which they come; `rev` of all of them. */
export function wholeCard(n: number, rev = 1, times = 1): readonly PopEvent[] {
  const many = (make: (at: number) => PanelItem) => Array.from({ length: 8 * times }, (_, at) => make(at))
  const now = Date.now()
  const items: Readonly<Record<string, readonly PanelItem[]>> = {
    warnings: ['Firearms', 'Violence', 'Domestic abuse, high risk'].map(title => markerItem(title)),
    identity: [
      {
        kind: 'person',
        title: `Caller of call ${n}`,
        detail: 'subscriber',
        fields: { born: '1984-03-09', source: 'Electoral roll', matched: 'network' }
      }
    ],
    location: [
      {
        kind: 'fix',
        title: 'Within 18 m of 51.45600, -0.97300',
        at: now,
        fields: {
          ...{ id: `fix-${n}`, source: 'pidf-lo', standing: 'best', latitude: 51.456, longitude: -0.973 },
          ...{ radiusMetres: 18, confidence: 95, gridReference: 'SU 71234 73456' }
        }
      }
    ],
    history: many(at => ({ kind: 'contact', title: `101 call ${at}`, detail: 'What it was about.', at: now - DAY_MS })),
    'incidents-nearby': many(at => ({
      ...{ kind: 'maybe-same', title: `Violence ${at}`, detail: 'Six outside a public house.', at: now - 60_000 },
      fields: { id: `i-${n}-${at}`, reference: `TVP-20261125-${100 + at}`, metres: 120, status: 'open' }
    })),
    crimes: many(at => ({
      ...{ kind: 'crime', title: `Burglary ${at}`, detail: '12 Mill Lane', at: now - DAY_MS },
      fields: { source: 'Niche', month: '2026-11', metres: 12, reference: `43/${at}` }
    })),
    'other-keeper': many(at => ({
      kind: 'vehicle',
      title: `QA5${at} IAA · blue Tarn Pickup`,
      fields: { insured: false }
    })),
    'other-custody': many(at => ({ kind: 'custody', title: `CU-2026-${at}`, detail: 'Bailed' }))
  }
  return ALL_PANELS.map(name => {
    const summary = name === 'crimes' ? { crimes: CRIMES } : {}
    return panelEvent(n, rev, name, { items: [...(items[name] ?? [])], more: 3, asOf: now, ...summary })
  })
}

/** An alarm of priority 1 about the first call, which lies over the foot of the screen until a person ends it. */
export function riskAlarm(): Alarm {
  return {
    ...{ alarm: 'a-1', code: 'risk-unheard', priority: 1, force: 'tvp', call: callId(1), endsBy: 'person' },
    ...{ words: 'A caller at risk is silent.', remedy: 'Send officers.', raisedAt: Date.now() }
  }
}
