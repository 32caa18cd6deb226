import t from 'tap'
import { Value } from 'typebox/value'
import type { Cli } from '../../../src/call/call.ts'
import type { VehicleData } from '../../../src/lookups/location/ecall-msd.ts'
import { fixId } from '../../../src/lookups/location/late-fix.ts'
import type { LocationFix } from '../../../src/lookups/location/location.ts'
import type { PlacedFix } from '../../../src/lookups/location/placed-fix.ts'
import type { Lookup, LookupName, Outcome } from '../../../src/lookups/lookup.ts'
import { failedPanel, panelRevision, toPanel } from '../../../src/pop/panel.ts'
import { Panel } from '../../../src/pop/pop.ts'
import { anOffer, callAfter, cliOf, NOON } from '../../support/call-events.ts'

const call = callAfter(anOffer())
const lookup = (name: LookupName): Lookup => ({
  name,
  source: 'Force record',
  deadlineMs: 1,
  ask: async () => ({ kind: 'none' })
})

function panel(name: LookupName, outcome: Outcome<unknown>, on = call): Panel {
  const made = toPanel({ lookup: lookup(name), outcome, tookMs: 1.2345 }, on)
  t.ok(Value.Check(Panel, made), `${name} ${outcome.kind} is a panel of the protocol`)
  return made
}

/** People without an address and without warnings. */
function callerOf(people: readonly object[]) {
  return { people: people.map(person => ({ isEarlier: false, addresses: [], markers: 0, ...person })), addresses: [] }
}

t.test('"there is nothing", "could not ask", "too late" and "did not ask" never read the same', async t => {
  const outcomes: Outcome<unknown>[] = [
    { kind: 'none' },
    { kind: 'failed', fault: 'database.lost' },
    { kind: 'late' },
    { kind: 'not-asked', why: 'no-cli' },
    { kind: 'not-asked', why: 'breaker-open' }
  ]
  const shown = outcomes.map(outcome => panel('history', outcome)).map(({ status, why }) => `${status} ${why ?? ''}`)
  t.same(shown, ['none ', 'failed database.lost', 'late ', 'not-asked no-cli', 'not-asked breaker-open'])
  t.equal(new Set(shown).size, outcomes.length)
  t.match(failedPanel('history', 'Force record'), { status: 'failed', why: 'queue.job-failed' })
})

t.test('people: each with relation, source and how old that knowledge is', async t => {
  const people = [
    {
      name: 'Fox\u202e, Ivy',
      relation: 'subscriber',
      born: '1990-01-01',
      e164: '+447700900123',
      source: 'Contacts',
      asOf: 5
    },
    { name: 'Invented, Ian', relation: 'lives there', e164: '+447700900123', source: 'Contacts', asOf: 4 }
  ]
  t.match(panel('identity', { kind: 'found', value: callerOf(people), asOf: 5 }), {
    status: 'found',
    asOf: 5,
    tookMs: 1.2,
    more: 0,
    items: [
      {
        kind: 'person',
        title: 'Fox, Ivy',
        detail: 'subscriber',
        at: 5,
        fields: { source: 'Contacts', born: '1990-01-01' }
      },
      { title: 'Invented, Ian' }
    ]
  })
})

t.test('of two numbers each person says which one they are held for', async t => {
  const network = { raw: '+447700900123', e164: '+447700900123', kind: 'mobile' } as const
  const presentation = { raw: '+441632960001', e164: '+441632960001', kind: 'fixed' } as const
  const conflict = callAfter(anOffer({ cli: { network, presentation, trust: 'conflict' } }))
  const person = { name: 'Invented, Ian', relation: 'subscriber', source: 'Contacts', asOf: 4 }
  const value = callerOf([
    { ...person, e164: network.e164 },
    { ...person, e164: presentation.e164 }
  ])
  t.match(panel('identity', { kind: 'found', value, asOf: 4 }, conflict).items, [
    { fields: { number: '07700 900123', matched: 'network', unverified: undefined } },
    { fields: { number: '01632 960001', matched: 'presentation', unverified: true } }
  ])
  t.equal(panel('identity', { kind: 'found', value, asOf: 4 }).items[0]?.fields?.['number'], undefined)
})

const contact = (over = {}) => ({
  ...{ callId: 'c', e164: '+447700900123', isNetwork: true, line: '999', offeredAt: NOON },
  ...over
})

t.test('history: calls and incidents, how many more, and the number that matched where two differ', async t => {
  const incident = { reference: 'TV-1', type: 'Burglary', status: 'closed' }
  const items = [contact({ incident, summary: 'Back door', result: 'attended' }), contact({ line: '101' })]
  const value = { items, total: 31 }
  t.match(panel('history', { kind: 'found', value, asOf: 1 }), {
    more: 29,
    items: [
      {
        kind: 'incident',
        title: 'Burglary',
        detail: 'Back door',
        at: NOON,
        fields: { reference: 'TV-1', status: 'closed', result: 'attended', line: '999' }
      },
      { kind: 'contact', title: '101 call', fields: { line: '101' } }
    ]
  })
  const presentation = { raw: '+441632960001', e164: '+441632960001', kind: 'fixed' } as const
  const conflict = callAfter(anOffer({ cli: { ...cliOf(123), presentation, trust: 'conflict' } }))
  t.match(panel('history', { kind: 'found', value, asOf: 1 }, conflict).items[0]?.fields, { number: '07700 900123' })
})

