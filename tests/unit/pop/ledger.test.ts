import t from 'tap'
import type { Call } from '../../../src/call/call.ts'
import type { OfferedEvent } from '../../../src/call/call-event.ts'
import type { HandlerId } from '../../../src/call/ids.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import type { Offer, SignOn } from '../../../src/pop/address.ts'
import { type Card, makeCard } from '../../../src/pop/card.ts'
import {
  entryId,
  type KnownEntry,
  type LedgerRecord,
  ledgerKindOf,
  ledgerWords,
  type NewEntry
} from '../../../src/pop/ledger.ts'
import { LedgerBook, TIED_MAX } from '../../../src/pop/ledger-book.ts'
import type { Send } from '../../../src/pop/screen-sender.ts'
import { anOffer, aQueueOffer, callAfter, cliOf, NOON, then } from '../../support/call-events.ts'
import { until } from '../../support/until.ts'

const SUPERVISOR: SignOn = {
  ...{ handler: 'sup', name: 'Supervisor', force: 'tvp', role: 'supervisor', grants: [], lines: [], acdQueues: [] },
  ...{ position: 'p0', devices: [] }
}
const HANDLER: SignOn = { ...SUPERVISOR, handler: 'ann', role: 'handler', lines: ['999'] }

/** A ledger over a record in memory, with hands on its clock. */
function makeLedger() {
  const rows = new Map<string, KnownEntry>()
  const sent: Send[] = []
  const cards = new Map<string, Card>()
  const elsewhere = new Map<string, Card>()
  const asked: string[] = []
  const refreshed: string[] = []
  let now = NOON
  let isAway = false
  let rings = 0
  let monotonic = 0
  const missed: Call[] = []
  const put = (callId: string, change: Partial<KnownEntry['entry']>): KnownEntry | undefined => {
    const row = rows.get(callId)
    if (row === undefined || row.entry.closedAt !== undefined) return undefined
    const next = { ...row, rev: row.rev + 1, entry: { ...row.entry, ...change } }
    rows.set(callId, next)
    return next
  }
  const record: LedgerRecord = {
    add: async entries => {
      if (isAway) throw new Error('away')
      const fresh = entries.filter(({ call }) => !rows.has(call.callId)).map(toKnown)
      for (const known of fresh) rows.set(known.entry.call, known)
      const silent = entries.filter(({ call, kind }) => kind === 'silent' && rows.get(call.callId)?.entry.kind !== kind)
      return [...fresh, ...silent.flatMap(({ call, kind }) => put(call.callId, { kind }) ?? [])]
    },
    link: async later => {
      for (const { entryCall, call, kind, at } of later)
        put(entryCall, { later: [...(rows.get(entryCall)?.entry.later ?? []), { call, kind, at }] })
      return [...new Set(later.map(({ entryCall }) => entryCall))].flatMap(entryCall => rows.get(entryCall) ?? [])
    },
    close: async ({ callId, by, reason, at }) => put(callId, { closedBy: by, reason, closedAt: at }),
    open: async () => {
      if (isAway) throw new Error('away')
      return [...rows.values()].filter(({ entry }) => entry.closedAt === undefined)
    },
    changed: async () => [...rows.values()],
    missed: async () => {
      if (isAway) throw new Error('away')
      return missed.filter(({ callId }) => !rows.has(callId))
    }
  }
  const book = new LedgerBook({
    record,
    signOns: () => [SUPERVISOR, HANDLER],
    sender: { send: async sends => void sent.push(...sends) },
    cardOf: callId => cards.get(callId),
    isOwnElsewhere: async (handler, callId) => {
      asked.push(callId)
      return elsewhere.get(callId)?.audience.get(handler) === 'device'
    },
    hasOthers: () => true,
    onWritten: () => {
      rings += 1
    },
    refresh: callId => refreshed.push(callId),
    repeatWithinMs: 86_400_000,
    ...{ log: silentLog, metrics: makeMetrics(), clock: { now: () => now, monotonicMs: () => monotonic } }
  })
  return {
    ...{ book, rows, sent, cards, elsewhere, asked, refreshed, record },
    rung: () => rings,
    missed,
    minuteOn: () => {
      monotonic += 60_000
    },
    at: async (ms: number) => {
      now = NOON + ms
      await book.tick()
    },
    away: (is: boolean) => {
      isAway = is
    }
  }
}

