import t from 'tap'
import {
  escalatedWords,
  flagWords,
  handedOverWords,
  ledgerWords,
  partyWords,
  stateWords,
  timerSpan,
  toOrdinal
} from '../../../src/console/call-words.ts'
import { personKey, pickedPerson } from '../../../src/console/picked-person.ts'
import { serviceWords } from '../../../src/console/service-words.ts'
import { barePop, OFFERED_AT } from '../../support/pop-words.ts'

t.test('every state of a call is a word and a shape, and ringing is told from offered to all', async t => {
  const states = ['offered', 'queued', 'alerting', 'answered', 'held', 'released']
  const texts = states.map(state => stateWords({ state, offer: 'device' }).text)
  t.equal(new Set(texts).size, states.length)
  t.equal(stateWords({ state: 'alerting', offer: 'queue' }).text, 'Offered to all')
  t.equal(stateWords({ state: 'parked', offer: 'device' }).text, 'parked', 'a state newer than this console')
})

t.test('how a call ended is said; an abandoned one has its own shape', async t => {
  const ended = (cause: string) => stateWords({ state: 'released', cause, offer: 'device' })
  t.match(ended('abandoned'), { text: 'Abandoned by the caller', icon: 'missed', stage: 'ended' })
  t.match(ended('lost'), { text: /not told/ })
  t.match(stateWords({ state: 'released', offer: 'queue' }), { stage: 'ended', text: 'Ended' })
})

t.test('the timer counts the wait, then the talk, and stands still at the end', async t => {
  t.same(timerSpan(barePop(1)), { from: OFFERED_AT, label: 'waiting' })
  t.same(timerSpan(barePop(1, { answeredAt: OFFERED_AT + 5 })), { from: OFFERED_AT + 5, label: 'talking' })
  t.match(timerSpan(barePop(1, { answeredAt: OFFERED_AT + 5, releasedAt: OFFERED_AT + 9 })), { to: OFFERED_AT + 9 })
  t.match(timerSpan(barePop(1, { releasedAt: OFFERED_AT + 9 })), { from: OFFERED_AT, label: 'waited' })
})

t.test('flags name what is out of the ordinary, a silent call first', async t => {
  t.same(flagWords(barePop(1)), [])
  const flags = { silent: true, abandoned: true, repeat: true, test: true }
  t.same(flagWords(barePop(1, { flags, access: 'sms', homeForce: 'hants' })), [
    'Silent call',
    'Abandoned',
    'Repeat call',
    'Emergency text',
    'Test call'
  ])
})

t.test('a call whose end may have fallen into a restart says so before anything else', async t => {
  const flags = { silent: true, abandoned: false, repeat: false, test: false }
  t.match(flagWords(barePop(1, { unheard: true, flags })), [/^Not heard of since the gateway restarted/, 'Silent call'])
})

t.test('a call handed over says where it went, and is to be written up once somebody has it there', async t => {
  const at = OFFERED_AT
  t.equal(handedOverWords({}), undefined)
  t.match(
    handedOverWords({ handedOverTo: { device: '4002', answered: false, at } }),
    /rings at device 4002, not answered/
  )
  const pop = { handedOverTo: { device: '4002', handler: 'tvp-h02', answered: true, at }, wrapUp: true }
  t.equal(handedOverWords(pop), 'Handed over to tvp-h02, device 4002')
  t.match(stateWords({ ...pop, state: 'answered', offer: 'device' }), { stage: 'ended', text: 'Handed over' })
})

t.test('the ledger is said with its age, and that nobody has rung back', async t => {
  const ledger = { entry: 'l_1', kind: 'abandoned', at: OFFERED_AT, count: 1, isOwn: false, calledBack: false } as const
  const at = (minutes: number) => OFFERED_AT + minutes * 60_000
  t.equal(ledgerWords({}, at(1)), undefined)
  t.equal(ledgerWords({ ledger }, at(12)), 'Rang 12 min ago, abandoned, nobody has rung back: still open')
  t.match(ledgerWords({ ledger: { ...ledger, count: 3, calledBack: true } }, at(180)), /3 h ago, 3 calls.*called back/)
  t.match(ledgerWords({ ledger: { ...ledger, isOwn: true } }, at(1)), /until somebody closes it/)
  t.match(
    ledgerWords({ ledger: { ...ledger, unverified: true } }, at(12)),
    /^This number, not verified, rang 12 min ago/
  )
})

t.test(
  'a repeat call is said with its count once the history is there, and whether the number is verified',
  async t => {
    const flags = { silent: false, abandoned: false, repeat: true, test: false }
    t.same(flagWords(barePop(1, { flags })), ['Repeat call'])
    const number = { display: '1', trust: 'presentation-only', kind: 'none', unverified: true } as const
    t.same(flagWords(barePop(1, { flags, number })), ['Repeat call, number not verified'])
    const repeat = { count: 3, withinHours: 24, unverified: false }
    t.same(flagWords(barePop(1, { flags }), repeat), ['Repeat call: 3 earlier calls in 24 h'])
    t.same(
      flagWords(barePop(1), { ...repeat, count: 1 }),
      ['Repeat call: 1 earlier call in 24 h'],
      'also of a closed one'
    )
    t.same([1, 2, 3, 4, 11, 12, 13, 21, 112].map(toOrdinal), [
      '1st',
      '2nd',
      '3rd',
      '4th',
      '11th',
      '12th',
      '13th',
      '21st',
      '112th'
    ])
    t.match(flagWords(barePop(1), { ...repeat, unverified: true }), [
      'Repeat call: 3 earlier calls in 24 h, number not verified'
    ])
  }
)

t.test('everybody else on the call is named with their part', async t => {
  const since = OFFERED_AT
  t.equal(partyWords({}), '')
  t.equal(
    partyWords({
      parties: [
        { role: 'handler', device: '4001', state: 'handing-over', since },
        { role: 'ambulance', name: '01632 960111', state: 'connected', since }
      ]
    }),
    'Desk 4001 (handing over), Ambulance 01632 960111 (connected)'
  )
})

t.test('a picked person stays picked over a new revision, and is let go when no longer held', async t => {
  const [one, other] = [
    { kind: 'person', title: 'Ada Fernlea', detail: 'subscriber', fields: { born: '1980-01-01' } },
    { kind: 'person', title: 'Ada Fernlea', detail: 'subscriber', fields: { born: '2001-01-01' } }
  ]
  if (one === undefined || other === undefined) throw new Error('two people')
  t.equal(pickedPerson([one, other], personKey(other)), other, 'a namesake is another person')
  t.equal(pickedPerson([one], personKey(other)), undefined)
  t.equal(pickedPerson([one, other], undefined), undefined)
})

t.test('the level of service is said in words, with what it means for a handler', async t => {
  const texts = [0, 1, 2, 3, 4, 5].map(level => serviceWords({ level }).text)
  t.equal(new Set(texts).size, 6)
  t.match(serviceWords({ level: 2, why: 'Redis is away' }).hint, /Calls come through.*\(Redis is away\)/)
})

t.test('a pop that comes because others did nothing says so, and where', async t => {
  t.equal(escalatedWords({}), undefined)
  t.equal(
    escalatedWords({ escalated: { from: 'Desk 4', why: 'unacked', at: 1 } }),
    'Passed on to you: on no screen at Desk 4'
  )
  t.equal(
    escalatedWords({ escalated: { from: 'line', why: 'not-taken', at: 1 } }),
    'Passed on to you: not taken by anybody on the line'
  )
})
