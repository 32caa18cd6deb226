import t from 'tap'
import type { Call } from '../../../src/call/call.ts'
import type { HandlerId } from '../../../src/call/ids.ts'
import type { Audience, Offer } from '../../../src/pop/address.ts'
import type { AlarmCause } from '../../../src/pop/alarm.ts'
import { makeCard } from '../../../src/pop/card.ts'
import type { Panel } from '../../../src/pop/pop.ts'
import { RiskAlarms } from '../../../src/pop/risk-alarms.ts'
import { anOffer, callAfter } from '../../support/call-events.ts'

const live = callAfter(anOffer({ line: '999' }))
const flagged = (call: Call, flags: Partial<Call['flags']>): Call => ({ ...call, flags: { ...call.flags, ...flags } })
const abandoned = flagged(live, { abandoned: true })
const RISK: Panel = {
  ...{ panel: 'warnings', status: 'found', source: 'x', sinceOfferedMs: 1, items: [], more: 0 },
  risk: { kind: 'domestic-abuse-high-risk', of: 'person' }
}
const { risk: _, ...NO_RISK } = RISK
const OWN: Audience = new Map<HandlerId, Offer>([['h1' as HandlerId, 'device']])

function makeAlarms(everRaised: readonly string[] = []) {
  const raised: AlarmCause[] = []
  let isAway = false
  const alarms = new RiskAlarms({
    alarms: { raise: cause => void raised.push(cause) },
    record: {
      everRaised: async keys => {
        if (isAway) throw new Error('away')
        return keys.filter(key => everRaised.includes(key))
      }
    }
  })
  const show = (call: Call, panel?: Panel, audience = OWN) =>
    alarms.onCard({
      ...makeCard(call),
      audience,
      panels: new Map(panel === undefined ? [] : [['warnings', { rev: 1, panel }]])
    })
  return { alarms, raised, show, away: (is: boolean) => (isAway = is) }
}

t.test('a silent or abandoned call with a high risk on record is told, whichever is known first, and once', async t => {
  const first = makeAlarms()
  first.show(live, RISK)
  t.same(first.raised, [], 'somebody speaks')
  first.show(abandoned, RISK)
  first.show(abandoned, RISK)
  t.match(first.raised, [{ key: `risk-unheard:${live.callId}`, isUrgent: true, handlers: ['h1'], force: 'tvp' }])
  t.match(first.raised[0]?.data, { line: '999', what: /left before/, of: 'a person of the number' })

  const last = makeAlarms()
  last.show(abandoned)
  t.same(last.raised, [], 'not asked yet')
  last.show(abandoned, RISK)
  last.show(flagged(abandoned, { silent: true }), RISK)
  t.equal(last.raised.length, 1)

  const silent = makeAlarms()
  silent.show(flagged(live, { silent: true }), RISK)
  t.match(silent.raised[0]?.data, { what: 'cannot speak' })
})

t.test(
  'nothing is told of a call without the risk, of a test, or of one of ours; 101 is seen and not heard',
  async t => {
    const { show, raised } = makeAlarms()
    show(abandoned, NO_RISK)
    show(flagged(abandoned, { test: true }), RISK)
    show({ ...abandoned, direction: 'out' }, RISK)
    t.same(raised, [])
    show({ ...abandoned, line: '101' }, RISK)
    t.match(raised, [{ isUrgent: false }])
  }
)

t.test('of a call that nobody has, whoever it was offered to is told', async t => {
  const offered: Audience = new Map<HandlerId, Offer>([
    ['h1' as HandlerId, 'queue'],
    ['h2' as HandlerId, 'queue']
  ])
  const { show, raised } = makeAlarms()
  show(abandoned, RISK, offered)
  t.same(raised[0]?.handlers, ['h1', 'h2'])
})

t.test('after a restart it is raised again only where it never was, as soon as the record answers', async t => {
  const taken = { ...abandoned, generation: 2 }
  const key = `risk-unheard:${live.callId}`
  const had = makeAlarms([key])
  had.show(taken, RISK)
  await had.alarms.ask()
  t.same(had.raised, [], 'somebody may have acknowledged it')

  const missed = makeAlarms()
  missed.show(taken, RISK)
  missed.away(true)
  await t.rejects(missed.alarms.ask())
  t.same(missed.raised, [])
  missed.away(false)
  await missed.alarms.ask()
  await missed.alarms.ask()
  t.equal(missed.raised.length, 1)
})

t.test('warnings that come when the card is closed already are told to the supervisors all the same', async t => {
  const { alarms, raised } = makeAlarms()
  alarms.onLatePanel(live, RISK)
  alarms.onLatePanel(abandoned, RISK)
  await alarms.ask()
  t.match(raised, [{ key: `risk-unheard:${live.callId}`, handlers: [] }])
})
