import t from 'tap'
import { makeCallId, toSipSwitchCallId } from '../../../src/call/ids.ts'
import { toCallId, toCalls, toCounts } from '../../../src/simulator/sipp-run.ts'

const LOG = [
  '2026-03-03\t12:00:00.856594\t1772539200.856594\tS\t1-9@127.0.0.1\tCSeq:1 INVITE\tINVITE sip:999@127.0.0.1 SIP/2.0',
  '2026-03-03\t12:00:00.860000\t1772539200.860000\tR\t1-9@127.0.0.1\tCSeq:1 INVITE\tSIP/2.0 100 Trying',
  '2026-03-03\t12:00:00.861000\t1772539200.861000\tR\t1-9@127.0.0.1\tCSeq:1 INVITE\tSIP/2.0 180 Ringing',
  '2026-03-03\t12:00:00.862000\t1772539200.862000\tR\t1-9@127.0.0.1\tCSeq:1 INVITE\tSIP/2.0 200 OK',
  '2026-03-03\t12:00:01.356594\t1772539201.356594\tS\t1-9@127.0.0.1\tCSeq:1 INVITE\tINVITE sip:999@127.0.0.1 SIP/2.0',
  '2026-03-03\t12:00:02.000000\t1772539202.000000\tR\t1-9@127.0.0.1\tCSeq:2 BYE\tSIP/2.0 200 OK',
  '2026-03-03\t12:00:03.000000\t1772539203.000000\tS\t2-9@127.0.0.1\tCSeq:1 INVITE\tINVITE sip:999@127.0.0.1 SIP/2.0',
  ''
].join('\n')

t.test("SIPp's own log says when each call was sent, rang and was answered", async t => {
  const calls = toCalls(LOG)
  t.equal(calls.size, 2)
  const first = calls.get('1-9@127.0.0.1')
  t.equal(first?.inviteAt, 1772539200856.594, 'the first INVITE counts, not its repeat')
  t.equal(first?.ringingAt, 1772539200861, '100 Trying is no ringing')
  t.equal(first?.tryingAt, 1772539200860)
  t.equal(first?.okAt, 1772539200862)
  t.equal(first?.endedAt, 1772539202000, 'its BYE was answered')
  t.equal(calls.get('2-9@127.0.0.1')?.okAt, undefined, 'a call nobody answered')
})

t.test("SIPp's counts come from the last row of its statistics, by name", async t => {
  const csv = 'StartTime;SuccessfulCall(P);SuccessfulCall(C);FailedCall(P);FailedCall(C)\nx;1;1;0;0\nx;2;3;0;1\n'
  t.same(toCounts(csv), { successful: 3, failed: 1 })
  t.same(toCounts(''), { successful: 0, failed: 0 })
})

t.test("SIPp's Call-ID is enough to know which call of the gateway it became", async t => {
  const inviteAt = 1772539200856.594
  const call = { sipCallId: '3-4711@127.0.0.1', inviteAt }
  const trunk = { force: 'tvp', trunk: 'demo-switch' }
  const switchCallId = toSipSwitchCallId('3-4711@127.0.0.1', '4711SIPp3')
  t.equal(toCallId(call, trunk), makeCallId({ ...trunk, switchCallId, firstSeenAt: inviteAt, occurrence: 0 }))
})
