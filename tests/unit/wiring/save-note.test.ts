import t from 'tap'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import type { Offer } from '../../../src/pop/address.ts'
import type { NoteAct, NoteResult } from '../../../src/records/call-notes.ts'
import { makeSaveNote, type NoteSaid } from '../../../src/wiring/save-note.ts'
import { anOffer, callAfter, NOON } from '../../support/call-events.ts'

const call = callAfter(anOffer())
const SAID: NoteSaid = {
  ...{ note: '0198c5d2-0000-4000-8000-000000000001', about: 'note', text: 'Caller whispers.' },
  ...{ version: 1, isDone: false }
}

function makeDesk({ offer = 'device' as Offer, isElsewhere = false, result = 'saved' as NoteResult } = {}) {
  const acts: NoteAct[] = []
  const told: [string, number][] = []
  const doubted: string[] = []
  const desk = { isAway: false }
  const { saveNote } = makeSaveNote({
    courier: {
      card: () => (isElsewhere ? undefined : ({ call, audience: new Map([['ann', offer]]) } as never)),
      foreignCard: (_, __, handler) => (handler === 'ann' ? ({ pop: { offer: 'device' } } as never) : undefined)
    },
    save: async act => {
      if (desk.isAway) throw new Error('away')
      acts.push(act)
      return { result, change: result === 'saved' ? 9 : undefined }
    },
    tell: (callId, change) => void told.push([callId, change]),
    onDoubt: callId => void doubted.push(callId),
    log: silentLog,
    metrics: makeMetrics(),
    clock: { now: () => NOON + 5 }
  })
  return { saveNote, acts, told, doubted, desk }
}

t.test('a note is on record, with who and when, before the screens hear of it', async t => {
  const { saveNote, acts, told } = makeDesk()
  t.same(await saveNote('ann', call.callId, SAID), { ok: true })
  t.same(acts, [{ ...SAID, callId: call.callId, handler: 'ann', at: NOON + 5 }])
  t.same(told, [[call.callId, 9]])
})

t.test('only whoever has the call as their own writes, also where another gateway has it', async t => {
  for (const offer of ['queue', 'escalated'] as const) {
    const { saveNote, acts } = makeDesk({ offer })
    t.match(await saveNote('ann', call.callId, SAID), { code: 'call.not-entitled' })
    t.same(acts, [])
  }
  const open = { call } as never
  const { saveNote, acts } = makeDesk({ isElsewhere: true })
  t.match(await saveNote('ann', call.callId, SAID), { code: 'call.unknown' }, 'that the record does not have open')
  t.same(await saveNote('ann', call.callId, SAID, open), { ok: true })
  t.match(await saveNote('bea', call.callId, SAID, open), { code: 'call.not-entitled' })
  t.equal(acts.length, 1)
})

t.test('what no record can hold is not asked of it', async t => {
  const { saveNote, acts } = makeDesk()
  for (const said of [{ note: "'; drop table call_note" }, { note: 'z'.repeat(36) }, { text: 'a\0b' }])
    t.match(await saveNote('ann', call.callId, { ...SAID, ...said }), { ok: false })
  t.same(acts, [])
})

t.test('saved again it is done; a refusal says what to do', async t => {
  const again = makeDesk({ result: 'as-it-was' })
  t.same(await again.saveNote('ann', call.callId, SAID), { ok: true })
  t.same(again.doubted, [call.callId], 'the screens may not have heard of it')
  for (const [result, code] of [
    ['finished', 'note.finished'],
    ['not-theirs', 'note.not-theirs'],
    ['no-call', 'call.try-again'],
    ['too-many', 'note.too-many']
  ] as const) {
    const { saveNote, told } = makeDesk({ result })
    t.match(await saveNote('ann', call.callId, SAID), { ok: false, code, text: /\w/ })
    t.same(told, [])
  }
})

t.test('a record that is away is asked later what it has', async t => {
  const { saveNote, desk, doubted } = makeDesk()
  desk.isAway = true
  await t.rejects(saveNote('ann', call.callId, SAID), /away/)
  t.same(doubted, [call.callId])
})
