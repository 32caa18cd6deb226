import t from 'tap'
import { type CallerWord, wordsAfter } from '../../../src/lookups/caller-words.ts'
import { silentLog } from '../../../src/operations/log.ts'
import type { Offer } from '../../../src/pop/address.ts'
import type { CallerAct, CallerSaid } from '../../../src/records/caller-words.ts'
import { makeCallerCommands } from '../../../src/wiring/caller-words.ts'
import { anOffer, callAfter, NOON } from '../../support/call-events.ts'

const call = callAfter(anOffer())
const withoutNumber = callAfter(anOffer({ cli: { trust: 'unavailable' } }))
const by = { callId: call.callId, handler: 'ann', at: NOON + 5 }

interface Options {
  readonly offer?: Offer
  readonly result?: CallerSaid['result']
  readonly of?: typeof call
  readonly before?: readonly CallerWord[]
}

function makeDesk({ offer = 'device', result = 'said', of = call, before = [] }: Options = {}) {
  const acts: CallerAct[] = []
  const told: [string, number][] = []
  const doubted: string[] = []
  const logged: unknown[] = []
  const desk = { isAway: false }
  const { sayOfCaller } = makeCallerCommands({
    courier: {
      card: () => ({ call: of, audience: new Map([['ann', offer]]) }) as never,
      foreignCard: () => undefined
    },
    read: async () => wordsAfter(before),
    put: async act => {
      if (desk.isAway) throw new Error('away')
      acts.push(act)
      return { result, change: result === 'said' ? 9 : undefined }
    },
    tell: (callId, change) => void told.push([callId, change]),
    onDoubt: callId => void doubted.push(callId),
    log: { ...silentLog, info: (...line) => void logged.push(line) },
    clock: { now: () => NOON + 5 }
  })
  return { sayOfCaller, acts, told, doubted, logged, desk }
}

t.test('another number goes into the record as it is asked for, and into no log', async t => {
  const { sayOfCaller, acts, told, logged } = makeDesk()
  t.same(await sayOfCaller('ann', call.callId, { act: 'number', number: '07700 900456' }), { ok: true })
  t.match(acts, [{ ...by, act: 'number', number: { raw: '07700 900456', e164: '+447700900456', kind: 'mobile' } }])
  t.same(told, [[call.callId, 9]])
  t.notMatch(JSON.stringify(logged), /900456/)
  t.match(await sayOfCaller('ann', call.callId, { act: 'number', number: 'my mother’s' }), { code: 'caller.no-number' })
  t.same(await sayOfCaller('ann', call.callId, { act: 'number-back' }), { ok: true })
  t.match(acts.slice(1), [{ ...by, act: 'number-back' }])
})

t.test('"none of these" is said of whoever these numbers lead to, the one that the caller gave too', async t => {
  const number = { raw: '1', e164: '+447700900456', kind: 'mobile' } as const
  const { sayOfCaller, acts } = makeDesk({ before: [{ act: 'number', number, by: 'ann', at: 1 }] })
  t.same(await sayOfCaller('ann', call.callId, { act: 'none' }), { ok: true })
  t.same(acts, [{ ...by, act: 'none', e164s: ['+447700900123', '+447700900456'] }])
  const nobody = makeDesk({ of: withoutNumber })
  t.match(await nobody.sayOfCaller('ann', call.callId, { act: 'none' }), { code: 'caller.nobody' })
})

t.test('only for whoever has the call as their own', async t => {
  const queued = makeDesk({ offer: 'queue' })
  t.match(await queued.sayOfCaller('ann', call.callId, { act: 'none' }), { code: 'call.not-entitled' })
  const own = makeDesk()
  t.match(await own.sayOfCaller('bea', call.callId, { act: 'none-back' }), { code: 'call.not-entitled' })
  t.same(queued.acts.concat(own.acts), [])
})

t.test('asked again it is done; a record that is away, or had enough of it, says so', async t => {
  const again = makeDesk({ result: 'as-it-was' })
  t.same(await again.sayOfCaller('ann', call.callId, { act: 'none' }), { ok: true })
  t.same([again.doubted, again.told], [[call.callId], []])
  const full = makeDesk({ result: 'too-many' })
  t.match(await full.sayOfCaller('ann', call.callId, { act: 'none' }), { code: 'caller.too-many' })
  const away = makeDesk()
  away.desk.isAway = true
  await t.rejects(away.sayOfCaller('ann', call.callId, { act: 'none' }), /away/)
  t.same(away.doubted, [call.callId])
})
