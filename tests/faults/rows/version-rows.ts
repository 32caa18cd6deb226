import { setTimeout as pause } from 'node:timers/promises'
import { otherMain } from '../rig/other-version.ts'
import { breachOf, type Row } from '../row.ts'
import { screensBackMs, untilLevel, within } from './waits.ts'

/** So long one gateway is of the one version and the other of the other. */
const MIXED_MS = 6_000

/** Two versions of the program over one record and one Redis, as in the middle of an upgrade. */
export function versionRows(revision: string | undefined, say: (text: string) => void): readonly Row[] {
  return [
    {
      id: 'F34-mixed',
      fault:
        'two gateways of the version before are upgraded one after the other under load; between them both versions run',
      promise: 'drained within 10 s each; none lost or doubled while both versions share record and Redis, nor after',
      shape: { gateways: 2, otherMain: () => otherMain(revision, say) },
      lastsMs: 30_000,
      allows: { failedCalls: true },
      inject: async context => {
        for (const [at, gateway] of context.rig.gateways.entries()) {
          const code = await gateway.stop()
          context.note(`gateway ${at + 1} of the version before ended with exit ${code}`)
          delete gateway.plan.main
          await gateway.start()
          await untilLevel(context, 0)
          if (at === 0) await pause(MIXED_MS)
        }
      },
      also: async ({ note }, history) => {
        const failed = history.calls.filter(({ okAt }) => okAt === undefined)
        const alone = failed.filter(({ refusedWith }) => refusedWith !== '503')
        note(`${failed.length} calls got 503`)
        return [
          ...(alone.length === 0 ? [] : [breachOf(`${alone.length} calls got neither 200 nor 503`)]),
          ...within('the last screen was back', screensBackMs(history), 10_000)
        ]
      }
    }
  ]
}
