import { setTimeout as pause } from 'node:timers/promises'
import { breachOf, type Row } from '../row.ts'
import { slowestPanelMs, within } from './waits.ts'

/** Workers, which take jobs and nothing else. */
export const WORKER_ROWS: readonly Row[] = [
  {
    id: 'F06',
    fault: 'a worker is killed while it holds jobs, beside another',
    promise: 'bare pops unaffected; its jobs are done by others within 6 s',
    shape: { workers: 2 },
    lastsMs: 8_000,
    allows: {},
    inject: async ({ rig, random, note, breach }) => {
      const worker = random.pick(rig.workers)
      note(worker.plan.name)
      // Held up for a moment, so that jobs are under way in every worker when one dies.
      await rig.record(async client => {
        await client.query('begin')
        await client.query('lock table number_link in access exclusive mode')
        await pause(700)
        await worker.kill()
        await client.query('rollback')
      })
      if (rig.workers.every(each => each.isRunning)) breach('no worker died')
      await pause(6_000)
      await worker.start()
    },
    also: async ({ note }, history) => {
      const slowest = slowestPanelMs(history)
      note(`slowest panel ${Math.round(slowest)} ms`)
      return slowest === 0 ? [breachOf('no panels in the window')] : within('the last panel', slowest, 8_000)
    }
  }
]
