import t from 'tap'
import { type CallerWord, wordsAfter } from '../../../src/lookups/caller-words.ts'
import { silentLog } from '../../../src/operations/log.ts'
import type { Offer, SignOn } from '../../../src/pop/address.ts'
import { entryId, type KnownEntry } from '../../../src/pop/ledger.ts'
import type { Marking } from '../../../src/pop/ring-back.ts'
import { makeRingBacks } from '../../../src/wiring/ring-backs.ts'
import { anOffer, callAfter, NOON } from '../../support/call-events.ts'

const call = callAfter(anOffer())
const ENTRY = entryId(call.callId)
const MINUTE_MS = 60_000
const person = (handler: string, over: Partial<SignOn> = {}): SignOn => ({
  ...{ handler, name: handler, force: 'tvp', role: 'handler', grants: [], lines: ['999'], acdQueues: [] },
  ...{ position: 'p1', devices: [], ...over }
})
const PEOPLE = new Map(
  [person('ann'), person('bea'), person('cy', { lines: ['101'] })].map(each => [each.handler, each])
)

/** The list over a record in memory. */
function makeRoom({ isHere = true, before = [] as readonly CallerWord[] } = {}) {
  const rows = new Map<string, KnownEntry>()
  const marks: Marking[] = []
  let now = NOON
  const change = (callId: string, over: Partial<KnownEntry['entry']>): KnownEntry | undefined => {
    const row = rows.get(callId)
    if (row === undefined) return undefined
    const next = { ...row, rev: row.rev + 1, entry: { ...row.entry, ...over } }
    rows.set(callId, next)
    return next
  }
  const room = makeRingBacks({
    courier: () => ({
      card: () => (isHere ? ({ call, audience: new Map([['ann', 'device' as Offer]]) } as never) : undefined),
      foreignCard: () => undefined
    }),
    signOnOf: handler => PEOPLE.get(handler),
    book: {
      known: async callId => rows.get(callId),
      open: () => [...rows.values()],
      wrote: entries => {
        for (const known of entries) rows.set(known.entry.call, known)
      }
    },
    record: {
      mark: async marking => {
        marks.push(marking)
        const { callId, force, line, number, dueAt, why, by, at } = marking
        const entry = { entry: ENTRY, call: callId, kind: 'ring-back', force, line, number, openedAt: at } as const
        return { rev: 1, entry: { ...entry, dueAt, why, markedBy: by, later: [], more: 0 } }
      },
      take: async ({ callId, rev, by, at }) =>
        rows.get(callId)?.rev === rev ? change(callId, { takenBy: by, takenAt: at }) : undefined,
      giveBack: async ({ callId, by }) => {
        const row = rows.get(callId)
        if (row?.entry.takenBy !== by) return undefined
        const { takenBy: _, takenAt: __, ...entry } = row.entry
        rows.set(callId, { ...row, rev: row.rev + 1, entry })
        return rows.get(callId)
      }
    },
    readWords: async () => wordsAfter(before),
    rules: { emergencyMs: 2 * MINUTE_MS, otherMs: 30 * MINUTE_MS },
    log: silentLog,
    clock: { now: () => now, monotonicMs: () => now }
  })
  const listOf = (handler: string) => room.listOf(PEOPLE.get(handler) ?? person(handler)).items
  const pass = (ms: number) => {
    now += ms
  }
  return { ...room, marks, listOf, pass }
}

const said = { dueAt: NOON + 10 * MINUTE_MS, why: 'was driving' }

t.test('a call is marked by whoever has it, with a time and a reason, and is on the list of its line', async t => {
  const { markRingBack, marks, listOf, countFor, pass } = makeRoom()
  t.same(countFor('ann'), { open: 0, overdue: 0 })
  t.same(await markRingBack('ann', call.callId, said), { ok: true })
  t.match(marks, [{ ...said, callId: call.callId, force: 'tvp', line: '999', e164: '+447700900123', by: 'ann' }])
  t.match(listOf('bea'), [{ dueAt: said.dueAt, entry: { why: 'was driving', markedBy: 'ann' } }])
  t.same(listOf('cy'), [], 'not of another line')
  pass(11 * MINUTE_MS)
  t.same(countFor('bea'), { open: 1, overdue: 1 })
  t.same(countFor('cy'), { open: 0, overdue: 0 })
  t.equal(countFor('nobody'), undefined)
})

t.test('the number to ring is the one the caller says is theirs', async t => {
  const number = { raw: '07700 900456', e164: '+447700900456', kind: 'mobile' } as const
  const { markRingBack, marks } = makeRoom({ before: [{ act: 'number', number, by: 'ann', at: 1 }] })
  await markRingBack('ann', call.callId, said)
  t.match(marks, [{ e164: '+447700900456', number: { display: '07700 900456', unverified: true } }])
})

t.test('who may not, and what cannot be said', async t => {
  const { markRingBack, marks } = makeRoom()
  t.match(await markRingBack('bea', call.callId, said), { code: 'call.not-entitled' })
  t.match(await makeRoom({ isHere: false }).markRingBack('ann', call.callId, said), { code: 'call.unknown' })
  t.match(await markRingBack('ann', call.callId, { ...said, why: ' \u0000 ' }), { code: 'ring-back.why' })
  t.match(await markRingBack('ann', call.callId, { ...said, dueAt: NOON + 365 * 86_400_000 }), {
    code: 'ring-back.too-late'
  })
  t.same(marks, [])
  await markRingBack('ann', call.callId, { ...said, dueAt: 0 })
  t.equal(marks[0]?.dueAt, NOON, 'what was due before is due now')
})

t.test('one of two who take it has it; it may be taken over and given back, by those of its line', async t => {
  const { markRingBack, takeRingBack, giveBackRingBack, listOf } = makeRoom()
  await markRingBack('ann', call.callId, said)
  t.same(await takeRingBack('bea', ENTRY, 1), { ok: true })
  t.match(await takeRingBack('ann', ENTRY, 1), { ok: false, code: 'ring-back.changed' })
  t.match(listOf('ann'), [{ rev: 2, entry: { takenBy: 'bea', takenAt: NOON } }])
  t.match(await takeRingBack('cy', ENTRY, 2), { code: 'ledger.not-entitled' })
  t.same(await takeRingBack('ann', ENTRY, 2), { ok: true }, 'who saw that another has it may take it over')
  t.match(await giveBackRingBack('bea', ENTRY), { code: 'ring-back.changed' })
  t.same(await giveBackRingBack('ann', ENTRY), { ok: true })
  t.equal(listOf('ann')[0]?.entry.takenBy, undefined)
  t.match(await takeRingBack('ann', 'l_nothing', 1), { code: 'ledger.unknown' })
})

t.test('a call that is off the screens is marked again by whoever has its entry on the list', async t => {
  const here = makeRoom()
  await here.markRingBack('ann', call.callId, said)
  const again = { dueAt: NOON + 20 * MINUTE_MS, why: 'no answer' }
  t.same(await here.markRingBack('bea', call.callId, again), { ok: true })
  t.match(here.marks[1], { ...again, by: 'bea', number: { display: '07700 900123' } })
  t.match(await here.markRingBack('cy', call.callId, again), { code: 'call.not-entitled' })
})
