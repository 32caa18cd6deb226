import { until } from '../../support/until.ts'
import type { Breach, History, LevelLine } from '../oracle/history.ts'
import { breachOf, type FaultContext } from '../row.ts'

/** Waits until a level is told by any gateway, or every one is whole again; what never comes is judged later. */
export async function untilLevel({ rig }: FaultContext, level: number, withinMs = 15_000): Promise<void> {
  const last = () => rig.levels?.lines.at(-1)?.level
  await until(() => (last() === level ? '' : `level ${last()}`), withinMs).catch(() => {})
}

/** How long after the fault began a level was first told; undefined when it never was. */
export function toldAfterMs({ levels, fault }: History, isMeant: (line: LevelLine) => boolean): number | undefined {
  const told = levels.find(line => line.at >= fault.from && isMeant(line))
  return told === undefined ? undefined : told.at - fault.from
}

/** After the fault began, when the last of the screens that lost their link was welcome somewhere again. */
export function screensBackMs({ screens, fault }: History): number {
  let last = fault.from
  for (const { lines } of screens) {
    const lostAt = lines.find(line => line.way === 'closed' && line.at >= fault.from)?.at
    if (lostAt === undefined) continue
    const back = lines.find(line => line.way === 'in' && line.message.t === 'welcome' && line.at > lostAt)
    last = Math.max(last, back?.at ?? Number.POSITIVE_INFINITY)
  }
  return last - fault.from
}

/** Time from one event to its panels, of the calls placed while the fault lasted: what workers and lookups are seen by. */
export function slowestPanelMs({ calls, screens, fault }: History): number {
  const firstAt = new Map<string, number>()
  for (const { lines } of screens) {
    for (const line of lines) {
      if (line.way !== 'in' || line.message.t !== 'ev' || line.message.ev.type !== 'call.panel') continue
      const key = `${line.message.ev.call} ${line.message.ev.data.panel}`
      if (!firstAt.has(key)) firstAt.set(key, line.at)
    }
  }
  const lastOf = new Map<string, number>()
  for (const [key, at] of firstAt) {
    const call = key.split(' ')[0] ?? ''
    lastOf.set(call, Math.max(lastOf.get(call) ?? 0, at))
  }
  let slowest = 0
  for (const { callIds, inviteAt, okAt } of calls) {
    if (okAt === undefined || inviteAt < fault.from || inviteAt > Math.max(fault.to, fault.from + 3_000)) continue
    const [at] = callIds.flatMap(callId => lastOf.get(callId) ?? [])
    if (at !== undefined) slowest = Math.max(slowest, at - inviteAt)
  }
  return slowest
}

/** A breach when something took longer than the row allows. */
export function within(what: string, tookMs: number | undefined, maxMs: number): Breach[] {
  if (tookMs === undefined) return [breachOf(`${what}: never`)]
  return tookMs > maxMs ? [breachOf(`${what}: ${Math.round(tookMs)} ms, allowed ${maxMs}`)] : []
}
