import { Ajv } from 'ajv'
import t from 'tap'
import { makeCall } from '../../../src/call/apply-event.ts'
import { makeCallId } from '../../../src/call/ids.ts'
import { FromClient } from '../../../src/delivery/protocol.ts'
import { toBarePop } from '../../../src/pop/bare-pop.ts'
import { makeCard, putPanel, readdress } from '../../../src/pop/card.ts'
import type { Panel } from '../../../src/pop/pop.ts'
import { anOffer } from '../../support/call-events.ts'

const isFromClient = new Ajv({ strict: false }).compile(FromClient)

t.test('a console may resume at whatever it was sent last, after many restarts too', async t => {
  const offer = anOffer()
  const id = makeCallId({ ...offer, firstSeenAt: offer.receivedAt, occurrence: 0 })
  const call = { ...makeCall(offer, id), generation: 9_999 }
  const panel: Panel = { panel: 'identity', status: 'none', source: 'record', sinceOfferedMs: 1, items: [], more: 0 }
  const at = offer.receivedAt
  const { card } = putPanel(makeCard(call), { rev: 9_999_999_999, panel }, at)
  const first = readdress(card, call, new Map([['h1', 'queue']]), at, toBarePop)
  const own = readdress(first.card, call, new Map([['h1', 'device']]), at, toBarePop)
  const ids = [...first.sends, ...own.sends].map(({ eventId }) => eventId)
  t.ok(
    ids.some(eventId => eventId.length > 64),
    'a panel that was shown again is among them'
  )
  for (const eventId of ids) {
    const resume = { epoch: 'e', seq: 1, eventId }
    t.ok(isFromClient({ t: 'hello', v: 1, ticket: 'a ticket', client: 'console/1', resume }), eventId)
  }
})
