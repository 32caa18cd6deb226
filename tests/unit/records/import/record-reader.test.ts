import t from 'tap'
import { HELMERT_GRID } from '../../../../src/grid/national-grid.ts'
import { templateOf } from '../../../../src/import/template.ts'
import { CsvReader } from '../../../../src/records/import/csv-reader.ts'
import { parseHead } from '../../../../src/records/import/record-columns.ts'
import { readRecord } from '../../../../src/records/import/record-reader.ts'
import { RECORD_KINDS, type RecordKind } from '../../../../src/records/import/record-schemas.ts'

const CONTEXT = { force: 'tvp', asOf: 5, grid: HELMERT_GRID }
const read = (kind: RecordKind, record: unknown) => readRecord(kind, record, CONTEXT)

t.test('the template of each kind is a file that can be imported', async t => {
  for (const kind of RECORD_KINDS) {
    const reader = new CsvReader()
    const rows = [...reader.push(templateOf(kind)), ...reader.end()].map(row => ('fields' in row ? row.fields : []))
    const head = parseHead(kind, rows[0] ?? [])
    if (head.kind === 'bad') return t.fail(head.reason)
    t.match(read(kind, head.toRecord(rows[1] ?? [])), { kind: 'row', row: { force: 'tvp' } }, kind)
  }
})

t.test('a person has several numbers and addresses, and a number may ring at one of them', async t => {
  const person = {
    ...{ record_key: 'P1', name: 'Alex Example', born: '1984', as_of: '2026-03-01' },
    numbers: [
      { number: '07700 900123' },
      { number: '01632 960123', relation: 'home', address: 2, as_of: '2026-01-01' }
    ],
    addresses: [
      { text: '1 Example Row', until: '2025-01-01' },
      { record_key: 'A2', text: '2 Example Row', easting: 471_500, northing: 173_500 }
    ]
  }
  t.match(read('people', person), {
    row: {
      ...{ recordKey: 'P1', name: 'Alex Example', asOf: Date.UTC(2026, 2, 1) },
      numbers: [
        { e164: '+447700900123', relation: 'known', asOf: Date.UTC(2026, 2, 1) },
        { e164: '+441632960123', relation: 'home', address: 'A2', asOf: Date.UTC(2026, 0, 1) }
      ],
      addresses: [
        { recordKey: /^text-/, relation: 'lives', untilAt: Date.UTC(2025, 0, 1) },
        { recordKey: 'A2', text: '2 Example Row', point: { easting: 471_500, northing: 173_500 } }
      ]
    }
  })
  t.match(read('people', { ...person, numbers: [{ number: '07700 900123', address: 3 }] }), {
    reason: /numbers.1.address/
  })
  t.match(read('people', { ...person, numbers: [{ number: 'none' }] }), { reason: /numbers.1.number/ })
  t.match(read('people', { ...person, numbers: [person.numbers[0], { number: '+447700900123' }] }), { reason: /twice/ })
  t.match(read('people', { ...person, addresses: [person.addresses[0], { text: '1, EXAMPLE row' }] }), {
    reason: /twice/
  })
})

t.test('columns of a list that are empty leave no hole, and a number keeps its address', async t => {
  const head = parseHead('people', [
    'record_key',
    'name',
    'numbers.1.number',
    'numbers.2.number',
    'numbers.2.address',
    'addresses.1.text',
    'addresses.2.text'
  ])
  if (head.kind === 'bad') return t.fail(head.reason)
  const record = head.toRecord(['P1', 'Alex Example', '', '01632 960123', '2', '', '2 Example Row'])
  t.same(record, {
    ...{ record_key: 'P1', name: 'Alex Example' },
    numbers: [{ number: '01632 960123', address: 1 }],
    addresses: [{ text: '2 Example Row' }]
  })
})

t.test('a head that is none of the kind says which column', async t => {
  for (const [head, reason] of [
    [['record_key', 'shoe_size'], /column 2 .*shoe_size/],
    [['name'], /record_key is missing/],
    [['record_key', 'record_key'], /twice/],
    [['record_key', 'numbers'], /column 2/],
    [['record_key', 'numbers.0.number'], /column 2/],
    [['record_key', 'numbers.21.number'], /column 2/],
    [['record_key', 'constructor'], /column 2/]
  ] as const) {
    t.match(parseHead('people', head), { kind: 'bad', reason }, head.join())
  }
})

