import t from 'tap'
import { Value } from 'typebox/value'
import type { Cli } from '../../../src/call/call.ts'
import { toBarePop } from '../../../src/pop/bare-pop.ts'
import { BarePop } from '../../../src/pop/pop.ts'
import { anOffer, aQueueOffer, callAfter, cliOf, NOON, then } from '../../support/call-events.ts'

const numberOf = (cli: Cli, line = '999') => toBarePop(callAfter(anOffer({ cli, line })), 'device').number

t.test('what the switch said, in the words of the screen', async t => {
  const offer = anOffer({ acdQueue: 'tvp-999', homeForce: 'hants', route: 'buddy' })
  const pop = toBarePop(callAfter(offer, then(offer, 'answered')), 'device')
  t.match(pop, {
    force: 'tvp',
    homeForce: 'hants',
    line: '999',
    route: 'buddy',
    state: 'answered',
    ddi: '999',
    acdQueue: 'tvp-999',
    device: '4001',
    offer: 'device',
    offeredAt: NOON,
    answeredAt: NOON + 1_000,
    number: { display: '07700 900123', e164: '+447700900123', trust: 'asserted', kind: 'mobile' }
  })
  t.ok(Value.Check(BarePop, pop))
})

t.test('whoever else is on the call is named with their part in it, and nobody of a call offered to many', async t => {
  const offer = anOffer()
  const alone = callAfter(offer, then(offer, 'answered'))
  t.notOk('parties' in toBarePop(alone, 'device'), 'one desk says it all')
  const joined = callAfter(
    offer,
    then(offer, 'answered'),
    then(offer, 'party-joined', { role: 'ambulance', party: '01632 960111' }),
    then(offer, 'transferred', { device: '4002' })
  )
  const pop = toBarePop(joined, 'device')
  t.same(pop.parties, [
    { role: 'handler', device: '4001', state: 'handing-over', since: NOON + 1_000 },
    { role: 'ambulance', name: '01632 960111', state: 'connected', since: NOON + 1_000 },
    { role: 'handler', device: '4002', state: 'ringing', since: NOON + 1_000 }
  ])
  t.equal(pop.device, '4002', 'where it rings, not who has sent it on')
  t.ok(Value.Check(BarePop, pop))
  t.notOk('parties' in toBarePop(joined, 'queue'))
})

t.test('an ended call says when and how', async t => {
  const offer = aQueueOffer()
  const pop = toBarePop(callAfter(offer, then(offer, 'released')), 'queue')
  t.match(pop, { state: 'released', cause: 'abandoned', releasedAt: NOON + 1_000, flags: { abandoned: true } })
  t.notOk('device' in pop)
  t.notOk('answeredAt' in pop)
  t.ok(Value.Check(BarePop, pop))
})

t.test('a number withheld on 101 is not in the pop in any form', async t => {
  const cli: Cli = {
    ...cliOf(123),
    presentation: { raw: '07700900456', e164: '+447700900456', kind: 'mobile' },
    trust: 'withheld'
  }
  t.same(numberOf(cli, '101'), { display: '', trust: 'withheld', kind: 'none' })
  t.notMatch(JSON.stringify(toBarePop(callAfter(anOffer({ cli, line: '101' })), 'device')), /7700/)
})

t.test('a number withheld on 999 is shown, with the word', async t => {
  t.match(numberOf({ ...cliOf(123), trust: 'withheld' }), { display: '07700 900123', trust: 'withheld' })
})

t.test('two numbers that differ are both shown', async t => {
  const presentation = { raw: '01632960001', e164: '+441632960001', kind: 'fixed' } as const
  t.match(numberOf({ ...cliOf(123), presentation, trust: 'conflict' }), {
    display: '07700 900123',
    presentation: '01632 960001',
    trust: 'conflict'
  })
  const london = { raw: '02079460001', e164: '+442079460001', kind: 'fixed', area: 'London' } as const
  t.match(numberOf({ ...cliOf(123), presentation: london, trust: 'conflict' }), {
    ...{ kind: 'mobile', area: undefined, presentationKind: 'fixed', presentationArea: 'London' }
  })
  t.match(numberOf({ network: london, trust: 'asserted' }), { kind: 'fixed', area: 'London' })
  t.notOk('presentation' in numberOf({ ...cliOf(123), presentation, trust: 'asserted' }))
})

t.test('where the network has no number of the caller, the one shown stands there, with the word', async t => {
  const { network: presentation } = cliOf(123)
  if (presentation === undefined) throw new Error('unreachable')
  const network = { raw: '08979012345', kind: 'generic' } as const
  t.match(numberOf({ network, presentation, trust: 'presentation-only' }), {
    ...{ display: '07700 900123', kind: 'mobile', trust: 'presentation-only', unverified: true }
  })
  t.match(numberOf({ presentation, trust: 'withheld' }), { display: '07700 900123', unverified: true })
  t.notOk('unverified' in numberOf({ ...cliOf(123), trust: 'withheld' }))
  t.match(numberOf({ network, presentation: { raw: 'x', kind: 'none' }, trust: 'unavailable' }), {
    ...{ display: '08979012345', e164: undefined, kind: 'generic' }
  })
})

t.test('what is no number is shown as it was, and nothing at all as nothing', async t => {
  t.match(numberOf({ presentation: { raw: 'Payphone', kind: 'none' }, trust: 'unavailable' }), {
    display: 'Payphone',
    kind: 'none'
  })
  t.same(numberOf({ trust: 'unavailable' }), { display: '', trust: 'unavailable', kind: 'none' })
})
