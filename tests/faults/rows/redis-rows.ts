import { setTimeout as pause } from 'node:timers/promises'
import type { RedisProcess } from '../../../src/simulator/redis-process.ts'
import type { RedisSentinels } from '../../../src/simulator/redis-sentinels.ts'
import { until } from '../../support/until.ts'
import type { FaultContext, Row } from '../row.ts'
import { slowestPanelMs, within } from './waits.ts'

function sentinelsOf({ rig }: FaultContext): RedisSentinels {
  if (rig.sentinels === undefined) throw new Error('this row needs Sentinels')
  return rig.sentinels
}

async function masterOf(context: FaultContext): Promise<RedisProcess> {
  const master = await sentinelsOf(context).master()
  if (master === undefined) throw new Error('no Sentinel knows a master')
  return master
}

/** Waits until the Sentinels name another master that answers; says how long that took. */
async function untilFailedOver(context: FaultContext, old: RedisProcess): Promise<void> {
  const began = performance.now()
  await until(async () => {
    const now = await sentinelsOf(context).master()
    return now !== undefined && now !== old && (await now.answers()) ? '' : 'still the old master'
  }, 20_000)
  context.note(`another master after ${Math.round(performance.now() - began)} ms`)
}

/** Redis with a master, two replicas and three Sentinels. */
export const REDIS_ROWS: readonly Row[] = [
  {
    id: 'F07',
    fault: 'the master of Redis is killed; Sentinels choose another',
    promise: 'bare pops by the direct way meanwhile; none lost or doubled; panels within 10 s',
    shape: { redis: 'sentinel' },
    lastsMs: 6_000,
    allows: {},
    inject: async context => {
      const old = await masterOf(context)
      await old.end('SIGKILL')
      await untilFailedOver(context, old)
      await pause(2_000)
      await old.start()
    },
    also: async ({ note }, history) => {
      note(`slowest panel ${Math.round(slowestPanelMs(history))} ms`)
      return within('last panel of a call in the window', slowestPanelMs(history), 10_000)
    }
  },
  {
    id: 'F09',
    fault: 'the master is cut off from replicas and Sentinels for 10 s, while clients still reach it',
    promise: 'what only the old master had is lost with it, and no pop of it: none lost, none shown twice',
    shape: { redis: 'sentinel', gateways: 2 },
    lastsMs: 12_000,
    allows: {},
    inject: async context => {
      const old = await masterOf(context)
      // Who is in stays in; who comes anew is turned away. So the old master goes on serving its clients alone.
      await old.ask('CONFIG SET requirepass cut-off')
      const inside = async (command: string) => old.ask(`AUTH cut-off\r\n${command}`)
      for (const line of (await inside('CLIENT LIST')).split('\n')) {
        const id = /\bid=(\d+)/.exec(line)?.[1]
        const isOfGroup = /\bname=sentinel-|\bflags=\w*[SM]/.test(line)
        if (id !== undefined && isOfGroup) await inside(`CLIENT KILL ID ${id}`)
      }
      await untilFailedOver(context, old)
      await pause(10_000)
      await inside("CONFIG SET requirepass ''")
      await pause(1_000)
    }
  },
  {
    id: 'F11',
    fault: 'all Sentinels die, and the master with them; all come back 6 s later',
    promise: 'level 2 meanwhile; jobs go on within 5 s of the return, without a wedged worker',
    shape: { redis: 'sentinel' },
    lastsMs: 8_000,
    allows: { level: 2 },
    inject: async context => {
      const master = await masterOf(context)
      const { sentinels } = sentinelsOf(context)
      await Promise.all([...sentinels, master].map(each => each.end('SIGKILL')))
      await pause(6_000)
      await Promise.all([master, ...sentinels].map(each => each.start()))
    },
    also: async ({ note }, history) => {
      note(`slowest panel ${Math.round(slowestPanelMs(history))} ms`)
      return within('last panel of a call in the window', slowestPanelMs(history), 20_000)
    }
  }
]
