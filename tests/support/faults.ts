import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import { PANEL_NAMES } from '../../src/pop/pop.ts'
import type { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import type { HandlerClient } from '../../src/simulator/handler-client.ts'
import { type SippReport, toCallId } from '../../src/simulator/sipp-run.ts'
import { DEMO_TRUNK } from './gateway.ts'
import { childrenOf } from './processes.ts'
import { until } from './until.ts'

/*
 * What is done to a running gateway, and what it is judged by: SIPp's own log and the client's journal, never a
 * counter of the gateway's.
 */

/** The embedded server of this gateway, and for PostgreSQL its own processes after it. */
export async function storePids(gateway: GatewayProcess, name: 'redis-server' | 'postgres'): Promise<number[]> {
  const children = await childrenOf(gateway.pid ?? 0)
  const [server] = [...children].find(([, command]) => command === name) ?? []
  if (server === undefined) throw new Error(`this gateway has no ${name}`)
  return [server, ...(await childrenOf(server)).keys()]
}

/** Stands still for `ms`, the length of the fault, and goes on, whatever becomes of the test meanwhile. */
export async function freeze(t: Test, pids: readonly number[], ms: number): Promise<void> {
  const goOn = () => send(pids, 'SIGCONT')
  t.teardown(goOn)
  send(pids, 'SIGSTOP')
  await pause(ms)
  goOn()
}

/** One that has ended by itself meanwhile needs no signal. */
export function send(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal)
    } catch {}
  }
}

export interface Levels {
  /** Every level `/readyz` has told so far. */
  readonly seen: ReadonlySet<number>
  /** Resolves when this level is told. */
  until(level: number): Promise<void>
}

/** Reads the service level from outside for as long as the test lasts. */
export function watchLevels(t: Test, gateway: GatewayProcess): Levels {
  const seen = new Set<number>()
  let now: number | undefined
  let isOver = false
  const watching = (async () => {
    while (!isOver) {
      const answer = await fetch(`${gateway.url}/readyz`).catch(() => undefined)
      now = ((await answer?.json().catch(() => undefined)) as { level?: number } | undefined)?.level
      if (now !== undefined) seen.add(now)
      await pause(20)
    }
  })()
  t.teardown(() => {
    isOver = true
    return watching
  })
  return { seen, until: level => until(() => (now === level ? '' : `level ${now}, not ${level}`), 30_000) }
}

/** Our ids of the calls that SIPp saw answered 200. */
export function answeredOf(report: SippReport): Set<string> {
  const answered = [...report.calls.values()].filter(call => call.okAt !== undefined)
  return new Set(answered.map(call => toCallId(call, DEMO_TRUNK)))
}

/** Our ids of the calls that SIPp placed, whatever came of them. */
export function placedOf(report: SippReport): Set<string> {
  return new Set([...report.calls.values()].map(call => toCallId(call, DEMO_TRUNK)))
}

/** The statuses with which calls were refused to SIPp. */
export function refusalsOf(report: SippReport): Set<string> {
  return new Set([...report.calls.values()].flatMap(({ refusedWith }) => refusedWith ?? []))
}

/** Calls of the pops in a journal, in their order. */
export function poppedAt(handler: HandlerClient): string[] {
  return handler.journal.flatMap(({ ev }) => (ev.type === 'call.pop' ? [ev.call] : []))
}

/** Those of `wanted` that `found` lacks. */
export function lacking(wanted: Iterable<string>, found: Iterable<string>): string[] {
  const has = new Set(found)
  return [...wanted].filter(each => !has.has(each))
}

/** Waits until each call has its pop here; says how many have not when they do not come. */
export async function untilPopped(handler: HandlerClient, wanted: ReadonlySet<string>): Promise<void> {
  await until(() => {
    const missing = lacking(wanted, poppedAt(handler))
    return missing.length === 0 ? '' : `${missing.length} of ${wanted.size} have no pop, as ${missing[0]}`
  }, 30_000)
}

/** The newest panel of each name for each call, as a screen keeps them. */
export function panelsAt(handler: HandlerClient): Map<string, Map<string, { rev: number; status: string }>> {
  const calls = new Map<string, Map<string, { rev: number; status: string }>>()
  for (const { ev } of handler.journal) {
    if (ev.type !== 'call.panel') continue
    const panels = calls.get(ev.call) ?? new Map()
    calls.set(ev.call, panels)
    const known = panels.get(ev.data.panel)
    if (known === undefined || known.rev < ev.rev) {
      panels.set(ev.data.panel, { rev: ev.rev, status: ev.data.status })
    }
  }
  return calls
}

/** Waits until each call has its panels here. */
export async function untilPanels(handler: HandlerClient, wanted: ReadonlySet<string>): Promise<void> {
  await until(() => {
    const panels = panelsAt(handler)
    const has = (call: string, name: string) =>
      panels.get(call)?.has(name) === true || handler.snapshotPanels.has(`${call}:${name}`)
    const missing = [...wanted].filter(call => !PANEL_NAMES.every(name => has(call, name)))
    return missing.length === 0 ? '' : `${missing.length} of ${wanted.size} lack panels, as ${missing[0]}`
  }, 30_000)
}

/** Messages with a place in the log whose place does not rise; empty where all are in order. */
export function outOfOrder(handler: HandlerClient): string[] {
  let last = 0
  return handler.journal.flatMap(({ seq, eventId }) => {
    if (seq === undefined) return []
    const isBack = seq <= last
    last = seq
    return isBack ? [`${seq}:${eventId}`] : []
  })
}
