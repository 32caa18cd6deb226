import t from 'tap'
import { applyEvent } from '../../../src/call/apply-event.ts'
import { anOffer, callAfter, then } from '../../support/call-events.ts'

const offer = anOffer()

t.test('a late fix is a change of the call, also after its end, and the number never goes back', async t => {
  const call = callAfter(
    offer,
    then(offer, 'corrected', { lateFixes: 9 }),
    then(offer, 'released'),
    then(offer, 'corrected', { lateFixes: 7 })
  )
  t.match(call, { lateFixes: 9, seq: 4, state: 'released' })
})

t.test('that a source knows the place says nothing of whether the call still lives', async t => {
  const doubted = { ...callAfter(offer), isUnheard: true }
  const applied = applyEvent(doubted, then(offer, 'corrected', { lateFixes: 1 }))
  t.match(applied, { kind: 'changed', call: { isUnheard: true, lateFixes: 1 } })
})
