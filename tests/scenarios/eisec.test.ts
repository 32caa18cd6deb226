import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { DEMO_CONFIG } from '../../src/operations/config.ts'
import type { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import type { HandlerClient } from '../../src/simulator/handler-client.ts'
import { type CallPlan, SipCaller } from '../../src/simulator/sip-caller.ts'
import { type EisecService, makeService, PASSWORD, USER } from '../support/eisec.ts'
import { makeGateway, openRecord, signOn } from '../support/gateway.ts'
import { beside, metricOf } from '../support/gateways.ts'
import { panelsTold } from '../support/told.ts'
import { until } from '../support/until.ts'

/** The demo's settings with this service, on real ports. */
async function writeConfig(t: Test, { sites }: EisecService): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-eisec-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const demo = JSON.parse(await readFile(DEMO_CONFIG, 'utf8'))
  const logOn = { id: 'demo', user: USER, password: PASSWORD }
  const eisec = {
    logOns: [{ ...logOn, sites: sites.map(({ port }) => ({ host: '127.0.0.1', port })) }],
    ...{ deadlineMs: 500, lateInARow: 16, retryFirstMs: 100, retryMaxMs: 500 }
  }
  const path = join(folder, 'eisec.json')
  await writeFile(path, JSON.stringify({ ...demo, eisec }))
  return path
}

async function makeCaller(t: Test, { place }: GatewayProcess): Promise<SipCaller> {
  const caller = new SipCaller({ host: '127.0.0.1', port: place.sipPort })
  await caller.start()
  t.teardown(() => caller.stop())
  return caller
}

function call(number: string, { ddi = '999', isWithheld = false } = {}): CallPlan {
  return { ddi, device: '4001', asserted: number, ...(isWithheld ? {} : { shown: number }) }
}

function popsOf({ journal }: HandlerClient): string[] {
  return journal.flatMap(({ ev }) => (ev.type === 'call.pop' ? [ev.call] : []))
}

/** The last location panel of a call, as text. */
function locationOf(handler: HandlerClient, callId: string): string {
  return JSON.stringify(panelsTold(handler.journal, callId, 'location').at(-1) ?? '')
}

/** That EISEC is slow or not asked is said in the panel too; this waits for a place of its own. */
const untilPlaced = (handler: HandlerClient, callId: string) =>
  until(() => {
    const panel = locationOf(handler, callId)
    const items: readonly { kind: string; fields?: { source?: unknown } }[] = JSON.parse(panel).items ?? []
    return items.some(({ kind, fields }) => kind === 'fix' && fields?.source === 'eisec') ? '' : panel
  })

async function popOf(handler: HandlerClient, before: number): Promise<string> {
  await until(() => (popsOf(handler).length > before ? '' : 'no pop'))
  return popsOf(handler)[before] as string
}

const untilUp = (gateway: GatewayProcess) =>
  until(async () => ((await metricOf(gateway, 'gw_eisec_up')) === 1 ? '' : 'not logged on'))

t.test('a 999 mobile pops at once while EISEC hangs, and its panel gets the ellipse when it answers', async t => {
  const service = await makeService(t, {
    callers: () => ({
      fields: {
        NA: '*MOB* Example Mb01 202611261402090 1 Data Available     ',
        AA: '    451234     206300     40    15',
        AB: '  95   47.5OSGB36              '
      }
    })
  })
  const gateway = await makeGateway(t, { config: await writeConfig(t, service) })
  const handler = await signOn(t, gateway)
  const caller = await makeCaller(t, gateway)
  await untilUp(gateway)
  service.sites[0].answerAfterMs = 3_000
  t.equal(await caller.place(call('+447700900123')).answered, 200)
  const callId = await popOf(handler, 0)
  const record = await openRecord(t, gateway)
  const placesOf = async () => {
    const text =
      "select fix->>'shape' as shape, fix->'grid' as grid from location_fix where call_id = $1 and fix is not null"
    return (await record.query(text, [callId])).rows
  }
  t.same(await placesOf(), [], 'EISEC still hangs')
  await until(() => (locationOf(handler, callId) === '""' ? 'no location panel yet' : ''))
  t.notMatch(locationOf(handler, callId), /51\.753/)
  await until(() => (/51\.753/.test(locationOf(handler, callId)) ? '' : locationOf(handler, callId)))
  t.match(locationOf(handler, callId), /eisec/i)
  t.same(await placesOf(), [{ shape: 'ellipse', grid: { easting: 451_234, northing: 206_300 } }])
  t.same(service.sites[0].requests, ['07700900123'])
})

