import { readFile } from 'node:fs/promises'
import { toFacts, toHtmlText, toList, toTable } from './markup.ts'
import type { LoadReport } from './report.ts'
import { curvesOf, toCurves, toGaugeCharts, toLatencyOverTime, toLoadOverTime } from './report-charts.ts'
import { stageRows, VERDICT_WORDS } from './report-text.ts'
import { inMs, percent } from './verdict.ts'

const STYLES = ['../console/style/colours.css', 'report.css', 'charts.css'].map(name => new URL(name, import.meta.url))
const RESULT_WORDS = { passed: 'passed', failed: 'FAILED', 'not-judged': 'not judged' } as const

/** One page with everything in it: no script, nothing from outside, and it prints. */
export async function toHtml(report: LoadReport): Promise<string> {
  const { asked, startedAt } = report
  const title = `Callbox load: ${asked.cps} calls/s, ${asked.mix.name}, ${startedAt.slice(0, 16).replace('T', ' ')}`
  return toPage(title, [
    toHead(report),
    toChecks(report),
    toRamp(report),
    toProbes(report),
    section('How long each step took', `${LATENCY_WORDS}${toStageTable(report)}`),
    section(
      'Curves',
      [toCurves(curvesOf(report), asked.p99Ms), toLatencyOverTime(report), toLoadOverTime(report)].join('\n')
    ),
    toMachines(report),
    toCalled(report),
    toEnvironmentPart(report)
  ])
}

export async function toPage(title: string, parts: readonly string[]): Promise<string> {
  return `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${toHtmlText(title)}</title>
<style>
${(await Promise.all(STYLES.map(style => readFile(style, 'utf8')))).join('\n')}</style>
</head>
<body>
<main>
${parts.join('\n')}
</main>
</body>
</html>
`
}

const LATENCY_WORDS =
  '<p class="minor">Each time counts from the moment the INVITE was due, so that a sender that fell behind hides ' +
  'nothing. What never came is later than any number. The calls of the warm-up are not in this table.</p>'

export function section(title: string, inner: string): string {
  return `<section><h2>${toHtmlText(title)}</h2>\n${inner}</section>`
}

function toHead({ verdict, asked, generator, accounts, stages, startedAt }: LoadReport): string {
  const tiles = [
    ['calls', accounts.offered.toLocaleString('en-GB'), `${generator.offeredPerSecond} a second`],
    [
      'without their pop',
      accounts.lost.toLocaleString('en-GB'),
      accounts.lost === 0 ? 'every call is accounted for' : 'lost'
    ],
    ['bare pop, p99', inMs(stages['pop']?.p99), `half of them within ${inMs(stages['pop']?.p50)}`],
    ['all panels, p99', inMs(stages['panels']?.p99), `half of them within ${inMs(stages['panels']?.p50)}`]
  ].map(
    ([name = '', value = '', more = '']) =>
      `<div class="tile"><p class="name">${toHtmlText(name)}</p><p class="value">${toHtmlText(value)}</p><p class="minor">${toHtmlText(more)}</p></div>`
  )
  const where = asked.isOwn ? 'a gateway of its own, on the same machine' : asked.targets.join(', ')
  const failed = verdict.checks.filter(({ result }) => result === 'failed')
  const voids = verdict.voids.map(text => `Void: ${text}`)
  const why = [...failed.map(({ what, got, goal }) => `${what}: ${got} (goal ${goal})`), ...voids]
  return `<header class="${verdict.kind}">
<p class="kicker">Callbox load report · ${toHtmlText(startedAt.slice(0, 16).replace('T', ' '))} UTC</p>
<h1><span class="verdict">${VERDICT_WORDS[verdict.kind]}</span> ${asked.cps.toLocaleString('en-GB')} calls a second for ${asked.seconds.toLocaleString('en-GB')} s</h1>
<p>Mix ${toHtmlText(asked.mix.name)}, ${asked.handlers} handlers, into ${toHtmlText(where)}.</p>
${why.length === 0 ? '' : `<div class="reasons">${toList(why)}</div>`}
</header>
<div class="tiles">${tiles.join('')}</div>
${verdict.remarks.length === 0 ? '' : `<aside>${toList(verdict.remarks)}</aside>`}`
}

