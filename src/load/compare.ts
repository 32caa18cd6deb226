import { toTableLines } from '../operations/text-table.ts'
import { toHtmlText, toList, toTable } from './markup.ts'
import { isGateway } from './processes.ts'
import type { LoadReport } from './report.ts'
import { toCurves } from './report-charts.ts'
import { section, toPage } from './report-html.ts'
import { stageRows, VERDICT_WORDS } from './report-text.ts'
import { inMs } from './verdict.ts'

export interface Named {
  readonly name: string
  readonly report: LoadReport
}

type Row = readonly [string, string, string, string]

/** Where the two were not the same, so that whoever compares knows what else may be behind a difference. */
export function differences({ report: one }: Named, { report: other }: Named): string[] {
  const of = ({ asked, environment, verdict }: LoadReport): Readonly<Record<string, string | number>> => ({
    'calls a second': asked.cps,
    seconds: asked.seconds,
    mix: JSON.stringify(asked.mix),
    handlers: asked.handlers,
    'how handlers answer': asked.acks,
    'talking, ms': asked.holdMs,
    transport: asked.transport,
    seed: asked.seed,
    'whose gateway': asked.isOwn ? 'its own' : asked.targets.join(', '),
    'gateway version': environment.gateways.join(', '),
    machine: `${environment.cpus} × ${environment.cpuModel}`,
    'SIPp and Node': `${environment.sipp}, ${environment.node}`,
    voids: verdict.voids.join(' ') || 'none'
  })
  const [all, others] = [of(one), of(other)]
  return Object.entries(all).flatMap(([what, is]) =>
    others[what] === is ? [] : [`${what}: ${is} beside ${others[what]}`]
  )
}

/** What both have, and the second as a multiple of the first. */
export function compareRows({ report: one }: Named, { report: other }: Named): Row[] {
  const count = (what: string, is: number, was: number): Row => [what, String(is), String(was), '']
  const gatewayCpu = ({ processes, gauges, accounts }: LoadReport) => {
    const own = processes.filter(isGateway).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)
    const seconds = own > 0 ? own : gauges.reduce((sum, { cpuSeconds = 0 }) => sum + cpuSeconds, 0)
    return (seconds * 1_000) / Math.max(1, accounts.offered)
  }
  const memory = ({ processes, gauges }: LoadReport) =>
    Math.max(
      ...processes.filter(isGateway).map(({ memoryMbMost }) => memoryMbMost),
      ...gauges.map(({ memoryMbMost = 0 }) => memoryMbMost)
    )
  const cpu = [gatewayCpu(one), gatewayCpu(other)] as const
  const rss = [memory(one), memory(other)] as const
  return [
    ['verdict', VERDICT_WORDS[one.verdict.kind], VERDICT_WORDS[other.verdict.kind], ''],
    count('calls', one.accounts.offered, other.accounts.offered),
    count('without their pop', one.accounts.lost, other.accounts.lost),
    count('without all panels', one.accounts.withoutPanels, other.accounts.withoutPanels),
    count('refused', one.accounts.refused, other.accounts.refused),
    ...stageRows(one.stages).flatMap(({ stage, title, figures }) => {
      const second = other.stages[stage]
      return (['p50', 'p99', 'p999'] as const).map((name): Row => {
        const [is, was] = [figures[name], second?.[name]]
        const label = name === 'p999' ? 'p99.9' : name
        return [`${title}, ${label}`, inMs(is), inMs(was), ratio(is, was)]
      })
    }),
    ...referenceRows(one, other),
    ['CPU of the gateway for a call', `${cpu[0].toFixed(2)} ms`, `${cpu[1].toFixed(2)} ms`, ratio(...cpu)],
    ['memory of a gateway, most', `${rss[0].toFixed(0)} MB`, `${rss[1].toFixed(0)} MB`, ratio(...rss)]
  ]
}

function referenceRows(one: LoadReport, other: LoadReport): Row[] {
  if (one.reference === undefined || other.reference === undefined) return []
  const [is, was] = [one.reference.before.p99, other.reference.before.p99]
  return [['SIPp answering itself, p99', inMs(is), inMs(was), ratio(is, was)]]
}

function ratio(is: unknown, was: unknown): string {
  if (typeof is !== 'number' || typeof was !== 'number' || is <= 0) return ''
  return `× ${(was / is).toFixed(2)}`
}

export function toCompareText(one: Named, other: Named): string {
  const rows: Row[] = [['', one.name, other.name, 'second to first'], ...compareRows(one, other)]
  const table = toTableLines(rows, { areNumbers: true })
  const apart = differences(one, other).map(each => `differs: ${each}`)
  return `${[...apart, ...(apart.length === 0 ? [] : ['']), ...table].join('\n')}\n`
}

export function toComparePage(one: Named, other: Named): Promise<string> {
  const apart = differences(one, other)
  const curves = [one, other].flatMap(({ name, report: { stages } }) =>
    (['pop', 'panels'] as const).flatMap(stage => {
      const figures = stages[stage]
      return figures === undefined ? [] : [{ name: `${name}: ${stage === 'pop' ? 'bare pop' : 'all panels'}`, figures }]
    })
  )
  const head = ['', one.name, other.name, 'second to first']
  return toPage('Callbox load: two runs compared', [
    `<header><p class="kicker">Callbox load, two runs compared</p><h1>${toHtmlText(one.name)} and ${toHtmlText(other.name)}</h1>
<p>${toHtmlText(one.report.startedAt.slice(0, 16).replace('T', ' '))} UTC and ${toHtmlText(other.report.startedAt.slice(0, 16).replace('T', ' '))} UTC</p></header>`,
    apart.length === 0 ? '' : `<aside><p>What was not the same:</p>${toList(apart)}</aside>`,
    section('Side by side', toTable(head, compareRows(one, other), [1, 2, 3])),
    section('Curves', toCurves(curves))
  ])
}
