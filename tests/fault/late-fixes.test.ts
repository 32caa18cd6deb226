import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { signAmlForm } from '../../src/lookups/location/aml-form.ts'
import { DEMO_CONFIG } from '../../src/operations/config.ts'
import type { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import { Desk } from '../support/desk.ts'
import { freeze, storePids, watchLevels } from '../support/faults.ts'
import { makeGateway, openRecord } from '../support/gateway.ts'
import { beside, RovingCall } from '../support/gateways.ts'
import { until } from '../support/until.ts'

/*
 * A place comes after its call's first lookups: at another gateway, while Redis is away, while PostgreSQL is away. It
 * reaches the screen, and it is on record in the end.
 */

const KEY = 'a key between two parties, long enough'

/** The demo's config with a key for AML. */
async function withKey(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-aml-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'key'), KEY, { mode: 0o600 })
  const demo = JSON.parse(await readFile(DEMO_CONFIG, 'utf8'))
  const path = join(folder, 'config.json')
  await writeFile(path, JSON.stringify({ ...demo, aml: { keyFile: 'key' } }))
  return path
}

/** What the phone of this caller posts; the answer's result. */
async function postPlace(gateway: GatewayProcess, caller: number, radius: number): Promise<string> {
  const number = `07700900${String(caller).padStart(3, '0')}`
  const fields = `device_number=${number}&time=${Date.now()}&location_latitude=51.67&location_longitude=-1.28&location_accuracy=${radius}&location_confidence=0.95&location_source=gps`
  const answer = await fetch(`${gateway.url}/api/v1/aml`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: signAmlForm(fields, Buffer.from(KEY))
  })
  return ((await answer.json()) as { result?: string; code?: string }).result ?? `refused ${answer.status}`
}

/** Standing, source and radius of the places on the card of this call, best first. */
function placesOn(desk: Desk, callId: string): readonly { id: string; words: string }[] {
  const panel = desk.client.screen.cards.get(callId)?.panels.location?.panel
  return (panel?.items ?? []).flatMap(({ kind, fields = {} }) =>
    kind === 'fix'
      ? [
          {
            id: String(fields['id']),
            words: `${fields['standing']} ${fields['source']} ${fields['radiusMetres'] ?? ''}`
          }
        ]
      : []
  )
}

async function untilFirst(desk: Desk, callId: string, words: string): Promise<string> {
  const first = () => placesOn(desk, callId)[0]
  await until(() => (first()?.words === words ? '' : `first: ${first()?.words}`), 20_000)
  return first()?.id ?? ''
}

async function onRecord(t: Test, gateway: GatewayProcess, callId: string, count: number): Promise<void> {
  const record = await openRecord(t, gateway)
  await until(async () => {
    const { rowCount } = await record.query('select 1 from location_fix where call_id = $1 and fix is not null', [
      callId
    ])
    return rowCount === count ? '' : `${rowCount} of ${count} on record`
  }, 20_000)
}

t.test(
  'a phone’s place and the handler’s word for it come to the gateway beside that of the call, and hold on its screen',
  async t => {
    const config = await withKey(t)
    const first = await makeGateway(t, { config })
    const second = await beside(t, first, { config })
    const desk = await Desk.at(t, second.url, 1)
    const call = new RovingCall(t, 123)
    t.equal(await call.open(first, '4001'), 200)
    await until(() => (desk.client.screen.cards.has(call.callId) ? '' : 'no pop'))
    t.equal(await postPlace(second, 123, 900), 'joined')
    const wide = await untilFirst(desk, call.callId, 'best aml 900')
    t.same(await desk.client.run('location.confirm', { call: call.callId, fix: wide }), { ok: true })
    await untilFirst(desk, call.callId, 'confirmed aml 900')
    t.equal(await postPlace(second, 123, 12), 'joined')
    await until(() =>
      placesOn(desk, call.callId).some(({ words }) => words === 'offered aml 12') ? '' : 'not offered'
    )
    await untilFirst(desk, call.callId, 'confirmed aml 900')
    const elsewhere = await Desk.at(t, first.url, 2)
    const none = await elsewhere.client.run('location.confirm', { call: call.callId, fix: wide })
    t.match(none, { ok: false, code: 'call.not-entitled' }, 'not by somebody whose call it is not')
  }
)

t.test('while Redis stands still a late place goes to the screen all the same', async t => {
  const gateway = await makeGateway(t, { config: await withKey(t) })
  const desk = await Desk.at(t, gateway.url, 1)
  const levels = watchLevels(t, gateway)
  const call = new RovingCall(t, 124)
  t.equal(await call.open(gateway, '4001'), 200)
  await until(() => (placesOn(desk, call.callId).length > 0 ? '' : 'no place yet'))
  const frozen = freeze(t, await storePids(gateway, 'redis-server'), 5_000)
  await levels.until(2)
  t.equal(await postPlace(gateway, 124, 14), 'joined')
  await untilFirst(desk, call.callId, 'best aml 14')
  await frozen
  await levels.until(0)
  await onRecord(t, gateway, call.callId, 1)
})

t.test(
  'while Redis stands still a late place reaches the screen at the gateway beside too, through the record',
  async t => {
    const config = await withKey(t)
    const first = await makeGateway(t, { config })
    const second = await beside(t, first, { config })
    const desk = await Desk.at(t, second.url, 1)
    const levels = watchLevels(t, second)
    const call = new RovingCall(t, 126)
    t.equal(await call.open(first, '4001'), 200)
    await until(() => (placesOn(desk, call.callId).length > 0 ? '' : 'no place yet'))
    const frozen = freeze(t, await storePids(first, 'redis-server'), 6_000)
    await levels.until(2)
    t.equal(await postPlace(first, 126, 18), 'joined')
    await untilFirst(desk, call.callId, 'best aml 18')
    await frozen
    await levels.until(0)
    await untilFirst(desk, call.callId, 'best aml 18')
  }
)

t.test('while PostgreSQL stands still a late place is shown, kept and recorded when it is back', async t => {
  const gateway = await makeGateway(t, { config: await withKey(t) })
  const desk = await Desk.at(t, gateway.url, 1)
  const levels = watchLevels(t, gateway)
  const call = new RovingCall(t, 125)
  t.equal(await call.open(gateway, '4001'), 200)
  await until(() => (placesOn(desk, call.callId).length > 0 ? '' : 'no place yet'))
  const frozen = freeze(t, await storePids(gateway, 'postgres'), 8_000)
  await levels.until(3)
  t.equal(await postPlace(gateway, 125, 16), 'joined')
  await untilFirst(desk, call.callId, 'best aml 16')
  await frozen
  await levels.until(0)
  await onRecord(t, gateway, call.callId, 1)
  await untilFirst(desk, call.callId, 'best aml 16')
})
