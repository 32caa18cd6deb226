import t from 'tap'
import { nextRate, reportOfRamp, toStep } from '../../../src/load/ramp.ts'
import { judge } from '../../../src/load/verdict.ts'
import { figures, findings, report } from '../../support/load-report.ts'

const { accounts, generator, asked } = findings()

function failed(over: Parameters<typeof findings>[0]): readonly string[] {
  return judge(findings(over)).checks.flatMap(({ what, result }) => (result === 'failed' ? [what] : []))
}

t.test('a run with nothing lost and in time passes, and says which step it reached', async t => {
  const { kind, checks, voids, next } = judge(findings())
  t.equal(kind, 'passed')
  t.same(voids, [])
  t.match(
    checks.find(({ what }) => what === 'bare pop, p99'),
    { result: 'passed', got: '6.0 ms', reached: 'the aim at 200 calls/s' }
  )
  t.match(next, [/Raise the rate/])
})

t.test('one call without its pop fails a run of three hundred', async t => {
  const missing = [{ sender: 0, place: 41, dueAtSecond: 0.4, line: '999', kind: 'answered' }]
  const verdict = judge(findings({ accounts: { ...accounts, lost: 1 }, missing }))
  t.equal(verdict.kind, 'failed')
  t.match(verdict.next[0], /^Calls lack their pop, the first of them 0\.4 s into the figures \(call 42 of sender 1\)/)
  const some = judge(findings({ accounts: { ...accounts, lost: 3, lostAtSome: 2 }, missing }))
  t.equal(some.kind, 'failed', 'one of several desks is a desk')
  t.match(some.next[0], /^Calls lack their pop \(2 of 3 at some of their desks only\), the first/)
})

t.test('a gateway that went away during the run is the first thing to look at', async t => {
  const gone = { accounts: { ...accounts, lost: 100, unanswered: 100 }, lostLinks: 10, linksAway: 10 }
  const verdict = judge(findings(gone))
  t.match(verdict.next[0], /Handlers without a link when the run ended: 10\. Is the gateway still up\?/)
  t.match(verdict.remarks, [/links were lost 10 times; 10 were not back when the run ended/])
  t.match(judge(findings({ lostLinks: 2, linksAway: 0 })).remarks, [/lost 2 times; each came back by itself/])
})

t.test('no answer to any call asks whether the address of --sip is right', async t => {
  const none = judge(findings({ accounts: { ...accounts, answered: 0, unanswered: accounts.offered } }))
  t.match(none.next.join(), /No call got an answer: does the gateway take SIP at the address of --sip/)
})

t.test('messages that a gateway had no room for are named beside the calls that got no answer', async t => {
  const none = { acked: 0, undeliverable: 0, refused: 0, overBudget: 0, datagramsLost: 0 }
  const nextOf = (growth: typeof none) =>
    judge(
      findings({
        accounts: { ...accounts, unanswered: 5 },
        gauges: [{ where: 'http://127.0.0.1:8080', seconds: [], growth }]
      })
    ).next.join('\n')
  t.match(nextOf({ ...none, datagramsLost: 1_234 }), /8080: 1,234 SIP messages found no room before it read them/)
  t.notMatch(nextOf(none), /no room/)
})

t.test('each thing that may go wrong with a call fails the run by itself', async t => {
  t.same(failed({ accounts: { ...accounts, unanswered: 1 } }), ['calls neither answered nor refused'])
  t.same(failed({ accounts: { ...accounts, refused: 1 } }), ['calls refused'])
  t.same(failed({ accounts: { ...accounts, withoutPanels: 1 } }), ['calls without all panels'])
  t.same(failed({ accounts: { ...accounts, wrong: 1 } }), ['pops at a desk where it did not ring'])
  t.same(failed({ accounts: { ...accounts, doubled: 1 } }), ['pops shown twice'])
  t.same(failed({ generator: { ...generator, failed: 1 } }), ['calls that SIPp could not complete'])
})

t.test('times over the limits fail it, and so does a gateway that is too large', async t => {
  const stages = { ...findings().stages, pop: figures(4, 300), panels: figures(10, 2_000) }
  t.same(failed({ stages }), ['bare pop, p99', 'all panels, p99'])
  t.same(failed({ stages: {} }), ['bare pop, p99', 'bare pop, p99.9', 'all panels, p99'], 'no figure is no pass')
  const [gateway, ...others] = findings().processes
  t.same(failed({ processes: gateway === undefined ? [] : [{ ...gateway, memoryMbMost: 320 }, ...others] }), [
    'memory of a gateway'
  ])
})

