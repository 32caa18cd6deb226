import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import type { Ev, ToClient } from '../../src/delivery/protocol.ts'
import type { Lie } from '../faults/rig/lying-relay.ts'
import type { Row } from '../faults/row.ts'
import { makeFaultStores, runOnce } from '../support/fault-stores.ts'

/*
 * The judge of the fault suite is judged: a real gateway under load, and before its screens a relay that lies the way
 * a broken gateway would. Each lie must be found, and nothing else.
 */

const NTH = 5
/** What a lie leaves broken never heals: it is not waited for as long as a fault is. */
const SETTLE_MS = 5_000

function aRow(lieTo: (handler: string) => Lie, inject: Row['inject'] = () => pause(1_000)): Row {
  return {
    ...{ id: 'mutant', fault: 'a gateway that lies', promise: 'it is found out' },
    ...{ shape: { lieTo }, lastsMs: 1_000, allows: {}, inject }
  }
}

const truth: Lie = message => [message]

const isPop = (message: ToClient): message is Ev => message.t === 'ev' && message.ev.type === 'call.pop'

/** Leaves out everything of one call, at every desk, and closes up the numbers, as a gateway does that never knew of it. */
function forgetful(): (handler: string) => Lie {
  let pops = 0
  let victim: string | undefined
  return handler => {
    let missing = 0
    return message => {
      if (message.t === 'snapshot') {
        return [{ ...message, cards: message.cards.filter(({ call }) => call !== victim), seq: message.seq - missing }]
      }
      if (message.t !== 'ev') return [message]
      if (isPop(message) && handler === 'tvp-h01') pops += 1
      if (pops === NTH && isPop(message) && message.ev.type === 'call.pop') victim ??= message.ev.call
      if ('call' in message.ev && message.ev.call === victim) {
        if (message.seq !== undefined) missing += 1
        return []
      }
      return [message.seq === undefined ? message : { ...message, seq: message.seq - missing }]
    }
  }
}

/** Rings again for one call, as news. */
function ringingTwice(): Lie {
  let pops = 0
  let more = 0
  return message => {
    if (message.t !== 'ev') return [message]
    const shifted = message.seq === undefined ? message : { ...message, seq: message.seq + more }
    if (!isPop(message)) return [shifted]
    pops += 1
    // What came past the log comes again by it: only what has its place can be said twice in order.
    if (pops < NTH || more > 0 || shifted.seq === undefined) return [shifted]
    more += 1
    const ev = { ...message.ev, rev: message.ev.rev + 1_000_000 } as Ev['ev']
    return [shifted, { ...shifted, seq: shifted.seq + 1, eventId: `${message.eventId}:again`, ev }]
  }
}

/** Holds one event back behind the next. */
function overtaking(): Lie {
  let held: ToClient | undefined
  let count = 0
  return message => {
    if (message.t !== 'ev') return [message]
    if (message.seq === undefined) return [message]
    count += 1
    if (count === NTH) {
      held = message
      return []
    }
    if (held === undefined) return [message]
    const both = [message, held]
    held = undefined
    return both
  }
}

/** Never says that a call is over. */
const keepingAlive: Lie = message => {
  if (message.t !== 'ev' || message.ev.type !== 'call.state' || message.ev.data.state !== 'released') return [message]
  return [{ ...message, ev: { ...message.ev, data: { ...message.ev.data, state: 'answered' } } }]
}

t.test('a gateway under load that lies to its screens is found out, and one that does not is left alone', async t => {
  const stores = await makeFaultStores(t)
  const ofDesk1 = (lie: () => Lie) => (handler: string) => (handler === 'tvp-h01' ? lie() : truth)
  const found = async (row: Row) => {
    const { breaches } = await runOnce(t, stores, row, SETTLE_MS)
    return [...new Set(breaches.map(({ invariant }) => invariant))].sort()
  }

  t.same(await found(aRow(() => truth)), [], 'the truth')
  const lost = await runOnce(t, stores, aRow(forgetful()), SETTLE_MS)
  t.equal(lost.lost, 1, 'one pop that never came')
  const twice = await runOnce(t, stores, aRow(ofDesk1(ringingTwice)), SETTLE_MS)
  t.equal(twice.doubled, 1, 'one that rang twice')
  t.ok((await found(aRow(ofDesk1(overtaking)))).includes('I5'), 'one that overtook another')
  t.ok((await found(aRow(ofDesk1(() => keepingAlive)))).includes('I6'), 'calls that are over and shown as live')

  const crossing: Ev[] = []
  const cross = (handler: string): Lie => {
    if (handler === 'hants-h02') return message => [message, ...crossing.splice(0, message.t === 'hb' ? 1 : 0)]
    return message => {
      if (isPop(message) && crossing.length === 0) crossing.push({ ...message, seq: 1 })
      return [message]
    }
  }
  t.ok((await found(aRow(cross, () => pause(6_000)))).includes('I4'), 'one that crossed over to the other force')

  const invent: Row['inject'] = async ({ rig }) => {
    await pause(1_000)
    await rig.record(client =>
      client.query(
        `insert into pop_delivery (pop_id, handler, acked_at)
         select pop_id, 'tvp-h50', acked_at from pop_delivery where acked_at is not null limit 1`
      )
    )
  }
  t.ok((await found(aRow(() => truth, invent))).includes('I2'), 'an acknowledgement nobody gave')
})
