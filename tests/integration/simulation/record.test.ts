import type pg from 'pg'
import t from 'tap'
import { makeCall } from '../../../src/call/apply-event.ts'
import { makeCallId, makeEventId } from '../../../src/call/ids.ts'
import type { JournalEntry } from '../../../src/journal/journal.ts'
import { fixId } from '../../../src/lookups/location/late-fix.ts'
import {
  adoptBySwitchCall,
  adoptCall,
  adoptOf,
  adoptOwn,
  callsOfOthers,
  lostCalls,
  otherHands,
  ownCalls
} from '../../../src/records/adoption.ts'
import { findDialogs } from '../../../src/records/dialogs.ts'
import { appendEntries, endedCallIds, openCalls, readCalls } from '../../../src/records/journal-rows.ts'
import {
  addLateWord,
  confirmFix,
  laterChanges,
  type Recorded,
  readLateRecord
} from '../../../src/records/location-fixes.ts'
import { recordHands } from '../../../src/records/wrap-ups.ts'
import { SimPostgres } from '../../simulation/sim-postgres.ts'
import { SimProcess } from '../../simulation/sim-process.ts'
import { makeWorldRandom } from '../../simulation/sim-random.ts'
import { VirtualTime } from '../../simulation/virtual-time.ts'
import { anOffer, NOON } from '../../support/call-events.ts'
import { recordClosed, recordTaken } from '../../support/hands.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeRandom, runSeed } from '../../support/random.ts'
import { makeDatabase } from '../../support/stores.ts'

/*
 * The record of the simulation answers as PostgreSQL does. Entries, takes, closes and adoptions of a few calls by a few
 * nodes, in an order that no gateway would give them.
 */

failOnLeaks(t)

const STEPS = 400
const NODES = ['n-1', 'n-2', 'n-3']

function makeModel(): pg.Pool {
  const random = makeWorldRandom(1, 'model')
  const process = new SimProcess({ name: 'postgres', time: new VirtualTime(), random })
  const server = new SimPostgres({ process, random })
  const query = async (asked: { text: string; values?: unknown[] } | string, values: unknown[] = []) =>
    typeof asked === 'string' ? server.execute(asked, values) : server.execute(asked.text, asked.values ?? values)
  return { query } as unknown as pg.Pool
}

t.test('the simulated record answers as a real one does', async t => {
  const seed = runSeed()
  t.comment(`seed ${seed}`)
  const random = makeRandom(seed)
  const { pool: real } = await makeDatabase(t)
  const model = makeModel()
  const names = Array.from({ length: 6 }, (_, n) => `call-${n}`)
  const made = names.map((name, n) => {
    const event = anOffer({ name, receivedAt: NOON + n, ...(n % 2 === 0 ? {} : { dialog: { of: name } }) })
    return { event, call: makeCall(event, makeCallId({ ...event, firstSeenAt: NOON, occurrence: 0 })) }
  })
  const entry = (): JournalEntry => {
    const { event, call } = random.pick(made)
    const state = random.pick(['alerting', 'released'] as const)
    const moved = { ...call, state, generation: 1 + random.below(8), seq: 1 + random.below(6) }
    return { event: { ...event, eventId: makeEventId(NOON) }, call: moved, node: random.pick(NODES) }
  }
  const hands = () =>
    made.map(({ call }) => {
      const did = random.pick(['taken', 'taken', 'closed'] as const)
      const from = random.pick(['h1', 'h2', '']) || undefined
      return { callId: call.callId, handler: random.pick(['h1', 'h2']), did, at: NOON + random.below(3), from }
    })
  const step = (): ((pool: pg.Pool) => Promise<unknown>) => {
    const [node, { event, call }] = [random.pick(NODES), random.pick(made)]
    const [owner, handler] = [random.pick(NODES), random.pick(['h1', 'h2'])]
    const [takenBy, at] = [random.pick(['h1', 'h2', '']) || undefined, NOON + random.below(2)]
    const fix = { source: 'aml', shape: 'point', latitude: 51 + random.below(20) } as const
    const state = random.pick(['searching', 'found', ''] as const)
    const word = { callId: call.callId, source: 'aml', fix, at, ...(state === '' ? {} : { state }) } as const
    const entries = Array.from({ length: 1 + random.below(4) }, entry)
    const ofMoment = hands()
    const steps = [
      (pool: pg.Pool) => appendEntries(pool, entries),
      (pool: pg.Pool) => appendEntries(pool, entries),
      (pool: pg.Pool) => adoptCall(pool, node, { callId: call.callId, gone: [owner] }),
      (pool: pg.Pool) => adoptBySwitchCall(pool, node, event),
      (pool: pg.Pool) => adoptOf(pool, node, { owners: [owner], sinceAt: 0, limit: 2 }),
      (pool: pg.Pool) => callsOfOthers(pool, node, { sinceAt: 0, limit: 4 }),
      async (pool: pg.Pool) => [...(await findDialogs(pool, call.switchCallIds))],
      (pool: pg.Pool) => lostCalls(pool, node, [call.callId]),
      async (pool: pg.Pool) => (await ownCalls(pool, node, NOON + 1)).sort(),
      (pool: pg.Pool) => adoptOwn(pool, node, [call.callId]),
      (pool: pg.Pool) => otherHands(pool, node, [{ callId: call.callId, takenBy, closed: 1 }]),
      (pool: pg.Pool) => openCalls(pool, { sinceAt: NOON + 1, limit: 4 }),
      (pool: pg.Pool) => readCalls(pool, [call.callId]),
      (pool: pg.Pool) => recordTaken(pool, node, { callId: call.callId, handler, at }),
      async (pool: pg.Pool) => toldOf(await addLateWord(pool, node, word)),
      (pool: pg.Pool) => readLateRecord(pool, call.callId),
      async (pool: pg.Pool) =>
        toldOf(await confirmFix(pool, node, { callId: call.callId, id: fixId(fix), fix, handler, at })),
      async (pool: pg.Pool) => (await laterChanges(pool, [{ callId: call.callId, change: 0 }])).length,
      (pool: pg.Pool) => recordHands(pool, node, ofMoment),
      (pool: pg.Pool) => endedCallIds(pool, { sinceAt: NOON, limit: 4 }),
      (pool: pg.Pool) =>
        recordClosed(pool, node, { callId: call.callId, handler, isLast: call.callId === made[0]?.call.callId }, NOON)
    ]
    return random.pick(steps)
  }
  for (let n = 0; n < STEPS; n++) {
    const run = step()
    const [ours, theirs] = [await outcome(run(model)), await outcome(run(real))]
    if (ours === theirs) continue
    t.equal(ours, theirs, `step ${n}: ${run}`)
    return
  }
  t.pass(`${STEPS} answers are the same`)
})

/** The numbers of changes have gaps of their own in a real record. */
function toldOf({ change, owner }: Recorded) {
  return { isChanged: change !== undefined, owner }
}

/** What it came to, whichever way: keys in one order, as jsonb has no order of its own. */
async function outcome(work: Promise<unknown>): Promise<string> {
  return work.then(
    answer => JSON.stringify(sorted(answer)) ?? 'nothing',
    thrown => `rejects: ${(thrown as Error).message}`
  )
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const pairs = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(pairs.map(([key, each]) => [key, sorted(each)]))
}
