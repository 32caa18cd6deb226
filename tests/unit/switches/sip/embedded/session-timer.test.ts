import t from 'tap'
import { askedTimer, startTimer, timerHeaders } from '../../../../../src/switches/sip/embedded/session-timer.ts'

const head = (headers: Record<string, string>) => ({
  method: 'INVITE',
  uri: '',
  callId: 'c',
  fromTag: 'f',
  body: '',
  peer: '',
  receivedAt: 0,
  header: (name: string) => headers[name],
  all: (name: string) => (headers[name] === undefined ? [] : [headers[name]])
})

t.test('who refreshes decides whether there is a timer (RFC 4028 §9)', async t => {
  const cases: [string, string | undefined, ReturnType<typeof askedTimer>][] = [
    ['timer', '1800', { kind: 'agreed', seconds: 1_800 }],
    ['100rel, Timer', ' 90 ;refresher=uac', { kind: 'agreed', seconds: 90 }],
    ['timer', '1800;refresher=uas', { kind: 'none' }],
    ['timer', '1800 ; Refresher = UAS', { kind: 'none' }],
    ['replaces', '1800', { kind: 'none' }],
    ['timer', '89', { kind: 'too-small' }],
    ['replaces', '1', { kind: 'none' }],
    ['timer', 'soon', { kind: 'none' }],
    ['timer', '99999999999', { kind: 'none' }],
    ['timer', undefined, { kind: 'none' }]
  ]
  for (const [supported, expires, expected] of cases) {
    const headers = { supported, ...(expires === undefined ? {} : { 'session-expires': expires }) }
    t.same(askedTimer(head(headers)), expected, `${supported} / ${expires}`)
  }
  t.same(askedTimer(head({ require: 'timer', 'session-expires': '100' })), { kind: 'agreed', seconds: 100 })
})

t.test('a refresh without a time keeps the one before, unless the switch no longer refreshes', async t => {
  const before = startTimer(1_800, 0)
  t.same(askedTimer(head({ supported: 'timer' }), before), { kind: 'agreed', seconds: 1_800 })
  t.same(askedTimer(head({}), before), { kind: 'none' })
})

t.test('we end it a third of its time before, at most 32 s (§10)', async t => {
  t.equal(startTimer(90, 1_000).endsAt, 61_000)
  t.equal(startTimer(1_800, 0).endsAt, 1_768_000)
  t.same(timerHeaders(startTimer(90, 0)), ['Session-Expires: 90;refresher=uac', 'Require: timer'])
  t.same(timerHeaders(undefined), [])
})
