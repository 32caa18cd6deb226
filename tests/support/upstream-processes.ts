import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Test } from 'tap'

const SCRIPT = new URL('./upstream-process.ts', import.meta.url)

/** One of the demo's other systems in a process of its own. */
export class UpstreamProcess {
  #child: ChildProcess | undefined
  #port = 0

  /** Always at the port it had first. */
  async start(): Promise<number> {
    const child = fork(SCRIPT, [String(this.#port)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.#child = child
    const [message] = (await once(child, 'message')) as [{ port: number }]
    this.#port = message.port
    return message.port
  }

  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(name)
  }

  answerAfter(ms: number): void {
    this.#child?.send({ answerAfterMs: ms })
  }

  async kill(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
}

/** The demo's systems as its config has them, each in a process of its own that ends with the test; `over` is set in each. */
export async function startSystems(
  t: Test,
  sources: readonly DemoSource[],
  over: Readonly<Record<string, unknown>>
): Promise<{ readonly sources: Record<string, unknown>[]; readonly systems: ReadonlyMap<string, UpstreamProcess> }> {
  const systems = new Map<string, UpstreamProcess>()
  const placed: Record<string, unknown>[] = []
  for (const source of sources) {
    const system = new UpstreamProcess()
    t.teardown(() => system.kill())
    systems.set(source.id, system)
    const port = await system.start()
    const at = (url: string) => url.replace(':0/', `:${port}/`)
    const health = source.healthUrl === undefined ? {} : { healthUrl: at(source.healthUrl) }
    placed.push({ ...source, url: at(source.url), ...health, ...over })
  }
  return { sources: placed, systems }
}

interface DemoSource {
  readonly id: string
  readonly url: string
  readonly healthUrl?: string
}
