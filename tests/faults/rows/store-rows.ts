import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import type { Row } from '../row.ts'
import { breachOf } from '../row.ts'
import { slowestPanelMs, toldAfterMs, untilLevel, within } from './waits.ts'

const CATCH_UP_MS = 30_000

/** What happens to Redis and to PostgreSQL while calls come in. */
export const STORE_ROWS: readonly Row[] = [
  {
    id: 'F08',
    fault: 'Redis gone for 15 s',
    promise: 'level 2 told; bare pops go on; panels catch up within 30 s; none lost or doubled',
    shape: {},
    lastsMs: 15_000,
    allows: { level: 2 },
    inject: async ({ rig }) => {
      const bringBack = await rig.stores.takeAway('redis')
      rig.onStop(bringBack)
      await pause(15_000)
      bringBack()
    },
    also: async ({ note }, history) => {
      const told = toldAfterMs(history, line => line.level === 2)
      note(`level 2 after ${Math.round(told ?? Number.NaN)} ms`)
      return within('level 2 told', told, 4_000)
    }
  },
  {
    id: 'F10',
    fault: 'Redis stands still for 12 s',
    promise: 'level 2 told; bare pops by the direct way; panels after it; none lost or doubled',
    shape: {},
    lastsMs: 12_000,
    allows: { level: 2 },
    inject: async ({ rig }) => {
      const goOn = await rig.stores.freeze('redis')
      rig.onStop(goOn)
      await pause(12_000)
      goOn()
    },
    also: async ({ note }, history) => {
      note(`slowest panel ${Math.round(slowestPanelMs(history))} ms`)
      return within('last panel of a call in the window', slowestPanelMs(history), 12_000 + CATCH_UP_MS)
    }
  },
  {
    id: 'F12',
    fault: 'Redis loses everything it held (FLUSHALL)',
    promise: 'screens get a new epoch with all their cards within 10 s; nothing missing, nothing twice',
    shape: {},
    lastsMs: 3_000,
    allows: {},
    inject: async ({ rig }) => {
      const redis = new Redis({ path: rig.stores.redisUrl.replace('unix://', '') })
      await redis.flushall()
      redis.disconnect()
      await pause(3_000)
    },
    also: async (_, { screens, fault }) => {
      const late = screens.filter(({ desk, lines }) => {
        const rang = lines.some(
          line => line.way === 'in' && line.message.t === 'ev' && line.at > fault.from && line.at < fault.to
        )
        const isNew = lines.some(
          line =>
            line.way === 'in' && line.message.t === 'snapshot' && line.at > fault.from && line.at < fault.from + 10_000
        )
        return desk.force === 'tvp' && rang && !isNew
      })
      return late.length === 0 ? [] : [breachOf(`${late.length} screens heard of no new epoch`)]
    }
  },
  {
    id: 'F13',
    fault: 'Redis takes no writes for 8 s: full under noeviction, or without the replica it must have',
    promise: 'level 2 told, bare pops go on, none lost or doubled',
    shape: {},
    lastsMs: 8_000,
    allows: { level: 2 },
    inject: async ({ rig, random, note }) => {
      const redis = new Redis({ path: rig.stores.redisUrl.replace('unix://', '') })
      const [setting, bad, good] = random.pick([
        ['maxmemory', '1', '0'],
        ['min-replicas-to-write', '1', '0']
      ] as const)
      note(setting)
      const mend = () => redis.config('SET', setting, good)
      rig.onStop(async () => {
        if (redis.status !== 'end') await mend()
        redis.disconnect()
      })
      await redis.config('SET', setting, bad)
      await pause(8_000)
      await mend()
      redis.disconnect()
    }
  },
  {
    id: 'F16',
    fault: 'PostgreSQL gone for 10 s',
    promise: 'level 3 told; pops and answers go on; the spool is in the record, in order, within 30 s',
    shape: {},
    lastsMs: 10_000,
    allows: { level: 3 },
    inject: async context => {
      const bringBack = await context.rig.stores.takeAway('postgres')
      context.rig.onStop(bringBack)
      await pause(10_000)
      bringBack()
      await untilLevel(context, 0)
    },
    also: async ({ note }, history) => {
      const told = toldAfterMs(history, line => line.level === 3)
      note(`level 3 after ${Math.round(told ?? Number.NaN)} ms`)
      return within('level 3 told', told, 4_000)
    }
  },
  {
    id: 'F17',
    fault: 'PostgreSQL stands still, or its tables are locked, for 8 s',
    promise: 'as F16; no statement waits longer than its time',
    shape: {},
    lastsMs: 8_000,
    allows: {},
    inject: async ({ rig, random, note }) => {
      const how = random.pick(['stands still', 'tables locked'] as const)
      note(how)
      if (how === 'stands still') {
        const goOn = await rig.stores.freeze('postgres')
        rig.onStop(goOn)
        await pause(8_000)
        goOn()
      } else {
        await rig.record(async client => {
          await client.query('begin')
          await client.query('lock table journal, contact, pop_delivery, sign_on in access exclusive mode')
          await pause(8_000)
          await client.query('rollback')
        })
      }
    }
  }
]
