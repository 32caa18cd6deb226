import t from 'tap'
import { fixId } from '../../../src/lookups/location/late-fix.ts'
import type { LocationFix } from '../../../src/lookups/location/location.ts'
import type { Located } from '../../../src/lookups/location/location-lookup.ts'
import type { PlacedFix } from '../../../src/lookups/location/placed-fix.ts'
import type { Outcome } from '../../../src/lookups/lookup.ts'
import { toWhereabouts } from '../../../src/lookups/whereabouts.ts'

const GRID = { easting: 449_640, northing: 197_450 }

function placed(fix: Partial<LocationFix>, over: Partial<PlacedFix> = {}): PlacedFix {
  const whole: LocationFix = { source: 'aml', shape: 'circle', ...fix }
  const plain = { place: {}, standing: 'best', reason: '', isApproximate: false, isTimeOfArrival: false } as const
  return { id: fixId(whole), fix: whole, ...plain, ...over }
}

const found = (...fixes: PlacedFix[]): Outcome<Located> => ({ kind: 'found', value: { fixes }, asOf: 1 })

t.test('the first fix that lies on the grid is where one looks around', async t => {
  t.same(
    toWhereabouts(found(placed({ grid: GRID, radiusMetres: 12 }), placed({ grid: { easting: 1, northing: 2 } }))),
    {
      ...{ kind: 'at', point: GRID, radiusMetres: 12, isApproximate: false, source: 'aml', isConfirmed: false }
    }
  )
  const abroad = placed({ latitude: 48.9, longitude: 2.3, radiusMetres: 5 })
  t.match(toWhereabouts(found(abroad, placed({ grid: GRID }))), { kind: 'at', point: GRID })
})

t.test('how far off it may be, that only its cell is known, and that a handler said so, go with it', async t => {
  t.match(toWhereabouts(found(placed({ grid: GRID, shape: 'ellipse', semiMajorMetres: 300 }))), { radiusMetres: 300 })
  t.match(
    toWhereabouts(found(placed({ grid: GRID, shape: 'point' }))),
    { radiusMetres: 0 },
    'its source says no extent'
  )
  t.match(toWhereabouts(found(placed({ grid: GRID, source: 'cell' }, { isApproximate: true }))), {
    ...{ isApproximate: true, source: 'cell' }
  })
  const confirmed = placed({ grid: GRID }, { standing: 'confirmed' })
  t.match(toWhereabouts(found(confirmed, placed({ grid: GRID }, { standing: 'offered' }))), { isConfirmed: true })
})

t.test('where a handler says that the incident is comes before every place of the caller', async t => {
  const fix: LocationFix = { source: 'typed', shape: 'circle', radiusMetres: 30, grid: { easting: 7, northing: 9 } }
  const incident = { id: fixId(fix), fix, place: {}, isApproximate: false, by: 'ann', at: 1 }
  const caller = placed({ grid: GRID }, { standing: 'confirmed' })
  const outcome = (given: typeof incident): Outcome<Located> => ({
    ...{ kind: 'found', asOf: 1 },
    value: { fixes: [caller], incident: given }
  })
  const unread: Outcome<Located> = {
    ...{ kind: 'found', asOf: 1 },
    value: { fixes: [caller], faults: [{ code: 'lookup.late-fixes', reason: 'away' }] }
  }
  t.same(toWhereabouts(unread), { kind: 'unknown' }, 'what could not be read may have said so')
  t.match(toWhereabouts(outcome(incident)), {
    ...{ kind: 'at', point: { easting: 7, northing: 9 }, radiusMetres: 30, isConfirmed: true, isIncident: true }
  })
  t.notOk('isIncident' in toWhereabouts(found(caller)))
})

t.test('an address goes with its place, as its source wrote it', async t => {
  const address = '12 Mill Lane, Abingdon'
  t.match(toWhereabouts(found(placed({ source: 'eisec', shape: 'civic', grid: GRID, address }))), { address })
  t.notOk('address' in toWhereabouts(found(placed({ grid: GRID }))))
})

t.test('no place on the map is nowhere; what could not be asked is unknown, and never nowhere', async t => {
  t.same(toWhereabouts({ kind: 'none' }), { kind: 'nowhere' })
  t.same(toWhereabouts({ kind: 'not-asked', why: 'no-cli' }), { kind: 'nowhere' })
  t.same(toWhereabouts(found(placed({ latitude: 48.9, longitude: 2.3 }), placed({ shape: 'civic' }))), {
    kind: 'nowhere'
  })
  t.same(toWhereabouts(found()), { kind: 'nowhere' })
  t.same(toWhereabouts({ kind: 'late' }), { kind: 'unknown' })
  t.same(toWhereabouts({ kind: 'failed', fault: 'lookup.failed' }), { kind: 'unknown' })
})
