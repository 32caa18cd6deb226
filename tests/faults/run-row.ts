import { setTimeout as pause } from 'node:timers/promises'
import { makeSeededRandom } from '../../src/simulator/seeded-random.ts'
import type { Allowance, Breach, History, OwnCounts, PlacedCall } from './oracle/history.ts'
import { type Judgement, judge } from './oracle/judge.ts'
import { type Load, startLoad } from './rig/load.ts'
import { readRecord } from './rig/record.ts'
import { Rig } from './rig/rig.ts'
import type { Stores } from './rig/stores.ts'
import { breachOf, type FaultContext, type Row } from './row.ts'
import { wallClock } from './screens/screen-client.ts'

export interface RunOptions {
  readonly row: Row
  readonly seed: number
  readonly calls: number
  readonly rate: number
  readonly stores: Stores
  readonly say: (text: string) => void
  readonly signal: AbortSignal
  /** How long what is missing may still come; I1's own time unless said. */
  readonly settleMs?: number
}

export interface RunResult extends Judgement {
  readonly seed: number
  readonly faultMs: number
  /** Figures of the row's own, in words. */
  readonly notes: readonly string[]
}

type Fault = History['fault'] & { readonly strikes: readonly number[] }

/** The fault comes this long after the first call. */
const BEFORE_MS = { from: 1_500, to: 3_500 } as const
/** The load goes on this long after the fault. */
const AFTER_MS = 3_000
/** Everything must be over by then: I1 allows as much after the fault. */
const SETTLE_MS = 30_000
const LOOK_EVERY_MS = 250
/** Calls of one desk whose cards still fit on one screen. */
const CALLS_A_DESK = 60
const MAY_HEAL: readonly string[] = ['I1', 'I6', 'I7', 'I9']
const DESKS = { least: 8, most: 50 } as const

