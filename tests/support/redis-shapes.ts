import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { findRedisServer } from '../../src/operations/embedded/redis-server.ts'
import { silentLog } from '../../src/operations/log.ts'
import { RedisSentinels } from '../../src/simulator/redis-sentinels.ts'
import { RedisCluster } from './redis-cluster.ts'
import { findTestStores, STORES_FOLDER } from './stores.ts'
import { until } from './until.ts'

/** A master, two replicas and three Sentinels of this test's own. */
export async function makeSentinels(t: Test): Promise<RedisSentinels> {
  const { binary, folder } = await place(t)
  const group = await RedisSentinels.start(binary, folder)
  t.teardown(() => group.stop())
  await until(async () => ((await group.isReady()) ? '' : 'the Sentinels do not know each other yet'), 30_000)
  return group
}

/** A Cluster of this test's own: six nodes where one of them is to be replaced when it dies. */
export async function makeCluster(t: Test, size: 3 | 6): Promise<RedisCluster> {
  const { binary, folder } = await place(t)
  const cluster = await RedisCluster.start(binary, folder, size)
  t.teardown(() => cluster.stop())
  return cluster
}

async function place(t: Test) {
  // They have the server unpacked where none is installed.
  await findTestStores()
  const binary = await findRedisServer({ dataDir: STORES_FOLDER, path: process.env['PATH'] ?? '', log: silentLog })
  const folder = await mkdtemp(join(tmpdir(), 'callbox-redis-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return { binary, folder }
}
