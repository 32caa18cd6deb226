import t from 'tap'
import { Acknowledgements } from '../../../src/delivery/acknowledgements.ts'
import { HandlerSession } from '../../../src/delivery/handler-session.ts'
import { SOCKET_LIMITS } from '../../../src/delivery/protocol-limits.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import { settle } from '../../support/hand-time.ts'

/**
 * The console of h1 at a gateway that has the call of p_here, and never had that of p_far, which h1 may see, and that
 * of p_strange, which it may not.
 */
function makeConsole() {
  const record = { isAway: false, asked: [] as string[] }
  const recorded: string[] = []
  const writes: (() => void)[] = []
  const session = new HandlerSession({
    session: 's',
    handler: 'h1',
    wire: { send: () => {}, close: () => {}, cut: () => {}, flush: () => {}, unsentBytes: () => 0 },
    cursor: { epoch: 'e', seq: 0 },
    limits: SOCKET_LIMITS,
    now: () => 0,
    monotonicMs: () => 0,
    onSent: () => {}
  })
  const acks = new Acknowledgements(
    {
      recordAck: (handler, popIds, _, onKept) => {
        recorded.push(...popIds.map(popId => `${handler} ${popId}`))
        writes.push(() => popIds.forEach(onKept))
      },
      wasPopped: (_, popId) => (popId === 'p_here' ? true : popId === 'p_others' ? false : undefined),
      mayHaveSeen: async (_, popIds) => {
        record.asked.push(...popIds)
        if (record.isAway) throw new Error('away')
        return popIds.filter(popId => popId === 'p_far')
      },
      log: silentLog,
      metrics: makeMetrics()
    },
    session
  )
  const write = () => {
    for (const run of writes.splice(0)) run()
  }
  return { acks, session, record, recorded, write }
}

t.test('a pop that another gateway sent is acknowledged here, when the record says that it may be theirs', async t => {
  const { acks, recorded, record } = makeConsole()
  acks.take(['p_here', 'p_far', 'p_strange', 'p_others'], 1)
  t.same(recorded, ['h1 p_here'])
  await settle()
  t.same(recorded, ['h1 p_here', 'h1 p_far'], 'and what they may not see, or was another’s here, is not')
  t.same(record.asked, ['p_far', 'p_strange'])
})

t.test('while the record is away nothing of another gateway is believed; it comes again, and then it is', async t => {
  const { acks, recorded, record } = makeConsole()
  record.isAway = true
  acks.take(['p_far'], 1)
  await settle()
  t.same(recorded, [])
  record.isAway = false
  acks.take(['p_far'], 2)
  await settle()
  t.same(recorded, ['h1 p_far'])
})

t.test('the record is asked one question at a time, however often a console says the same', async t => {
  const { acks, record } = makeConsole()
  for (let n = 0; n < 5; n++) acks.take(['p_far'], n)
  await settle()
  t.same(record.asked, ['p_far'])
})

t.test('the console is told what is in the record, once, and not before it is', async t => {
  const { acks, session, write } = makeConsole()
  session.noteShown(['p_shown'])
  acks.take(['p_here', 'p_shown'], 1)
  t.same(acks.takeKept(), [])
  write()
  t.same(acks.takeKept(), ['p_here', 'p_shown'])
  t.same(acks.takeKept(), [])
})

t.test('more than fits into one heartbeat is told with the next', async t => {
  const { acks, session, write } = makeConsole()
  const popIds = Array.from({ length: 250 }, (_, n) => `p_${n}`)
  session.noteShown(popIds)
  acks.take(popIds, 1)
  write()
  t.same([...acks.takeKept(), ...acks.takeKept()], popIds)
})
