import { until } from '../../support/until.ts'
import type { FaultContext } from '../row.ts'

interface Told {
  readonly raisedAt: number
  readonly endedAt?: number
}

/** The newest alarm of a code that was raised since `from`, as the record has it; undefined when there is none. */
async function readAlarm({ rig }: FaultContext, code: string, from: number): Promise<Told | undefined> {
  return rig.record(async client => {
    const { rows } = await client.query<{ raised_at: string; ended_at: string | null }>(
      'select raised_at, ended_at from alarm where code = $1 and raised_at >= $2 order by raised_at desc limit 1',
      [code, Math.floor(from)]
    )
    const [row] = rows
    if (row === undefined) return undefined
    return { raisedAt: Number(row.raised_at), ...(row.ended_at === null ? {} : { endedAt: Number(row.ended_at) }) }
  })
}

/** Waits until an alarm of this code is raised; a breach when it is late, or never comes. */
export async function untilAlarm(context: FaultContext, code: string, from: number, withinMs: number): Promise<void> {
  let told: Told | undefined
  await until(async () => {
    told = await readAlarm(context, code, from).catch(() => undefined)
    return told === undefined ? `no alarm ${code}` : ''
  }, withinMs + 5_000).catch(() => {})
  if (told === undefined) return context.breach(`alarm ${code}: never, allowed ${withinMs} ms`)
  const tookMs = Math.round(told.raisedAt - from)
  context.note(`${code} after ${(tookMs / 1_000).toFixed(1)} s`)
  if (tookMs > withinMs) context.breach(`alarm ${code}: after ${tookMs} ms, allowed ${withinMs}`)
}

/** Waits until that alarm has ended by itself, because its cause is gone. */
export async function untilAlarmOver(
  context: FaultContext,
  code: string,
  from: number,
  withinMs: number
): Promise<void> {
  const isOver = async () => (await readAlarm(context, code, from).catch(() => undefined))?.endedAt !== undefined
  await until(async () => ((await isOver()) ? '' : `alarm ${code} is still open`), withinMs).catch(() =>
    context.breach(`alarm ${code} is still open ${withinMs} ms after its cause was gone`)
  )
}