t.test('what is known only by a number that the caller shows, or showed then, is marked', async t => {
  const shown = { raw: '+447700900123', e164: '+447700900123', kind: 'mobile' } as const
  const only = callAfter(anOffer({ cli: { presentation: shown, trust: 'presentation-only' } }))
  const person = { name: 'Invented, Ian', relation: 'subscriber', e164: shown.e164, source: 'Contacts', asOf: 4 }
  const found = (value: unknown) => ({ kind: 'found', value, asOf: 4 }) as const
  const mark = { matched: 'presentation', unverified: true }
  t.match(panel('identity', found(callerOf([person])), only).items, [{ fields: mark }])
  t.match(panel('identity', found(callerOf([person]))).items, [
    { fields: { matched: 'network', unverified: undefined } }
  ])
  const contacts = found({ items: [contact(), contact({ isNetwork: false })], total: 2 })
  t.match(panel('history', contacts, only).items, [
    { fields: { ...mark, wasUnverified: undefined } },
    { fields: { ...mark, wasUnverified: true } }
  ])
  t.match(panel('history', contacts).items[1]?.fields, {
    matched: 'network',
    unverified: undefined,
    wasUnverified: true
  })
})

t.test('the history says how often the number rang before, and whether anybody vouches for it', async t => {
  const found = (repeat?: object) =>
    panel('history', { kind: 'found', value: { items: [contact()], total: 1, ...(repeat && { repeat }) }, asOf: 1 })
  t.same(found({ count: 3, withinMs: 86_400_000, isVouchedFor: false }).repeat, {
    ...{ count: 3, withinHours: 24, unverified: true }
  })
  t.notOk('repeat' in found())
})

t.test('a panel holds no more than a screen, and says how many it leaves out', async t => {
  const made = panel('history', { kind: 'found', value: { items: Array(50).fill(contact()), total: 80 }, asOf: 1 })
  t.equal(made.items.length, 20)
  t.equal(made.more, 60)
  const long = panel('identity', {
    kind: 'found',
    value: callerOf([
      { name: 'x'.repeat(400), relation: 'y'.repeat(2_000), e164: '', source: 'z'.repeat(100), asOf: 1 }
    ]),
    asOf: 1
  })
  t.match(long.items[0]?.title, /^x{299}…$/)
})

function aPlacedFix(fix: LocationFix): PlacedFix {
  const plain = { place: {}, standing: 'other', reason: '', isApproximate: false, isTimeOfArrival: false } as const
  return { id: fixId(fix), fix, ...plain }
}

t.test('places: circle, point, address with and without coordinates, and what could not be read', async t => {
  const fixes: LocationFix[] = [
    {
      source: 'pidf-lo',
      shape: 'circle',
      latitude: 51.752,
      longitude: -1.2577,
      radiusMetres: 29.6,
      confidence: 95,
      method: 'A-GPS',
      fixedAt: 7
    },
    { source: 'pidf-lo', shape: 'point', latitude: 51, longitude: -1 },
    { source: 'address', shape: 'civic', latitude: 51, longitude: -1, address: '1 Invented Street', fixedAt: 3 },
    { source: 'address', shape: 'civic', address: '2 Invented Street' },
    { source: 'pidf-lo', shape: 'civic' }
  ]
  const made = panel('location', {
    kind: 'found',
    value: { fixes: fixes.map(aPlacedFix), faults: [{ code: 'lookup.bad-document', reason: 'has a DTD' }] },
    asOf: 7
  })
  t.match(made.items, [
    {
      title: 'Within 30 m of 51.75200, -1.25770',
      at: 7,
      fields: { source: 'pidf-lo', radiusMetres: 29.6, confidence: 95, method: 'A-GPS' }
    },
    { title: 'Point of 51.00000, -1.00000' },
    { title: '1 Invented Street', detail: '51.00000, -1.00000', fields: { source: 'address on record' } },
    { title: '2 Invented Street' },
    { title: 'Point of an unknown place' },
    { kind: 'note', detail: 'has a DTD' }
  ])
})

