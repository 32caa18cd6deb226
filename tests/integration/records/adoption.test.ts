import t from 'tap'
import { makeEventId } from '../../../src/call/ids.ts'
import { LEASE_MS } from '../../../src/delivery/node-lease.ts'
import {
  adoptBySwitchCall,
  adoptCall,
  adoptOf,
  adoptOwn,
  callsOfOthers,
  lostCalls,
  otherHands,
  readOpenCall
} from '../../../src/records/adoption.ts'
import { makeEscalationRecord } from '../../../src/records/escalations.ts'
import { appendEntries } from '../../../src/records/journal-rows.ts'
import { dropGoneNodes, leave, renewLease } from '../../../src/records/nodes.ts'
import { anOffer, NOON, then } from '../../support/call-events.ts'
import { recordClosed, recordTaken } from '../../support/hands.ts'
import { entriesOf, offerEntry } from '../../support/journal-entries.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'
import { until } from '../../support/until.ts'

failOnLeaks(t)
const { pool } = await makeDatabase(t)
const SELF = { version: '1', siteGroup: 'main', http: '', isDraining: false }

async function owned(name: string, node: string) {
  const entry = { ...offerEntry(anOffer({ name })), node }
  await appendEntries(pool, [entry])
  return entry.call
}

t.test(
  'a call taken over has a new owner and a higher generation, and its former owner is not heard any more',
  async t => {
    const offer = anOffer({ name: 'moves' })
    const [offered, released] = entriesOf(offer, then(offer, 'released'))
    if (offered === undefined || released === undefined) throw new Error('unreachable')
    t.same(await appendEntries(pool, [offered]), [])
    const { callId } = offered.call
    t.match(await adoptCall(pool, 'n-b', { callId, gone: [] }), { call: { callId, generation: 2 } })
    t.same(
      await appendEntries(pool, [released]),
      [released],
      'the end it writes comes too late, and is answered as such'
    )
    const { rows } = await pool.query('select state, owner, generation from contact where call_id = $1', [callId])
    t.same(rows, [{ state: 'alerting', owner: 'n-b', generation: 2 }])
    const facts = await pool.query('select kind from journal where call_id = $1 order by seq', [callId])
    t.same(
      facts.rows.map(row => row.kind),
      ['offered', 'released'],
      'but nothing it was told is lost'
    )
    t.same(await lostCalls(pool, 'n-test', [callId]), [{ callId, generation: 2, isClosed: false }])
    t.same(await lostCalls(pool, 'n-b', [callId]), [])
  }
)

t.test(
  'what a gateway is told of a call that it adopted twice, with one answer lost, is not lost with that answer',
  async t => {
    const offer = anOffer({ name: 'adopted-twice' })
    const [offered, released] = entriesOf(offer, then(offer, 'released'))
    if (offered === undefined || released === undefined) throw new Error('unreachable')
    await appendEntries(pool, [offered])
    const { callId } = offered.call
    const first = await adoptCall(pool, 'n-b', { callId, gone: [] })
    await adoptCall(pool, 'n-b', { callId, gone: [] })
    const end = { ...released, node: 'n-b', call: { ...released.call, generation: first?.call.generation ?? 0 } }
    t.same(await appendEntries(pool, [end]), [end], 'the end is answered as come too late, and told again')
    t.same(await appendEntries(pool, [{ ...offered, node: 'n-b' }]), [], 'the offer is in the call already')
  }
)

t.test('two nodes that made one call out of one offer: the first to write it has it', async t => {
  const entry = offerEntry(anOffer({ name: 'twice' }))
  const other = { ...entry, node: 'n-b', event: { ...entry.event, eventId: makeEventId(NOON) } }
  t.same(await appendEntries(pool, [entry]), [])
  t.same(await appendEntries(pool, [entry]), [], 'its own repeat is nothing')
  t.same(await appendEntries(pool, [other]), [other])
})

