import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { Test } from 'tap'
import { DEMO_PASSWORD } from '../../src/simulator/demo-data.ts'
import { GatewayProcess, type GatewayStart } from '../../src/simulator/gateway-process.ts'
import { HandlerClient } from '../../src/simulator/handler-client.ts'
import { startSipp } from '../../src/simulator/sipp-run.ts'
import { type PostgresKind, putPostgres } from './postgres-template.ts'

/** Where config/demo.json has its event-leg numbers, and what SIPp's ids are derived with. */
export const DEMO_TRUNK = { force: 'tvp', trunk: 'demo-switch' } as const

/** A gateway of the test's own: a process with its own stores and demo data, ended and swept up with the test. */
export async function makeGateway(t: Test, start: GatewayStart = {}): Promise<GatewayProcess> {
  const gateway = await placeGateway(t, { postgres: start.desks === undefined ? 'demo' : 'empty' })
  await gateway.start(start)
  return gateway
}

/** The same, not started: its ports are known already. `none`: it makes its PostgreSQL itself. */
export async function placeGateway(
  t: Test,
  { postgres = 'demo' }: { readonly postgres?: PostgresKind | 'none' } = {}
): Promise<GatewayProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-test-'))
  // Run as root, the embedded PostgreSQL is another user, who must get in.
  await chmod(folder, 0o755)
  const gateway = await GatewayProcess.at(join(folder, 'data'))
  t.teardown(async () => {
    await gateway.stop()
    // A PostgreSQL that was killed with its gateway may still be writing its last.
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 })
  })
  if (postgres !== 'none') await putPostgres(gateway.place.dataDir, postgres)
  return gateway
}

/** A handler at a desk of Thames Valley, `desk` from 1; signed on, acknowledging, ended with the test. */
export async function signOn(t: Test, gateway: GatewayProcess, desk = 1): Promise<HandlerClient> {
  const at = String(desk).padStart(2, '0')
  const client = new HandlerClient({
    url: gateway.url,
    handler: `tvp-h${at}`,
    password: DEMO_PASSWORD,
    position: `tvp-d${at}`
  })
  t.teardown(() => client.stop())
  await client.start()
  return client
}

/** Our SIPp scenarios, by what they are called. */
export function scenario(name: string): string {
  return new URL(`../../sipp-scenarios/${name}.xml`, import.meta.url).pathname
}

/** For SIPp: a call that had its 100 when the gateway died hears nothing more, and is given up, as a switch does. */
export const GIVES_UP = ['-recv_timeout', '30000'] as const

/** For SIPp's `-inf`: these devices, one after another. */
export async function desksFile(t: Test, devices: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-desks-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'desks.csv')
  await writeFile(path, `SEQUENTIAL\n${devices.map(device => `${device}\n`).join('')}`)
  return path
}

/** SIPp into the gateway; its own report when it has ended. */
export function place(
  gateway: GatewayProcess,
  name: string,
  { rate = 10, calls = 1, transport = 'udp' as 'udp' | 'tcp', args = [] as readonly string[] } = {}
) {
  const { sipPort } = gateway.place
  return startSipp({ scenario: scenario(name), host: '127.0.0.1', port: sipPort, rate, calls, transport, args })
}

/** The addresses of a gateway's stores, for another process beside it. */
export async function storesOf(gateway: GatewayProcess): Promise<{ redisUrl: string; databaseUrl: string }> {
  const answer = await fetch(`${gateway.url}/readyz`)
  const { parts } = (await answer.json()) as Record<'parts', Record<string, { detail: { where: string } }>>
  const [, folder = '', database = ''] = /^(.*):\d+\/(.*)$/.exec(parts['database']?.detail.where ?? '') ?? []
  return {
    redisUrl: `unix://${parts['redis']?.detail.where}`,
    databaseUrl: `postgres://postgres@/${database}?host=${encodeURIComponent(folder)}`
  }
}

/** A link to the gateway's record, to see what it holds. */
export async function openRecord(t: Test, gateway: GatewayProcess): Promise<pg.Pool> {
  const answer = await fetch(`${gateway.url}/readyz`)
  const { parts } = (await answer.json()) as { parts: { database: { detail: { where: string } } } }
  const [, host = '', database = ''] = /^(.*):\d+\/(.*)$/.exec(parts.database.detail.where) ?? []
  const pool = new pg.Pool({ host, database, user: 'postgres', max: 2 })
  // Its server ends with the gateway, and may tell a link that is idle; whoever asks something then is still refused.
  pool.on('error', () => {})
  t.teardown(() => pool.end())
  return pool
}
