import { Percentiles } from '../../../src/simulator/percentiles.ts'
import {
  firstPops,
  judgeEffect,
  judgeFreshness,
  judgeHonesty,
  judgeLoss,
  judgePhantoms,
  judgeStrangers
} from './calls.ts'
import type { Allowance, Breach, History, PlacedCall } from './history.ts'
import { replay } from './replay.ts'
import { judgeAlarm, judgeBaseline, judgeOwnCounts, judgeVoice } from './service.ts'
import { judgeStream } from './streams.ts'

/** A pop later than this was held up by the fault. */
const LATE_MS = 1_000
/** A fault that is over at once still has its calls. */
const MIN_WINDOW_MS = 3_000

export interface Judgement {
  readonly breaches: readonly Breach[]
  readonly calls: number
  readonly accepted: number
  readonly lost: number
  readonly doubled: number
  /** INVITE to the first pop, of the calls placed while the fault lasted; one that never came is endless. */
  readonly window: Percentiles
  /** The same of all calls before it. */
  readonly before: Percentiles
  /** From the end of the fault until every node was whole and the last pop that was held up had come. */
  readonly recoveryMs: number
}

/** Everything that must hold of a run, and what it shows in figures. */
export function judge(history: History, allowance: Allowance = {}): Judgement {
  const screens = history.screens.map(screen => ({ screen, replay: replay(screen) }))
  const pops = firstPops(history.calls, screens)
  const effect = judgeEffect(history, screens, allowance)
  const lost = judgeLoss(history, pops)
  const breaches = [
    ...lost,
    ...effect,
    ...judgePhantoms(history, screens),
    ...judgeStrangers(history, screens, allowance),
    ...history.screens.filter(screen => screen.isOutOfOrder !== true).flatMap(judgeStream),
    ...judgeFreshness(history, screens, allowance),
    ...judgeHonesty(history, screens, allowance),
    ...judgeBaseline(history),
    ...judgeAlarm(history, allowance),
    ...judgeOwnCounts(history),
    ...judgeVoice(history, allowance)
  ]
  const { from, to } = history.fault
  const until = Math.max(to, from + MIN_WINDOW_MS)
  return {
    breaches,
    calls: history.calls.length,
    accepted: history.calls.filter(call => call.okAt !== undefined).length,
    lost: lost.length,
    doubled: effect.filter(({ what }) => /rang twice|became/.test(what)).length,
    window: latencies(history, pops, call => call.inviteAt >= from && call.inviteAt <= until),
    before: latencies(history, pops, call => call.inviteAt < from),
    recoveryMs: recovery(history, pops)
  }
}

function latencies(
  { calls }: History,
  pops: ReadonlyMap<PlacedCall, number>,
  isMeant: (call: PlacedCall) => boolean
): Percentiles {
  const all = new Percentiles()
  for (const call of calls.filter(each => each.okAt !== undefined && isMeant(each))) {
    const at = pops.get(call)
    if (at === undefined) all.addLost()
    else all.add(at - call.inviteAt)
  }
  return all
}

function recovery({ calls, levels, fault, settledAt }: History, pops: ReadonlyMap<PlacedCall, number>): number {
  let last = fault.to
  for (const call of calls) {
    const at = pops.get(call)
    if (call.okAt !== undefined && at !== undefined && at - call.inviteAt > LATE_MS) last = Math.max(last, at)
  }
  for (const { at, level } of levels) if (at <= settledAt && level !== 0) last = Math.max(last, at)
  return last - fault.to
}
