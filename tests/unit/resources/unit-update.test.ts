import t from 'tap'
import { NATIONAL_CODES } from '../../../src/operations/units-schema.ts'
import { toStatusTable } from '../../../src/resources/status-codes.ts'
import { MAX_UNITS, UnitBook } from '../../../src/resources/unit-book.ts'
import { applyUpdate } from '../../../src/resources/unit-update.ts'
import { NOW } from '../../support/recommending.ts'

const codes = toStatusTable(NATIONAL_CODES)
const rules = { force: 'tvp', codes, now: NOW }
const PLACE = { easting: 450_000, northing: 205_000 }

function after(...updates: Parameters<typeof applyUpdate>[1][]) {
  return updates.reduce<ReturnType<typeof applyUpdate> | undefined>((before, update) => {
    const unit = before?.kind === 'changed' ? before.unit : undefined
    return applyUpdate(unit, update, rules)
  }, undefined)
}

t.test('a unit that has only said where it is cannot be sent: nobody knows what it does', async t => {
  t.match(after({ callsign: 'CA01', at: NOW, place: PLACE }), { unit: { standing: 'unavailable', fix: { at: NOW } } })
})

t.test('its code says what it does, however the radio writes it', async t => {
  for (const status of ['2', '02', ' 2 '])
    t.match(after({ callsign: 'CA01', at: NOW, status }), { unit: { standing: 'available' } })
  t.match(after({ callsign: 'CA01', at: NOW, status: '4' }), { unit: { standing: 'divertible', reluctance: 0.6 } })
  t.match(after({ callsign: 'CA01', at: NOW, status: '99' }), { unit: { standing: 'unavailable', status: '99' } })
})

t.test('an officer in danger is a signal, and the unit goes on doing what it did', async t => {
  const came = after({ callsign: 'CA01', at: NOW, status: '2' }, { callsign: 'CA01', at: NOW + 1, status: '0' })
  t.match(came, { unit: { standing: 'available', status: '2' }, signal: { code: '0', isEmergency: true } })
})

t.test('a signal that comes late still is one; a place that comes late is not', async t => {
  const base = { callsign: 'CA01', at: NOW, place: PLACE, status: '2' }
  t.match(after(base, { callsign: 'CA01', at: NOW - 60_000, status: '0' }), { signal: { isEmergency: true } })
  const late = { easting: 1, northing: 1 }
  t.match(after(base, { callsign: 'CA01', at: NOW - 1, place: late }), { kind: 'older' })
})

t.test('of two words that cross each other the newer holds, for its place and for what it does apart', async t => {
  const came = after(
    { callsign: 'CA01', at: NOW, status: '5', job: { grade: '2' } },
    { callsign: 'CA01', at: NOW - 5, status: '2', job: null, place: PLACE }
  )
  t.match(came, { unit: { status: '5', job: { grade: '2' }, fix: { at: NOW - 5 } } })
})

t.test('a job that is over is none; one that is not spoken of stays', async t => {
  const busy = { callsign: 'CA01', at: NOW, status: '5', job: { grade: '2', reference: '44' } }
  t.match(after(busy, { callsign: 'CA01', at: NOW + 1, crew: 2 }), { unit: { job: { reference: '44' }, crew: 2 } })
  const over = after(busy, { callsign: 'CA01', at: NOW + 1, job: null })
  t.equal(over?.kind === 'changed' && 'job' in over.unit, false)
})

t.test('a clock that runs ahead is not believed: its unit would never be stale', async t => {
  t.same(after({ callsign: 'CA01', at: NOW + 61_000, place: PLACE }), { kind: 'from-the-future' })
})

t.test('the book of one force is not that of another, and has its limit', async t => {
  const book = new UnitBook(
    new Map([
      ['tvp', { codes }],
      ['hants', { codes }]
    ])
  )
  const updates = Array.from({ length: MAX_UNITS + 3 }, (_, at) => ({ callsign: `CA${at}`, at: NOW, place: PLACE }))
  t.match(book.take('tvp', updates, NOW), { changed: MAX_UNITS, full: 3 })
  t.equal(book.index('hants')?.size, 0)
  t.match(book.take('nobody', updates.slice(0, 2), NOW), { full: 2 })
})

t.test('what could not be kept is asked for again, and what others know that is older changes nothing', async t => {
  const book = new UnitBook(new Map([['tvp', { codes }]]))
  book.take('tvp', [{ callsign: 'CA01', at: NOW, place: PLACE, status: '2' }], NOW)
  const changed = book.takeChanged('tvp')
  t.equal(changed.length, 1)
  t.same(book.takeChanged('tvp'), [])
  book.putBack(changed)
  t.equal(book.takeChanged('tvp').length, 1)
  const [unit] = changed
  if (unit === undefined) throw new Error('no unit')
  book.learn({
    ...unit,
    status: '6',
    standing: 'unavailable',
    saidAt: NOW - 1,
    fix: { easting: 1, northing: 1, at: NOW + 1 }
  })
  t.match(book.index('tvp')?.get('CA01'), { status: '2', fix: { easting: 1 } })
})
