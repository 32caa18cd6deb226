import t from 'tap'
import { type Pdu, parsePdu, printPdu } from '../../../../../src/lookups/location/eisec/eisec-pdu.ts'

const ALL: readonly [body: string, pdu: Pdu][] = [
  ['LRCALLBOX secret                  ', { type: 'LR', user: 'CALLBOX', password: 'secret' }],
  ['LA', { type: 'LA' }],
  ['LJ5', { type: 'LJ', reason: 5 }],
  ['LG2', { type: 'LG', left: 2 }],
  [`PCold${' '.repeat(21)}new${' '.repeat(21)}`, { type: 'PC', from: 'old', to: 'new' }],
  ['PA', { type: 'PA' }],
  ['PJ2', { type: 'PJ', reason: 2 }],
  ['TS15   ', { type: 'TS', seconds: 15 }],
  ['TA', { type: 'TA' }],
  ['TJ1', { type: 'TJ', reason: 1 }],
  ['PO', { type: 'PO' }],
  ['NQ07TN07700900123         ', { type: 'NQ', request: 7, telephone: '07700900123' }],
  ['QN0799', { type: 'QN', request: 7, error: '99' }],
  ['LO', { type: 'LO' }],
  [
    'QP07TN01632960123         NA008A PersonAA007Level 1AB016Anytown ZZ99 9ZZ',
    {
      type: 'QP',
      request: 7,
      telephone: '01632960123',
      fields: [
        { tag: 'NA', text: 'A Person' },
        { tag: 'AA', text: 'Level 1' },
        { tag: 'AB', text: 'Anytown ZZ99 9ZZ' }
      ]
    }
  ],
  ['QP00', { type: 'QP', request: 0, fields: [] }]
]

t.test('every type is written and read as the tables have it', async t => {
  for (const [body, pdu] of ALL) {
    t.equal(printPdu(pdu), body)
    t.same(parsePdu(body), { kind: 'pdu', pdu }, body)
  }
  t.equal(new Set(ALL.map(([, { type }]) => type)).size, 15)
})

t.test('what is not in the tables is refused with a reason that repeats nothing of it', async t => {
  const bodies = [
    '',
    'L',
    'XX',
    'LJ',
    'LJ12',
    'LG',
    'QN07',
    'QP',
    'QPx7',
    'QP07TN0770',
    'QP07NA999short',
    'QP07na003abc'
  ]
  bodies.push('LRshort', 'TSabcde', 'NQ7TN', 'LA with more', `QP07${'NA000'.repeat(33)}`, 'PO07700900123')
  for (const body of bodies) {
    const read = parsePdu(body)
    t.equal(read.kind, 'bad', body)
    if (read.kind === 'bad') t.notMatch(read.reason, /07700900123|short|abc/)
  }
})
