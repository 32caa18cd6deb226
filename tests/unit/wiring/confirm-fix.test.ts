import t from 'tap'
import type { Call } from '../../../src/call/call.ts'
import { fixId } from '../../../src/lookups/location/late-fix.ts'
import type { LocationFix } from '../../../src/lookups/location/location.ts'
import type { Located } from '../../../src/lookups/location/location-lookup.ts'
import type { Outcome } from '../../../src/lookups/lookup.ts'
import { silentLog } from '../../../src/operations/log.ts'
import type { Offer } from '../../../src/pop/address.ts'
import type { Confirming } from '../../../src/records/location-fixes.ts'
import { makeConfirmFix } from '../../../src/wiring/confirm-fix.ts'
import { anOffer, callAfter, NOON } from '../../support/call-events.ts'

const call = callAfter(anOffer())
const PLACE: LocationFix = { source: 'aml', shape: 'circle', latitude: 51.7, longitude: -1.3, radiusMetres: 12 }
const ID = fixId(PLACE)
const plain = { place: {}, standing: 'best', reason: '', isApproximate: false, isTimeOfArrival: false } as const

interface Options {
  readonly offer?: Offer
  readonly isElsewhere?: boolean
  readonly isConfirmed?: boolean
  readonly outcome?: Outcome<Located>
}

function makeDesk({ offer = 'device', isElsewhere = false, isConfirmed = false, outcome }: Options = {}) {
  const recorded: Confirming[] = []
  const told: [string, number][] = []
  const doubted: string[] = []
  const desk = { isAway: false }
  const confirmed = isConfirmed ? { confirmed: { by: 'bea', at: NOON } } : {}
  const found: Outcome<Located> = {
    ...{ kind: 'found', asOf: NOON },
    value: { fixes: [{ id: ID, fix: PLACE, ...plain, ...confirmed }] }
  }
  const { confirmFix } = makeConfirmFix({
    courier: {
      card: () => (isElsewhere ? undefined : ({ call, audience: new Map([['ann', offer]]) } as never)),
      foreignCard: (_: Call, __, handler) =>
        handler === 'ann' ? ({ pop: { offer: offer === 'queue' ? 'queue' : 'device' } } as never) : undefined
    },
    locate: async () => outcome ?? found,
    confirm: async confirming => {
      if (desk.isAway) throw new Error('away')
      recorded.push(confirming)
      return { change: 7, owner: 'n-test' }
    },
    tell: (callId, change) => void told.push([callId, change]),
    onDoubt: callId => void doubted.push(callId),
    log: silentLog,
    clock: { now: () => NOON + 9_000 }
  })
  return { confirmFix, recorded, told, doubted, desk }
}

t.test('the place a handler confirms is on record, with who and when, before the screens hear of it', async t => {
  const { confirmFix, recorded, told } = makeDesk()
  t.same(await confirmFix('ann', call.callId, ID), { ok: true })
  t.same(recorded, [{ callId: call.callId, id: ID, fix: PLACE, handler: 'ann', at: NOON + 9_000 }])
  t.same(told, [[call.callId, 7]])
})

t.test('only a handler whose call it is may say where its caller is', async t => {
  for (const options of [{ offer: 'queue' }, { offer: 'queue', isElsewhere: true }] as const) {
    const { confirmFix, recorded } = makeDesk(options)
    const open = options.offer === 'queue' && 'isElsewhere' in options ? { call } : undefined
    t.match(await confirmFix('ann', call.callId, ID, open), { code: 'call.not-entitled' })
    t.match(await confirmFix('bea', call.callId, ID, open), { code: 'call.not-entitled' })
    t.same(recorded, [])
  }
  t.match(await makeDesk({ isElsewhere: true }).confirmFix('ann', call.callId, ID), { code: 'call.unknown' })
})

t.test('a call that another gateway has is located by the record, which tells that gateway', async t => {
  const { confirmFix, recorded } = makeDesk({ isElsewhere: true })
  t.same(await confirmFix('ann', call.callId, ID, { call }), { ok: true })
  t.match(recorded, [{ handler: 'ann' }])
})

t.test('a place that is not among those of the call, or cannot be read now, is not confirmed', async t => {
  const { confirmFix, recorded } = makeDesk()
  t.match(await confirmFix('ann', call.callId, 'aml-something-else'), { code: 'location.unknown' })
  const late = makeDesk({ outcome: { kind: 'late' } })
  t.match(await late.confirmFix('ann', call.callId, ID), { code: 'location.unknown' })
  t.same([...recorded, ...late.recorded], [])
})

t.test('what is confirmed already is not recorded twice; a record that is away rejects', async t => {
  const known = makeDesk({ isConfirmed: true })
  t.same(await known.confirmFix('ann', call.callId, ID), { ok: true })
  t.same(known.recorded, [])
  t.same(known.doubted, [call.callId], 'its screens may not have heard of it')
  const { confirmFix, desk, told, doubted } = makeDesk()
  desk.isAway = true
  await t.rejects(confirmFix('ann', call.callId, ID))
  t.same([told, doubted], [[], [call.callId]], 'it may have been done')
})
