import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type SippCall, type SippReport, type SippRun, startSipp, toCallId } from '../../../src/simulator/sipp-run.ts'
import type { PlacedCall } from '../oracle/history.ts'

const DAY_MS = 86_400_000
const TRUNK = 'demo-switch'
/** SIPp is told when to end; this only keeps a forgotten one from going on for ever. */
const MAX_CALLS = 100_000
/** One call of so many is the other force's, so that a pop that crosses over is seen. */
const OTHER_FORCE_EVERY = 10

export interface LoadPlan {
  readonly port: number
  readonly rate: number
  /** Devices of the desks, rung one after the other. */
  readonly devices: readonly string[]
  readonly transport?: 'udp' | 'tcp'
  readonly args?: readonly string[]
  /** A folder of the run's own. */
  readonly folder: string
  /** Its scenarios, in place of ours: with the address answers come back to. */
  readonly toScenario?: (path: string) => Promise<string>
}

export interface Load {
  /** Resolves when SIPp has ended, with every call it placed. */
  readonly done: Promise<{ readonly calls: readonly PlacedCall[]; readonly lastWords: string }>
  /** No new calls; `done` resolves when those under way have ended. */
  readonly finish: () => void
  readonly stop: () => void
}

/** The switch goes on asking for 32 s; a call that had its 100 hears nothing more when the gateway dies, and is given up. */
const GIVES_UP = ['-recv_timeout', '40000'] as const

/** SIPp into a gateway: calls at the desks of one force, and some at a desk of the other. */
export async function startLoad(plan: LoadPlan): Promise<Load> {
  const { rate, devices, folder, toScenario = async (path: string) => path } = plan
  const desks = join(folder, 'desks.csv')
  await writeFile(desks, `SEQUENTIAL\n${devices.join('\n')}\n`)
  const start = async (name: string, share: number, args: readonly string[]) =>
    startSipp({
      scenario: await toScenario(scenario(name)),
      host: '127.0.0.1',
      port: plan.port,
      rate: Math.max(1, Math.round(rate * share)),
      calls: MAX_CALLS,
      transport: plan.transport ?? 'udp',
      args: [...GIVES_UP, ...args, ...(plan.args ?? [])]
    })
  const own = await start('uac-999-desks-expect-200', 1 - 1 / OTHER_FORCE_EVERY, ['-inf', desks])
  const other = await start('uac-hants-999-call-expect-200', 1 / OTHER_FORCE_EVERY, [])
  return {
    done: finish([
      { run: own, force: 'tvp', deviceOf: number => devices[(number - 1) % devices.length] ?? '' },
      { run: other, force: 'hants', deviceOf: () => '5001' }
    ]),
    finish: () => {
      own.finish()
      other.finish()
    },
    stop: () => {
      own.stop()
      other.stop()
    }
  }
}

interface Part {
  readonly run: SippRun
  readonly force: string
  readonly deviceOf: (number: number) => string
}

async function finish(parts: readonly Part[]): Promise<Awaited<Load['done']>> {
  const calls: PlacedCall[] = []
  let lastWords = ''
  for (const { run, force, deviceOf } of parts) {
    const report: SippReport = await run.done
    lastWords += report.lastWords
    for (const call of report.calls.values()) calls.push(toPlacedCall(call, force, deviceOf))
  }
  return { calls, lastWords }
}

export function toPlacedCall(
  call: SippCall,
  force: string,
  deviceOf: (number: number) => string,
  trunk: string = TRUNK
): PlacedCall {
  const { sipCallId, inviteAt, tryingAt, okAt, refusedWith, endedAt } = call
  return {
    sipCallId,
    callIds: [-DAY_MS, 0, DAY_MS].map(shift => toCallId({ ...call, inviteAt: inviteAt + shift }, { force, trunk })),
    force,
    device: deviceOf(Number(/^\d+/.exec(sipCallId)?.[0] ?? 1)),
    inviteAt,
    ...(tryingAt === undefined ? {} : { tryingAt }),
    ...(okAt === undefined ? {} : { okAt }),
    ...(refusedWith === undefined ? {} : { refusedWith }),
    ...(endedAt === undefined ? {} : { endedAt })
  }
}

export function scenario(name: string): string {
  return fileURLToPath(new URL(`../../../sipp-scenarios/${name}.xml`, import.meta.url))
}
