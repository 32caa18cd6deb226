import t from 'tap'
import type { CallId } from '../../../src/call/ids.ts'
import { makeCard } from '../../../src/pop/card.ts'
import type { RevisedPanel } from '../../../src/pop/pop.ts'
import type { LogEntry } from '../../../src/pop/session-log.ts'
import { makeKeptPanels } from '../../../src/wiring/kept-panels.ts'
import { anOffer, callAfter } from '../../support/call-events.ts'
import { callId, panelOf } from '../../support/pop-words.ts'

const CALL = callAfter(anOffer())
const revised = (rev: number, name: 'identity' | 'location' | 'history'): RevisedPanel => ({
  rev,
  panel: panelOf(1, name)
})
const entry = (rev: number, name: 'identity' | 'location', call: string = CALL.callId): LogEntry => ({
  ...{ seq: rev, eventId: `e${rev}`, receivedAt: 0 },
  ev: { type: 'call.panel', call, rev, data: panelOf(1, name) }
})

t.test('what the card, the memory and the handlers’ logs have, each time it was shown anew, once', async t => {
  const asked: string[] = []
  const panelsOf = makeKeptPanels({
    courier: { card: () => ({ ...makeCard(CALL), panels: new Map([['history', revised(6, 'history')]]) }) },
    memory: { read: async () => [revised(4, 'location')] },
    tail: async handler => {
      asked.push(handler)
      return [entry(2, 'location'), entry(4, 'location'), entry(3, 'identity', callId(9))]
    }
  })
  const panels = await panelsOf(CALL.callId, ['ann', 'bea', 'cem', 'dan', 'eve'])
  t.same(
    panels.map(({ rev, panel }) => [rev, panel.panel]),
    [
      [2, 'location'],
      [4, 'location'],
      [6, 'history']
    ]
  )
  t.same(asked, ['ann', 'bea', 'cem', 'dan'], 'no more logs than are looked into')
})

t.test('while Redis is away there is what this gateway has itself', async t => {
  const away = () => Promise.reject(new Error('Redis is away'))
  const none = makeKeptPanels({ courier: { card: () => undefined }, memory: { read: away }, tail: away })
  t.same(await none(CALL.callId as CallId, ['ann']), [])
})