function toChecks({ verdict }: LoadReport): string {
  const rows = verdict.checks.map(({ what, goal, got, result, reached = '' }) => {
    const cells = [goal, got, RESULT_WORDS[result], reached].map(text => `<td>${toHtmlText(text)}</td>`)
    return `<tr class="${result}"><th scope="row">${toHtmlText(what)}</th>${cells.join('')}</tr>`
  })
  const head = ['', 'goal', 'this run', '', 'step reached'].map(text => `<th scope="col">${text}</th>`).join('')
  const table = `<div class="wide"><table class="checks"><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`
  return `${section('What to look at next', toList(verdict.next))}\n${section('Against the goals', table)}`
}

function toRamp({ ramp, asked }: LoadReport): string {
  if (ramp === undefined) return ''
  const rows = ramp.map(({ cps, offered, lost, p99, panelsP99, why }) => [
    ...[cps.toLocaleString('en-GB'), offered.toLocaleString('en-GB'), lost.toLocaleString('en-GB')],
    ...[inMs(p99), inMs(panelsP99), why.length === 0 ? 'held' : why.join('; ')]
  ])
  const words = `<p class="minor">A rate holds when nothing is lost and p99 of the bare pop is at most ${asked.p99Ms} ms. The rest of this page is about ${asked.cps} calls/s.</p>`
  const head = ['calls/s', 'calls', 'lost', 'bare pop, p99', 'all panels, p99', 'whether it held']
  return section('Rates that were tried', `${words}${toTable(head, rows, [1, 2, 3, 4])}`)
}

function toProbes({ probes }: LoadReport): string {
  if (probes === undefined) return ''
  const rows = probes.map(({ desk, browser, painted: { count, p50, p90, p99, max } }) => [
    ...[`desk ${desk}`, browser, count.toLocaleString('en-GB'), inMs(p50), inMs(p90), inMs(p99), inMs(max)]
  ])
  const words = '<p class="minor">From the frame of a pop to its paint, as the console of each desk said itself.</p>'
  const head = ['', 'browser', 'painted', 'p50', 'p90', 'p99', 'max']
  return section('Real desks', `${words}${toTable(head, rows, [2, 3, 4, 5, 6])}`)
}

function toStageTable({ stages, reference }: LoadReport): string {
  const rows = stageRows(stages).map(({ title, figures }) => ({ title, figures }))
  const all =
    reference === undefined
      ? rows
      : [
          ...rows,
          { title: 'SIPp answering itself, before the run', figures: reference.before },
          { title: 'SIPp answering itself, after it', figures: reference.after }
        ]
  return toTable(
    ['from the moment the INVITE was due to', 'p50', 'p90', 'p99', 'p99.9', 'max', 'count', 'lost'],
    all.map(({ title, figures: { p50, p90, p99, p999, max, count, lost } }) => [
      ...[title, inMs(p50), inMs(p90), inMs(p99), inMs(p999), inMs(max)],
      ...[count.toLocaleString('en-GB'), lost.toLocaleString('en-GB')]
    ]),
    [1, 2, 3, 4, 5, 6, 7]
  )
}

