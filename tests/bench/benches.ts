/** What `npm run bench` runs, and how each is written down. */
import { fileURLToPath } from 'node:url'
import { inMs } from '../../src/simulator/percentiles.ts'

export type Size = 'full' | 'quick'

export interface Bench {
  readonly name: string
  readonly title: string
  /** What is measured and what stands beside it, for the page. */
  readonly words: string
  /** For Node, with the file its figures go to. */
  readonly args: (size: Size, json: string) => readonly string[]
  /** Exit codes of a bench that has figures. */
  readonly ends: readonly number[]
  /** Table of Markdown from what it wrote: head, then rows. */
  readonly toRows: (json: unknown) => readonly (readonly string[])[]
}

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))

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

interface LoadJson {
  readonly asked: { readonly cps: number; readonly handlers: number; readonly mix: { readonly name: string } }
  readonly accounts: { readonly offered: number; readonly lost: number }
  readonly verdict: { readonly kind: string; readonly voids: readonly string[] }
  readonly stages: Readonly<
    Record<string, { readonly p50?: number | 'lost'; readonly p99?: number | 'lost' } | undefined>
  >
  readonly reference?: { readonly before: { readonly p50?: number | 'lost'; readonly p99?: number | 'lost' } }
  readonly processes: readonly { readonly name: string; readonly cpuSeconds: number; readonly memoryMbMost: number }[]
}

interface SocketsJson {
  readonly sockets: number
  readonly heapPerSocket: number
  readonly rssPerSocket: number
  readonly storm: { readonly allBackMs: number; readonly most: number; readonly cpuMs: number }
  readonly pops: Readonly<
    Record<'before' | 'steady' | 'cut', { calls: number; lost: number; p50: number; p99: number | null }>
  > & {
    readonly doubled: number
  }
}

const SIP: Bench = {
  name: 'sip',
  title: 'The SIP driver alone',
  words:
    'Every event durable at once; beside it Kamailio’s `tm` module and a bare Node process that answers and reads nothing. ' +
    'Ratios are to Kamailio at the same rate.',
  args: (size, json) => [
    file('sip.ts'),
    ...(size === 'full' ? ['--rates', '500,1000,2000', '--repeat', '3'] : ['--rates', '100', '--seconds', '5']),
    ...['--json', json]
  ],
  ends: [0],
  toRows: json => {
    const { points } = json as { readonly points: readonly SipPoint[] }
    const kamailio = (what: string) => points.find(point => point.what === what && point.subject.startsWith('Kamailio'))
    return [
      ['', 'calls/s', 'calls', 'failed', 'INVITE → 200, p50 / p99', 'CPU a call', 'to Kamailio', 'RSS'],
      ...points.map(({ subject, what, offered, failed, p50, p99, cpuUsPerCall, rssMb }) => [
        ...[subject, what, String(offered), String(failed), pair(p50, p99), `${cpuUsPerCall} µs`],
        ...[ratio(cpuUsPerCall, kamailio(what)?.cpuUsPerCall), `${rssMb} MB`]
      ])
    ]
  }
}

function load(cps: number): Bench {
  const handlers = String(Math.max(40, Math.ceil(cps / 6)))
  return {
    name: `load-${cps}`,
    title: `The whole pipeline at ${cps} calls a second`,
    words:
      'A gateway with its stores, SIPp and the handlers on one machine, times from the moment each INVITE was due ' +
      '([loading](load.md)). Beside it SIPp answering itself; ratios are to its p99.',
    args: (size, json) => [
      ...[file('../../src/main.ts'), 'load', '--cps', String(cps), '--handlers', handlers],
      ...['--seconds', size === 'full' ? '60' : '5', ...(size === 'full' ? [] : ['--warm-up', '2'])],
      ...['--out', json.replace(/\/[^/]+$/, '')]
    ],
    // A run that failed or is void has figures too, and says so.
    ends: [0, 1, 3],
    toRows: json => {
      const { accounts, stages, reference, verdict, processes } = json as LoadJson
      const gateway = processes.find(({ name }) => name === 'gateway')
      const row = (what: string, of: LoadJson['stages'][string]) => [
        ...[what, pair(of?.p50, of?.p99), ratio(of?.p99, reference?.before.p99)]
      ]
      return [
        ['', 'p50 / p99', 'to SIPp itself'],
        row('SIPp answering itself', reference?.before),
        row('answered', stages['answered']),
        row('bare pop', stages['pop']),
        row('all panels', stages['panels']),
        ['calls, lost', `${accounts.offered}, ${accounts.lost}`, [verdict.kind, ...verdict.voids].join(': ')],
        [
          'CPU of the gateway a call, memory',
          `${(((gateway?.cpuSeconds ?? 0) * 1_000) / Math.max(1, accounts.offered)).toFixed(2)} ms, ${gateway?.memoryMbMost ?? '–'} MB`,
          ''
        ]
      ]
    }
  }
}

const SOCKETS: Bench = {
  name: 'sockets',
  title: 'A reconnect storm',
  words: 'Consoles of the SDK that are all cut at once, with calls meanwhile; beside them consoles that are not cut.',
  args: (size, json) => [
    file('sockets.ts'),
    ...(size === 'full' ? [] : ['--sockets', '500', '--steady', '20', '--pops', '10']),
    ...['--json', json]
  ],
  ends: [0],
  toRows: json => {
    const { sockets, heapPerSocket, rssPerSocket, storm, pops } = json as SocketsJson
    const row = (what: string, { calls, lost, p50, p99 }: SocketsJson['pops']['cut']) => [
      ...[what, `${calls}, ${lost} lost`, pair(p50, p99), ratio(p99, pops.before.p99)]
    ]
    return [
      ['', `${sockets} consoles`, 'pop, p50 / p99', 'to before the cut'],
      row('before the cut', pops.before),
      row('consoles that were not cut', pops.steady),
      row('consoles that were', pops.cut),
      [
        '99 % back, all back',
        `${(storm.most / 1_000).toFixed(1)} s, ${(storm.allBackMs / 1_000).toFixed(1)} s`,
        '',
        ''
      ],
      ['each console, heap and RSS', `${kb(heapPerSocket)}, ${kb(rssPerSocket)}`, '', ''],
      ['pops shown twice', String(pops.doubled), '', '']
    ]
  }
}

export const BENCHES: readonly Bench[] = [SIP, load(50), load(200), load(1_000), SOCKETS]

function pair(p50: number | 'lost' | null | undefined, p99: number | 'lost' | null | undefined): string {
  return `${ms(p50)} / ${ms(p99)} ms`
}

/** JSON has no infinity: what was lost is null there, or says so. */
function ms(value: number | 'lost' | null | undefined): string {
  if (value === undefined) return '–'
  return value === null || value === 'lost' ? 'lost' : inMs(value)
}

function ratio(ours: unknown, theirs: unknown): string {
  return typeof ours === 'number' && typeof theirs === 'number' && theirs > 0 ? `× ${(ours / theirs).toFixed(1)}` : ''
}

function kb(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KB`
}
