import t from 'tap'
import { HandlerSession } from '../../../src/delivery/handler-session.ts'
import { LogFollower } from '../../../src/delivery/log-follower.ts'
import { SOCKET_LIMITS } from '../../../src/delivery/protocol-limits.ts'
import type { RedisSessionLog } from '../../../src/delivery/redis-session-log.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { settle } from '../../support/hand-time.ts'

/** A screen whose log has nothing new, and a record that answers or does not. */
function makeRoom() {
  const sent: string[] = []
  const record = { isAway: true }
  const cursor = { epoch: 'e', seq: 3, eventId: 'e3' }
  const session = new HandlerSession({
    session: 's',
    handler: 'h1',
    wire: { send: text => void sent.push(text), close: () => {}, cut: () => {}, flush: () => {}, unsentBytes: () => 0 },
    cursor,
    limits: SOCKET_LIMITS,
    now: () => 0,
    monotonicMs: () => 0,
    onSent: () => {}
  })
  session.isCatchingUp = false
  const log: Pick<RedisSessionLog, 'readAfter'> = {
    readAfter: async () => ({ kind: 'entries', entries: [], head: cursor })
  }
  const follower = new LogFollower({
    sessionLog: () => log as RedisSessionLog,
    isHere: () => true,
    snapshotTexts: async asked => {
      asked.isPartial = record.isAway
      return ['all cards']
    },
    log: silentLog
  })
  return { session, follower, record, sent }
}

t.test('a screen that opened while the record was away gets what is missing as soon as it answers', async t => {
  const { session, follower, record, sent } = makeRoom()
  session.isPartial = true
  follower.catchUp(session)
  await settle()
  t.same(sent, [], 'the record is still away: the screen stays as it is')
  record.isAway = false
  follower.catchUp(session)
  await settle()
  t.same(sent, ['all cards'])
  follower.catchUp(session)
  await settle()
  t.equal(sent.length, 1, 'and that was it')
})

t.test('a screen that lacks nothing is left alone', async t => {
  const { session, follower, sent } = makeRoom()
  follower.catchUp(session)
  await settle()
  t.same(sent, [])
})
