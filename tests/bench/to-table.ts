import type { Figures, Missing, Table, Time } from './table.ts'

/*
 * Tables of the benches that have a form of their own.
 */

interface SipPoint {
  readonly subject: string
  readonly what: string
  readonly offered: number
  readonly failed: number
  readonly p50: number | null
  readonly p99: number | null
  readonly cpuUsPerCall: number
  readonly rssMb: number
}

export function fromSip(json: unknown): Table {
  const { points, missing = [] } = json as {
    readonly points: readonly SipPoint[]
    readonly missing?: readonly Missing[]
  }
  const rows = points.map(
    ({ subject, what, offered, failed, p50, p99, cpuUsPerCall, rssMb }): Figures => ({
      ...{ subject, what, isReference: !subject.startsWith('Callbox'), count: offered, lost: failed },
      ...{ p50, p99, cpuUs: cpuUsPerCall, rssMb }
    })
  )
  return { rows, missing }
}

interface Stage {
  readonly count: number
  readonly lost: number
  readonly p50?: Time
  readonly p99?: Time
}

interface LoadJson {
  readonly asked: { readonly cps: number; readonly handlers: number }
  readonly accounts: { readonly offered: number; readonly lost: number }
  readonly verdict: {
    readonly kind: string
    readonly voids: readonly string[]
    readonly checks: readonly { readonly what: string; readonly got: string; readonly result: string }[]
  }
  readonly stages: Readonly<Record<string, Stage | undefined>>
  readonly reference?: { readonly before: Stage }
  readonly processes: readonly { readonly name: string; readonly cpuSeconds: number; readonly memoryMbMost: number }[]
}

export function fromLoad(json: unknown): Table {
  const { asked, accounts, stages, reference, verdict, processes } = json as LoadJson
  const gateway = processes.find(({ name }) => name === 'gateway')
  const what = `${asked.cps.toLocaleString('en-GB')}/s`
  const row = (subject: string, stage: Stage | undefined, more: Partial<Figures> = {}): Figures[] =>
    stage === undefined ? [] : [{ subject, what, ...timesOf(stage), ...more }]
  const failed = verdict.checks.filter(({ result }) => result === 'failed').map(({ what, got }) => `${what}: ${got}`)
  const why = [...failed, ...verdict.voids].join('; ')
  const ofGateway =
    gateway === undefined
      ? {}
      : { cpuUs: (gateway.cpuSeconds * 1e6) / Math.max(1, accounts.offered), rssMb: gateway.memoryMbMost }
  return {
    rows: [
      ...row('SIPp answering itself', reference?.before, { isReference: true }),
      ...row('Callbox, answered', stages['answered']),
      ...row('Callbox, bare pop', stages['pop'], ofGateway),
      ...row('Callbox, all panels', stages['panels'])
    ],
    notes: [
      `${accounts.offered.toLocaleString('en-GB')} calls with those of the warm-up, ${accounts.lost} without their pop; ${asked.handlers} handlers. The verdict: ${verdict.kind}${why === '' ? '' : ` (${why})`}.`
    ]
  }
}

function timesOf({ count, lost, p50, p99 }: Stage): Pick<Figures, 'count' | 'lost' | 'p50' | 'p99'> {
  return { count, lost, ...(p50 === undefined ? {} : { p50 }), ...(p99 === undefined ? {} : { p99 }) }
}

interface Pops {
  readonly calls: number
  readonly lost: number
  readonly p50: number | null
  readonly p99: number | null
}

interface SocketsJson {
  readonly sockets: number
  readonly heapPerSocket: number
  readonly rssPerSocket: number
  readonly storm: {
    readonly allBackMs: number | null
    readonly half: number | null
    readonly most: number | null
    readonly live: number
    readonly cpuMs: number
  }
  readonly bare: {
    readonly half: number | null
    readonly most: number | null
    readonly lost: number
    readonly cpuMs: number
  }
  readonly pops: Readonly<Record<'before' | 'steady' | 'cut', Pops>> & { readonly doubled: number }
}

export function fromSockets(json: unknown): Table {
  const { sockets, heapPerSocket, rssPerSocket, storm, bare, pops } = json as SocketsJson
  const row = (subject: string, { calls, lost, p50, p99 }: Pops, isReference = false): Figures => ({
    ...{ subject, what: `pops, ${sockets.toLocaleString('en-GB')} consoles`, isReference },
    ...{ count: calls, lost, p50, p99 }
  })
  const seconds = (ms: number | null) => (ms === null ? 'never' : `after ${(ms / 1_000).toFixed(1)} s`)
  const kb = (bytes: number) => `${(bytes / 1024).toFixed(1)} KB`
  const back = { what: `back again, ${sockets.toLocaleString('en-GB')} cut at once`, count: sockets }
  return {
    rows: [
      {
        ...{ ...back, subject: 'Callbox, consoles', lost: sockets - storm.live, p50: storm.half, p99: storm.most },
        cpuUs: (storm.cpuMs * 1_000) / sockets
      },
      {
        ...{ ...back, subject: 'ws, bare sockets', isReference: true, lost: bare.lost, p50: bare.half, p99: bare.most },
        cpuUs: (bare.cpuMs * 1_000) / sockets
      },
      row('before the cut', pops.before, true),
      row('consoles that were not cut', pops.steady),
      row('consoles that were', pops.cut)
    ],
    notes: [
      `All consoles were back ${seconds(storm.allBackMs)}; the gateway’s CPU counts the calls meanwhile too; ${pops.doubled} pops shown twice. A console takes ${kb(heapPerSocket)} of heap and ${kb(rssPerSocket)} of memory.`
    ]
  }
}
