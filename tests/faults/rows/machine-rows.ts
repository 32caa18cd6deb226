import { statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { breachOf, type Row } from '../row.ts'
import { untilLevel } from './waits.ts'

const LONG_SHIFT_SEQS = [2 ** 31 - 5, 2 ** 32 - 5, 40_000_000 - 5] as const

/** What happens to the machine: its disk, its clock, its log, its numbers. */
export const MACHINE_ROWS: readonly Row[] = [
  {
    id: 'F22',
    fault: 'nobody reads the log, for as long as the gateway runs',
    promise: 'calls and pops as ever; memory stays bounded',
    shape: { mutePipe: true },
    lastsMs: 8_000,
    allows: { level: 0 },
    inject: async ({ rig, note }) => {
      const before = (await rig.gateway.metric('nodejs_heap_size_used_bytes')) ?? 0
      await pause(8_000)
      const after = (await rig.gateway.metric('nodejs_heap_size_used_bytes')) ?? 0
      note(`heap ${Math.round((after - before) / 1_048_576)} MB more`)
    }
  },
  {
    id: 'F23',
    fault: 'the gateway’s disk is full and PostgreSQL stands still, for 8 s',
    promise:
      'pops come from memory; level 3, or 5 once neither takes a call, says why; nothing is torn; all of it is written when there is room',
    shape: { diskMegabytes: 8 },
    lastsMs: 8_000,
    // The switch is refused while neither store takes its calls, and to say so is what level 5 is for (docs/operating.md).
    allows: { level: 3, maxLevel: 5, failedCalls: true },
    inject: async context => {
      const { rig } = context
      const disk = join(rig.folder, 'gateway-1')
      const { bavail, bsize } = await statfs(disk)
      const filler = join(disk, 'filler')
      await writeFile(filler, Buffer.alloc(bavail * bsize)).catch(() => {})
      const goOn = await rig.stores.freeze('postgres')
      rig.onStop(goOn)
      await pause(8_000)
      await writeFile(filler, '')
      goOn()
      await untilLevel(context, 0)
    },
    also: async (_, { calls, fault }) => {
      const after = calls.filter(call => call.inviteAt > fault.to && call.okAt === undefined)
      return after.length === 0 ? [] : [breachOf(`${after.length} calls failed after there was room again`)]
    }
  },
  {
    id: 'F30',
    fault: 'the logs of the desks have counted to just below 2³¹, 2³² or 40 million',
    promise: 'nothing at all',
    shape: {},
    lastsMs: 3_000,
    allows: {},
    inject: async ({ rig, random, note }) => {
      const first = random.pick(LONG_SHIFT_SEQS)
      note(`from ${first}`)
      await rig.withRedis(async redis => {
        for (const key of await redis.keys('*:meta')) {
          // Another log under another epoch, as after years: the screens begin anew in it.
          if (key.includes(rig.keyPrefix)) await redis.hset(key, 'seq', first, 'epoch', `later-${first}`)
        }
        for (const key of await redis.keys('*:log')) if (key.includes(rig.keyPrefix)) await redis.del(key)
      })
      await pause(3_000)
    },
    also: async ({ rig }) => {
      const highest = Math.max(
        ...rig.screens.flatMap(({ lines }) =>
          lines.flatMap(line => (line.way === 'in' && line.message.t === 'ev' ? (line.message.seq ?? 0) : []))
        )
      )
      return highest > 1_000_000 ? [] : [breachOf(`the highest number was ${highest}: nothing jumped`)]
    }
  },
  {
    id: 'F31',
    fault: 'the gateway’s clock is set an hour on or back, 5 minutes back, or runs one in a hundred too fast',
    promise: 'nobody is signed off, no call is lost, doubled or shown as ended',
    shape: { fakeClock: true },
    lastsMs: 6_000,
    allows: {},
    inject: async ({ rig, random, note }) => {
      const offset = random.pick(['+3600', '-3600', '-300', '+0 x1.01'])
      note(`clock ${offset}`)
      for (const clock of rig.clocks) await clock.set(offset)
      await pause(6_000)
      for (const screen of rig.screens.slice(0, 3)) screen.cut()
      await pause(2_000)
      for (const clock of rig.clocks) await clock.set('+0')
    },
    also: async ({ rig, note }) => {
      const shifts = rig.screens.flatMap(({ lines }) =>
        lines.flatMap(line =>
          line.way === 'in' && line.message.t === 'ev' ? [Math.abs(line.message.ts - line.at)] : []
        )
      )
      note(`${Math.round(Math.max(...shifts))} ms from ours at most`)
      if (Math.max(...shifts) < 40) return [breachOf('the clock did not move')]
      const away = rig.screens.filter(screen => !screen.isLive)
      return away.length === 0 ? [] : [breachOf(`${away.length} screens did not get back in`)]
    }
  }
]
