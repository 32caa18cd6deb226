import t from 'tap'
import { cornersOf, type MapFix, toShown } from '../../../../../src/console/map/drawn/shown-on-map.ts'
import type { PanelItem, PopEvent } from '../../../../../src/pop/pop.ts'
import type { ScreenCard } from '../../../../../src/sdk/screen.ts'
import { barePop, callId, panelOf } from '../../../../support/pop-words.ts'

type Fields = NonNullable<PanelItem['fields']>
type Panels = ScreenCard['panels']
type PanelEvent = Extract<PopEvent, { type: 'call.panel' }>

const fixOf = (standing: string, fields: Fields = {}, more: Partial<PanelItem> = {}): PanelItem => ({
  ...{ kind: 'fix', title: standing, ...more },
  fields: { id: standing, standing, easting: 450_000, northing: 200_000, radiusMetres: 40, ...fields }
})

function card(panels: Readonly<Record<string, Partial<PanelEvent['data']>>>, offer: 'device' | 'queue' = 'device') {
  const revised = Object.entries(panels).map(([name, over]) => [
    name,
    { rev: 1, panel: panelOf(1, name as keyof Panels, over) }
  ])
  return { call: callId(1), rev: 1, pop: barePop(1, { offer }), panels: Object.fromEntries(revised) } as ScreenCard
}

t.test('the confirmed place and the better one are two, and neither is without its grid', async t => {
  const items = [fixOf('confirmed'), fixOf('offered', { easting: 450_200 }), fixOf('other')]
  t.match(toShown(card({ location: { items } })), {
    call: callId(1),
    main: { id: 'confirmed', isConfirmed: true, radiusMetres: 40 },
    offered: { id: 'offered', isConfirmed: false, easting: 450_200 }
  })
  const abroad = { kind: 'fix', title: 'Calais', fields: { latitude: 50.95, longitude: 1.86 } }
  t.equal(toShown(card({ location: { items: [abroad] } })).main, undefined, 'off the grid there is no place on the map')
})

t.test('what is offered to many shows nothing of the caller, and no call shows nothing at all', async t => {
  const nothing = { crimes: [], incidents: [], unplaced: 0 }
  t.same(toShown(card({ location: { items: [fixOf('best')] } }, 'queue')), nothing)
  t.same(toShown(undefined), nothing)
})

t.test('incidents have letters in the order of their panel; one without a place is counted', async t => {
  const incident = (kind: string, title: string, fields: Fields = {}) => ({ kind, title, fields })
  const at = { easting: 450_100, northing: 200_100 }
  const shown = toShown(
    card({
      'incidents-nearby': {
        items: [
          { kind: 'note', title: 'Near the address on record: the caller may be elsewhere.' },
          incident('linked', 'Fire', at),
          incident('maybe-same', 'Noise'),
          incident('maybe-same', 'Burglary', at)
        ]
      }
    })
  )
  t.match(shown.incidents, [
    { letter: 'A', isLinked: true, item: { title: 'Fire' } },
    { letter: 'B', isLinked: false, item: { title: 'Burglary' } }
  ])
  t.equal(shown.unplaced, 1)
})

t.test('an ellipse is turned from true north to the north of the grid; corners are taken as they are', async t => {
  const ellipse = (longitude: number): MapFix | undefined => {
    const fields = { shape: 'ellipse', semiMajorMetres: 300, semiMinorMetres: 50, orientationDegrees: 30 }
    return toShown(card({ location: { items: [fixOf('best', { ...fields, latitude: 51, longitude })] } })).main
  }
  t.match(
    ellipse(-2)?.ellipse,
    { majorMetres: 300, minorMetres: 50, degrees: 30 },
    'on the middle line they are the same'
  )
  t.ok(Math.abs((ellipse(-1)?.ellipse?.degrees ?? 0) - (30 - 0.777)) < 0.001, 'a degree east they are not')
  const corners = cornersOf(ellipse(-2) as MapFix) ?? []
  const far = Math.max(...corners.map(([east = 0, north = 0]) => Math.hypot(east - 450_000, north - 200_000)))
  t.equal(Math.round(far), 300)
  const [tip] = corners
  t.same(tip?.map(Math.round), [450_150, 200_260], 'thirty degrees east of north')
  const outline: [number, number][] = [
    [450_000, 200_000],
    [450_100, 200_000],
    [450_100, 200_100]
  ]
  const area = toShown(card({ location: { items: [fixOf('best', {}, { outline })] } })).main
  t.same(area === undefined ? [] : cornersOf(area), outline)
})
