import { join } from 'node:path'
import t, { type Test } from 'tap'
import { loadConfig } from '../../../src/operations/config.ts'
import { faultCode } from '../../../src/operations/errors.ts'
import { ReleaseStack, systemClock } from '../../../src/operations/lifecycle.ts'
import { type LogFields, silentLog } from '../../../src/operations/log.ts'
import { startPlaces } from '../../../src/wiring/start-places.ts'
import { until } from '../../support/until.ts'

const SITE = { forces: [{ id: 'tvp', name: 'Thames Valley Police' }] }
const HERE = { easting: 451_340, northing: 206_180 }
const POSTCODES = { 'ox.csv': '"OX9 9ZZ",10,451340,206180,"E","E","E","E","E","E"' }
const NODES = [0, 1]
  .flatMap(up => [0, 1].map(across => `1,${451_000 + across * 1_000},${206_000 + up * 1_000},90.100,-70.200,0,1`))
  .join('\n')

/** Places of a config, beside which its files stand, and what is logged of them. */
async function places(t: Test, settings: object, files: Record<string, string | Record<string, string>>) {
  const folder = t.testdir({ 'site.json': JSON.stringify({ ...SITE, places: settings }), ...files })
  const loaded = await loadConfig({ path: join(folder, 'site.json'), env: {} })
  const lines: { event: string; fields: LogFields; code?: string }[] = []
  const releases = new ReleaseStack()
  t.teardown(() => releases.release())
  const log = {
    ...silentLog,
    info: (event: string, fields: LogFields = {}) => lines.push({ event, fields }),
    fault: (event: string, thrown: unknown) => lines.push({ event, fields: {}, code: faultCode(thrown) ?? 'bug' })
  }
  const gazetteer = startPlaces({ loaded, log, clock: systemClock, releases })
  return { gazetteer, lines, releases }
}

t.test('fixes have their postcode and the exact grid once the files are read, and live calls do not wait', async t => {
  const settings = { codePointOpen: 'postcodes', ostn15: 'ostn15.txt' }
  const { gazetteer, lines } = await places(t, settings, { postcodes: POSTCODES, 'ostn15.txt': NODES })
  t.same(gazetteer.places.nearest(HERE), {}, 'not yet')
  t.equal(gazetteer.grid.method, 'helmert')
  await until(() => (lines.length === 3 ? '' : 'they are read'))
  t.same(gazetteer.places.nearest(HERE), { postcode: { postcode: 'OX9 9ZZ', metres: 0 } })
  t.equal(gazetteer.grid.method, 'ostn15')
  t.match(lines, [
    { event: 'places.loaded', fields: { what: 'OSTN15', count: 4 } },
    { event: 'places.loaded', fields: { what: 'postcodes', count: 1 } },
    { event: 'places.loaded', fields: { what: 'places', count: 0 } }
  ])
})

t.test('files that cannot be read are told and done without', async t => {
  const settings = { codePointOpen: 'none', ostn15: 'ostn15.txt' }
  const { gazetteer, lines } = await places(t, settings, { 'ostn15.txt': 'hello' })
  await until(() => (lines.length === 4 ? '' : 'they are told'))
  t.same(
    lines.map(({ event, code }) => code ?? event),
    ['places.no-shifts', 'places.unreadable', 'places.loaded', 'places.loaded']
  )
  t.equal(gazetteer.grid.method, 'helmert')
  t.same(gazetteer.places.nearest(HERE), {})
})

t.test('without files nothing is read, and a gateway that stops does not wait for those it reads', async t => {
  const without = await places(t, {}, {})
  await without.releases.release()
  t.same(without.lines, [])
  const rows = Array.from({ length: 20_000 }, (_, at) => `"OX9 9ZZ",10,${400_000 + at},206180,"E","E"`)
  const stopped = await places(t, { codePointOpen: 'postcodes' }, { postcodes: { 'ox.csv': rows.join('\n') } })
  await stopped.releases.release()
  t.same(stopped.lines, [], 'stopped half-way, which is no fault')
  t.same(stopped.gazetteer.places.nearest(HERE), {})
})