/** One run of one row: build, load, fault, settle, judge. What cannot be built rejects, with the reason. */
export async function runRow(options: RunOptions): Promise<RunResult> {
  const { row, seed, stores, signal } = options
  const random = makeSeededRandom(seed)
  const rate = row.rate ?? options.rate
  const beforeMs = random.between(BEFORE_MS.from, BEFORE_MS.to)
  const expected = Math.max(options.calls, Math.ceil(((beforeMs + row.lastsMs + AFTER_MS) / 1_000) * rate))
  const desks = Math.min(DESKS.most, Math.max(DESKS.least, Math.ceil(expected / CALLS_A_DESK)))
  // Of its own: the screens draw from the other one as often as they come back, which is the machine's doing.
  const ofFault = makeSeededRandom(random.between(1, 1_000_000))
  const rig = new Rig({ shape: row.shape, stores, random, desks, isLong: row.isLong === true })
  const notes: string[] = []
  const beside: PlacedCall[] = []
  const seen: Breach[] = []
  const loads: Load[] = []
  const strikes: number[] = []
  const startAgain = async () => {
    const load = await startLoad({
      ...{ port: rig.sipPort, rate, devices: rig.devices, folder: rig.folder },
      ...(row.shape.transport === undefined ? {} : { transport: row.shape.transport }),
      ...(row.shape.sippArgs === undefined ? {} : { args: row.shape.sippArgs }),
      toScenario: async path => (await rig.network?.toScenario(path, rig.folder)) ?? path
    })
    rig.onStop(load.stop)
    loads.push(load)
  }
  const finish = () => {
    for (const load of loads) load.finish()
  }
  const context: FaultContext = {
    ...{ rig, random: ofFault, rate, say: options.say, load: { finish, again: startAgain } },
    struck: () => void strikes.push(wallClock()),
    note: text => void notes.push(text),
    breach: what => void seen.push(breachOf(what)),
    addCalls: calls => void beside.push(...calls)
  }
  const onAbort = () => void rig.stop()
  signal.addEventListener('abort', onAbort)
  try {
    await rig.start()
    await row.prepare?.(context)
    await startAgain()
    await pause(beforeMs)
    const from = wallClock()
    await row.inject(context)
    const fault = { from, to: wallClock(), strikes }
    await pause(Math.max(AFTER_MS, (options.calls / rate) * 1_000 - (fault.to - from) - beforeMs))
    finish()
    const placed = (await Promise.all(loads.map(({ done }) => done))).flatMap(({ calls }) => calls)
    const history = await settle(context, [...placed, ...beside], fault, row.allows, options.settleMs)
    await rig.keep('history.json', inPieces(history))
    const judgement = judge(history, row.allows)
    for (const { plan, isRunning, ending } of [...rig.gateways, ...rig.workers]) {
      if (!isRunning) seen.push(breachOf(`${plan.name} ended by itself: ${ending}`))
    }
    const more = (await row.also?.(context, history)) ?? []
    return {
      ...judgement,
      breaches: [...judgement.breaches, ...seen, ...more],
      seed,
      faultMs: fault.to - fault.from,
      notes
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
    await rig.stop()
  }
}

/** As JSON, screen by screen: all frames of an hour are more than one string holds. */
export function* inPieces({ screens, ...rest }: History): Iterable<string> {
  yield `${JSON.stringify(rest).slice(0, -1)},"screens":[`
  for (const [index, screen] of screens.entries()) yield `${index === 0 ? '' : ','}${JSON.stringify(screen)}`
  yield ']}'
}

/** Waits until nothing is missing any more, or as long as is allowed; what it sees then is judged. */
async function settle(
  { rig }: FaultContext,
  calls: readonly PlacedCall[],
  fault: Fault,
  allows: Allowance,
  settleMs: number = SETTLE_MS
): Promise<History> {
  const until = Math.max(fault.to, wallClock()) + settleMs
  for (;;) {
    const began = wallClock()
    const history = await read(rig, calls, fault)
    if (began >= until || isQuiet(rig, history, allows)) return history
    // A look at a hundred thousand calls takes its time, and must leave the gateways theirs.
    await pause(Math.max(LOOK_EVERY_MS, wallClock() - began))
  }
}

/** Nothing is left that time could still mend. */
function isQuiet(rig: Rig, history: History, allows: Allowance): boolean {
  return (rig.levels?.isWhole ?? true) && !judge(history, allows).breaches.some(mayHeal)
}

function mayHeal({ invariant, what }: Breach): boolean {
  return MAY_HEAL.includes(invariant) || what.endsWith('not in the record')
}

async function read(rig: Rig, calls: readonly PlacedCall[], { strikes, ...fault }: Fault): Promise<History> {
  const own = await readOwnCounts(rig)
  const record = await readRecord(rig)
  return {
    calls,
    // After the record, and as they are now: what a screen says while this is judged is not in that record.
    screens: rig.screens.map(({ history: { lines, ...screen } }) => ({ ...screen, lines: [...lines] })),
    record,
    levels: [...(rig.levels?.lines ?? [])],
    ...(own === undefined ? {} : { own }),
    ...{ fault, ...(strikes.length === 0 ? {} : { strikes }) },
    settledAt: wallClock()
  }
}

/** Undefined where a gateway died: its counters died with it. */
async function readOwnCounts(rig: Rig): Promise<OwnCounts | undefined> {
  if (rig.gateways.some(gateway => gateway.starts !== 1 || !gateway.isRunning)) return undefined
  const sum = async (name: string, labels = '') => {
    const each = await Promise.all(rig.gateways.map(gateway => gateway.metric(name, labels)))
    return each.includes(undefined) ? undefined : each.reduce<number>((total, value) => total + (value ?? 0), 0)
  }
  const offered = await sum('gw_call_events_total', 'kind="offered",result="changed"')
  const acked = await sum('gw_pop_acked_total')
  const pending = [await sum('gw_journal_pending'), await sum('gw_spool_bytes'), await sum('gw_outbox_pending')]
  if (offered === undefined || acked === undefined || pending.includes(undefined)) return undefined
  return { offered, acked, pending: pending.reduce<number>((total, value) => total + (value ?? 0), 0) }
}