t.test('a call is found by what any switch calls it, of its own force only, and not when it is closed', async t => {
  const offer = anOffer({ name: 'named' })
  const { call } = offerEntry(offer)
  await appendEntries(pool, [offerEntry(offer)])
  const ask = { force: offer.force, trunk: offer.trunk, switchCallId: offer.switchCallId }
  t.match(await adoptBySwitchCall(pool, 'n-b', ask), { call: { callId: call.callId, generation: 2 } })
  t.match(await adoptBySwitchCall(pool, 'n-c', { ...ask, trunk: 'another' }), { call: { generation: 3 } })
  t.equal(await adoptBySwitchCall(pool, 'n-b', { ...ask, force: 'hants' }), undefined)
  await recordClosed(pool, 'n-test', { callId: call.callId, handler: 'tvp-h01', isLast: true }, NOON)
  t.equal(await adoptBySwitchCall(pool, 'n-b', ask), undefined)
  t.equal(await adoptCall(pool, 'n-b', { callId: call.callId, gone: [] }), undefined)
})

t.test('the calls of a node that is gone are shared by those that ask at once, each to one', async t => {
  const offers = Array.from({ length: 40 }, (_, n) => anOffer({ name: `shared-${n}`, receivedAt: NOON + n }))
  await appendEntries(
    pool,
    offers.map(offer => ({ ...offerEntry(offer), node: 'n-dead' }))
  )
  const take = async (node: string) => {
    const own: string[] = []
    for (;;) {
      const batch = await adoptOf(pool, node, { owners: ['n-dead'], sinceAt: NOON, limit: 5 })
      own.push(...batch.map(({ call }) => call.callId))
      if (batch.length === 0) return own
    }
  }
  const [one, two] = await Promise.all([take('n-one'), take('n-two')])
  t.equal(one.length + two.length, 40)
  t.equal(new Set([...one, ...two]).size, 40, 'none twice')
  const seen = await callsOfOthers(pool, 'n-one', { sinceAt: NOON, limit: 1_000 })
  t.ok(two.every(callId => seen.some(({ call }) => call.callId === callId)))
  t.notOk(one.some(callId => seen.some(({ call }) => call.callId === callId)))
})

t.test(
  'that a call of a dead gateway may be over is known to whoever adopts it, until its switch says more',
  async t => {
    const offer = anOffer({ name: 'unheard' })
    const [offered, answered] = entriesOf(offer, then(offer, 'answered'))
    if (offered === undefined || answered === undefined) throw new Error('unreachable')
    for (const node of ['n-here', 'n-next']) await renewLease(pool, { ...SELF, node }, 60_000)
    await appendEntries(pool, [{ ...offered, node: 'n-here' }])
    const { callId } = offered.call
    const ask = { force: offer.force, trunk: offer.trunk, switchCallId: offer.switchCallId }
    const ofLive = await adoptBySwitchCall(pool, 'n-next', ask)
    t.equal(ofLive?.call.isUnheard, undefined, 'its gateway lives, and would have said if it were over')
    await leave(pool, ['n-next'])
    t.match(await adoptCall(pool, 'n-here', { callId, gone: ['n-next'] }), { call: { generation: 3, isUnheard: true } })
    t.match(
      await adoptBySwitchCall(pool, 'n-third', ask),
      { call: { isUnheard: true } },
      'from one that lives, it is known too'
    )
    const { rows } = await pool.query('select call from contact where call_id = $1', [callId])
    t.match(rows, [{ call: { isUnheard: true } }])
    const next = { ...answered, node: 'n-third', call: { ...answered.call, generation: 4 } }
    t.same(await appendEntries(pool, [next]), [])
    t.equal((await adoptCall(pool, 'n-third', { callId, gone: [] }))?.call.isUnheard, undefined)
  }
)