t.test('a load that was not the one asked for is void, whatever the figures', async t => {
  const voided = (over: Partial<typeof generator>) => judge(findings({ generator: { ...generator, ...over } }))
  t.match(voided({ offeredShare: 0.9949 }), { kind: 'void', voids: [/99\.49 % of the rate/] })
  t.equal(voided({ offeredShare: 0.995 }).kind, 'passed')
  t.match(voided({ mostAtOnce: 1_000 }), { kind: 'void', voids: [/limit of 1000 calls at once was reached/] })
  t.match(voided({ offered: 200, exitCode: 255 }), { kind: 'void', voids: [/Only 200 of the 300/] })
  t.match(voided({ watchdog: 2 }), { kind: 'void', voids: [/stood still/], next: [/^Run it again/] })
  const slow = { ...findings().stages, pop: figures(4, 300) }
  const verdict = judge(findings({ stages: slow, generator: { ...generator, watchdog: 1 } }))
  t.equal(verdict.kind, 'void', 'its times are not judged')
  t.equal(verdict.checks.find(({ what }) => what === 'bare pop, p99')?.result, 'not-judged')
})

t.test('a call that was lost is lost in a void run too', async t => {
  const verdict = judge(
    findings({ accounts: { ...accounts, lost: 1 }, generator: { ...generator, offeredShare: 0.9 } })
  )
  t.equal(verdict.kind, 'failed')
  t.equal(verdict.voids.length, 1)
})

t.test('where others share the machine only loss is judged', async t => {
  const loss = { ...asked, judge: 'loss' }
  const stages = { ...findings().stages, pop: figures(4, 3_000) }
  const slow = judge(findings({ asked: loss, stages, generator: { ...generator, offeredShare: 0.9, watchdog: 3 } }))
  t.equal(slow.kind, 'passed')
  t.match(slow.remarks, [/90\.0 % of the rate/, /stood still/], 'and what would have been void is said')
  t.equal(judge(findings({ asked: loss, accounts: { ...accounts, lost: 1 } })).kind, 'failed')
  t.equal(judge(findings({ asked: loss, generator: { ...generator, offered: 299 } })).kind, 'void')
})

t.test('a machine that was not the same before and after is said', async t => {
  const reference = { before: figures(10), after: figures(40) }
  t.match(judge(findings({ reference })).remarks, [/SIPp answering itself took 10\.0 ms before the run and 40\.0 ms/])
  t.same(judge(findings({ reference: { before: figures(2), after: figures(4) } })).remarks, [], 'its clock has a grain')
})

t.test('a ramp doubles until one rate is too much, and then looks between', async t => {
  const limits = { first: 50, most: 480 }
  const holds = (most: number) => {
    const steps: { cps: number; isGood: boolean }[] = []
    for (let cps = nextRate(steps, limits); cps !== undefined; cps = nextRate(steps, limits)) {
      steps.push({ cps, isGood: cps <= most })
      if (steps.length > 20) return []
    }
    return steps.map(step => step.cps)
  }
  t.same(holds(230), [50, 100, 200, 400, 283, 238, 218], 'between 218 and 238')
  t.same(holds(1_000), [50, 100, 200, 400, 480], 'no more than the handlers can carry')
  t.same(holds(3), [50, 25, 12, 6, 3, 4])
  t.same(holds(0), [50, 25, 12, 6, 3, 1])
})

t.test('the report of a ramp is that of the highest rate that held', async t => {
  const at = (cps: number, over: Parameters<typeof report>[0] = {}) => report({ ...over, asked: { ...asked, cps } })
  const late = { stages: { ...findings().stages, pop: figures(4, 300) } }
  const all = [at(50), at(100), at(200, late), at(141), at(168, { accounts: { ...accounts, lost: 2 } })]
  const best = reportOfRamp(all)
  t.equal(best?.asked.cps, 141)
  t.same(
    best?.ramp?.map(({ cps, why }) => [cps, why]),
    [
      [50, []],
      [100, []],
      [200, ['p99 of the bare pop: 300 ms']],
      [141, []],
      [168, ['calls without their pop: 2']]
    ]
  )
  t.equal(reportOfRamp([at(50, late), at(25, late)])?.asked.cps, 25, 'where none held, the lowest')
  t.equal(reportOfRamp([]), undefined)
  t.equal(toStep(at(200, { generator: { ...generator, watchdog: 1 } })).isGood, false)
})
