import t, { type Test } from 'tap'
import { HELMERT_GRID } from '../../src/grid/national-grid.ts'
import type { Panel, PanelName } from '../../src/pop/pop.ts'
import { toCallId } from '../../src/simulator/sipp-run.ts'
import { demoConfig } from '../support/control-room.ts'
import { type TestCrime, writeCrimes } from '../support/crimes.ts'
import { DEMO_TRUNK, makeGateway, openRecord, place, signOn } from '../support/gateway.ts'
import { panelsTold } from '../support/told.ts'
import { until } from '../support/until.ts'

/* What the crimes panel says of a caller whom the network places in the middle of a town, through a whole gateway. */

/** Where `uac-999-pidf-lo-expect-200` says that its caller is, within 35 m. */
const CALLER = HELMERT_GRID.toGrid({ latitude: 51.752, longitude: -1.2577 }) ?? { easting: 0, northing: 0 }
const DAY_MS = 86_400_000

const config = await demoConfig(t, {
  forces: [
    { id: 'tvp', name: 'Thames Valley Police', deepLinks: { crime: 'https://records.tvp.example.invalid/{key}' } },
    { id: 'hants', name: 'Hampshire & Isle of Wight Constabulary' }
  ]
})
const gateway = await makeGateway(t, { config })
const handler = await signOn(t, gateway)
const record = await openRecord(t, gateway)

/** The record has these crimes and no others, whatever the demo brought. */
async function hold(...crimes: readonly TestCrime[]): Promise<void> {
  await record.query('truncate crime, crime_spot, crime_source')
  await writeCrimes(record as Parameters<typeof writeCrimes>[0], crimes)
}

/** One call by SIPp; its id. */
async function ring(t: Test, name = 'uac-999-pidf-lo-expect-200'): Promise<string> {
  const report = await place(gateway, name).done
  t.equal(report.exitCode, 0, `${name}: ${report.lastWords}`)
  const [placed] = [...report.calls.values()]
  return placed === undefined ? '' : toCallId(placed, DEMO_TRUNK)
}

/** The panel as the handler has it when it says something. */
async function panelOf(call: string, name: PanelName): Promise<Panel> {
  const said = () => panelsTold(handler.journal, call, name).filter(({ status }) => status !== 'pending')
  await until(() => (said().length > 0 ? '' : `no ${name} panel of ${call}`), 30_000)
  return said().at(-1) as Panel
}

function published(key: string, metresEast: number, over: Partial<TestCrime> = {}): TestCrime {
  return { key, ...CALLER, easting: CALLER.easting + metresEast, location: 'On or near Cornmarket', ...over }
}

t.test('in a town: of this address first by the force’s own records, then the counts and the newest', async t => {
  const now = Date.now()
  const own = { source: 'Niche', location: '1 Cornmarket', category: 'robbery' }
  await hold(
    published('p1', 120, { category: 'shoplifting' }),
    published('p2', 480, { month: '2025-09' }),
    published('beyond', 520),
    published('a year before', 120, { month: '2024-10' }),
    published('the neighbours’', 20, { force: 'hants' }),
    published('43/1', 20, { ...own, at: now - 3 * DAY_MS }),
    published('43/0', 20, { ...own, at: now - 60 * DAY_MS })
  )
  const panel = await panelOf(await ring(t), 'crimes')
  t.match(panel, {
    status: 'found',
    crimes: {
      ...{ radiusMetres: 500, areaView: false, around: { source: 'pidf-lo', offMetres: 35 } },
      here: { count: 1, days: 28, metres: 50 },
      sources: [
        { source: 'Niche', published: false },
        { source: 'police.uk', published: true, reachesTo: '2025-10', count: 2, before: 1 }
      ]
    }
  })
  t.match(panel.items, [
    {
      title: 'Robbery',
      at: now - 3 * DAY_MS,
      fields: { here: true, reference: '43/1', link: 'https://records.tvp.example.invalid/43%2F1' }
    },
    { title: 'Robbery', fields: { reference: '43/0', here: undefined } },
    { title: 'Shoplifting', fields: { published: true, month: '2025-10', link: undefined } },
    { title: 'Burglary', fields: { month: '2025-09' } }
  ])
  t.equal(panel.items.length, 4, 'none from beyond 500 m, and none of the other force')
})

t.test('published data only: nothing is said of the address, and up to when they reach is', async t => {
  await hold(published('p1', 30))
  const panel = await panelOf(await ring(t), 'crimes')
  t.match(panel, { status: 'found', crimes: { notHere: 'published-only', sources: [{ reachesTo: '2025-10' }] } })
  t.notOk(panel.crimes?.here)
})

t.test('none there is none, with where was looked; of a force that has taken in nothing nobody asks', async t => {
  await hold(published('far away', 5_000))
  t.match(await panelOf(await ring(t), 'crimes'), {
    ...{ status: 'none', items: [] },
    crimes: { radiusMetres: 500, sources: [{ reachesTo: '2025-10', count: 0 }] }
  })
  await hold()
  t.match(await panelOf(await ring(t), 'crimes'), { status: 'not-asked', why: 'not-configured' })
})

t.test('a caller who is at no place is not one with no crimes around', async t => {
  await hold(published('p1', 30))
  const call = await ring(t, 'uac-999-generic-number-expect-200')
  t.match(await panelOf(call, 'crimes'), { status: 'not-asked', why: 'no-place' })
})

t.test('the source is dead: its own panel says so, and no other', async t => {
  await hold(published('p1', 30))
  const holder = await record.connect()
  await holder.query('begin; lock table crime_source in access exclusive mode')
  const call = await ring(t)
  t.match(await panelOf(call, 'location'), { status: 'found' })
  t.match(await panelOf(call, 'history'), { status: /found|none/ })
  t.match(await panelOf(call, 'identity'), { status: 'found' })
  t.match(await panelOf(call, 'crimes'), { status: /late|failed/, items: [] })
  await holder.query('rollback')
  holder.release()
  t.match(await panelOf(await ring(t), 'crimes'), { status: 'found' })
})