t.test('a call that a living gateway has is left to it, whoever asks, and whether or not its lease runs', async t => {
  const { callId } = await owned('left-alone', 'n-living')
  for (const leaseMs of [LEASE_MS, -1]) {
    await renewLease(pool, { ...SELF, node: 'n-living' }, leaseMs)
    t.equal(await adoptCall(pool, 'n-asks', { callId, gone: ['n-other'] }), undefined)
  }
  t.match(await adoptCall(pool, 'n-asks', { callId, gone: ['n-living'] }), { call: { generation: 2, isUnheard: true } })
})

t.test('what handlers did at other gateways with the calls of this one is asked for, and nothing else', async t => {
  const [untouched, taken, putAway] = [
    await owned('untouched', 'n-mine'),
    await owned('taken', 'n-mine'),
    await owned('put-away', 'n-mine')
  ]
  await recordTaken(pool, 'n-other', { callId: taken.callId, handler: 'ann', at: NOON })
  await recordTaken(pool, 'n-mine', { callId: putAway.callId, handler: 'bea', at: NOON })
  await recordClosed(pool, 'n-other', { callId: putAway.callId, handler: 'bea', isLast: false }, NOON)
  const held = [untouched, taken].map(({ callId }) => ({ callId, takenBy: undefined, closed: 0 }))
  const all = [...held, { callId: putAway.callId, takenBy: 'bea', closed: 0 }]
  const found = await otherHands(pool, 'n-mine', all)
  t.same(found.map(({ call }) => call.callId).sort(), [taken.callId, putAway.callId].sort())
  t.match(
    found.find(({ call }) => call.callId === putAway.callId),
    { takenBy: 'bea', hands: [{ handler: 'bea', isClosed: true }] }
  )
  t.same(await otherHands(pool, 'n-not-mine', all), [])
})

t.test('whom a live call was passed on to is known to the gateways that do not hold it', async t => {
  const offer = anOffer({ name: 'passed-on', receivedAt: NOON + 1_000 })
  const entry = { ...offerEntry(offer), node: 'n-holder' }
  await appendEntries(pool, [entry])
  const { callId, popId, generation } = entry.call
  const claim = { callId, popId, generation, kind: 'unacked', node: 'n-holder', at: NOON + 6_000 } as const
  const record = makeEscalationRecord(pool)
  await record.claim({ ...claim, step: 1, handler: 'tvp-h02' })
  await record.claim({ ...claim, step: 2 })
  const seen = await callsOfOthers(pool, 'n-one', { sinceAt: NOON, limit: 1_000 })
  t.match(seen.find(({ call }) => call.callId === callId)?.steps, [
    { kind: 'unacked', handler: 'tvp-h02', at: NOON + 6_000 }
  ])
  t.equal(seen.find(({ call }) => call.callId === callId)?.steps?.length, 1, 'a step that found nobody is none')
  t.match((await readOpenCall(pool, callId))?.steps, [{ handler: 'tvp-h02' }], 'and to one that asks for it alone')
  t.notOk(seen.some(({ call, steps }) => call.callId !== callId && steps !== undefined))
})

t.test(
  'whoever takes a call over knows whom it was passed on to, and its former owner passes it on no more',
  async t => {
    const offer = anOffer({ name: 'knows-whom' })
    const { call } = offerEntry(offer)
    await appendEntries(pool, [offerEntry(offer)])
    const { callId, popId } = call
    const record = makeEscalationRecord(pool)
    const claim = { callId, popId, generation: 1, kind: 'unacked', node: 'n-test', at: NOON + 6_000 } as const
    t.match(await record.claim({ ...claim, step: 1, handler: 'tvp-h02' }), { won: true })
    const steps = [{ kind: 'unacked', handler: 'tvp-h02', at: NOON + 6_000 }] as const
    const { force, trunk, switchCallId } = offer
    t.same((await adoptBySwitchCall(pool, 'n-b', { force, trunk, switchCallId }))?.steps, steps)
    t.match(await record.claim({ ...claim, step: 2, handler: 'tvp-h03' }), { won: false })
    t.same((await adoptCall(pool, 'n-c', { callId, gone: [] }))?.steps, steps)
    t.same(
      (await adoptOf(pool, 'n-d', { owners: ['n-c'], sinceAt: NOON, limit: 10 })).map(open => open.steps),
      [steps]
    )
    t.same(
      (await adoptOwn(pool, 'n-d', [callId])).map(open => open.steps),
      [steps]
    )
  }
)

