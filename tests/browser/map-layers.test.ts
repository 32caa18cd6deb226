import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import t from 'tap'
import { openBrowser, openPage } from '../support/browser.ts'
import { fix, openMapCall, showPlaces } from '../support/map-calls.ts'
import { centreOf, mapIsReady, pixelsOf, ringIs } from '../support/map-page.ts'
import { ScriptedConsole } from '../support/scripted-console.ts'
import { sharedData } from '../support/shared-data.ts'
import { until } from '../support/until.ts'

/* The ground under the call: what a force mounts, what it has fetched, and that either may be missing. */

const browser = await openBrowser(t)
const layer = { url: '/map/layers/0', shows: 'boundary', projection: 'EPSG:27700', label: 'name' }
const json = 'application/json; charset=utf-8'

/** Around Abingdon, on the grid: what a force's own file may look like. */
const AREA = {
  type: 'Feature',
  properties: { name: 'Local policing area' },
  geometry: {
    type: 'Polygon',
    coordinates: [
      [
        [449_500, 197_300],
        [449_800, 197_300],
        [449_800, 197_600],
        [449_500, 197_600],
        [449_500, 197_300]
      ]
    ]
  }
}
/** The same shape as TopoJSON has it. */
const TOPOLOGY = {
  type: 'Topology',
  arcs: AREA.geometry.coordinates,
  objects: { area: { type: 'Polygon', arcs: [[0]], properties: AREA.properties } }
}

const drawn = (page: Page, ink: string, least: number) =>
  until(async () => {
    const { length } = await pixelsOf(page, ink)
    return length >= least ? '' : `${length} pixels of ${ink}`
  })

for (const [name, content] of [
  ['GeoJSON', AREA],
  ['TopoJSON', TOPOLOGY]
] as const) {
  t.test(`a force’s own area in ${name} is drawn where it is, over the schematic`, async t => {
    const gateway = await ScriptedConsole.start(t)
    gateway.map = { kind: 'schematic', attribution: 'Made by a test', layers: [layer] }
    const body = Buffer.from(JSON.stringify(content))
    gateway.mapFiles = { ...gateway.mapFiles, readMapLayer: async () => ({ body, type: json }) }
    const page = await openPage(t, browser)
    const link = await gateway.signOn(page)
    openMapCall(link)
    showPlaces(link, 1, [fix('best', { radiusMetres: 60, id: 'small' })])
    await ringIs(page, 'caller', 60)
    await drawn(page, 'border', 500)
    await page.getByText('Schematic – not for navigation. Made by a test').waitFor()
    t.equal(await page.locator('.map-list .note').count(), 0)
  })
}

t.test('a layer that does not come is said in words, and the call is drawn all the same', async t => {
  const gateway = await ScriptedConsole.start(t)
  gateway.map = { kind: 'topojson', attribution: '', layers: [layer] }
  const page = await openPage(t, browser)
  const link = await gateway.signOn(page)
  openMapCall(link)
  showPlaces(link, 1, [fix('best', { radiusMetres: 60, id: 'small' })])
  await page.getByText('The layer of boundary could not be loaded. What the map shows of the call is whole.').waitFor()
  await ringIs(page, 'caller', 60)
  t.same(await pixelsOf(page, 'town'), [], 'and no schematic was asked for')
})

/** One pixel of the colour of `border` by day, as a PNG. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGOIzSoGAAJiATtJ17c7AAAAAElFTkSuQmCC'

t.test('without the schematic the map begins where the files of the force are', async t => {
  const gateway = await ScriptedConsole.start(t)
  gateway.map = { kind: 'topojson', attribution: '', layers: [layer] }
  const body = Buffer.from(JSON.stringify(AREA))
  gateway.mapFiles = { ...gateway.mapFiles, readMapLayer: async () => ({ body, type: json }) }
  const page = await openPage(t, browser)
  await gateway.signOn(page)
  await until(async () => {
    const centre = await centreOf(page)
    return String(centre) === '449650,197450' ? '' : `the middle is ${centre}`
  })
})

t.test('tiles of the National Grid lie under the call; those that do not come are said', async t => {
  const gateway = await ScriptedConsole.start(t)
  const resolutions = [896, 448, 224, 112, 56, 28, 14, 7, 3.5, 1.75]
  const grid = { tilePixels: 256, origin: [-238_375, 1_376_256] as [number, number], resolutions }
  const tiles = { url: '/map/tiles/{z}/{x}/{y}', projection: 'EPSG:27700', ...grid }
  gateway.map = { kind: 'xyz', attribution: '© A survey', layers: [], tiles }
  let isAway = false
  const asked: string[] = []
  const fetchMapTile = async ({ z, x, y }: { z: number; x: number; y: number }) => {
    asked.push(`${z}/${x}/${y}`)
    return isAway ? ('away' as const) : { body: Buffer.from(PIXEL, 'base64'), type: 'image/png' }
  }
  gateway.mapFiles = { ...gateway.mapFiles, fetchMapTile }
  const page = await openPage(t, browser)
  const link = await gateway.signOn(page)
  await mapIsReady(page)
  await until(async () => ((await pixelsOf(page, 'border', 0)).length > 400 ? '' : 'no tile is drawn'))
  isAway = true
  openMapCall(link)
  showPlaces(link, 1, [fix('best', { radiusMetres: 250, id: 'far' })])
  await ringIs(page, 'caller', 250)
  await page.getByText('Part of the base map could not be loaded.').waitFor()
  // Of zoom 9 the tile of SU 49640 97450: 448 m wide, counted from the north-west corner.
  t.ok(asked.includes('9/1535/2631'), 'the tile under the caller was asked for by its place on the grid')
})

const boundaries = sharedData('police-boundaries')

t.test(
  'the real areas of both forces, on the grid and in degrees, lie on each other',
  { skip: boundaries === undefined ? 'no ../shared/data/police-boundaries' : false },
  async t => {
    const read = (name: string) => readFile(`${boundaries}/ons_pfa2016_tvp_hampshire_${name}.geojson`)
    const borderOf = async (name: string, projection: string) => {
      const gateway = await ScriptedConsole.start(t)
      gateway.map = {
        kind: 'topojson',
        attribution: '',
        layers: [{ url: '/map/layers/0', shows: 'boundary', projection }]
      }
      const readMapLayer = async () => ({ body: await read(name), type: json })
      gateway.mapFiles = { ...gateway.mapFiles, readMapLayer }
      const page = await openPage(t, browser)
      await gateway.signOn(page)
      await drawn(page, 'border', 1_000)
      return pixelsOf(page, 'border')
    }
    const [grid, degrees] = [await borderOf('epsg27700', 'EPSG:27700'), await borderOf('wgs84', 'EPSG:4326')]
    const spots = new Set(grid.map(String))
    const isNear = ([x, y]: readonly [number, number]) =>
      [-2, -1, 0, 1, 2].some(east => [-2, -1, 0, 1, 2].some(south => spots.has(String([x + east, y + south]))))
    const off = degrees.filter(pixel => !isNear(pixel)).length
    t.ok(off < degrees.length / 100, `${off} of ${degrees.length} pixels lie off`)
    t.comment(`${off} of ${degrees.length} pixels of the border lie off`)
  }
)