function toKnown({ call, kind, number, e164 }: NewEntry): KnownEntry {
  return {
    rev: 1,
    entry: {
      ...{ entry: entryId(call.callId), call: call.callId, kind, force: call.force, line: call.line, number },
      ...{ openedAt: call.releasedAt ?? 0, later: [], more: 0 }
    },
    ...(e164 === undefined ? {} : { key: `${call.force}|${e164}` })
  }
}

function shown(call: Call, who: Record<HandlerId, Offer> = {}, had: readonly HandlerId[] = []): Card {
  return {
    ...makeCard(call),
    audience: new Map(Object.entries(who)),
    popped: new Set(Object.keys(who)),
    had: new Set(had)
  }
}

const abandoned = (over: Partial<OfferedEvent> & { name?: string } = {}) => {
  const offer = aQueueOffer(over)
  return callAfter(offer, then(offer, 'released', { receivedAt: offer.receivedAt + 5_000 }))
}

t.test('which ended call makes which entry', async t => {
  const offer = anOffer()
  const ended = callAfter(offer, then(offer, 'released'))
  const answered = callAfter(offer, then(offer, 'answered'), then(offer, 'released'))
  const silent = anOffer({ silent: true })
  const on = (call: Call, had: readonly string[] = []) => ledgerKindOf(call, shown(call, { ann: 'device' }, had))
  t.equal(on(abandoned()), 'abandoned')
  t.equal(on(callAfter(silent, then(silent, 'answered'), then(silent, 'released')), ['ann']), 'silent')
  t.equal(on(ended), 'unattended', 'it rang and nobody took it')
  t.equal(on(ended, ['ann']), undefined, 'somebody took it by hand')
  t.equal(on(answered, ['ann']), undefined)
  t.equal(ledgerKindOf(answered, shown(answered)), 'unattended', 'answered, but on nobody’s screen')
  t.equal(on(callAfter(offer, then(offer, 'released', { cause: 'answered-elsewhere' }))), undefined)
  t.equal(on(abandoned({ test: true })), undefined, 'a test makes none')
  t.equal(on(abandoned({ direction: 'out' })), undefined)
  t.equal(on(callAfter(offer)), undefined, 'a live call is not in the ledger')
})

t.test('an abandoned call is entered when its caller did not come again at once, and supervisors are told', async t => {
  const { book, at, rows, sent } = makeLedger()
  book.note(abandoned())
  await at(9_000)
  t.equal(rows.size, 0, 'the same caller may be offered by another route')
  await at(14_000)
  t.equal(rows.size, 1)
  t.match(sent, [{ handlers: ['sup'], ev: { type: 'ledger.entry', rev: 1, data: { kind: 'abandoned' } } }])
  t.match(book.board(SUPERVISOR), { ledger: [{ rev: 1 }], more: 0 })
  t.same(book.board({ ...SUPERVISOR, force: 'hants' }).ledger, [], 'another force’s supervisor sees nothing')
  await at(20_000)
  t.equal(sent.length, 1, 'once')
})

t.test('a handler who says afterwards that the caller did not speak makes the entry one of a silent call', async t => {
  const { book, at, rows, sent } = makeLedger()
  const call = abandoned()
  book.note(call)
  await at(20_000)
  t.match(rows.get(call.callId), { entry: { kind: 'abandoned' } })
  book.note({ ...call, flags: { ...call.flags, silent: true } })
  await at(40_000)
  t.match(rows.get(call.callId), { rev: 2, entry: { kind: 'silent' } })
  t.match(sent.at(-1), { handlers: ['sup'], ev: { type: 'ledger.entry', rev: 2, data: { kind: 'silent' } } })
})

t.test('a later call of the number is a repeat, says so in its pop, and closes nothing', async t => {
  const { book, at, rows, refreshed } = makeLedger()
  const first = abandoned()
  book.note(first)
  await at(20_000)
  const offer = anOffer({ name: 'later', receivedAt: NOON + 600_000 })
  t.equal(book.isRepeat(offer), true)
  t.equal(book.isRepeat(anOffer({ name: 'other', cli: cliOf(5), receivedAt: NOON + 600_000 })), false)
  t.equal(book.isRepeat(anOffer({ name: 'next day', receivedAt: NOON + 90_000_000 })), false)
  const later = callAfter(offer)
  book.note(later)
  t.match(book.wordsFor(later), { kind: 'abandoned', at: NOON + 5_000, count: 1, isOwn: false, calledBack: false })
  await at(601_000)
  const row = rows.get(first.callId)
  t.match(row, { rev: 2, entry: { later: [{ call: later.callId, kind: 'later-call' }] } })
  t.equal(row?.entry.closedAt, undefined)
  t.ok(refreshed.includes(later.callId))
})

