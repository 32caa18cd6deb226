import { setTimeout as pause } from 'node:timers/promises'
import type { PlacedCall } from '../oracle/history.ts'
import { blocking, HOARDING, runInside } from '../rig/block-loop.ts'
import { breachOf, type FaultContext, type Row } from '../row.ts'
import { screensBackMs, untilLevel, within } from './waits.ts'

/** A node that is gone stays so for this long, so that the other has to do without it. */
const GONE_MS = 8_000
/** So long PostgreSQL stands still before the gateway is killed. */
const STILL_MS = 600
/** The rest of a fault that ends in a fresh start. */
const START_MS = 5_000

async function startAgain({ rig }: FaultContext, at: number): Promise<void> {
  await rig.gatewayAt(at).start()
}

/** One of the gateways, by the seed. */
function oneOf({ rig, random, note }: FaultContext): number {
  const at = random.between(0, rig.gateways.length - 1)
  note(`gateway ${at + 1}`)
  return at
}

const screensBack: NonNullable<Row['also']> = async ({ note }, history) => {
  const back = screensBackMs(history)
  note(`screens back after ${Math.round(back)} ms`)
  return within('the last screen was back', back, 10_000)
}

/** What happens to a gateway itself. */
export const GATEWAY_ROWS: readonly Row[] = [
  {
    id: 'F01',
    fault: 'one of two gateways is killed in the middle of calls',
    promise: 'none lost; its screens at the other one and its calls’ pops there within 3 s',
    shape: { gateways: 2 },
    lastsMs: GONE_MS + START_MS,
    allows: { lostEnds: true },
    inject: async context => {
      const at = oneOf(context)
      await context.rig.gatewayAt(at).kill()
      await pause(GONE_MS)
      await startAgain(context, at)
    },
    also: screensBack
  },
  {
    id: 'F01-alone',
    fault: 'the only gateway is killed in the middle of calls and started again',
    promise: 'what was answered is on the screens and in the record; the switch asks again for the rest',
    shape: {},
    lastsMs: START_MS,
    allows: { lostEnds: true },
    inject: async context => {
      await context.rig.gateway.kill()
      await startAgain(context, 0)
    },
    also: screensBack
  },
  {
    id: 'F03',
    fault: 'one of two gateways stands still for 10 s and goes on',
    promise: 'the other takes over; on the thaw it fences itself and says nothing stale',
    shape: { gateways: 2 },
    lastsMs: 10_000,
    allows: {},
    inject: async context => {
      const node = context.rig.gatewayAt(oneOf(context))
      node.signal('SIGSTOP')
      context.rig.onStop(() => node.signal('SIGCONT'))
      await pause(10_000)
      node.signal('SIGCONT')
    },
    also: screensBack
  },
  {
    id: 'F04',
    fault: 'the loop of the gateway is blocked for 2 s',
    promise: 'no answer of /readyz meanwhile; everything is there afterwards, once',
    shape: { inspect: true },
    lastsMs: 2_500,
    allows: {},
    inject: async ({ rig }) => {
      await runInside(rig.gateway, blocking(2_000))
      await pause(2_500)
    },
    also: async (_, { levels, fault }) =>
      levels.some(({ at, level }) => at >= fault.from && at <= fault.to + 1_000 && level === undefined)
        ? []
        : [breachOf('nobody saw the gateway not answer: the loop was not blocked')]
  },
  {
    id: 'F05',
    fault: 'the gateway runs out of memory and dies of it',
    promise: 'as F01: what was answered is on the screens and in the record',
    shape: { inspect: true, heapMegabytes: 200 },
    lastsMs: START_MS + 5_000,
    allows: { lostEnds: true },
    inject: async context => {
      const { gateway } = context.rig
      await runInside(gateway, HOARDING)
      for (let waited = 0; gateway.isRunning && waited < 30_000; waited += 50) await pause(50)
      if (gateway.isRunning) throw new Error('it did not run out of memory')
      await startAgain(context, 0)
    },
    also: screensBack
  },
  {
    id: 'F34',
    fault: 'each of two gateways is drained and started again under load, one after the other',
    promise:
      'drained within 10 s each; a call it no longer takes gets 503 at once, for the other; none lost or doubled',
    shape: { gateways: 2 },
    lastsMs: 25_000,
    allows: { failedCalls: true },
    inject: async context => {
      for (const [at, gateway] of context.rig.gateways.entries()) {
        const began = performance.now()
        const code = await gateway.stop()
        context.note(`gateway ${at + 1} drained in ${Math.round(performance.now() - began)} ms, exit ${code}`)
        await startAgain(context, at)
        await untilLevel(context, 0)
      }
    },
    also: async (context, history) => {
      const failed = history.calls.filter(({ okAt }) => okAt === undefined)
      const alone = failed.filter(({ refusedWith }) => refusedWith !== '503')
      context.note(`${failed.length} calls got 503`)
      const left = alone.length === 0 ? [] : [breachOf(`${alone.length} calls got neither 200 nor 503`)]
      return [...left, ...(await screensBack(context, history))]
    }
  },
  {
    id: 'F39',
    fault: 'one of two gateways cannot reach PostgreSQL or Redis for 10 s; switch and screens still reach it',
    promise: 'no call is owned twice: the lease in PostgreSQL decides; none lost, none doubled',
    shape: { gateways: 2, cutStores: true },
    lastsMs: 10_000,
    allows: { askedTwice: true },
    inject: async context => {
      const links = context.rig.storeLinks[oneOf(context)]
      links?.postgres.silent()
      links?.redis.silent()
      await pause(10_000)
      await links?.postgres.pass()
      await links?.redis.pass()
    }
  },
  {
    id: 'crash-100',
    fault: 'the only gateway is killed while PostgreSQL stands still and calls come in',
    promise:
      'no call that had its 100 or its 200 is lost: the disk had it before; the switch asks again for the others',
    shape: {},
    lastsMs: START_MS + 2_000,
    allows: { failedCalls: true, lostEnds: true },
    inject: async context => {
      const { rig } = context
      const goOn = await rig.stores.freeze('postgres')
      rig.onStop(goOn)
      // Longer than the gateway waits before it says 100, shorter than it waits before it calls PostgreSQL away.
      await pause(STILL_MS)
      // What may be lost is what came in the moment before this.
      context.struck()
      await rig.gateway.kill()
      goOn()
      await startAgain(context, 0)
    },
    also: async ({ note }, { calls, fault }) => {
      const had100 = calls.filter(({ tryingAt }) => tryingAt !== undefined)
      const left = had100.filter(({ okAt, refusedWith }) => okAt === undefined && refusedWith === undefined)
      note(`${had100.length} calls had a 100, ${left.length} of them nothing more`)
      const untouched = calls.filter(({ tryingAt, okAt }) => tryingAt === undefined && okAt === undefined)
      // Only the disk can have answered these: PostgreSQL stood still, and was let go on behind the kill.
      const isByDisk = ({ inviteAt, okAt }: PlacedCall) =>
        inviteAt >= fault.from && okAt !== undefined && okAt < fault.from + STILL_MS
      const answered = calls.filter(isByDisk).length
      note(`${answered} calls answered while PostgreSQL stood still`)
      return [
        ...(answered === 0 ? [breachOf('no call was answered while PostgreSQL stood still')] : []),
        ...(left.length === 0 ? [] : [breachOf(`${left.length} calls had their 100 and no final answer`)]),
        ...(untouched.length === 0 ? [] : [breachOf(`${untouched.length} calls without a 100 were never answered`)])
      ]
    }
  },
  {
    id: 'crash-tcp',
    fault: 'the only gateway is killed in the middle of calls over TCP and started again',
    promise: 'what was answered is on the screens and in the record; calls on the broken connection may fail',
    shape: {
      transport: 'tcp',
      sippArgs: ['-max_reconnect', '100', '-reconnect_close', 'false', '-reconnect_sleep', '500']
    },
    lastsMs: START_MS,
    allows: { failedCalls: true, lostEnds: true },
    inject: async context => {
      await context.rig.gateway.kill()
      await startAgain(context, 0)
    },
    also: screensBack
  }
]
