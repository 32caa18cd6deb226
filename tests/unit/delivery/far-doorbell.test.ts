import t from 'tap'
import { FarDoorbell } from '../../../src/delivery/far-doorbell.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { toBarePop } from '../../../src/pop/bare-pop.ts'
import type { BarePop } from '../../../src/pop/pop.ts'
import type { ScreenEvent } from '../../../src/pop/session-log.ts'
import { anOffer, callAfter, NOON, then } from '../../support/call-events.ts'
import { barePop } from '../../support/pop-words.ts'
import { until } from '../../support/until.ts'

const offer = anOffer()
const CALL = callAfter(offer, then(offer, 'answered'))

/** Two gateways that have the record and no Redis: what the first rings for, the second shows. */
function makePair() {
  const shown: ScreenEvent[] = []
  const payloads: string[] = []
  const clock = { now: () => NOON, monotonicMs: () => 0 }
  const parts = { hasBeside: () => true, lookFor: async () => {}, toBarePop, log: silentLog, clock }
  const there = new FarDoorbell({
    ...{ ...parts, node: 'n-2', isHere: () => true, notify: async () => {} },
    readOpen: async () => ({ call: CALL }),
    sendDirect: (_handlers, _eventId, ev) => shown.push(ev)
  })
  const here = new FarDoorbell({
    ...{ ...parts, node: 'n-1', isHere: () => false, readOpen: async () => undefined, sendDirect: () => {} },
    notify: async some => {
      payloads.push(...some)
      for (const payload of some) there.hear(JSON.parse(payload))
    }
  })
  return { here, shown, payloads }
}

t.test(
  'what only the card knows of a call reaches the other gateway with the ring, and nothing of the caller',
  async t => {
    const { here, shown, payloads } = makePair()
    const said: Partial<BarePop> = {
      escalated: { from: 'tvp-d01', why: 'unacked', at: NOON },
      handedOverTo: { device: '4002', handler: 'tvp-h02', answered: true, at: NOON },
      wrapUp: true,
      takenBy: 'tvp-h02'
    }
    const data = barePop(1, {
      ...said,
      state: 'answered',
      number: { display: '07700 900123', trust: 'asserted', kind: 'mobile' }
    })
    here.ring(['ann'], 'pop:1', { type: 'call.pop', call: CALL.callId, rev: 3, data }, NOON)
    await until(() => (shown.length > 0 ? '' : 'nothing was shown'))
    t.match(shown, [{ type: 'call.pop', rev: 3, data: { ...said, number: { display: '07700 900123' } } }])
    t.notMatch(payloads.join(), /900123/)
    here.stop()
  }
)
