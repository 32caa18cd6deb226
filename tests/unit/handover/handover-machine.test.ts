import t from 'tap'
import { type Cell, HANDOVER_TABLE, stepHandover } from '../../../src/handover/handover-machine.ts'
import { HANDOVER_SIGNALS, HANDOVER_STATES, type Handover, type HandoverSignal } from '../../../src/pop/handover.ts'
import { aHandover } from '../../support/handovers.ts'

const AT = 1_005_000

/** Every cell, written out once more: whoever changes one of them must change it here, and know why. */
const CELLS: Readonly<Record<Handover['state'], readonly Cell[]>> = {
  recorded: ['over', 'over', 'over', 'over', 'over', 'over', 'over'],
  sent: ['delivered', 'delivered', 'accepted', 'en-route', 'at-scene', 'refused', 'closed'],
  delivered: ['as-it-was', 'delivered', 'accepted', 'en-route', 'at-scene', 'refused', 'closed'],
  accepted: ['as-it-was', 'as-it-was', 'as-it-was', 'en-route', 'at-scene', 'refused', 'closed'],
  'en-route': ['as-it-was', 'as-it-was', 'as-it-was', 'as-it-was', 'at-scene', 'refused', 'closed'],
  'at-scene': ['over', 'over', 'over', 'over', 'as-it-was', 'over', 'over'],
  refused: ['as-it-was', 'as-it-was', 'accepted', 'en-route', 'at-scene', 'as-it-was', 'closed'],
  closed: ['over', 'over', 'over', 'over', 'over', 'over', 'as-it-was']
}

/** A hand-over that has come to this state, and was seen on its way where that state says so. */
function inState(state: Handover['state']): Handover {
  const isSeen = state !== 'sent' && state !== 'delivered' && state !== 'recorded'
  const isAccepted = state === 'accepted' || state === 'en-route' || state === 'at-scene'
  const isOver = state === 'recorded' || state === 'at-scene' || state === 'closed'
  return aHandover({
    state,
    ...(state === 'sent' || state === 'recorded' ? {} : { deliveredAt: 1_001_000, controlAt: 1_001_000 }),
    ...(isSeen ? { seenAt: 1_002_000, seenBy: 'control' } : {}),
    ...(isAccepted ? { acceptedAt: 1_003_000, acceptedBy: 'control' } : {}),
    ...(isOver ? { overAt: 1_004_000 } : {})
  })
}

function say(before: Handover, signal: HandoverSignal, over = {}) {
  return stepHandover(before, { signal, by: 'tvp-x01', via: 'screen', at: AT, ...over })
}

t.test('every word in every state leads where the table says, and nowhere else', async t => {
  t.same(Object.keys(CELLS).sort(), [...HANDOVER_STATES].sort())
  for (const state of HANDOVER_STATES) {
    for (const [at, signal] of HANDOVER_SIGNALS.entries()) {
      const cell = CELLS[state][at] ?? 'over'
      t.equal(HANDOVER_TABLE[state][signal], cell, `${signal} when ${state}`)
      const before = inState(state)
      const stepped = say(before, signal)
      if (cell === 'over' || cell === 'as-it-was') t.same(stepped, { kind: cell }, `${signal} when ${state}`)
      else if (cell === 'closed' && before.seenAt === undefined) t.same(stepped, { kind: 'unseen' }, `closed ${state}`)
      else t.match(stepped, { kind: 'moved', handover: { state: cell } }, `${signal} when ${state}`)
    }
  }
})

t.test('nothing leaves a list before the other side has seen it', async t => {
  for (const state of ['sent', 'delivered'] as const) {
    t.same(say(inState(state), 'closed', { reason: 'Officers are there' }), { kind: 'unseen' })
  }
  const seen = say(inState('delivered'), 'seen')
  t.match(seen, { kind: 'moved', handover: { state: 'delivered', seenAt: AT, seenBy: 'tvp-x01' } })
  const closed = say((seen as { handover: Handover }).handover, 'closed', { by: 'tvp-h01', reason: 'Dealt with' })
  t.match(closed, { kind: 'moved', handover: { state: 'closed', overAt: AT, reason: 'Dealt with' } })
})

