import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { toCallId } from '../../src/simulator/sipp-run.ts'
import { DEMO_TRUNK, makeGateway, place, signOn } from '../support/gateway.ts'
import { until } from '../support/until.ts'

const BUDGET = 20
const SECONDS = 5
/** Five times what the trunk may send. */
const ORDINARY = { rate: 5 * BUDGET, calls: 5 * BUDGET * SECONDS }
const EMERGENCY = { rate: 4, calls: 4 * SECONDS }

/** The demo's config, with the budget of a small force. */
async function smallConfig(t: Test): Promise<string> {
  const demo = JSON.parse(await readFile(new URL('../../config/demo.json', import.meta.url), 'utf8'))
  for (const trunk of demo.trunks) Object.assign(trunk, { callsPerSecond: BUDGET, burst: BUDGET })
  const folder = await mkdtemp(join(tmpdir(), 'callbox-flood-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const path = join(folder, 'small.json')
  await writeFile(path, JSON.stringify(demo))
  return path
}

t.test(
  '101 calls five times over their budget: they get 503, and each 999 call beside them is on the screen',
  async t => {
    const gateway = await makeGateway(t, { config: await smallConfig(t) })
    const handler = await signOn(t, gateway)
    const ordinary = place(gateway, 'uac-101-call-expect-200', ORDINARY)
    const emergency = place(gateway, 'uac-999-call-expect-200', EMERGENCY)
    const [many, few] = await Promise.all([ordinary.done, emergency.done])
    t.same([few.successful, few.failed], [EMERGENCY.calls, 0], 'each 999 call is answered')
    t.equal(many.successful + many.failed, ORDINARY.calls, 'each 101 call is answered')
    const refusals = [...many.calls.values()].flatMap(({ refusedWith }) => refusedWith ?? [])
    t.same([refusals.length, ...new Set(refusals)], [many.failed, '503'])
    t.comment(`figure: ${many.successful} of ${ORDINARY.calls} calls to 101 at ${BUDGET} a second in ${SECONDS} s`)
    // The burst is what 999 took.
    t.ok(many.successful >= 0.9 * BUDGET * SECONDS, `${many.successful} taken`)

    const taken = [...few.calls.values(), ...[...many.calls.values()].filter(call => call.okAt !== undefined)]
    const wanted = new Set(taken.map(call => `p_${toCallId(call, DEMO_TRUNK)}`))
    const shown = () => new Set(handler.journal.flatMap(({ ev }) => (ev.type === 'call.pop' ? [ev.data.popId] : [])))
    await until(() => (shown().size < wanted.size ? `${shown().size} pops of ${wanted.size}` : ''))
    t.same(shown(), wanted, 'every call that was taken is on the screen, and no other')

    const metrics = await (await fetch(`${gateway.url}/metrics`)).text()
    t.match(metrics, new RegExp(`^gw_sip_refused_total\\{reason="peer-rate"\\} ${many.failed}$`, 'm'))
    t.match(metrics, new RegExp(`^gw_sip_over_budget_total\\{line="101"\\} ${many.failed}$`, 'm'))
    t.match(metrics, /^gw_sip_receive_faults_total 0$/m)
  }
)
