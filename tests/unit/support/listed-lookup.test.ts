import t from 'tap'
import { lookupConformance } from '../../conformance/lookup.ts'
import { anOffer, callAfter } from '../../support/call-events.ts'
import { ListedLookup } from '../../support/listed-lookup.ts'

t.test('the lookup of the unit tests keeps to what every lookup keeps to', async t => {
  lookupConformance(t, async () => {
    const lookup = new ListedLookup({ '+447700900123': 'called before' })
    return {
      lookup,
      known: callAfter(anOffer()),
      breakSource: () => {
        lookup.isBroken = true
      }
    }
  })
})