t.test(
  'who rings off again and again ties a later call to their oldest entries, not each call to all before it',
  async t => {
    const { book, at, rows } = makeLedger()
    for (let n = 0; n < 12; n++) book.note(abandoned({ name: `off ${n}`, receivedAt: NOON + n * 60_000 }))
    await at(1_000_000)
    t.equal(rows.size, 12, 'each has its own entry')
    const later = callAfter(anOffer({ name: 'stays', receivedAt: NOON + 2_000_000 }))
    book.note(later)
    await at(2_001_000)
    const tied = [...rows.values()].filter(({ entry }) => entry.later.some(({ call }) => call === later.callId))
    t.same(
      tied.map(({ entry }) => entry.openedAt),
      [...rows.values()].map(({ entry }) => entry.openedAt).slice(0, TIED_MAX)
    )
    t.match(book.wordsFor(later), { count: 12 }, 'the card says how many there are all the same')
  }
)

t.test('a caller who rings again before the entry is written is a repeat all the same, and is tied to it', async t => {
  const { book, at, rows } = makeLedger()
  const first = abandoned()
  book.note(first)
  const offer = anOffer({ name: 'soon', receivedAt: NOON + 8_000 })
  t.equal(book.isRepeat(offer), true)
  t.equal(
    book.isRepeat({ ...offer, route: 'secondary' }),
    false,
    'offered again by another route it is the same contact'
  )
  book.note(callAfter(offer))
  await at(9_000)
  await at(14_000)
  t.match(rows.get(first.callId)?.entry.later, [{ call: callAfter(offer).callId }])
})

t.test('a call of ours to the number is a call back', async t => {
  const { book, at, rows } = makeLedger()
  const first = abandoned()
  book.note(first)
  await at(20_000)
  const back = anOffer({
    name: 'back',
    direction: 'out',
    cli: cliOf(999),
    ddi: '07700900123',
    receivedAt: NOON + 60_000
  })
  t.equal(book.isRepeat(back), false)
  book.note(callAfter(back))
  await at(61_000)
  t.match(rows.get(first.callId)?.entry.later, [{ kind: 'call-back' }])
})

t.test(
  'an entry is closed by a supervisor of the force or by whom it is offered to, by nobody else, and once',
  async t => {
    const { book, at, cards, sent } = makeLedger()
    const first = abandoned()
    book.note(first)
    await at(20_000)
    const id = entryId(first.callId)
    const how = { reason: 'spoken-to' } as const
    t.match(await book.close(HANDLER, id, how), { ok: false, code: 'ledger.not-entitled' })
    cards.set(first.callId, shown(first, { ann: 'queue' }))
    t.match(await book.close(HANDLER, id, how), { code: 'ledger.not-entitled' }, 'an offer to many shows no caller')
    cards.set(first.callId, shown(first, { ann: 'device' }))
    t.match(await book.close(HANDLER, id, { reason: 'policy' }), { code: 'ledger.reason' })
    t.same(await book.close(HANDLER, id, how), { ok: true })
    t.match(sent.at(-1)?.ev, { type: 'ledger.entry', rev: 2, data: { closedBy: 'ann' } })
    t.match(await book.close(SUPERVISOR, id, how), { code: 'ledger.unknown' })
    t.match(await book.close(SUPERVISOR, 'l_nonsense', how), { code: 'ledger.unknown' })
  }
)

t.test('a handler whose call another gateway holds may close its entry, as may who has a later call', async t => {
  const { book, at, elsewhere, asked } = makeLedger()
  const [first, other] = [abandoned(), abandoned({ name: 'other', cli: cliOf(7) })]
  for (const call of [first, other]) book.note(call)
  await at(20_000)
  const later = anOffer({ name: 'later', receivedAt: NOON + 60_000 })
  book.note(callAfter(later))
  await at(61_000)
  elsewhere.set(callAfter(later).callId, shown(callAfter(later), { ann: 'device' }))
  t.same(await book.close(HANDLER, entryId(first.callId), { reason: 'spoken-to' }), { ok: true })
  asked.length = 0
  elsewhere.set(other.callId, shown(other, { ann: 'device' }))
  const strange = { ...HANDLER, force: 'hants' }
  t.match(await book.close(strange, entryId(other.callId), { reason: 'hoax' }), { code: 'ledger.not-entitled' })
  t.same(asked, [], 'for somebody of another force nobody is asked')
  t.same(await book.close(HANDLER, entryId(other.callId), { reason: 'hoax' }), { ok: true })
})

