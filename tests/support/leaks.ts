import { createHook } from 'node:async_hooks'
import type { Test } from 'tap'
import { until } from './until.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'uncaughtException', 'unhandledRejection'] as const
/** What a part of ours can leave behind; the rest is the runner's own business. */
const HANDLES = new Set([
  'TCPSocketWrap',
  'TCPServerWrap',
  'PipeWrap',
  'PipeServerWrap',
  'UDPWrap',
  'ProcessWrap',
  'Timeout',
  'FSEventWrap'
])
const SETTLE_MS = 2_000

/**
 * Fails the file when, after everything was torn down, timers, sockets, servers, child processes or listeners of the
 * process are there that were not before, and says where each timer was begun. Called first in a file, because teardowns
 * run from the last to the first.
 */
export function failOnLeaks(t: Test): void {
  // Else tap's own listeners would come with its first test, and look like ours.
  if ('pipe' in t && typeof t.pipe === 'function') t.pipe(process.stdout)
  const before = { handles: countHandles(), listeners: countListeners() }
  const begun = watchTimers()
  t.teardown(async () => {
    const left = () => {
      const handles = more(before.handles, countHandles())
      const listeners = more(before.listeners, countListeners())
      return [...handles, ...listeners].join(', ')
    }
    await until(left, SETTLE_MS).catch((thrown: Error) => {
      throw new Error([thrown.message, ...begun()].join('\n'))
    })
  })
}

/** Where the timers were begun that keep the process alive. */
function watchTimers(): () => readonly string[] {
  const live = new Map<number, { readonly timer: NodeJS.Timeout; readonly at: string }>()
  const hook = createHook({
    init: (id, type, _trigger, timer) => {
      if (type === 'Timeout') live.set(id, { timer: timer as NodeJS.Timeout, at: new Error('begun').stack ?? '' })
    },
    destroy: id => void live.delete(id)
  }).enable()
  return () => {
    hook.disable()
    return [...live.values()].flatMap(({ timer, at }) => (timer.hasRef() ? [at] : []))
  }
}

function countHandles(): Map<string, number> {
  const counts = new Map<string, number>()
  for (const name of process.getActiveResourcesInfo()) {
    if (HANDLES.has(name)) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}

function countListeners(): Map<string, number> {
  return new Map(SIGNALS.map(name => [`listeners of ${name}`, process.listenerCount(name)]))
}

function more(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): string[] {
  return [...now].flatMap(([name, count]) => {
    const left = count - (before.get(name) ?? 0)
    return left > 0 ? [`${left} more ${name} than before`] : []
  })
}