t.test('of 101 calls EISEC hears nothing; of a withheld 999 call it hears the network number', async t => {
  const service = await makeService(t)
  const gateway = await makeGateway(t, { config: await writeConfig(t, service) })
  const handler = await signOn(t, gateway)
  const record = await openRecord(t, gateway)
  const caller = await makeCaller(t, gateway)
  await untilUp(gateway)
  for (const n of [1, 2, 3]) caller.place(call(`+44770090010${n}`, { ddi: '101' }))
  await popOf(handler, 2)
  t.equal(await caller.place(call('+441632960104', { isWithheld: true })).answered, 200)
  const callId = await popOf(handler, 3)
  await untilPlaced(handler, callId)
  t.same(service.sites[0].requests, ['01632960104'])
  await until(async () => {
    const { rows } = await record.query('select count(*)::int as open from eisec_request')
    return rows[0].open === 0 ? '' : `${rows[0].open} requests are left in the record`
  })
  const { rows } = await record.query('select distinct call_id from location_fix')
  t.same(rows, [{ call_id: callId }], 'a 101 call costs the record nothing')
})

t.test(
  'a call at a gateway that is not logged on is asked about by the one that is, and by the next when that dies',
  async t => {
    const service = await makeService(t)
    const config = await writeConfig(t, service)
    const first = await makeGateway(t, { config })
    await untilUp(first)
    const second = await beside(t, first, { config })
    const third = await beside(t, first, { config })
    t.equal(await metricOf(second, 'gw_eisec_up'), 0, 'one is logged on at a time')
    const handler = await signOn(t, third)
    const caller = await makeCaller(t, third)
    t.equal(await caller.place(call('+441632960101')).answered, 200)
    const found = await popOf(handler, 0)
    await untilPlaced(handler, found)
    t.same(service.sites[0].requests, ['01632960101'])

    // The first keeps the stores: that it loses its log-on is as if it had died.
    const record = await openRecord(t, first)
    await record.query(`update eisec_log_on set node = 'a node that is gone'`)
    await until(async () => {
      const up = await Promise.all([first, second, third].map(each => metricOf(each, 'gw_eisec_up')))
      const { rows } = await record.query('select node from eisec_log_on')
      const isOver = rows[0].node !== 'a node that is gone' && up.reduce((sum, each) => sum + each, 0) === 1
      return isOver ? '' : `logged on: ${up}, by the record ${rows[0].node}`
    })
    t.equal(await caller.place(call('+441632960102')).answered, 200)
    const again = await popOf(handler, 1)
    await untilPlaced(handler, again)
  }
)

t.test(
  'the gateway that is logged on is killed: another logs on, and asks about the call it was asking about',
  async t => {
    const service = await makeService(t)
    const config = await writeConfig(t, service)
    const stores = await makeGateway(t)
    const killed = await beside(t, stores, { config })
    await untilUp(killed)
    const next = await beside(t, stores, { config })
    const handler = await signOn(t, next)
    const caller = await makeCaller(t, next)
    service.sites[0].mood = 'no-answer'
    t.equal(await caller.place(call('+441632960103')).answered, 200)
    const callId = await popOf(handler, 0)
    await until(() => (service.sites[0].requests.length === 1 ? '' : 'not asked yet'))
    await killed.kill()
    service.sites[0].mood = 'well'
    await untilUp(next)
    await untilPlaced(handler, callId)
    t.same(service.sites[0].requests, ['01632960103', '01632960103'])
  }
)