t.test('a warning is of exactly one: a person, a number or an address', async t => {
  const marker = {
    record_key: 'M1',
    kind: 'firearms',
    made_at: '2026-01-01',
    review_at: '2027-01-01',
    expires_at: '2028-01-01'
  }
  t.match(read('markers', { ...marker, person: 'P1' }), {
    row: { person: 'P1', text: '', reviewAt: Date.UTC(2027, 0, 1) }
  })
  t.match(read('markers', { ...marker, number: '07700 900123' }), { row: { e164: '+447700900123' } })
  t.match(read('markers', { ...marker, address: { text: '1 Example Row' } }), {
    row: { address: { recordKey: /^text-/ } }
  })
  t.match(read('markers', { ...marker, address: { record_key: 'A1' } }), { row: { address: { recordKey: 'A1' } } })
  t.match(read('markers', marker), { reason: /exactly one/ })
  t.match(read('markers', { ...marker, person: 'P1', number: '07700 900123' }), { reason: /exactly one/ })
  t.match(read('markers', { ...marker, address: {} }), { reason: /neither/ })
  t.match(read('markers', { ...marker, kind: 'Fire arms', person: 'P1' }), { reason: /^kind / })
})

t.test('an incident is open or closed, not both', async t => {
  const incident = { record_key: 'I1', reference: '1', type: 'RTC', status: 'open', opened_at: '2026-03-01T08:00:00Z' }
  t.match(read('incidents', incident), { row: { status: 'open' }, notes: ['no-location'] })
  t.match(read('incidents', { ...incident, closed_at: '2026-03-01T09:00:00Z' }), { reason: /open/ })
  t.match(read('incidents', { ...incident, status: 'closed', closed_at: '2026-03-01T07:00:00Z' }), { reason: /before/ })
  t.match(read('incidents', { ...incident, status: 'maybe' }), { reason: /^status / })
})

t.test('crimes of a force have their time and place', async t => {
  const crime = {
    record_key: 'C1',
    category: 'Burglary',
    happened_at: '2026-02-28T23:30:00Z',
    easting: 471_500,
    northing: 173_500
  }
  t.match(read('crimes', crime), {
    notes: [],
    row: { category: 'burglary', month: Date.UTC(2026, 1, 1) / 86_400_000, asOf: 5 }
  })
  const area = { points: 1, contains: () => false }
  t.match(readRecord('crimes', crime, { ...CONTEXT, area }), { notes: ['outlier'], row: { isOutlier: true } })
  t.match(read('crimes', { record_key: 'C1', category: 'Bank job', happened_at: '2026-02-28' }), {
    notes: ['no-location', 'unknown-category']
  })
})

t.test('a tombstone has its key and nothing else', async t => {
  t.same(read('people', { record_key: 'P1', deleted: true }), { kind: 'tombstone', recordKey: 'P1' })
  t.match(read('people', { record_key: 'P1', deleted: true, name: 'x' }), { kind: 'bad' })
  t.match(read('people', { record_key: 'P1', deleted: 'maybe' }), { kind: 'bad' })
  t.match(read('people', { record_key: 'P1', deleted: false, name: 'Alex Example' }), { kind: 'row' })
})

t.test('a record that breaks its schema says where, and never what stood there', async t => {
  for (const [record, reason] of [
    [{ name: 'Alex Example' }, 'record_key is missing'],
    [{ record_key: 'P1', name: 'Alex Example', shoe: 7 }, 'it has shoe, which is no column of it'],
    [{ record_key: 'P1', name: 'Alex Example', numbers: [{ number: 7 }] }, 'numbers.1.number must be string'],
    [{ record_key: 'P1', name: 'a\u0000b' }, 'a text has a NUL or half of a character in it'],
    [{ record_key: 'P1', name: 'a\ud800b' }, 'a text has a NUL or half of a character in it'],
    ['P1', 'it is no object']
  ] as const) {
    t.same(read('people', record), { kind: 'bad', reason })
  }
})
