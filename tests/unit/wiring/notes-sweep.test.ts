import t from 'tap'
import type { Call } from '../../../src/call/call.ts'
import { MAX_NOTES_AGAIN, sweepNotes } from '../../../src/wiring/notes-sweep.ts'
import { anOffer, callAfter, cliOf } from '../../support/call-events.ts'

t.test('calls whose notes could not be asked for are asked about again, so many at once and no more', async t => {
  const calls = Array.from({ length: MAX_NOTES_AGAIN + 5 }, (_, n) =>
    callAfter(anOffer({ name: `call-${n}`, cli: cliOf(n) }))
  )
  const asked: Call[] = []
  const turn = () => {
    sweepNotes({ courier: { withoutNotes: max => calls.slice(0, max) }, ask: call => asked.push(call) })
    return asked.splice(0)
  }
  t.equal(turn().length, MAX_NOTES_AGAIN)
  calls.splice(0, MAX_NOTES_AGAIN)
  t.same(turn(), calls, 'the others when those have their answer')
  calls.length = 0
  t.same(turn(), [], 'and nobody when all have')
})
