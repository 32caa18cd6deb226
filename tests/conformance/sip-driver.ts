import type { Test } from 'tap'
import type { SipDriverBench } from '../support/switch-call.ts'
import { DIALOGS } from './sip-dialogs.ts'
import { LEGS } from './sip-legs.ts'
import { MOVES } from './sip-moves.ts'
import { OFFERS } from './sip-offers.ts'
import type { Driver, Sentence } from './sip-sentence.ts'

/** What every SIP driver keeps to; the last one drains it. */
const SENTENCES: readonly Sentence[] = [...OFFERS, ...DIALOGS, ...MOVES, ...LEGS]

/** Runs every sentence against one driver; what came of each, in order, for the table. */
export async function sipDriverConformance(
  t: Test,
  driver: Driver,
  makeBench: (t: Test) => Promise<SipDriverBench>
): Promise<ReadonlyMap<string, string>> {
  const outcomes = new Map<string, string>()
  const bench = await makeBench(t)
  for (const { says, run, expect, differs } of SENTENCES) {
    await t.test(`${driver}: ${says}`, async t => {
      bench.take(async () => 'durable')
      bench.choose(async () => undefined)
      const outcome = await run(t, bench)
      outcomes.set(says, outcome)
      t.equal(outcome, differs?.[driver]?.expect ?? expect)
    })
  }
  t.equal(await bench.faults(), 0, `${driver}: nothing broke off inside`)
  return outcomes
}

/** Rows are sentences, columns are drivers; a difference stands with its reason. */
export function conformanceTable(columns: ReadonlyMap<Driver, ReadonlyMap<string, string>>): readonly string[] {
  const names = [...columns.keys()]
  const rows = SENTENCES.map(({ says, expect, differs }) => {
    const cells = names.map(name => {
      const outcome = columns.get(name)?.get(says) ?? 'not run'
      const allowed = differs?.[name]
      if (allowed !== undefined && outcome === allowed.expect) return `differs (${outcome.trim()}): ${allowed.why}`
      return outcome === expect ? 'as said' : `FAILED (${outcome})`
    })
    return `| ${says} | ${cells.join(' | ')} |`
  })
  return [`| sentence | ${names.join(' | ')} |`, ...rows]
}
