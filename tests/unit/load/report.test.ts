import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { compareRows, differences, toComparePage, toCompareText } from '../../../src/load/compare.ts'
import { label, parseMetrics, sum } from '../../../src/load/gauges.ts'
import { demandReport, readReport } from '../../../src/load/report.ts'
import { toHtml } from '../../../src/load/report-html.ts'
import { toJunit } from '../../../src/load/report-junit.ts'
import { toText } from '../../../src/load/report-text.ts'
import { checkFolder, checkRoom, writeWhole } from '../../../src/load/write-report.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import { figures, findings, report } from '../../support/load-report.ts'

const FILES = { 'load.html': '<!doctype html>', 'load.json': '{}' } as const

async function aFolder(tap: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-report-'))
  tap.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

t.test('the page needs nothing from outside and runs nothing', async t => {
  const html = await toHtml(report({ reference: { before: figures(1, 2), after: figures(1, 2) } }))
  t.notMatch(html, /<script|<img|<link|@import|url\(|src=|href=/i)
  t.match(html, /default-src 'none'; style-src 'unsafe-inline'/)
  for (const title of ['Against the goals', 'What to look at next', 'How late, by share of calls', 'Environment']) {
    t.ok(html.includes(title), title)
  }
  t.match(html, /<span class="verdict">PASSED<\/span> 100 calls a second for 2 s/)
  t.equal(html.match(/<svg viewBox="0 0 760/g)?.length, 4)
})

t.test('what failed is said first, and what is void; lost calls are named by their place alone', async t => {
  const { accounts, generator } = findings()
  const missing = [{ sender: 0, place: 41, dueAtSecond: 0.4, line: '999', kind: 'answered' }]
  const html = await toHtml(
    report({
      accounts: { ...accounts, lost: 1 },
      generator: { ...generator, watchdog: 1 },
      stages: { ...findings().stages, pop: figures(4, undefined) },
      missing
    })
  )
  t.match(html, /<header class="failed">[\s\S]*calls without their pop: 1 \(goal 0\)[\s\S]*<\/header>/)
  t.match(html, /Void: Times that SIPp itself stood still/)
  t.match(html, /The first that lack their pop/)
  t.match(html, /\(1 of 2 lost: no value from there on\)/)
  t.notMatch(html, /NaN|undefined|Infinity/)
})

t.test('words from outside are text on the page', async t => {
  const asked = { ...findings().asked, isOwn: false, targets: ['http://<img src=x onerror=alert(1)>'] }
  const html = await toHtml(report({ asked }))
  t.notMatch(html, /<img/)
  t.match(html, /&lt;img src=x/)
  t.notMatch(toJunit(report({ asked })), /<img/)
})

t.test('a CI server sees each check as a test, and a void run as an error', async t => {
  const { accounts, generator } = findings()
  t.match(toJunit(report()), /tests="13" failures="0" errors="0" skipped="0"/)
  const failed = toJunit(report({ accounts: { ...accounts, lost: 3 } }))
  t.match(failed, /failures="1"/)
  t.match(failed, /name="calls without their pop"><failure message="3; goal 0"\/>/)
  t.match(
    toJunit(report({ generator: { ...generator, offered: 1 } })),
    /errors="1"[\s\S]*<error message="Only 1 of the 300/
  )
})

t.test('the JSON is what its schema says, and reads back as it was', async t => {
  const folder = await aFolder(t)
  const made = report({ reference: { before: figures(1), after: figures(undefined) } })
  demandReport(made)
  await writeFile(join(folder, 'load.json'), JSON.stringify(made))
  t.same(await readReport(join(folder, 'load.json')), made)
  await writeFile(join(folder, 'other.json'), '{"schema":"callbox-load/0"}')
  await t.rejects(readReport(join(folder, 'other.json')), {
    code: 'load.report-unreadable',
    message: /no report of callbox load/
  })
  await t.rejects(readReport(join(folder, 'none.json')), { code: 'load.report-unreadable' })
  t.throws(() => demandReport({ ...made, accounts: {} }), /not a report/)
})

t.test('a terminal gets the verdict, each stage and what to look at next', async t => {
  const text = toText(report())
  t.match(text, /^PASSED {2}100 calls\/s for 2 s, mix day: 300 calls, 0 without their pop$/m)
  t.match(text, /^bare pop at the handler +4\.0 ms/m)
  t.match(text, /^next: /m)
})

t.test('a report is there whole or not at all', async t => {
  const folder = await aFolder(t)
  await writeWhole(join(folder, 'a/b'), FILES)
  t.same((await readdir(join(folder, 'a/b'))).sort(), ['load.html', 'load.json'])
  await mkdir(join(folder, 'c/.load.json.half'), { recursive: true })
  await t.rejects(writeWhole(join(folder, 'c'), FILES), { code: 'load.out' })
  t.notOk(
    (await readdir(join(folder, 'c'))).some(name => name.startsWith('load.')),
    'not the first of the two either'
  )
  await writeFile(join(folder, 'file'), '')
  await t.rejects(checkFolder(join(folder, 'file/in')), { code: 'load.out' })
  await checkRoom(folder, 1)
  await t.rejects(checkRoom(folder, 2 ** 60), { code: 'load.no-room', message: /SIPp's log takes \d+ MB there/ })
})

t.test('on a disk that fills nothing is left that looks like a report', async t => {
  const folder = await aFolder(t)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder])
  if (mounted.status !== 0) return void t.pass('', { skip: 'no small disk can be mounted here' })
  t.teardown(() => spawnSync('umount', ['-l', folder]))
  await checkFolder(folder)
  const large = { 'load.json': 'x'.repeat(100_000), 'load.html': 'x'.repeat(300_000) }
  await t.rejects(writeWhole(folder, large), { code: 'load.out', message: /the disk is full/ })
  t.same(await readdir(folder), [])
  await writeWhole(folder, FILES)
  t.equal(await readFile(join(folder, 'load.json'), 'utf8'), '{}')
  await writeFile(join(folder, 'filler'), Buffer.alloc(300_000)).catch(() => {})
  await t.rejects(checkFolder(folder), { code: 'load.out', message: /the disk is full/ }, 'said before the first call')
  t.same((await readdir(folder)).sort(), ['filler', 'load.html', 'load.json'], 'an older report is still there')
})

t.test('two runs stand side by side, and what else was not the same is said', async t => {
  const one = { name: 'monday', report: report() }
  const asked = { ...findings().asked, cps: 200 }
  const two = { name: 'friday', report: report({ asked, stages: { ...findings().stages, pop: figures(8, 12) } }) }
  t.same(differences(one, one), [])
  t.same(differences(one, two), ['calls a second: 100 beside 200'])
  t.match(
    compareRows(one, two).find(([what]) => what === 'bare pop at the handler, p99'),
    ['bare pop at the handler, p99', '6.0 ms', '12.0 ms', '× 2.00']
  )
  t.match(toCompareText(one, two), /^differs: calls a second: 100 beside 200$[\s\S]*^bare pop at the handler, p50 /m)
  const html = await toComparePage(one, two)
  t.match(html, /monday: bare pop/)
  t.notMatch(html, /<script|NaN|undefined/)
})

t.test('a gateway says its version among its metrics, and each is read over its labels', async t => {
  const metrics = makeMetrics()
  metrics.buildInfo.set({ version: '1.2.3' }, 1)
  metrics.outboxPending.set({ what: 'jobs' }, 2)
  metrics.outboxPending.set({ what: 'appends' }, 3)
  const samples = parseMetrics(await metrics.registry.metrics())
  t.equal(label(samples, 'gw_build_info', 'version'), '1.2.3')
  t.equal(sum(samples, 'gw_outbox_pending'), 5)
  t.equal(label(samples, 'gw_nothing', 'version'), undefined)
})
