import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { interval } from '../../src/operations/lifecycle.ts'
import { until } from '../support/until.ts'
import type { CrowdNews, CrowdOrder, CrowdStart } from './console-crowd.ts'

const CROWD = fileURLToPath(new URL('console-crowd.ts', import.meta.url))
const WITHIN_MS = 300_000

export interface CrowdDesk {
  readonly handler: string
  readonly position: string
  readonly device: string
}

/** Consoles in a process of their own, and what they said. */
export class Crowd {
  readonly #child: ChildProcess
  readonly pops = new Map<string, { readonly at: number }>()
  readonly lives: { readonly count: number; readonly at: number }[] = []
  doubled = 0
  #spread: ((news: Extract<CrowdNews, { kind: 'spread' }>) => void) | undefined
  #counted: ((news: Extract<CrowdNews, { kind: 'count' }>) => void) | undefined

  constructor(start: CrowdStart) {
    this.#child = fork(CROWD, [JSON.stringify(start)])
    this.#child.on('message', (news: CrowdNews) => {
      if (news.kind === 'count') this.#counted?.(news)
      else if (news.kind === 'live') this.lives.push(news)
      else if (news.kind === 'spread') this.#spread?.(news)
      else if (news.isAgain) this.doubled += 1
      // Whoever has it first: a call that nobody takes is offered to others later.
      else if (!this.pops.has(news.number)) this.pops.set(news.number, news)
    })
  }

  get live(): number {
    return this.lives.at(-1)?.count ?? 0
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  order(what: CrowdOrder['do']): void {
    this.#child.send({ do: what } satisfies CrowdOrder)
  }

  count(): Promise<Extract<CrowdNews, { kind: 'count' }>> {
    return new Promise(done => {
      this.#counted = done
      this.order('count')
    })
  }

  /** Each console's moment of the one call that was offered to all, and forgotten with it. */
  spread(): Promise<Extract<CrowdNews, { kind: 'spread' }>> {
    return new Promise(done => {
      this.#spread = done
      this.order('spread')
    })
  }

  stop(): void {
    this.#child.kill('SIGKILL')
  }
}

/** Straight into the record: ten thousand passwords would take their time. */
export async function signOnAll(url: string, all: readonly CrowdDesk[]): Promise<void> {
  const { parts } = (await (await fetch(`${url}/readyz`)).json()) as {
    parts: { database: { detail: { where: string } } }
  }
  const [, host = '', database = ''] = /^(.*):\d+\/(.*)$/.exec(parts.database.detail.where) ?? []
  const client = new pg.Client({ host, database, user: 'postgres' })
  await client.connect()
  const columns = [all.map(each => each.handler), all.map(each => each.position), all.map(each => each.device)]
  await client.query(
    `insert into handler (handler, name, force, lines, password)
     select handler, handler, 'tvp', '{999,101}', '' from unnest($1::text[]) as a(handler)`,
    [columns[0]]
  )
  await client.query(
    `insert into position (position, name, force, devices)
     select position, position, 'tvp', array[device] from unnest($1::text[], $2::text[]) as a(position, device)`,
    [columns[1], columns[2]]
  )
  await client.query(
    `insert into sign_on (handler, position, since_at)
     select handler, position, $3 from unnest($1::text[], $2::text[]) as a(handler, position)`,
    [columns[0], columns[1], Date.now()]
  )
  await client.end()
  await until(async () => {
    const text = await (await fetch(`${url}/metrics`)).text()
    const gone = Number(/^gw_consoles\{state="gone"\} (\d+)/m.exec(text)?.[1] ?? 0)
    return gone >= all.length ? '' : `the gateway knows of ${gone} who are signed on`
  }, WITHIN_MS)
}

export function desks(kind: string, count: number): readonly CrowdDesk[] {
  return Array.from({ length: count }, (_, at) => ({
    ...{ handler: `bench-${kind}-${at}`, position: `bench-${kind}-d${at}`, device: `${kind}-${at}` }
  }))
}

export function pause(ms: number): Promise<void> {
  return new Promise(done => {
    const stop = interval(() => {
      stop()
      done()
    }, ms)
  })
}

/** Epoch ms, of one clock for all processes here. */
export function now(): number {
  return performance.timeOrigin + performance.now()
}
