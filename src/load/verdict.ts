import { isOver, type LatencyFigures, type Ms } from './latency.ts'
import { toNext } from './next-steps.ts'
import { isGateway } from './processes.ts'
import type { Check, LoadReport, Verdict } from './report.ts'

/** All of a report but what it comes to. */
export type Findings = Omit<LoadReport, 'verdict'>

const LEAST_SHARE = 0.995
/** What is less is SIPp's own clock. */
const MOVED_MS = 5
const STEAL_PERCENT = 2
/** SIPp's own clock has a grain of a few ms, which is no change. */
const REFERENCE_MOVES = 0.2
const REFERENCE_GRAIN_MS = 4
const POP_P999_MS = 1_000
const PANELS_P99_MS = 1_500
const GATEWAY_MB = 300
/** Steps of the project, ms at p99: must, good, great, and what is aimed at for 200 calls/s. */
const POP_STEPS = [
  { name: 'the aim at 200 calls/s', ms: 10 },
  { name: 'great', ms: 50 },
  { name: 'good', ms: 100 },
  { name: 'must', ms: 250 }
] as const
const PANEL_STEPS = [
  { name: 'the aim at 200 calls/s', ms: 50 },
  { name: 'great', ms: 400 },
  { name: 'good', ms: 600 },
  { name: 'must', ms: 1_500 }
] as const

/**
 * A call that was lost is lost in a run that is void too; times of such a run are not judged. Where others share the
 * machine (`--judge loss`) times are shown, and neither fail a run nor void it.
 */
export function judge(findings: Findings): Verdict {
  const isForTimes = findings.asked.judge === 'goals'
  const { ofLoad, ofTimes } = voidsOf(findings)
  const voids = [...ofLoad, ...(isForTimes ? ofTimes : [])]
  const isJudged = isForTimes && voids.length === 0
  const checks = [...lossChecks(findings), ...timeChecks(findings, isJudged), ...sizeChecks(findings, isForTimes)]
  const hasFailed = checks.some(({ result }) => result === 'failed')
  return {
    kind: hasFailed ? 'failed' : voids.length > 0 ? 'void' : 'passed',
    checks,
    voids,
    remarks: [...remarksOf(findings), ...(isForTimes ? [] : ofTimes)],
    next: toNext(findings, checks, voids)
  }
}

/** Why the load was not the one that was asked for; and why its times say nothing of the gateway. */
function voidsOf({ generator }: Findings): { readonly ofLoad: string[]; readonly ofTimes: string[] } {
  const { planned, offered, offeredShare, mostAtOnce, limit, watchdog, exitCode } = generator
  const ofLoad: string[] = []
  const ofTimes: string[] = []
  if (offered < planned) {
    ofLoad.push(`Only ${offered} of the ${planned} calls were placed (SIPp ended with ${exitCode}).`)
  }
  if (mostAtOnce >= limit) {
    ofLoad.push(`SIPp's limit of ${limit} calls at once was reached: from there on it waited for the gateway.`)
  }
  if (offeredShare < LEAST_SHARE) {
    ofTimes.push(`The calls came at ${percent(offeredShare)} of the rate that was asked for; 99.5 % is the least.`)
  }
  if (watchdog > 0) ofTimes.push(`Times that SIPp itself stood still for half a second or more: ${watchdog}.`)
  return { ofLoad, ofTimes }
}

function remarksOf({ environment, lostLinks, linksAway = 0, accounts, reference, generator }: Findings): string[] {
  const { stealPercent, loadAverageBefore, cpus } = environment
  const found: string[] = []
  if (generator.scheduleMovedMs >= MOVED_MS) {
    found.push(`SIPp stood still and moved its schedule ${Math.round(generator.scheduleMovedMs)} ms later.`)
  }
  if (stealPercent > STEAL_PERCENT) found.push(`Another machine had ${stealPercent} % of this one's time.`)
  if (loadAverageBefore > cpus / 2) {
    found.push(`The machine was busy before the run began: load average ${loadAverageBefore} on ${cpus} cores.`)
  }
  const [before, after] = [reference?.before.p99, reference?.after.p99]
  if (before !== undefined && after !== undefined && hasMoved(before, after)) {
    found.push(
      `SIPp answering itself took ${inMs(before)} before the run and ${inMs(after)} after it (p99): the machine was ` +
        'not the same all along, so compare no times with other runs.'
    )
  }
  if (lostLinks > 0) {
    const end = linksAway === 0 ? 'each came back by itself' : `${linksAway} were not back when the run ended`
    found.push(`Handlers' links were lost ${lostLinks} times; ${end}.`)
  }
  if (accounts.strangers > 0) {
    found.push(`Handlers heard of ${accounts.strangers} calls that this load did not place.`)
  }
  return found
}