t.test('what one gateway writes, the next learns when it is rung for, and may close before it has looked', async t => {
  const { book, at, rows, record, rung } = makeLedger()
  const call = abandoned()
  const toEntry = { call, kind: 'abandoned', number: { display: '', trust: 'asserted', kind: 'mobile' } } as const
  await record.add([{ ...toEntry, unlessAcked: false }])
  book.ring()
  await until(() => (book.board(SUPERVISOR).ledger.length === 1 ? '' : 'not learnt'))
  t.equal(rung(), 0, 'what it only learnt it does not ring for')
  const other = abandoned({ name: 'other', cli: cliOf(8) })
  await record.add([{ ...toEntry, call: other, unlessAcked: false }])
  t.same(await book.close(SUPERVISOR, entryId(other.callId), { reason: 'hoax' }), { ok: true })
  t.equal(rung(), 1)
  t.equal(rows.get(other.callId)?.entry.reason, 'hoax')
  book.note(abandoned({ name: 'third', cli: cliOf(9) }))
  await at(20_000)
  t.equal(rung(), 2, 'nor for a round in which nothing was written')
  await at(21_000)
  t.equal(rung(), 2)
})

t.test('while the record is away nothing is lost, and what others did meanwhile is read afterwards', async t => {
  const { book, at, away, rows } = makeLedger()
  book.note(abandoned())
  away(true)
  await at(20_000)
  t.equal(rows.size, 0)
  away(false)
  await at(21_000)
  t.equal(rows.size, 1)
})

t.test(
  'where a switch tells of answers, a call that rang out is unattended whatever console acknowledged it',
  async t => {
    const { book, at, cards } = makeLedger()
    const taught = anOffer({ name: 'answered' })
    const spy = (call: Call) => {
      cards.set(call.callId, shown(call, { ann: 'device' }))
      book.note(call)
    }
    spy(callAfter(taught, then(taught, 'answered')))
    const rang = anOffer({ name: 'rang-out', cli: cliOf(4) })
    spy(callAfter(rang, then(rang, 'released')))
    await at(20_000)
    t.match(book.board(SUPERVISOR).ledger, [{ entry: { kind: 'unattended' } }])
  }
)

t.test(
  'a card closed within seconds of its call’s end, and then the gateway died: its entry is made all the same',
  async t => {
    const { rows, missed, at, away, minuteOn } = makeLedger()
    const left = abandoned({ name: 'left' })
    missed.push(left, ...[anOffer({ name: 'answered' })].map(offer => answeredAndOver(offer)))
    away(true)
    await at(10_000)
    away(false)
    await at(20_000)
    t.same(
      [...rows.keys()],
      [left.callId],
      'a caller who left is one, whoever closed the card; an answered call is none'
    )
    const later = abandoned({ name: 'later' })
    missed.push(later)
    await at(30_000)
    t.notOk(rows.has(later.callId), 'the record is not asked every second')
    minuteOn()
    await at(90_000)
    t.ok(rows.has(later.callId), 'it is asked again for what another gateway left')
  }
)

function answeredAndOver(offer: OfferedEvent): Call {
  return callAfter(offer, then(offer, 'answered', { device: '4001' }), then(offer, 'released'))
}

t.test('an entry is tied to a later call by a number that nobody vouches for with the word', async t => {
  const number = { display: '07700 900123', trust: 'asserted', kind: 'mobile' } as const
  const entry = {
    entry: 'l_1',
    call: 'c-1',
    kind: 'abandoned',
    force: 'tvp',
    line: '999',
    number,
    openedAt: NOON
  } as const
  const entryOf = (trust: 'asserted' | 'presentation-only') => [
    { ...entry, number: { ...number, trust }, later: [], more: 0 }
  ]
  const asserted = callAfter(anOffer())
  const { network } = cliOf(123)
  if (network === undefined) throw new Error('unreachable')
  const shown = callAfter(anOffer({ cli: { presentation: network, trust: 'presentation-only' } }))
  t.equal(ledgerWords(entryOf('asserted'), asserted)?.unverified, undefined)
  t.equal(ledgerWords(entryOf('asserted'), shown)?.unverified, true, 'this caller shows it')
  t.equal(ledgerWords(entryOf('presentation-only'), asserted)?.unverified, true, 'the earlier one showed it')
  const own = entryOf('presentation-only').map(each => ({ ...each, call: shown.callId as string }))
  t.match(ledgerWords(own, shown), { isOwn: true, unverified: undefined }, 'of its own entry there is no doubt')
})
