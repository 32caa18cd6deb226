import { readFile } from 'node:fs/promises'
import { Ajv } from 'ajv'
import Type, { type Static } from 'typebox'
import { Fault, reasonOf } from '../operations/errors.ts'
import { LatencyFigures, Ms } from './latency.ts'
import { Mix } from './mix.ts'

/*
 * What a run comes to, as its JSON has it. Nothing in it names a caller, a handler or a call by anything but its place in
 * the plan, which the seed gives again.
 */

const count = Type.Integer({ minimum: 0 })
const maybe = Type.Optional(Type.Number())

export const Check = Type.Object({
  what: Type.String(),
  /** `loss` is judged always; `time` and `size` not where others share the machine. */
  kind: Type.Union([Type.Literal('loss'), Type.Literal('time'), Type.Literal('size')]),
  goal: Type.String(),
  got: Type.String(),
  result: Type.Union([Type.Literal('passed'), Type.Literal('failed'), Type.Literal('not-judged')]),
  /** Which of the project's own steps a time that passed has reached. */
  reached: Type.Optional(Type.String())
})
export type Check = Static<typeof Check>

export const Verdict = Type.Object({
  kind: Type.Union([Type.Literal('passed'), Type.Literal('failed'), Type.Literal('void')]),
  checks: Type.Array(Check),
  /** Why the figures of this run do not count. */
  voids: Type.Array(Type.String()),
  remarks: Type.Array(Type.String()),
  /** What to look at next. */
  next: Type.Array(Type.String())
})
export type Verdict = Static<typeof Verdict>

export const Asked = Type.Object({
  cps: Type.Number(),
  seconds: count,
  warmUpSeconds: count,
  mix: Mix,
  handlers: count,
  acks: Type.String(),
  holdMs: count,
  transport: Type.String(),
  targets: Type.Array(Type.String()),
  /** The gateway was started by the load, with stores of its own, on this machine. */
  isOwn: Type.Boolean(),
  seed: count,
  judge: Type.String(),
  p99Ms: count
})
export type Asked = Static<typeof Asked>

export const Environment = Type.Object({
  kit: Type.String(),
  gateways: Type.Array(Type.String()),
  sipp: Type.String(),
  node: Type.String(),
  system: Type.String(),
  cpus: count,
  cpuModel: Type.String(),
  memoryMb: count,
  loadAverageBefore: Type.Number(),
  loadAverageAfter: Type.Number(),
  /** Of the machine's time, what another machine on the same metal had. */
  stealPercent: Type.Number()
})
export type Environment = Static<typeof Environment>

export const Generator = Type.Object({
  planned: count,
  offered: count,
  offeredPerSecond: Type.Number(),
  /** Of the rate that was meant. */
  offeredShare: Type.Number(),
  /** By how much SIPp moved its own schedule later, having stood still: calls that were not offered when they were due. */
  scheduleMovedMs: Type.Number(),
  mostAtOnce: count,
  limit: count,
  failed: count,
  retransmissions: count,
  watchdog: count,
  exitCode: Type.Integer(),
  /** What SIPp did not expect, without who or where. */
  unexpected: Type.Array(Type.String())
})
export type Generator = Static<typeof Generator>

/** By the second in which a call was due; the warm-up has numbers below 0. */
export const Second = Type.Object({
  at: Type.Integer(),
  offered: count,
  popped: count,
  lost: count,
  p50: Type.Optional(Ms),
  p99: Type.Optional(Ms),
  max: Type.Optional(Ms),
  panelsP99: Type.Optional(Ms)
})
export type Second = Static<typeof Second>

/** What a gateway says of itself: what is not yet in PostgreSQL or in Redis, and the delay of its loop (p99). */
const GaugeSecond = Type.Object({
  at: Type.Number(),
  liveCalls: Type.Number(),
  journalPending: Type.Number(),
  outboxPending: Type.Number(),
  loopDelayMs: Type.Number(),
  heapMb: Type.Number()
})
export const Gauges = Type.Object({
  where: Type.String(),
  seconds: Type.Array(GaugeSecond),
  growth: Type.Optional(
    Type.Object({
      acked: Type.Number(),
      undeliverable: Type.Number(),
      refused: Type.Number(),
      overBudget: Type.Number(),
      /** SIP messages over UDP that its machine had no room for, because it did not read them. */
      datagramsLost: maybe,
      /** Means: a pop job waiting for a worker, running; an event until it is in the record. */
      jobWaitMs: maybe,
      jobMs: maybe,
      journalMs: maybe
    })
  ),
  cpuSeconds: maybe,
  memoryMbMost: maybe
})
export type Gauges = Static<typeof Gauges>

