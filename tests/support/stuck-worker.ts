/*
 * A worker in a process of its own that takes a job and never ends it, to be killed: `node stuck-worker.ts <redis url>
 * <key prefix>`. It writes a line when it has taken one.
 */
import { silentLog } from '../../src/operations/log.ts'
import { makeMetrics } from '../../src/operations/metrics.ts'
import { makeRedis } from '../../src/operations/redis.ts'
import { PopWorker } from '../../src/queue/pop-worker.ts'

const [url = '', keyPrefix = ''] = process.argv.slice(2)
new PopWorker({
  connect: role => makeRedis({ url, role, log: silentLog }),
  keyPrefix,
  concurrency: 1,
  process: job => {
    process.stdout.write(`${job.callId}\n`)
    return new Promise(() => {})
  },
  onSlow: () => {},
  giveUp: async () => {},
  log: silentLog,
  metrics: makeMetrics()
}).start()