function hasMoved(before: Ms, after: Ms): boolean {
  if (before === 'lost' || after === 'lost') return true
  const apart = Math.abs(after - before)
  return apart > REFERENCE_MOVES * before && apart > REFERENCE_GRAIN_MS
}

function lossChecks({ accounts, generator }: Findings): Check[] {
  const none = (what: string, count: number): Check => ({
    ...{ what, kind: 'loss', goal: '0', got: String(count), result: count === 0 ? 'passed' : 'failed' }
  })
  return [
    none('calls without their pop', accounts.lost),
    none('calls neither answered nor refused', accounts.unanswered),
    none('calls refused', accounts.refused),
    none('calls that SIPp could not complete', generator.failed),
    none('calls without all panels', accounts.withoutPanels),
    none('pops at a desk where it did not ring', accounts.wrong),
    none('pops shown twice', accounts.doubled)
  ]
}

function timeChecks({ stages, asked, accounts }: Findings, isJudged: boolean): Check[] {
  const limit = (what: string, ms: Ms | undefined, limitMs: number, steps: typeof POP_STEPS | typeof PANEL_STEPS) => {
    const isTooLate = ms === undefined || isOver(ms, limitMs)
    const reached = steps.find(step => ms !== undefined && !isOver(ms, step.ms))?.name
    const check: Check = {
      ...{ what, kind: 'time', goal: `≤ ${limitMs.toLocaleString('en-GB')} ms`, got: inMs(ms) },
      result: isJudged ? (isTooLate ? 'failed' : 'passed') : 'not-judged',
      ...(reached === undefined || !isJudged ? {} : { reached })
    }
    return check
  }
  const { pop, panels } = stages as Record<string, LatencyFigures | undefined>
  const passedOn = accounts.passedOn
  const noSteps: readonly never[] = []
  return [
    limit('bare pop, p99', pop?.p99, asked.p99Ms, POP_STEPS),
    limit('bare pop, p99.9', pop?.p999, Math.max(POP_P999_MS, asked.p99Ms), noSteps as never),
    limit('all panels, p99', panels?.p99, PANELS_P99_MS, PANEL_STEPS),
    {
      what: 'pops passed on because no screen acknowledged them in time',
      ...{ kind: 'time', goal: '0', got: String(passedOn) },
      result: isJudged ? (passedOn === 0 ? 'passed' : 'failed') : 'not-judged'
    }
  ]
}

function sizeChecks({ processes, gauges }: Findings, isJudged: boolean): Check[] {
  const own = processes.filter(isGateway).map(({ memoryMbMost }) => memoryMbMost)
  const said = gauges.flatMap(({ memoryMbMost }) => (memoryMbMost === undefined ? [] : [memoryMbMost]))
  const most = Math.max(...own, ...said)
  if (!Number.isFinite(most)) return []
  const result = isJudged ? (most <= GATEWAY_MB ? 'passed' : 'failed') : 'not-judged'
  return [
    { what: 'memory of a gateway', kind: 'size', goal: `≤ ${GATEWAY_MB} MB`, got: `${Math.round(most)} MB`, result }
  ]
}

/** `1.2 ms`, `19.8 s`, `lost`, or a dash where there is none. */
export function inMs(ms: Ms | undefined): string {
  if (ms === undefined) return '–'
  if (ms !== 'lost' && ms >= 10_000) return `${(ms / 1_000).toFixed(1)} s`
  return ms === 'lost' ? 'lost' : `${ms < 100 ? ms.toFixed(1) : Math.round(ms).toLocaleString('en-GB')} ms`
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(share > 0.9 && share < 1 ? 2 : 1)} %`
}