t.test('a step and an adoption at one moment: the step is refused, or the new owner knows of it', async t => {
  for (let round = 0; round < 40; round++) {
    const offer = anOffer({ name: `raced-${round}` })
    const { call } = offerEntry(offer)
    await appendEntries(pool, [offerEntry(offer)])
    const step = { ...call, kind: 'unacked', node: 'n-test', at: NOON, step: 1, handler: 'tvp-h02' } as const
    const { force, trunk, switchCallId } = offer
    const [claimed, open] = await Promise.all([
      makeEscalationRecord(pool).claim(step),
      adoptBySwitchCall(pool, 'n-b', { force, trunk, switchCallId })
    ])
    t.equal(open?.steps?.length ?? 0, claimed.won ? 1 : 0)
  }
})

t.test('a lease is live, lapses, is taken again, and is given back', async t => {
  const ask = async (of: string) => {
    const { nodes } = await renewLease(pool, { ...SELF, node: 'watcher' }, LEASE_MS)
    return nodes.find(({ node }) => node === of)?.state
  }
  const silentMs = async () => {
    const { nodes } = await renewLease(pool, { ...SELF, node: 'watcher' }, LEASE_MS)
    return nodes.find(({ node }) => node === 'n-short')?.silentMs ?? Number.NaN
  }
  t.equal((await renewLease(pool, { ...SELF, node: 'n-short' }, 50)).hadLapsed, false, 'the first has nothing to lose')
  await until(async () => ((await ask('n-short')) === 'lapsed' ? '' : 'not lapsed'))
  t.equal(
    (await renewLease(pool, { ...SELF, node: 'n-short' }, LEASE_MS)).hadLapsed,
    true,
    'it hears that it had run out'
  )
  t.equal(await ask('n-short'), 'live')
  const before = await silentMs()
  t.ok(before >= 0, 'counted from its renewal')
  await until(async () => ((await silentMs()) > before ? '' : 'it does not rise'))
  const endFor = async (node: string) =>
    (await renewLease(pool, { ...SELF, node }, LEASE_MS)).nodes.find(each => each.node === 'n-short')?.leaseEnd
  const end = await endFor('watcher')
  t.match(end, /^\d{13}$/)
  t.equal(await endFor('n-second-watcher'), end, 'its end is the same to all who ask')
  await leave(pool, ['n-second-watcher'])
  await leave(pool, ['n-short'])
  t.equal(await ask('n-short'), 'left')
  await dropGoneNodes(pool)
  t.equal(await ask('n-short'), undefined, 'and its row goes when it owns nothing')
})

t.test('the row of a node that is gone stays for as long as it owns a call', async t => {
  await renewLease(pool, { ...SELF, node: 'n-owner' }, LEASE_MS)
  await renewLease(pool, { ...SELF, node: 'watcher' }, LEASE_MS)
  const entry = { ...offerEntry(anOffer({ name: 'owned' })), node: 'n-owner' }
  await appendEntries(pool, [entry])
  await leave(pool, ['n-owner'])
  await dropGoneNodes(pool)
  const rows = async () => (await pool.query(`select 1 from node where node = 'n-owner'`)).rowCount
  t.equal(await rows(), 1)
  await adoptOf(pool, 'watcher', { owners: ['n-owner'], sinceAt: NOON, limit: 10 })
  await dropGoneNodes(pool)
  t.equal(await rows(), 0)
})
