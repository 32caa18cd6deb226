import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { MIXES, readMix } from '../../../src/load/mix.ts'
import { longestCallMs, type PlannedCall, planCalls } from '../../../src/load/plan.ts'
import { toCallFile, toScenario, trunkOf } from '../../../src/load/scenario.ts'
import { demoSite, readSite } from '../../../src/load/site.ts'
import { makeDemoData } from '../../../src/simulator/demo-data.ts'

const PARTS = { calls: 20_000, mix: MIXES.storm, desks: 40, holdMs: 2_000, acks: 'at-once', seed: 7 } as const
const FOR_DRAMA = /^\+44(?:7700900|1632960)\d{3}$/

function share(plan: readonly PlannedCall[], is: (call: PlannedCall) => boolean): number {
  return plan.filter(is).length / plan.length
}

t.test('the mix decides what is called, to within chance', async t => {
  const plan = planCalls(PARTS)
  const near = (got: number, meant: number, what: string) => t.ok(Math.abs(got - meant) < 0.02, `${what}: ${got}`)
  near(
    share(plan, call => call.line === '999'),
    0.9,
    'to 999'
  )
  near(
    share(plan, call => call.isAbandoned),
    0.3,
    'given up'
  )
  near(
    share(plan, call => call.isWithheld),
    0.05,
    'withheld'
  )
  near(
    share(plan, call => call.isRepeat),
    0.4,
    'from a number that rang just before'
  )
  near(
    share(plan, call => call.location !== undefined),
    0.9 * 0.7,
    'with a location'
  )
  near(
    share(plan, call => call.desks.length === 3),
    0.3 * 0.7,
    'at three desks'
  )
  t.notOk(
    plan.some(call => call.line === '101' && call.location !== undefined),
    'no network sends a location with 101'
  )
})

t.test('the same seed places the same calls, another one others', async t => {
  t.same(planCalls({ ...PARTS, calls: 50 }), planCalls({ ...PARTS, calls: 50 }))
  t.notSame(planCalls({ ...PARTS, calls: 50 }), planCalls({ ...PARTS, calls: 50, seed: 8 }))
})

t.test(
  'nobody calls from a number that somebody may have, nor gives up from one that another trunk reports',
  async t => {
    const plan = planCalls(PARTS)
    for (const { e164 } of plan) if (!FOR_DRAMA.test(e164)) t.fail(e164)
    const of = (isAbandoned: boolean) =>
      new Set(plan.filter(call => call.isAbandoned === isAbandoned).map(({ e164 }) => e164))
    const answered = of(false)
    t.same(
      [...of(true)].filter(number => answered.has(number)),
      []
    )
  }
)

t.test('calls go round the desks, and last as long as they were meant to', async t => {
  const plan = planCalls({ ...PARTS, calls: 80 })
  t.same(
    plan.slice(38, 42).map(({ desks }) => desks[0]),
    [38, 39, 0, 1]
  )
  for (const { holdMs } of plan) t.ok(holdMs >= 1_000 && holdMs <= 3_000)
  t.ok(longestCallMs(plan) <= 3_250)
})

t.test('SIPp gets a line for each call, in order, and a scenario with a way for each kind', async t => {
  const site = demoSite(40)
  const plan = planCalls({ ...PARTS, calls: 200 })
  const [head, ...lines] = toCallFile(plan, site).trimEnd().split('\n')
  t.equal(head, 'SEQUENTIAL')
  t.equal(lines.length, 200)
  for (const [at, line] of lines.entries()) {
    const call = plan[at]
    const fields = line.split(';')
    t.equal(fields.length, 13)
    t.equal(fields[0], call?.isAbandoned ? 'ra' : 'e')
    t.equal(fields[5], site.desks[call?.desks[0] ?? -1]?.device)
    t.equal(fields[4] === 'id', call?.isWithheld, 'who withholds shows no number in From')
    t.equal(fields[2]?.includes('anonymous'), call?.isWithheld)
  }
  const { ringLeg: _, ...plain } = site
  const givenUp = plan.find(call => call.isAbandoned) as PlannedCall
  t.equal(trunkOf(givenUp, site), 'demo-ring')
  t.equal(trunkOf(givenUp, plain), 'demo-switch')
  t.match(toCallFile([givenUp], plain), /^SEQUENTIAL\nea;/, 'without a trunk of ring legs they come by the other')
  t.match(toScenario({ ...site, deviceHeader: 'X-Desk' }), /X-Desk: \[field5\]/)
})

t.test('a file of shares is a mix; one that is none is refused with the reason', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-mix-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text)
    return join(folder, name)
  }
  const mix = await readMix(await file('match.json', '{"name":"match-day","emergency":0.6}'))
  t.match(mix, { name: 'match-day', emergency: 0.6, abandoned: 0, ringAll: 0 })
  await t.rejects(readMix(await file('bad.json', '{"name":"x","emergency":1.5,"loud":1}')), {
    code: 'load.mix',
    message: /additional properties; \/emergency must be <= 1/
  })
  await t.rejects(readMix(join(folder, 'none.json')), { code: 'load.mix' })
  const desk = { handler: 'load-h1', password: 'not-to-be-seen', position: 'load-d1', device: '94001' }
  const site = { force: 'tvp', trunk: 'sbc', numbers: { '999': '999', '101': '101' }, desks: [desk] }
  t.match(await readSite(await file('site.json', JSON.stringify(site)), 1), { deviceHeader: 'X-Device', force: 'tvp' })
  await t.rejects(readSite(join(folder, 'site.json'), 2), { code: 'load.site', message: /it has 1 desks/ })
  const odd = await file('odd.json', JSON.stringify({ ...site, desks: [{ ...desk, device: 'a;b' }] }))
  const thrown = await readSite(odd, 1).catch(fault => fault)
  t.match(thrown, { code: 'load.site', message: /desks\/0\/device/ })
  t.notMatch(thrown.message, /not-to-be-seen/)
})

t.test('handlers of a load are those of the demo, however many', async t => {
  const { handlers, positions } = makeDemoData(7, Date.UTC(2026, 2, 3), 250)
  const devices = positions.flatMap(each => each.devices)
  t.equal(new Set(devices).size, devices.length, 'no two desks share a device')
  for (const { handler, position, device } of demoSite(250).desks) {
    t.ok(handlers.some(each => each.handler === handler))
    t.ok(positions.find(each => each.position === position)?.devices.includes(device))
  }
})
