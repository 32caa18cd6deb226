import t from 'tap'
import { judgeNodes, LEASE_MS, NodeLease, type NodeRow, type Renewal } from '../../../src/delivery/node-lease.ts'
import { silentLog } from '../../../src/operations/log.ts'

function row(node: string, state: NodeRow['state'], siteGroup = 'main'): NodeRow {
  return { node, state, siteGroup, isDraining: false, silentMs: state === 'live' ? 500 : LEASE_MS + 500, leaseEnd: '1' }
}

t.test('a node that gave its lease back is gone at once, one whose lease ran out only for a steady judge', async t => {
  const nodes = [row('me', 'live'), row('left', 'left'), row('lapsed', 'lapsed'), row('other', 'live')]
  t.same(judgeNodes(nodes, 'me', true), {
    gone: ['left', 'lapsed'],
    unheard: ['lapsed'],
    deaths: ['lapsed:1'],
    isOneSilent: true,
    beside: ['other'],
    hasOthers: true,
    lostSites: []
  })
  t.same(judgeNodes(nodes, 'me', false).gone, ['left'], 'when PostgreSQL was away everybody’s lease has run out')
})

t.test('a node that is alone has no others, and one that is gone still may have left calls', async t => {
  t.equal(judgeNodes([row('me', 'live')], 'me', true).hasOthers, false)
  t.equal(judgeNodes([row('me', 'live'), row('gone', 'left')], 'me', true).hasOthers, true)
})

t.test(
  'a node that has missed a renewal is silent, whether its lease has run out or not, unless it said good-bye',
  async t => {
    const isSilent = (...nodes: NodeRow[]) => judgeNodes([row('me', 'live'), ...nodes], 'me', false).isOneSilent
    t.equal(isSilent(row('other', 'live')), false)
    t.equal(isSilent({ ...row('other', 'live'), silentMs: 2_500 }), true)
    t.equal(isSilent(row('other', 'lapsed')), true, 'also when PostgreSQL was away for everybody')
    t.equal(isSilent(row('other', 'left')), false)
    t.equal(judgeNodes([{ ...row('me', 'live'), silentMs: 9_000 }], 'me', false).isOneSilent, false, 'our own is known')
  }
)

t.test('a site is lost when all its nodes went without a word, and not when they were stopped', async t => {
  const here = row('me', 'live', 'north')
  const lost = (...nodes: NodeRow[]) => judgeNodes([here, ...nodes], 'me', true).lostSites
  t.same(lost(row('a', 'lapsed', 'south'), row('b', 'lapsed', 'south')), ['south'])
  t.same(lost(row('a', 'lapsed', 'south'), row('b', 'live', 'south')), [], 'one goes on')
  t.same(lost(row('a', 'left', 'south'), row('b', 'left', 'south')), [], 'an operator stopped them')
  t.same(lost(row('a', 'lapsed', 'north')), [], 'ours goes on with us')
})

/** A lease over a record that answers as the test says, at a time that moves by hand. */
function makeLease() {
  let now = 0
  let answer: () => Renewal = () => ({ hadLapsed: false, nodes: [row('me', 'live'), row('other', 'lapsed')] })
  const gone: string[][] = []
  const states: boolean[] = []
  let lapses = 0
  const lease = new NodeLease({
    node: 'me',
    renew: async () => answer(),
    leave: async () => {},
    onNodes: judged => gone.push([...judged.gone]),
    onLapsed: () => {
      lapses += 1
    },
    onState: isHeld => states.push(isHeld),
    log: silentLog,
    clock: { now: () => now, monotonicMs: () => now }
  })
  const renewAt = async (at: number, next?: () => Renewal) => {
    now = at
    if (next !== undefined) answer = next
    await lease.renew()
    return gone.at(-1)
  }
  return { lease, renewAt, states, lapses: () => lapses }
}

t.test('others are judged after a whole lease of our own without a break, and again only after the next', async t => {
  const { renewAt, lapses } = makeLease()
  const fine = (): Renewal => ({ hadLapsed: false, nodes: [row('me', 'live'), row('other', 'lapsed')] })
  t.same(await renewAt(0), [])
  t.same(await renewAt(LEASE_MS - 1), [])
  t.same(await renewAt(LEASE_MS), ['other'])
  t.same(await renewAt(LEASE_MS + 1_000, () => ({ ...fine(), hadLapsed: true })), [], 'our own had run out')
  t.equal(lapses(), 1)
  t.same(await renewAt(LEASE_MS + 2_000, fine), [])
  t.same(await renewAt(2 * LEASE_MS + 1_000, fine), ['other'])
})

t.test('a record that does not answer is said when the lease has run out, and that it does, at once', async t => {
  const { renewAt, states } = makeLease()
  const away = (): Renewal => {
    throw new Error('away')
  }
  await renewAt(0)
  await renewAt(1_000, away)
  t.same(states, [true], 'the lease still holds')
  await renewAt(LEASE_MS + 1)
  t.same(states, [true, false])
  await renewAt(LEASE_MS + 2_000, () => ({ hadLapsed: true, nodes: [row('me', 'lapsed')] }))
  t.same(states, [true, false, true])
})

t.test('a gateway that comes while a renewal is under way is known with the next, which begins at once', async t => {
  const table = [row('me', 'live')]
  const asked: { answer: () => void }[] = []
  const beside: (readonly string[])[] = []
  const lease = new NodeLease({
    node: 'me',
    // As PostgreSQL does: what is committed after the statement has begun is not in its answer.
    renew: () => {
      const nodes = [...table]
      return new Promise(resolve => asked.push({ answer: () => resolve({ hadLapsed: false, nodes }) }))
    },
    leave: async () => {},
    onNodes: judged => beside.push(judged.beside),
    onLapsed: () => {},
    onState: () => {},
    log: silentLog,
    clock: { now: () => 0, monotonicMs: () => 0 }
  })
  const first = lease.renew()
  table.push(row('other', 'live'))
  const heard = [lease.renew(), lease.renew()]
  t.equal(asked.length, 1, 'one question at a time')
  asked[0]?.answer()
  await first
  t.same(beside, [[]], 'the answer is from before it came')
  await new Promise(setImmediate)
  t.equal(asked.length, 2, 'one more for all who heard of it meanwhile')
  asked[1]?.answer()
  await Promise.all(heard)
  t.same(beside, [[], ['other']])
  lease.renew()
  const late = lease.renew()
  const stopped = lease.stop()
  asked[2]?.answer()
  await Promise.all([late, stopped])
  t.equal(asked.length, 3, 'a node that leaves takes no lease again')
})