/** Of all calls, those of the warm-up too. */
export const Accounts = Type.Object({
  offered: count,
  answered: count,
  refused: count,
  /** Neither answered nor refused. */
  unanswered: count,
  /** Calls of which a desk where it rang has no pop. */
  lost: count,
  /** Of these, calls that rang at several desks and have their pop at some of them. */
  lostAtSome: Type.Optional(count),
  withoutPanels: count,
  doubled: count,
  /** Calls with a pop at a desk where it did not ring. */
  wrong: count,
  /** Calls given to others because no screen acknowledged them in time. */
  passedOn: count,
  acked: count,
  taken: count,
  /** Calls of whom handlers heard and that this load did not place. */
  strangers: count
})
export type Accounts = Static<typeof Accounts>
/** One real desk's browser: from the frame of a pop to its paint, as its console said. */
export const Probed = Type.Object({ desk: count, browser: Type.String(), painted: LatencyFigures })
export type Probed = Static<typeof Probed>

/** One rate that a ramp tried. */
export const RampStep = Type.Object({
  cps: Type.Number(),
  isGood: Type.Boolean(),
  offered: count,
  offeredShare: Type.Number(),
  lost: count,
  p99: Type.Optional(Ms),
  panelsP99: Type.Optional(Ms),
  /** Why it did not hold; empty when it did. */
  why: Type.Array(Type.String())
})
export type RampStep = Static<typeof RampStep>

export const LoadReport = Type.Object({
  schema: Type.Literal('callbox-load/1'),
  startedAt: Type.String(),
  verdict: Verdict,
  asked: Asked,
  environment: Environment,
  accounts: Accounts,
  /** The first calls that lack a pop, by their place in the plan, and when each was due. */
  missing: Type.Array(
    Type.Object({ sender: count, place: count, dueAtSecond: Type.Number(), line: Type.String(), kind: Type.String() })
  ),
  generator: Generator,
  /** SIPp answering itself at the same rate, before and after. */
  reference: Type.Optional(Type.Object({ before: LatencyFigures, after: LatencyFigures })),
  stages: Type.Record(Type.String(), LatencyFigures),
  seconds: Type.Array(Second),
  mix: Type.Record(Type.String(), count),
  processes: Type.Array(
    Type.Object({
      name: Type.String(),
      processes: count,
      cpuSeconds: Type.Number(),
      cpuPercent: Type.Number(),
      memoryMbMost: Type.Number(),
      memoryMbEnd: Type.Number()
    })
  ),
  gauges: Type.Array(Gauges),
  lostLinks: count,
  /** Handlers without a link when the run had ended. */
  linksAway: Type.Optional(count),
  probes: Type.Optional(Type.Array(Probed)),
  /** Where the rate was looked for: all that were tried, of which this report is one. */
  ramp: Type.Optional(Type.Array(RampStep))
})
export type LoadReport = Static<typeof LoadReport>

const ajv = new Ajv({ strict: false, allErrors: true })
const isReport = ajv.compile<LoadReport>(LoadReport)

/** Throws when it is no report: a bug, found before anybody reads it. */
export function demandReport(report: unknown): asserts report is LoadReport {
  if (!isReport(report)) throw new Error(`not a report: ${ajv.errorsText(isReport.errors)}`)
}

/** A report that was written. Rejects with `load.report-unreadable`. */
export async function readReport(path: string): Promise<LoadReport> {
  let read: unknown
  try {
    read = JSON.parse(await readFile(path, 'utf8'))
  } catch (thrown) {
    throw new Fault('load.report-unreadable', { path, reason: reasonOf(thrown) })
  }
  if (isReport(read)) return read
  const reason = ajv.errorsText(isReport.errors?.slice(0, 3))
  throw new Fault('load.report-unreadable', { path, reason: `it is no report of callbox load: ${reason}` })
}