t.test('whoever says that it is accepted, or more, has it and has seen it, though that was never said', async t => {
  const { handover } = say(inState('sent'), 'at-scene', { via: 'control' }) as { handover: Handover }
  const times = { deliveredAt: AT, controlAt: AT, seenAt: AT, acceptedAt: AT, atSceneAt: AT, overAt: AT }
  t.match(handover, { state: 'at-scene', acceptedBy: 'tvp-x01', seenBy: 'tvp-x01', ...times })
  t.notOk(handover.enRouteAt, 'what nobody said is not written down')
})

t.test('each time is kept as it was said first, and a refusal can be taken back', async t => {
  const refused = say(inState('accepted'), 'refused', { reason: 'No unit' }) as { handover: Handover }
  t.match(refused.handover, { state: 'refused', refusedAt: AT, reason: 'No unit', acceptedAt: 1_003_000 })
  const again = say(refused.handover, 'accepted', { at: AT + 1 }) as { handover: Handover }
  t.match(again.handover, { state: 'accepted', acceptedAt: 1_003_000, seenAt: 1_002_000 })
})

t.test('its number there, and that their own system has it, are news in a word that is otherwise old', async t => {
  const onScreen = aHandover({ state: 'delivered', deliveredAt: 1_001_000, trouble: 'HTTP 500' })
  t.match(say(onScreen, 'delivered', { via: 'control' }), {
    kind: 'moved',
    handover: { state: 'delivered', deliveredAt: 1_001_000, controlAt: AT, trouble: undefined }
  })
  t.match(say(onScreen, 'seen'), { handover: { trouble: 'HTTP 500' } }, 'a screen says nothing of that system')
  t.match(say(inState('en-route'), 'accepted', { incident: 'CAD-7' }), {
    kind: 'moved',
    handover: { state: 'en-route', incident: 'CAD-7' }
  })
  t.same(say(aHandover({ ...inState('en-route'), incident: 'CAD-7' }), 'accepted', { incident: 'CAD-7' }), {
    kind: 'as-it-was'
  })
})

t.test('units are assigned one by one, in whatever state, and each once; released they are gone', async t => {
  const first = say(inState('delivered'), 'accepted', { assign: ['AB12'] })
  t.match(first, { kind: 'moved', handover: { state: 'accepted', units: ['AB12'], acceptedBy: 'tvp-x01' } })
  const one = (first as { handover: Handover }).handover
  const second = say(one, 'accepted', { assign: ['DG01', 'AB12'] })
  t.match(second, { kind: 'moved', handover: { state: 'accepted', units: ['AB12', 'DG01'] } })
  const two = (second as { handover: Handover }).handover
  t.same(say(two, 'accepted', { assign: ['DG01'] }), { kind: 'as-it-was' }, 'two dispatchers who say the same')
  t.match(say(two, 'accepted', { release: ['AB12'] }), { kind: 'moved', handover: { units: ['DG01'] } })
  t.match(say(two, 'en-route', { via: 'control', units: ['CD34'] }), {
    ...{ kind: 'moved', handover: { state: 'en-route', units: ['CD34'] } }
  })
  t.same(say(inState('closed'), 'accepted', { assign: ['AB12'] }), { kind: 'over' })
})

t.test('a dispatcher who decides that nobody goes has seen it, and it is over', async t => {
  const closed = say(inState('sent'), 'closed', { outcome: 'advice', reason: 'Told how to report it' })
  t.match(closed, {
    kind: 'moved',
    handover: { state: 'closed', outcome: 'advice', units: [], seenBy: 'tvp-x01', closedBy: 'tvp-x01', overAt: AT }
  })
})
