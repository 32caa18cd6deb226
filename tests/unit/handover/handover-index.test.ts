import t from 'tap'
import { HandoverIndex } from '../../../src/handover/handover-index.ts'
import { aHandover } from '../../support/handovers.ts'

const id = (n: number) => `01890000-0000-7000-8000-${String(n).padStart(12, '0')}`

t.test('the newest revision is kept, however late an older one comes', async t => {
  const index = new HandoverIndex()
  t.equal(index.put({ rev: 2, handover: aHandover({ state: 'delivered' }) }), true)
  t.equal(index.put({ rev: 1, handover: aHandover() }), false)
  t.equal(index.put({ rev: 2, handover: aHandover() }), false)
  t.equal(index.get(aHandover().handover)?.handover.state, 'delivered')
})

t.test('when there are too many, one that is over goes first, and an open one only when none is', async t => {
  const index = new HandoverIndex()
  const at = (n: number, over = {}) => ({ rev: 1, handover: aHandover({ handover: id(n), madeAt: n, ...over }) })
  for (let n = 0; n < index.max; n++) index.put(at(n, n === 7 ? { state: 'at-scene', overAt: 8 } : {}))
  index.put(at(index.max))
  t.equal(index.get(id(7)), undefined)
  t.ok(index.get(id(0)))
  index.put(at(index.max + 1))
  t.equal(index.get(id(0)), undefined)
  t.equal(index.open().length, index.max)
})
