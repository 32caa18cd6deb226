import t from 'tap'
import { makeEventId, toSipSwitchCallId } from '../../../../src/call/ids.ts'
import type { TrunkConfig } from '../../../../src/operations/config-schema.ts'
import { toPartyEvents } from '../../../../src/switches/sip/parties.ts'
import { TrunkTable } from '../../../../src/switches/sip/trunk-table.ts'
import { EVENT_TRUNK } from '../../../support/sip-bench.ts'
import { type HeadersOf, makeHead } from '../../../support/sip-head.ts'

const ID = makeEventId(0)

/** Who came and who left by these headers, as `+role name@device` or `-role`. */
function said(headers: HeadersOf, rows: TrunkConfig['headers'] = []): readonly string[] {
  const head = makeHead(headers, { uri: 'sip:999@x', method: 'INFO' })
  const match = new TrunkTable([{ ...EVENT_TRUNK, headers: rows }]).match(makeHead({}, { uri: 'sip:999@x' }))
  if (match === undefined) throw new Error('no such number')
  const context = { match, switchCallId: toSipSwitchCallId('c', 'f'), wasHeld: false }
  return toPartyEvents(head, context, () => ID).map(event => {
    if (event.kind !== 'party-joined' && event.kind !== 'party-left') throw new Error(event.kind)
    const { kind, role, party, device } = event
    const name = party === undefined ? '' : ` ${party}`
    return `${kind === 'party-joined' ? '+' : '-'}${role}${name}${device === undefined ? '' : `@${device}`}`
  })
}

t.test(
  'another service that comes to the call and leaves it is named by its role, and by what the switch calls it',
  async t => {
    t.same(said({}), [])
    t.same(said({ 'x-party': 'Ambulance' }), ['+ambulance'])
    t.same(said({ 'x-party': 'other;name="A\u0085B"' }), ['+other AB'], 'no character that is not seen')
    t.same(said({ 'x-party': 'ambulance;name="SCAS, Bicester"' }), ['+ambulance SCAS, Bicester'])
    t.same(said({ 'x-party': 'ambulance;state=LEFT' }), ['-ambulance'])
    t.same(said({ 'x-party': ['operator;state=left, fire;name=RBFRS', 'coastguard'] }), [
      '-operator',
      '+fire RBFRS',
      '+coastguard'
    ])
    t.same(said({ 'x-party': '"Control" <sip:01632960111@x>;role=ambulance;state=joined' }), ['+ambulance Control'])
    t.same(said({ 'x-party': '<tel:+441632960111>;role=fire' }), ['+fire +441632960111'])
    t.same(said({ 'x-party': 'handler;device=4002' }), ['+handler@4002'], 'a second desk')
    t.same(said({ 'x-party': 'ambulance;device=4002' }), ['+ambulance'], 'nobody else sits at one')
  }
)

t.test(
  'who is no role of ours is somebody, named as the switch names them; the caller comes with the call',
  async t => {
    t.same(said({ 'x-party': 'Highways England' }), ['+other Highways England'])
    t.same(said({ 'x-party': 'other' }), ['+other'])
    t.same(said({ 'x-party': '<sip:01632960112@x>' }), ['+other 01632960112'])
    t.same(said({ 'x-party': 'caller;state=left' }), [])
    t.same(said({ 'x-party': 'ambulance;state=ringing' }), [], 'a state we do not know is none')
  }
)

t.test('a trunk’s own header speaks before ours, and with a table nobody else is meant', async t => {
  const rows = [{ header: 'X-Conf', sets: 'party' as const, values: { SCAS: 'ambulance', '01632960113': 'fire' } }]
  t.same(said({ 'x-conf': 'scas;name=Desk 4', 'x-party': 'coastguard' }, rows), ['+ambulance Desk 4'])
  t.same(said({ 'x-conf': '<sip:01632960113@x>;state=left' }, rows), ['-fire 01632960113'])
  t.same(said({ 'x-conf': 'fire, constructor, __proto__' }, rows), [])
  t.same(said({ 'x-party': 'coastguard' }, rows), ['+coastguard'], 'ours is read where theirs is not there')
})

t.test('what cannot be read is nobody, and no more are read than a call has', async t => {
  for (const odd of ['', ';', '"', '<', '<>', '"x', '<sip:', ';role=fire', ',,,'])
    t.same(said({ 'x-party': odd }), [], odd)
  t.equal(said({ 'x-party': Array.from({ length: 50 }, (_, n) => `p${n}`) }).length, 8)
  t.equal(said({ 'x-party': `fire;name=${'n'.repeat(5_000)}` })[0]?.length, '+fire '.length + 64)
  t.same(said({ 'x-party': `handler;device=${'4'.repeat(65)}` }), ['+handler'])
})