function toMachines(report: LoadReport): string {
  const { processes, gauges } = report
  const all = processes.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)
  const own = toTable(
    ['on this machine', 'processes', 'CPU, s', 'of one core', 'share of all', 'memory, most', 'memory, at the end'],
    processes.map(({ name, processes: count, cpuSeconds, cpuPercent, memoryMbMost, memoryMbEnd }) => [
      ...[name, count, cpuSeconds.toFixed(1), `${cpuPercent.toFixed(0)} %`],
      ...[all === 0 ? '–' : percent(cpuSeconds / all), `${memoryMbMost.toFixed(0)} MB`, `${memoryMbEnd.toFixed(0)} MB`]
    ]),
    [1, 2, 3, 4, 5, 6]
  )
  const said = toTable(
    ['gateway, by its own word', 'CPU, s', 'memory, most', 'event in the record', 'job waited', 'job ran', 'refused'],
    gauges.map(({ where, cpuSeconds, memoryMbMost, growth }) => [
      ...[where, cpuSeconds?.toFixed(1) ?? '–', memoryMbMost === undefined ? '–' : `${memoryMbMost} MB`],
      ...[inMs(growth?.journalMs), inMs(growth?.jobWaitMs), inMs(growth?.jobMs), growth?.refused ?? '–']
    ]),
    [1, 2, 3, 4, 5, 6]
  )
  return section('Processes', `${own}\n${said}\n${toGaugeCharts(report)}`)
}

function toCalled({ mix, accounts, missing, generator, lostLinks }: LoadReport): string {
  const counts = Object.entries(mix).map(([name, count]): [string, string] => [name, count.toLocaleString('en-GB')])
  const came: [string, string | number][] = [
    ['answered 200, or 180', accounts.answered],
    ['refused', accounts.refused],
    ['no answer', accounts.unanswered],
    ['acknowledged by a client', accounts.acked],
    ['taken by a person', accounts.taken],
    ['passed on', accounts.passedOn],
    ['sent again by SIPp (messages)', generator.retransmissions],
    [
      'at once, at most',
      `${generator.mostAtOnce.toLocaleString('en-GB')} (limit ${generator.limit.toLocaleString('en-GB')})`
    ],
    ['links lost by handlers', lostLinks]
  ]
  const lost =
    missing.length === 0
      ? ''
      : `<h3>The first that lack their pop</h3>${toTable(
          ['due at second', 'call of the plan', 'sender', 'line', 'kind'],
          missing.map(({ dueAtSecond, place, sender, line, kind }) => [dueAtSecond, place + 1, sender + 1, line, kind]),
          [0, 1, 2]
        )}`
  return section(
    'What was called, and what became of it',
    `<p class="minor">All calls, those of the warm-up too. None is named by who called.</p><div class="halves">${toFacts(counts)}${toFacts(came)}</div>${lost}`
  )
}

function toEnvironmentPart({ environment, asked }: LoadReport): string {
  const { kit, gateways, sipp, node, system, cpus, cpuModel, memoryMb } = environment
  const machine: [string, string | number][] = [
    ['machine', `${cpus} × ${cpuModel}, ${memoryMb.toLocaleString('en-GB')} MB`],
    ['system', system],
    ['load average before, after', `${environment.loadAverageBefore}, ${environment.loadAverageAfter}`],
    ['time another machine had', `${environment.stealPercent} %`],
    ['Callbox: load, gateway', `${kit}, ${[...new Set(gateways)].join(' and ')}`],
    ['Node, SIPp', `${node}, ${sipp}`]
  ]
  const { mix, acks, holdMs, transport, warmUpSeconds, seed } = asked
  const how: [string, string | number][] = [
    [
      'handlers',
      acks === 'people' ? 'paint, take and write up as people do' : 'acknowledge at once, close when it has ended'
    ],
    ['talking', `${holdMs / 2} to ${holdMs * 1.5} ms`],
    ['warm-up', `${warmUpSeconds} s, not in the figures`],
    ['SIP over', transport.toUpperCase()],
    [
      'mix',
      `${mix.name}: ${Object.entries(mix)
        .flatMap(([name, is]) => (typeof is === 'number' ? [`${name} ${is}`] : []))
        .join(', ')}`
    ],
    ['seed', String(seed)]
  ]
  return section('Environment', `<div class="halves">${toFacts(machine)}${toFacts(how)}</div>`)
}
