import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { loadConfig } from '../../../src/operations/config.ts'
import { makeLog } from '../../../src/operations/log.ts'
import { makeMapDesk, mapAnswer } from '../../../src/wiring/map-desk.ts'
import { makeHttpBench } from '../../support/http-bench.ts'
import { until } from '../../support/until.ts'

/*
 * What a page is given of the map: the force's own files, and tiles of a service that only the gateway knows, with a key that
 * never leaves it.
 */

const PICTURE = Buffer.from('a picture, as far as a gateway knows')
const KEY = 'a-key-of-the-tests'
const TVP: object = { id: 'tvp', name: 'Thames Valley Police' }

async function folder(t: Test, files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'callbox-map-'))
  t.teardown(() => rm(path, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content, { mode: 0o600 })
  return path
}

async function service(t: Test, answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function configWith(t: Test, map: object, files: Readonly<Record<string, string | Buffer>> = {}, forces = [TVP]) {
  const config = JSON.stringify({ demo: true, forces, map })
  return loadConfig({ path: join(await folder(t, { ...files, 'site.json': config }), 'site.json'), env: {} })
}

/** A gateway's HTTP side with the map of this config; `lines` is what it logs. */
async function bench(t: Test, loaded: Awaited<ReturnType<typeof configWith>>) {
  const lines: string[] = []
  const log = makeLog('info', { write: (line: string) => void lines.push(line) })
  const { http, signOn } = makeHttpBench({ map: makeMapDesk(loaded, log) })
  const cookie = await signOn()
  t.teardown(() => http.close())
  return { lines, http, get: async (url: string) => await http.inject({ url, headers: { cookie } }) }
}

const tiles = (url: string, over: object = {}) => ({ kind: 'xyz', tiles: { url: `${url}/{z}/{x}/{y}.png`, ...over } })

t.test('a layer is served as it is, packed or not, to whoever is signed on and to nobody else', async t => {
  const area = JSON.stringify({ type: 'FeatureCollection', features: [] })
  const layers = [
    { file: 'area.geojson', shows: 'boundary' },
    { file: 'area.geojson.gz', shows: 'area', projection: 'EPSG:27700', label: 'name' }
  ]
  const loaded = await configWith(t, { layers }, { 'area.geojson': area, 'area.geojson.gz': gzipSync(area) })
  t.match(mapAnswer(loaded), {
    kind: 'schematic',
    layers: [
      { url: '/map/layers/0', shows: 'boundary', projection: 'EPSG:4326' },
      { url: '/map/layers/1', shows: 'area', projection: 'EPSG:27700', label: 'name' }
    ]
  })
  const { http, get } = await bench(t, loaded)
  t.equal((await http.inject('/map/layers/0')).statusCode, 401)
  const plain = await get('/map/layers/0')
  t.equal(plain.body, area)
  t.match(plain.headers, { 'content-type': /^application\/json/, 'cache-control': /^private/ })
  const packed = await get('/map/layers/1')
  t.equal(packed.headers['content-encoding'], 'gzip')
  t.equal(gunzipSync(packed.rawPayload).toString('utf8'), area)
  t.equal((await get('/map/layers/2')).statusCode, 404)
  t.equal((await get('/map/layers/..%2fsite.json')).statusCode, 400)
  await rm(String(loaded.config.map.layers[0]?.file))
  t.match((await get('/map/layers/0')).json(), { code: 'map.layer-unreadable' })
})

t.test('the areas the config names for its forces are on the map by themselves, each file once', async t => {
  const area = JSON.stringify({ type: 'FeatureCollection', features: [] })
  const hants = { id: 'hants', name: 'Hampshire', areaFile: 'areas.geojson' }
  const files = { 'areas.geojson': area, 'large.geojson': Buffer.alloc(16 * 1024 * 1024 + 1) }
  const twice = await configWith(t, {}, files, [{ ...TVP, areaFile: 'areas.geojson' }, hants])
  t.same(mapAnswer(twice).layers, [{ url: '/map/layers/0', shows: 'boundary', projection: 'EPSG:4326' }])
  t.equal((await (await bench(t, twice)).get('/map/layers/0')).body, area)
  const large = await configWith(t, {}, files, [{ ...TVP, areaFile: 'large.geojson' }])
  t.match((await (await bench(t, large)).get('/map/layers/0')).json(), { code: 'map.layer-unreadable', text: /larger/ })
})

t.test('a tile is fetched with the key, which no page and no line of the log has', async t => {
  const asked: string[] = []
  const url = await service(t, (request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(200, { 'content-type': 'image/png' }).end(PICTURE)
  })
  const map = { kind: 'wmts', tiles: { url: `${url}/wmts?m={z}&c={x}&r={y}&key={key}`, keyFile: 'map.key' } }
  const loaded = await configWith(t, map, { 'map.key': `${KEY}\n` })
  const answer = mapAnswer(loaded)
  t.match(answer, { tiles: { url: '/map/tiles/{z}/{x}/{y}', projection: 'EPSG:27700' } })
  t.notMatch(JSON.stringify(answer), /127\.0\.0\.1|a-key/)
  const { http, get, lines } = await bench(t, loaded)
  t.equal((await http.inject('/map/tiles/3/1/2')).statusCode, 401)
  const tile = await get('/map/tiles/3/1/2')
  t.same([tile.statusCode, tile.headers['content-type']], [200, 'image/png'])
  t.same(tile.rawPayload, PICTURE)
  t.same(asked, [`/wmts?m=3&c=1&r=2&key=${KEY}`])
  t.equal((await get('/map/tiles/10/1/2')).statusCode, 404, 'beyond the last resolution nobody is asked')
  t.equal(asked.length, 1)
  t.notMatch(lines.join(''), KEY)
})

t.test(
  'a service that is away, slow, too large or no map is one line of the log, and another when it is back',
  async t => {
    let answer: RequestListener = (_, response) => response.writeHead(500).end()
    const url = await service(t, (request, response) => answer(request, response))
    const loaded = await configWith(t, tiles(url, { timeoutMs: 200, maxBytes: 1_024 }))
    const { get, lines } = await bench(t, loaded)
    const refused: RequestListener[] = [
      answer,
      (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
      (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
      (_, response) => response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.alloc(1_025)),
      () => {},
      request => request.socket.destroy()
    ]
    for (const each of refused) {
      answer = each
      const tile = await get('/map/tiles/0/0/0')
      t.same([tile.statusCode, tile.json().code], [502, 'map.tiles-away'])
    }
    t.equal(lines.filter(line => line.includes('map.tiles-away')).length, 1)
    answer = (_, response) => response.writeHead(404).end()
    t.equal((await get('/map/tiles/0/0/0')).statusCode, 404, 'a tile that is not there is no fault')
    t.equal(lines.filter(line => line.includes('map.tiles-back')).length, 1)
    t.notMatch(lines.join(''), url)
  }
)

t.test('more tiles at once than are allowed are refused, not queued', async t => {
  const waiting: (() => void)[] = []
  const url = await service(t, (_, response) => {
    waiting.push(() => response.writeHead(200, { 'content-type': 'image/webp' }).end(PICTURE))
  })
  const { get } = await bench(t, await configWith(t, tiles(url, { maxAtOnce: 2 })))
  const first = [get('/map/tiles/0/0/0'), get('/map/tiles/0/0/1')]
  await until(() => (waiting.length === 2 ? '' : 'they have not been asked for'))
  const third = await get('/map/tiles/0/0/2')
  t.same([third.statusCode, third.json().code], [503, 'http.busy'])
  for (const go of waiting) go()
  t.same(
    (await Promise.all(first)).map(({ statusCode }) => statusCode),
    [200, 200]
  )
})

t.test('a map that cannot be is refused when the config is checked, each mistake with its rule', async t => {
  const refused = async (map: object, files = {}) => {
    const thrown = await configWith(t, map, files).catch((fault: { code?: string; list?: () => string }) => fault)
    t.equal((thrown as { code?: string }).code, 'config.invalid')
    return (thrown as { list: () => string }).list()
  }
  t.match(await refused({ kind: 'pmtiles' }), /^map\.kind = "pmtiles": is not built yet/)
  t.match(await refused({ kind: 'xyz' }), /^map\.tiles = undefined: must be given/)
  t.match(await refused({ ...tiles('http://127.0.0.1:9'), kind: 'schematic' }), /^map\.tiles = set: must be given/)
  t.match(await refused({ kind: 'topojson' }), /^map\.layers = \[\]: must have a layer/)
  t.match(
    await refused({ kind: 'xyz', tiles: { url: 'http://127.0.0.1:9/{z}/{x}' } }),
    /^map\.tiles\.url = set: must have/
  )
  t.match(await refused(tiles('http://127.0.0.1:9', { keyFile: 'map.key' })), /^map\.tiles\.url = set: .*\{key\}/)
  const layers = [{ file: 'nowhere.geojson', shows: 'area' }]
  t.match(await refused({ layers }), /^map\.layers\[0\]\.file = .*: cannot be read: .*nowhere\.geojson/)
})