t.test('an address on record of a number that the caller only shows has its word', async t => {
  const fixes = [{ source: 'address', shape: 'civic', address: '1 Invented Street' } as const].map(aPlacedFix)
  const { network } = cliOf(123)
  const presentation = { raw: '+441632960001', e164: '+441632960001', kind: 'fixed' } as const
  if (network === undefined) throw new Error('unreachable')
  const notes = (cli: Cli, of = fixes) =>
    panel('location', { kind: 'found', value: { fixes: of }, asOf: 7 }, callAfter(anOffer({ cli }))).items.flatMap(
      ({ kind, title }) => (kind === 'note' ? [title] : [])
    )
  t.match(notes({ presentation, trust: 'presentation-only' }), [/is of the number the caller shows/])
  t.match(notes({ network, presentation, trust: 'conflict' }), [/may be of the number the caller shows/])
  t.same(notes({ network, trust: 'asserted' }), [])
  t.same(notes({ network, presentation: network, trust: 'asserted' }), [])
  const sent = [{ source: 'pidf-lo', shape: 'point', latitude: 51, longitude: -1 } as const].map(aPlacedFix)
  t.same(notes({ presentation, trust: 'presentation-only' }, sent), [], 'what came with the call is of no number')
})

t.test('a shape is told with its axes and height, so that a screen can draw it', async t => {
  const ellipse = { semiMajorMetres: 120, semiMinorMetres: 40, orientationDegrees: 30 }
  const fix = { latitude: 51, longitude: -1, radiusMetres: 120, altitudeMetres: 61 }
  const placed = aPlacedFix({ source: 'held', shape: 'ellipse', ...fix, ...ellipse })
  const made = panel('location', { kind: 'found', value: { fixes: [placed] }, asOf: 7 })
  t.match(made.items[0]?.fields, { ...ellipse, shape: 'ellipse', altitudeMetres: 61, radiusMetres: 120 })
})

const VEHICLE: VehicleData = {
  ...{ version: 2, messageIdentifier: 1, trigger: 'automatic', isTest: false, isPositionTrusted: true },
  ...{ vehicleClass: 'M1', vin: 'XYZNVENTEDCAR0001', propulsion: ['petrol', 'electric'], sentAt: NOON },
  ...{ position: [51.752, -1.2577], recentPositions: [[51.75, -1.25]], headingDegrees: 90, occupants: 2 }
}
const vehicleNote = (over: Partial<VehicleData> = {}) =>
  panel('location', { kind: 'found', value: { fixes: [], vehicle: { ...VEHICLE, ...over } }, asOf: 1 }).items[0]

t.test('an automatic eCall says first that nobody may be able to speak', async t => {
  t.match(vehicleNote(), {
    kind: 'note',
    title: /^Automatic eCall: .*Nobody may be able to speak/,
    detail:
      'Passenger car, VIN XYZNVENTEDCAR0001; petrol and electric; 2 seat belts fastened; heading east (90°); it trusts its position',
    at: NOON,
    fields: { trigger: 'automatic', vin: 'XYZNVENTEDCAR0001', occupants: 2, before: '51.75000, -1.25000' }
  })
  t.match(vehicleNote({ trigger: 'manual', isTest: true }), { title: /^TEST\. eCall by hand/ })
  const { position: _, headingDegrees: __, occupants: ___, sentAt: ____, ...little } = VEHICLE
  const value = { fixes: [], vehicle: { ...little, propulsion: [], vehicleClass: 'L3e', recentPositions: [] } }
  t.match(panel('location', { kind: 'found', value, asOf: 1 }).items, [
    { detail: /^Motorcycle or light vehicle, VIN \w+; seat belts not counted; it does not know where it is$/ }
  ])
  t.match(vehicleNote({ isPositionTrusted: false, occupants: 1 })?.detail, /1 seat belt fastened.*does NOT trust/)
  t.match(vehicleNote({ vehicleClass: 'unknown' })?.detail, /^Vehicle of another kind/)
})

t.test('what was sent and is of no use is said in words of its own, and many places do not push it out', async t => {
  const codes = ['bad-document', 'bad-vehicle-data', 'held-refused', 'held-error', 'held-late', 'held-failed', 'failed']
  const faults = codes.map(code => ({ code: `lookup.${code}`, reason: 'x\u0007'.repeat(300) }))
  const fix = { source: 'held', shape: 'point', latitude: 51, longitude: -1 } as const
  const fixes = Array.from({ length: 40 }, () => aPlacedFix(fix))
  const made = panel('location', { kind: 'found', value: { fixes, faults, vehicle: VEHICLE }, asOf: 1 })
  const notes = made.items.filter(({ kind }) => kind === 'note')
  t.same([made.items.length, notes.length, made.more], [20, 8, 28])
  t.equal(new Set(notes.map(({ title }) => title)).size, 8)
  t.ok(
    notes.every(({ detail = '' }) => !detail.includes('\u0007')),
    'nothing of it controls a screen'
  )
})

t.test('a later run beats an earlier one, and within a run an answer beats the want of one', async t => {
  t.ok(panelRevision(1, { status: 'found' }) > panelRevision(1, { status: 'late' }))
  t.ok(panelRevision(2, { status: 'late' }) > panelRevision(1, { status: 'found' }))
  t.equal(panelRevision(1, { status: 'none' }), panelRevision(1, { status: 'not-asked' }))
  t.equal(panelRevision(1, { status: 'failed' }), panelRevision(1, { status: 'pending' }))
})
