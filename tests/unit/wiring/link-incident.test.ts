import t from 'tap'
import type { Call } from '../../../src/call/call.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import type { Offer, Role } from '../../../src/pop/address.ts'
import type { LinkAct, Linked, LinkResult } from '../../../src/records/incident-links.ts'
import { makeLinkCommands } from '../../../src/wiring/link-incident.ts'
import { anOffer, callAfter, NOON } from '../../support/call-events.ts'

const call = callAfter(anOffer())

interface Options {
  readonly offer?: Offer
  readonly isElsewhere?: boolean
  readonly role?: Role
  readonly result?: LinkResult
}

function makeDesk({ offer = 'device', isElsewhere = false, role = 'handler', result }: Options = {}) {
  const acts: (LinkAct & { readonly forces?: readonly string[]; readonly isAnybodys?: boolean })[] = []
  const told: [string, number][] = []
  const doubted: string[] = []
  const desk = { isAway: false }
  const done = (usual: LinkResult): Linked => {
    if (desk.isAway) throw new Error('away')
    const is = result ?? usual
    return { result: is, change: is === usual ? 9 : undefined }
  }
  const commands = makeLinkCommands({
    courier: {
      card: () => (isElsewhere ? undefined : ({ call, audience: new Map([['ann', offer]]) } as never)),
      foreignCard: (_: Call, __, handler) =>
        handler === 'ann' ? ({ pop: { offer: offer === 'queue' ? 'queue' : 'device' } } as never) : undefined
    },
    signOns: {
      of: handler => (handler === 'nobody' ? undefined : ({ handler, role, force: 'tvp', grants: [] } as never))
    },
    forcesOf: of => ({ asked: [of.force, 'granted'], without: [] }),
    link: async (act, forces) => {
      acts.push({ ...act, forces })
      return done('linked')
    },
    unlink: async (act, by) => {
      acts.push({ ...act, ...by })
      return done('unlinked')
    },
    tell: (callId, change) => void told.push([callId, change]),
    onDoubt: callId => void doubted.push(callId),
    log: silentLog,
    metrics: makeMetrics(),
    clock: { now: () => NOON + 5 }
  })
  return { ...commands, acts, told, doubted, desk }
}

t.test('a link is on record, with who and when, before the screens hear of it', async t => {
  const { linkIncident, acts, told } = makeDesk()
  t.same(await linkIncident('ann', call.callId, '7'), { ok: true })
  t.same(acts, [{ callId: call.callId, incident: '7', handler: 'ann', at: NOON + 5, forces: ['tvp', 'granted'] }])
  t.same(told, [[call.callId, 9]])
})

t.test('of a call that another gateway has too; a supervisor takes back what is not theirs', async t => {
  const open = { call } as never
  const { linkIncident, acts } = makeDesk({ isElsewhere: true })
  t.match(await linkIncident('ann', call.callId, '7'), { code: 'call.unknown' }, 'that the record does not have open')
  t.same(await linkIncident('ann', call.callId, '7', open), { ok: true })
  t.match(await linkIncident('bea', call.callId, '7', open), { code: 'call.not-entitled' })
  t.equal(acts.length, 1)
  const boss = makeDesk({ role: 'supervisor', offer: 'queue' })
  t.match(await boss.linkIncident('cay', call.callId, '7'), { code: 'call.not-entitled' }, 'but links nobody’s call')
  t.same(await boss.unlinkIncident('cay', call.callId, '7'), { ok: true })
  t.match(boss.acts, [{ isAnybodys: true }])
  const plain = makeDesk()
  t.same(await plain.unlinkIncident('ann', call.callId, '7'), { ok: true })
  t.match(plain.acts, [{ isAnybodys: false }])
})

t.test('only whoever has the call as their own; a name that is none is not asked for', async t => {
  for (const offer of ['queue', 'escalated'] as const) {
    const { linkIncident, unlinkIncident, acts } = makeDesk({ offer })
    t.match(await linkIncident('ann', call.callId, '7'), { code: 'call.not-entitled' })
    t.match(await unlinkIncident('ann', call.callId, '7'), { code: 'call.not-entitled' })
    t.same(acts, [])
  }
  const { linkIncident, acts } = makeDesk()
  for (const name of ['', 'x', '-1', '0', '1;', '9'.repeat(19)]) {
    t.match(await linkIncident('ann', call.callId, name), { code: 'incident.unknown' })
  }
  t.same(acts, [])
})

t.test(
  'what the record says is said in words; what it had already is done, and the screens are asked after',
  async t => {
    const codes = { closed: 'incident.closed', unknown: 'incident.unknown', 'no-call': 'call.try-again' } as const
    for (const [result, code] of Object.entries(codes)) {
      const { linkIncident, told } = makeDesk({ result: result as LinkResult })
      t.match(await linkIncident('ann', call.callId, '7'), { ok: false, code })
      t.same(told, [])
    }
    const { unlinkIncident } = makeDesk({ result: 'not-theirs' })
    t.match(await unlinkIncident('ann', call.callId, '7'), { ok: false, code: 'incident.not-theirs' })
    const again = makeDesk({ result: 'as-it-was' })
    t.same(await again.linkIncident('ann', call.callId, '7'), { ok: true })
    t.same([again.told, again.doubted], [[], [call.callId]])
  }
)

t.test('while the record is away it is not done, and may be all the same: that is asked later', async t => {
  const { linkIncident, desk, doubted } = makeDesk()
  desk.isAway = true
  await t.rejects(linkIncident('ann', call.callId, '7'), /away/)
  t.same(doubted, [call.callId])
})
