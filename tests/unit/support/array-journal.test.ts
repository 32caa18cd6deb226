import t from 'tap'
import { journalConformance } from '../../conformance/journal.ts'
import { ArrayJournal } from '../../support/array-journal.ts'

t.test('the journal of the unit tests keeps to what every journal keeps to', async t => {
  journalConformance(t, async () => {
    const journal = new ArrayJournal()
    return {
      journal,
      held: async callId => {
        const of = journal.entries.filter(({ call }) => call.callId === callId)
        const kinds = of.sort((one, other) => one.call.seq - other.call.seq).map(({ event }) => event.kind)
        const state = journal.callOf(callId)?.state
        return { kinds, ...(state === undefined ? {} : { state }) }
      }
    }
  })
})
