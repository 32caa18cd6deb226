import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import { poppedAt, send, storePids } from '../support/faults.ts'
import { makeGateway, openRecord, signOn } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const EVERY_MS = 500

/** The demo's config with test calls this often. */
async function configWith(t: Test, synthetic: object): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-config-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const demo = JSON.parse(await readFile(new URL('../../config/demo.json', import.meta.url), 'utf8')) as object
  const path = join(folder, 'demo.json')
  await writeFile(path, JSON.stringify({ ...demo, synthetic }))
  return path
}

interface PartReport {
  readonly ok: boolean
  readonly why?: string
  readonly detail?: { readonly ms?: number }
}

async function partOf(gateway: GatewayProcess): Promise<PartReport | undefined> {
  const answer = await fetch(`${gateway.url}/readyz`)
  return ((await answer.json()) as { parts: { synthetic?: PartReport } }).parts.synthetic
}

async function metric(gateway: GatewayProcess, line: RegExp): Promise<number> {
  const text = await (await fetch(`${gateway.url}/metrics`)).text()
  return Number(line.exec(text)?.[1] ?? 0)
}

t.test(
  'a gateway’s test calls go the whole way, are on nobody’s screen, in no count, and leave nothing open',
  async t => {
    const gateway = await makeGateway(t, { config: await configWith(t, { everyMs: EVERY_MS }) })
    const handler = await signOn(t, gateway)
    await until(async () =>
      (await metric(gateway, /gw_synthetic_calls_total\{result="popped"\} (\d+)/)) >= 5
        ? ''
        : JSON.stringify(await partOf(gateway))
    )
    const part = await partOf(gateway)
    t.equal(part?.ok, true)
    t.comment(`figure: a test call was on its socket ${part?.detail?.ms} ms after its INVITE`)
    t.same(poppedAt(handler), [])
    t.same([...handler.snapshotPops], [])
    t.equal(await metric(gateway, /gw_call_events_total\{kind="offered",result="changed"\} (\d+)/), 0)
    t.equal(await metric(gateway, /gw_pop_acked_total (\d+)/), 0)
    t.equal(await metric(gateway, /gw_pop_undeliverable_total (\d+)/), 0)
    const record = await openRecord(t, gateway)
    await until(async () => {
      const { rows } = await record.query('select count(*)::int as open from contact where closed_at is null')
      return rows[0]?.open <= 1 ? '' : `${rows[0]?.open} are open`
    })
    const { rows } = await record.query('select distinct force, line from contact where call is not null')
    t.same(rows, [{ force: '~synthetic', line: '~synthetic' }])
    const acked = await record.query(
      "select count(*)::int as acked from pop_delivery where handler like '~synthetic-%'"
    )
    t.ok(acked.rows[0]?.acked >= 5, 'and the record has their acknowledgements')
    t.comment(`figure: ${acked.rows[0]?.acked} acknowledged`)
  }
)

t.test('while Redis and PostgreSQL stand still test calls still pop', async t => {
  const gateway = await makeGateway(t, { config: await configWith(t, { everyMs: EVERY_MS }) })
  await until(async () => ((await partOf(gateway))?.ok === true ? '' : 'no test call yet'))
  const stores = [...(await storePids(gateway, 'redis-server')), ...(await storePids(gateway, 'postgres'))]
  t.teardown(() => send(stores, 'SIGCONT'))
  send(stores, 'SIGSTOP')
  const before = await metric(gateway, /gw_synthetic_calls_total\{result="popped"\} (\d+)/)
  await until(
    async () =>
      (await metric(gateway, /gw_synthetic_calls_total\{result="popped"\} (\d+)/)) >= before + 2 ? '' : 'none',
    60_000
  )
  send(stores, 'SIGCONT')
  t.equal((await partOf(gateway))?.ok, true)
})
