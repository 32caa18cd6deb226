/*
 * A worker in a process of its own that takes a job and never ends it, to be killed: `node stuck-worker.ts <redis url>
 * <key prefix>`. It writes a line when it has taken one.
 */
import { systemClock } from '../../src/operations/lifecycle.ts'
import { silentLog } from '../../src/operations/log.ts'
import { makeMetrics } from '../../src/operations/metrics.ts'
import { makeRedis } from '../../src/operations/redis.ts'
import { PopWorker } from '../../src/queue/pop-worker.ts'

const [url = '', keyPrefix = ''] = process.argv.slice(2)
new PopWorker({
  links: { connect: role => makeRedis({ url, role, log: silentLog }), end: () => {} },
  keyPrefix,
  concurrency: 1,
  isRedisUp: () => true,
  process: job => {
    process.stdout.write(`${job.callId}\n`)
    return new Promise(() => {})
  },
  onSlow: () => {},
  onWorking: () => {},
  giveUp: async () => {},
  log: silentLog,
  metrics: makeMetrics(),
  clock: systemClock
}).start()
