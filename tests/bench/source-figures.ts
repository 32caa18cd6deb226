import type { Received } from '../../src/simulator/handler-client.ts'
import type { Fault, Ran } from './source-rig.ts'

/** What became of one source and of all others while it was hurt. */
export interface Row {
  readonly source: string
  readonly fault: Fault
  readonly calls: number
  /** Its own panels of the calls of that time, by what they said first. */
  readonly said: Readonly<Record<string, number>>
  /** Of those that were late, so many were answered after all. */
  readonly answeredLate: number
  /** ms from the fault to the first call that did not ask, and from its end to the last. */
  readonly opensMs: number | undefined
  readonly closesMs: number | undefined
  /** ms from the fault to level 1, and from its end to level 0. */
  readonly toldMs: number | undefined
  readonly overMs: number | undefined
  readonly popP99Ms: number
  /** From its call to each panel of any other source. */
  readonly othersP99Ms: number
  readonly wrong: readonly string[]
}

interface Seen {
  readonly at: number
  readonly status: string
  readonly why: string | undefined
}

/** Calls of the last moment before the end may be answered by either. */
const EDGE_MS = 300
const MUST_CLOSE_MS = 10_000
const COULD_NOT_ASK = new Set(['breaker-open', 'too-many', 'place-unknown'])
/** What is asked about the place has none while the location cannot be asked. */
const NEEDS_PLACE = new Set(['other-premises', 'crimes', 'incidents-nearby', 'warnings'])

export function judge({
  source,
  fault,
  received,
  levels,
  from,
  to,
  failedCalls
}: Ran & { source: string; fault: Fault }): Row {
  const { popped, panels } = collect(received)
  const own = [...panels.keys()].find(name => name === source || name === `other-${source}`) ?? source
  const during = [...popped].filter(([, { at }]) => at >= from && at < to - EDGE_MS).map(([call]) => call)
  const mine = panels.get(own) ?? new Map<string, Seen[]>()
  const first = during.flatMap(call => mine.get(call)?.slice(0, 1) ?? [])
  const said: Record<string, number> = {}
  for (const { status, why } of first) {
    const word = status === 'not-asked' ? `${status} (${why})` : status
    said[word] = (said[word] ?? 0) + 1
  }
  const late = during.filter(call => mine.get(call)?.[0]?.status === 'late')
  const answered = late.filter(call => mine.get(call)?.some(({ status }) => status === 'found' || status === 'none'))
  const unasked = [...mine.values()].flat().filter(({ why }) => why === 'breaker-open')
  const [opened, closed] = [unasked.find(({ at }) => at >= from)?.at, unasked.filter(({ at }) => at >= to).at(-1)?.at]
  const others = [...panels].filter(([name]) => name !== own && !(source === 'location' && NEEDS_PLACE.has(name)))
  const since = new Set([...popped].filter(([, { at }]) => at >= from).map(([call]) => call))
  const changed = others.flatMap(([name, calls]) =>
    [...calls].flatMap(([call, [seen]]) =>
      since.has(call) && seen !== undefined && isTrouble(seen) ? [`${name} ${seen.status}`] : []
    )
  )
  const lacking = [...popped.keys()].filter(call => [...panels.values()].some(calls => !calls.has(call)))
  const told = levels.find(({ at, level }) => at >= from && level > 0)?.at
  const over = levels.filter(({ at, level }) => at >= to && level > 0).at(-1)?.at
  const wrong = [
    ...(failedCalls > 0 ? [`${failedCalls} calls failed`] : []),
    ...(changed.length > 0 ? [`${changed.length} panels of other sources changed, as ${changed[0]}`] : []),
    ...(lacking.length > 0 ? [`${lacking.length} calls lack a panel`] : []),
    ...(fault !== 'slow' && (said['none'] ?? 0) + (said['found'] ?? 0) > 0 ? ['it answered while it could not'] : []),
    ...(opened === undefined ? ['it was never left alone'] : []),
    ...((closed ?? to) - to > MUST_CLOSE_MS ? ['it was left alone long after it was well'] : [])
  ].map(each => `${source}, ${fault}: ${each}`)
  return {
    ...{ source, fault, calls: popped.size, said, answeredLate: answered.length },
    opensMs: opened === undefined ? undefined : opened - from,
    closesMs: closed === undefined ? 0 : closed - to,
    toldMs: told === undefined ? undefined : told - from,
    overMs: over === undefined ? 0 : over - to,
    popP99Ms: p99([...popped.values()].filter(({ at }) => at >= from).map(({ sinceOfferedMs }) => sinceOfferedMs)),
    othersP99Ms: p99(
      others.flatMap(([, calls]) =>
        [...calls].flatMap(([call, [seen]]) => {
          const pop = popped.get(call)
          return pop === undefined || seen === undefined || !since.has(call) ? [] : [seen.at - pop.at]
        })
      )
    ),
    wrong
  }
}

/** Pops and panels by call, each with when it came; by name and call what a panel said, in its order. */
function collect(received: readonly Received[]) {
  const popped = new Map<string, { at: number; sinceOfferedMs: number }>()
  const panels = new Map<string, Map<string, Seen[]>>()
  for (const { at, ev } of received) {
    if (ev.type === 'call.pop' && !popped.has(ev.call)) {
      popped.set(ev.call, { at, sinceOfferedMs: ev.data.sinceOfferedMs })
    }
    if (ev.type !== 'call.panel') continue
    const calls = panels.get(ev.data.panel) ?? new Map<string, Seen[]>()
    panels.set(ev.data.panel, calls)
    calls.set(ev.call, [...(calls.get(ev.call) ?? []), { at, status: ev.data.status, why: ev.data.why }])
  }
  // What came late of calls before belongs to their own run.
  for (const calls of panels.values()) for (const call of calls.keys()) if (!popped.has(call)) calls.delete(call)
  return { popped, panels }
}

function isTrouble({ status, why }: Seen): boolean {
  return status === 'late' || status === 'failed' || (status === 'not-asked' && COULD_NOT_ASK.has(why ?? ''))
}

function p99(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  return Math.round((sorted[Math.floor((sorted.length - 1) * 0.99)] ?? 0) * 10) / 10
}

/** For a page. */
export function toTable(rows: readonly Row[], rate: number, lastsMs: number): string {
  const seconds = (ms: number | undefined) => (ms === undefined ? 'never' : `${(ms / 1_000).toFixed(1)} s`)
  const words = (said: Row['said']) =>
    Object.entries(said)
      .sort(([, one], [, other]) => other - one)
      .map(([word, count]) => `${word} ${count}`)
      .join(', ')
  const lines = rows.map(
    ({ source, fault, said, answeredLate, opensMs, closesMs, toldMs, overMs, popP99Ms, othersP99Ms, wrong }) =>
      `| ${source} | ${fault} | ${words(said)}${answeredLate > 0 ? `; ${answeredLate} of the late answered after all` : ''} | ${seconds(opensMs)} | ${seconds(closesMs)} | ${seconds(toldMs)} / ${seconds(overMs)} | ${popP99Ms} ms | ${othersP99Ms} ms | ${wrong.length === 0 ? 'none' : wrong.map(each => each.replace(/^[^:]*: /, '')).join('; ')} |`
  )
  return [
    `${rate} calls a second; each fault lasts ${lastsMs / 1_000} s.`,
    '',
    '| source | fault | its own panels said first | left alone after | asked again after | level 1 / 0 after | pop p99 | other panels p99 | what should not be |',
    '|---|---|---|---|---|---|---|---|---|',
    ...lines
  ].join('\n')
}
