import t from 'tap'
import { makeGateway, place, signOn } from '../support/gateway.ts'
import { scenarioFiles, scenarioIndex } from '../support/scenario-index.ts'
import { until } from '../support/until.ts'

/** Needs a file of desks beside it; `callbox measure` and the load kit run it. */
const WITH_OTHER_INPUT = ['uac-999-desks-expect-200']
/** How long the long call is here; in the index it is ten minutes. */
const LONG_CALL_MS = Number(process.env['CALLBOX_TEST_LONG_CALL_MS'] ?? 4_000)
const SETTLE_MS = 20_000

t.test('the index of scenarios and the folder name the same files, each by who, what and expected answer', async t => {
  const files = await scenarioFiles()
  const rows = await scenarioIndex()
  t.same(rows.map(({ name }) => name).sort(), files)
  for (const { name, expected, transports } of rows) {
    t.match(name, /^uac-[a-z0-9-]+-expect-\d{3}$/)
    t.ok(expected.includes(name.slice(-3)), `the answer in the name of ${name} is the one in its row`)
    t.ok(transports.length > 0, `${name} has a transport`)
  }
})

t.test('every SIPp scenario is answered as its row says, over UDP and TCP, and pops as often as it should', async t => {
  const gateway = await makeGateway(t)
  const handler = await signOn(t, gateway)
  const pops = () => handler.journal.filter(({ ev }) => ev.type === 'call.pop').length
  for (const { name, transports, expected, rate, calls, args } of await scenarioIndex()) {
    if (WITH_OTHER_INPUT.includes(name)) continue
    const before = pops()
    const given = args.map((word, at) => (args[at - 1] === '-d' ? String(LONG_CALL_MS) : word))
    const runs = transports.map(transport => place(gateway, name, { calls, rate, transport, args: given }).done)
    for (const [at, report] of (await Promise.all(runs)).entries()) {
      const got = [report.exitCode, report.failed, report.successful]
      if (!t.same(got, [0, 0, calls], `${name} over ${transports[at]}`)) t.comment(report.lastWords)
    }
    const wanted = /; no pop/.test(expected) ? 0 : /pop at 4001/.test(expected) ? calls * transports.length : undefined
    if (wanted === undefined) continue
    await until(() => (pops() - before >= wanted ? '' : `${name}: ${pops() - before} pops of ${wanted}`), SETTLE_MS)
    t.equal(pops() - before, wanted, `${name}: ${wanted === 0 ? 'nothing pops' : 'each call pops once'}`)
  }
})
