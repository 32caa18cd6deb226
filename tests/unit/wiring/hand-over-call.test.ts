import t from 'tap'
import type { SayResult } from '../../../src/handover/handover-book.ts'
import type { HandoverWord } from '../../../src/handover/handover-machine.ts'
import type { Deployment, MakeResult } from '../../../src/handover/handover-record.ts'
import type { Offer, Role } from '../../../src/pop/address.ts'
import type { Handover, HandoverMakeArgs, HandoverSayArgs } from '../../../src/pop/handover.ts'
import { makeHandoverCommands } from '../../../src/wiring/hand-over-call.ts'
import { anOffer, callAfter, NOON } from '../../support/call-events.ts'
import { aHandover, HANDOVER_ID } from '../../support/handovers.ts'

const call = callAfter(anOffer())
const ARGS: HandoverMakeArgs = {
  ...{ call: call.callId, handover: HANDOVER_ID, outcome: 'no-unit', grade: '1', units: [], note: 'Go' }
}
const GRADES = [
  { id: '1', name: 'Immediate', targetMinutes: 15, acceptSeconds: 15, deliverSeconds: 10, moveSeconds: 120 },
  { id: '2', name: 'Priority', targetMinutes: 60, acceptSeconds: 60, deliverSeconds: 20, moveSeconds: 600 }
]

interface Desk {
  readonly offer?: Offer
  readonly isElsewhere?: boolean
  readonly made?: MakeResult
  readonly said?: SayResult
  readonly hasControl?: boolean
  readonly roles?: Readonly<Record<string, Role>>
  readonly isRedisAway?: boolean
}

function makeDesk({ offer = 'device', isElsewhere = false, made = 'made', said = 'moved', ...rest }: Desk = {}) {
  const { hasControl = false, roles = {}, isRedisAway = false } = rest
  const decided: [Deployment, Handover][] = []
  const words: HandoverWord[] = []
  const card = { call, audience: new Map([['ann', offer]]), panels: new Map() }
  const commands = makeHandoverCommands({
    courier: {
      card: () => (isElsewhere ? undefined : (card as never)),
      foreignCard: () => ({ pop: { offer: 'device' } }) as never
    },
    signOns: {
      of: handler => ({ handler, force: call.force, role: roles[handler] ?? 'handler', grants: [] }) as never
    },
    memory: {
      read: async () => {
        if (isRedisAway) throw new Error('away')
        return []
      }
    },
    book: {
      make: async (...each) => {
        decided.push(each)
        return made
      },
      say: async (_, word) => {
        words.push(word)
        return said
      },
      read: async id =>
        id === HANDOVER_ID ? { rev: 1, handover: aHandover({ force: call.force, by: 'ann' }) } : undefined
    },
    forces: [
      {
        ...{ id: call.force, name: 'A force', grades: GRADES, gradeByLine: [] },
        ...(hasControl ? { commandAndControl: {} } : {})
      }
    ] as never,
    offeredFor: async () => [{ callsign: 'AB12', words: 'nearest' }],
    clock: { now: () => NOON }
  })
  return { ...commands, decided, words }
}

t.test('what is handed over has its decision, its times and where it goes', async t => {
  const { handOver, decided } = makeDesk({ hasControl: true })
  t.same(await handOver('ann', call.callId, { ...ARGS, outcome: 'units', units: ['AB12'] }), { ok: true })
  const [deployment, handover] = decided[0] ?? []
  t.match(deployment, { id: HANDOVER_ID, callId: call.callId, chosen: ['AB12'], offered: [], by: 'ann', at: NOON })
  t.match(handover, {
    ...{ state: 'sent', gradeName: 'Immediate', toControl: true, by: 'ann', madeAt: NOON, note: 'Go' },
    ...{ deliverBy: NOON + 10_000, acceptBy: NOON + 15_000, targetAt: NOON + 900_000, moveWithinMs: 120_000 }
  })
  t.notOk(handover?.overAt)
})

t.test('a decision by which nobody goes is written down, and sent nowhere', async t => {
  for (const outcome of ['advice', 'appointment', 'other-agency'] as const) {
    const { handOver, decided } = makeDesk({ hasControl: true })
    t.same(await handOver('ann', call.callId, { ...ARGS, outcome }), { ok: true })
    t.match(decided[0]?.[1], { state: 'recorded', overAt: NOON, toControl: false })
  }
})

t.test('only whoever has the call hands it over; where another gateway has it, also while Redis is away', async t => {
  const offered = makeDesk({ offer: 'queue' })
  t.match(await offered.handOver('ann', call.callId, ARGS), { code: 'call.not-entitled' })
  t.same(offered.decided, [])
  const gone = makeDesk({ isElsewhere: true })
  t.match(await gone.handOver('ann', call.callId, ARGS), { code: 'call.unknown' })
  const elsewhere = makeDesk({ isElsewhere: true, isRedisAway: true })
  t.same(await elsewhere.handOver('ann', call.callId, ARGS, { call } as never), { ok: true })
  t.match(elsewhere.decided[0]?.[1].job, { place: undefined, warningsStatus: 'pending' })
})

