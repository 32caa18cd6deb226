import t from 'tap'
import { type SippReport, toCallId } from '../../src/simulator/sipp-run.ts'
import { makeGateway, place, signOn } from '../support/gateway.ts'
import { type ScenarioRow, scenarioIndex } from '../support/scenario-index.ts'
import { until } from '../support/until.ts'

/** Needs a file of desks beside it; the fault suite runs it. */
const WITH_OTHER_INPUT = ['uac-999-desks-expect-200']
/** How long the long call is here; in the index it is ten minutes. */
const LONG_CALL_MS = Number(process.env['CALLBOX_TEST_LONG_CALL_MS'] ?? 4_000)
/** SIPp gives a call up when what it waits for has not come in this time. */
const GIVE_UP = ['-recv_timeout', '20000'] as const
const AT_ONCE = 4
/** From this rate on a row is load, and has the machine for itself. */
const LOAD_RATE = 100
/** Trunks of config/demo.json that the peer 127.0.0.1 may be taken for. */
const TRUNKS = ['demo-switch', 'demo-ring', 'demo-redirect'] as const
const SETTLE_MS = 20_000

t.test(
  'every SIPp scenario is answered as its row says, over UDP and TCP, and each call of it is on the screen',
  async t => {
    const gateway = await makeGateway(t)
    const handler = await signOn(t, gateway)
    const stops: (() => void)[] = []
    t.teardown(() => {
      for (const stop of stops) stop()
    })
    const popsOf = (reports: readonly SippReport[]) => {
      const calls = reports.flatMap(report => [...report.calls.values()])
      const ids = new Set<string>(calls.flatMap(call => TRUNKS.map(trunk => toCallId(call, { force: 'tvp', trunk }))))
      const popped = handler.journal.flatMap(({ ev }) => (ev.type === 'call.pop' && ids.has(ev.call) ? [ev.call] : []))
      return new Set(popped).size
    }
    const run = async ({ name, transports, expected, rate, calls, args }: ScenarioRow) => {
      const given = [...args.map((word, at) => (args[at - 1] === '-d' ? String(LONG_CALL_MS) : word)), ...GIVE_UP]
      const runs = transports.map(transport => place(gateway, name, { calls, rate, transport, args: given }))
      stops.push(...runs.map(({ stop }) => stop))
      const reports = await Promise.all(runs.map(({ done }) => done))
      for (const [at, { exitCode, failed, successful, lastWords }] of reports.entries()) {
        if (!t.same([exitCode, failed, successful], [0, 0, calls], `${name} over ${transports[at]}`))
          t.comment(lastWords)
      }
      const isSilent = /; no pop/.test(expected)
      if (!isSilent && !/pop at 4001/.test(expected)) return
      const wanted = isSilent ? 0 : calls * transports.length
      await until(() => (popsOf(reports) >= wanted ? '' : `${name}: ${popsOf(reports)} pops of ${wanted}`), SETTLE_MS)
      t.equal(popsOf(reports), wanted, `${name}: ${isSilent ? 'nothing pops' : 'each call is on the screen'}`)
    }
    const rows = (await scenarioIndex()).filter(({ name }) => !WITH_OTHER_INPUT.includes(name))
    const quiet = rows.filter(({ rate }) => rate < LOAD_RATE)
    const lanes = Array.from({ length: AT_ONCE }, async () => {
      for (let row = quiet.shift(); row !== undefined; row = quiet.shift()) await run(row)
    })
    await Promise.all(lanes)
    for (const row of rows) if (row.rate >= LOAD_RATE) await run(row)
  }
)