t.test('a grade that is not the force’s, and units that are none, are refused in words', async t => {
  const { handOver, decided } = makeDesk()
  t.match(await handOver('ann', call.callId, { ...ARGS, grade: '9' }), { code: 'handover.grade' })
  const odd: Partial<HandoverMakeArgs>[] = [
    { outcome: 'units' },
    { outcome: 'no-unit', units: ['AB12'] },
    { outcome: 'units', units: ['AB12', 'AB12'] },
    { outcome: 'units', units: ['<b>'] }
  ]
  for (const over of odd) t.match(await handOver('ann', call.callId, { ...ARGS, ...over }), { code: 'handover.units' })
  t.match(await handOver('ann', call.callId, { ...ARGS, note: 'a\0b' }), { code: 'handover.not-theirs' })
  t.match(await handOver('ann', call.callId, { ...ARGS, handover: 'no uuid' }), { code: 'handover.not-theirs' })
  t.same(decided, [])
})

t.test('what the record says of it is what the screen hears', async t => {
  const heard = async (made: MakeResult) => makeDesk({ made }).handOver('ann', call.callId, ARGS)
  t.same(await heard('as-it-was'), { ok: true }, 'asked again')
  t.match(await heard('no-call'), { code: 'call.try-again' })
  t.match(await heard('not-theirs'), { code: 'handover.not-theirs' })
  t.match(await heard('too-many'), { code: 'handover.too-many' })
  const roles = { dora: 'dispatcher' } as const
  const said = async (said: SayResult) =>
    makeDesk({ said, roles }).sayHandover('dora', { handover: HANDOVER_ID, state: 'seen' })
  t.same(await said('as-it-was'), { ok: true })
  for (const result of ['over', 'unseen', 'unknown'] as const) {
    t.match(await said(result), { code: `handover.${result}` })
  }
  t.match(await said('busy'), { code: 'call.try-again' })
})

t.test(
  'dispatchers and supervisors speak for the other side; whoever handed over only ends it, with a reason',
  async t => {
    const roles = { dora: 'dispatcher', sue: 'supervisor' } as const
    const { sayHandover, words } = makeDesk({ roles })
    const say = (by: string, state: 'accepted' | 'closed' | 'refused', reason?: string) =>
      sayHandover(by, { handover: HANDOVER_ID, state, ...(reason === undefined ? {} : { reason }) })
    t.match(await say('ann', 'accepted'), { code: 'handover.not-yours' })
    t.match(await say('bea', 'closed', 'why'), { code: 'handover.not-yours' })
    t.match(await say('dora', 'closed', 'why'), { code: 'handover.not-yours' })
    t.match(await say('dora', 'refused'), { code: 'handover.no-reason' })
    t.match(await say('ann', 'closed'), { code: 'handover.no-reason' })
    t.match(await sayHandover('dora', { handover: 'unknown', state: 'seen' }), { code: 'handover.unknown' })
    t.same(words, [])
    t.same(await say('dora', 'accepted'), { ok: true })
    t.same(await say('sue', 'accepted'), { ok: true }, 'who has rung them up')
    t.same(await say('dora', 'refused', 'No car'), { ok: true })
    t.same(await say('ann', 'closed', 'Dealt with'), { ok: true })
    t.match(words, [
      { signal: 'accepted', by: 'dora', via: 'screen', at: NOON },
      { by: 'sue' },
      { signal: 'refused', reason: 'No car' },
      { signal: 'closed', by: 'ann', reason: 'Dealt with' }
    ])
  }
)

t.test(
  'a dispatcher assigns unit by unit, what was offered at that moment is kept with it, and a handler may not',
  async t => {
    const roles = { dora: 'dispatcher' } as const
    const { sayHandover, words } = makeDesk({ roles })
    const assign = (by: string, over: Partial<HandoverSayArgs>) =>
      sayHandover(by, { handover: HANDOVER_ID, state: 'accepted', ...over })
    t.same(await assign('dora', { assign: ['AB12'] }), { ok: true })
    t.match(words[0], { signal: 'accepted', assign: ['AB12'], offered: [{ callsign: 'AB12', words: 'nearest' }] })
    t.same(await assign('dora', { release: ['AB12'] }), { ok: true })
    t.match(words[1], { release: ['AB12'], offered: undefined })
    t.match(await assign('ann', { assign: ['AB12'] }), { code: 'handover.not-yours' })
    t.match(await assign('dora', { assign: ['<b>'] }), { code: 'handover.units' })
    const tooMany = Array.from({ length: 21 }, (_, n) => `CA${n}`)
    t.match(await assign('dora', { assign: tooMany }), { code: 'handover.units' })
    t.match(await assign('dora', { state: 'refused', reason: 'No car', assign: ['AB12'] }), { code: 'handover.units' })
    t.equal(words.length, 2)
  }
)

t.test('a dispatcher closes it with what is done in place of sending somebody; a handler only ends it', async t => {
  const roles = { dora: 'dispatcher' } as const
  const { sayHandover, words } = makeDesk({ roles })
  const close = (by: string, over: Partial<HandoverSayArgs>) =>
    sayHandover(by, { handover: HANDOVER_ID, state: 'closed', reason: 'Tomorrow at ten', ...over })
  t.same(await close('dora', { outcome: 'appointment' }), { ok: true })
  t.match(words[0], { signal: 'closed', outcome: 'appointment', reason: 'Tomorrow at ten' })
  t.match(await close('dora', {}), { code: 'handover.not-yours' })
  t.match(await close('ann', { outcome: 'advice' }), { code: 'handover.not-yours' })
  t.match(await close('dora', { state: 'accepted', outcome: 'advice' }), { code: 'handover.outcome' })
})
