import t from 'tap'
import { toCallCsv } from '../../../src/pop/call-csv.ts'
import { toMoments } from '../../../src/pop/call-moments.ts'
import { RECORD_LISTS } from '../../../src/pop/call-record.ts'
import { NOON } from '../../support/call-events.ts'
import { aCallRecord, aNote, anAlarm, aPlace } from '../../support/call-record.ts'

const NOT_MARKED = { dueAt: null, why: null, markedBy: null, takenBy: null, takenAt: null }

/** What a spreadsheet makes of it (RFC 4180): cells by line. */
function read(csv: string): string[][] {
  const lines: string[][] = [[]]
  for (const [, quoted, plain, end] of csv
    .replace(/^\uFEFF/, '')
    .matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    lines.at(-1)?.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'))
    if (end === '\r\n') lines.push([])
  }
  return lines.slice(0, -1)
}

const FULL = aCallRecord({
  shown: [{ handler: 'ann', ackedAt: NOON + 50, seenAt: NOON + 80, paintMs: 21.5 }],
  hands: [{ handler: 'ann', hadAt: NOON + 2_000, closedAt: NOON + 90_000 }],
  steps: [{ kind: 'unacked', step: 1, handler: 'bea', node: 'n-1', at: NOON + 5_000 }],
  alarms: [anAlarm({ endedAt: NOON + 70_000, endedBy: 'sue', reason: 'Officers sent' })],
  notes: [aNote(), aNote({ note: 'n2', about: 'threat', text: 'None', why: 'He has left', savedAt: NOON + 30_000 })],
  places: [
    aPlace({ confirmedAt: NOON + 9_000, confirmedBy: 'ann' }),
    aPlace({ fixId: 'eisec', source: 'eisec', fix: null, state: 'late', cameAt: NOON + 6_000 }),
    aPlace({ fixId: 'typed-1', source: 'typed', fix: { address: 'Mill Lane 4' }, cameAt: NOON + 7_000, typedBy: 'ann' })
  ],
  incidents: [
    { incident: '7', reference: 'TVP-1', type: 'Burglary', linkedBy: null, linkedAt: null },
    { incident: '8', reference: 'TVP-2', type: 'Theft', linkedBy: 'ann', linkedAt: NOON + 40_000 }
  ],
  links: [
    { incident: '8', reference: 'TVP-2', act: 'linked', handler: 'ann', at: NOON + 40_000 },
    { incident: '9', reference: null, act: 'unlinked', handler: 'ann', at: NOON + 41_000 }
  ],
  decisions: [
    {
      ...{ deployment: 'd1', outcome: 'units', grade: '1', offered: [], chosen: ['AB12'], note: 'Quickly' },
      ...{ decidedBy: 'ann', decidedAt: NOON + 42_000 }
    }
  ],
  handovers: [{ handover: 'd1', rev: 2, state: 'sent', body: {}, dueAt: {}, madeAt: NOON + 42_000, overAt: null }],
  handoverSteps: [
    {
      handover: 'd1',
      rev: 1,
      signal: 'sent',
      state: 'sent',
      saidBy: 'ann',
      via: 'screen',
      at: NOON + 42_000,
      said: null
    }
  ],
  handoverAlarms: [{ handover: 'd1', step: 'not-delivered', node: 'n-1', at: NOON + 57_000 }],
  handoverSendings: [
    { handover: 'd1', dueAt: NOON + 42_000, attempts: 1, doneAt: NOON + 43_000 },
    { handover: 'd2', dueAt: NOON + 44_000, attempts: 3, doneAt: null }
  ],
  incidentPlaces: [
    { fix: { address: 'Mill Lane 9' }, handler: 'ann', at: NOON + 43_000 },
    { fix: null, handler: 'ann', at: NOON + 44_000 }
  ],
  callerWords: [{ act: 'none', number: null, e164s: [], handler: 'ann', at: NOON + 45_000 }],
  ledgerActs: [
    {
      act: 'marked',
      handler: 'ann',
      at: NOON + 61_000,
      dueAt: NOON + 99_000,
      why: 'Line went dead',
      reason: null,
      note: null
    }
  ],
  jobChoices: [{ grade: '1', type: null, handler: 'ann', at: NOON + 41_500 }],
  ledger: {
    ...{ dueAt: null, why: null, markedBy: null, takenBy: null, takenAt: null },
    ...{ kind: 'silent', line: '999', openedAt: NOON + 60_000, closedAt: NOON + 80_000, closedBy: 'sue' },
    ...{ reason: 'officers-sent', note: 'Seen' },
    later: [{ call: 'c2', kind: 'call-back', at: NOON + 65_000, by: 'ann' }]
  },
  disclosures: [
    {
      ...{ kind: 'peek', handler: 'sue', position: 'sup', force: 'tvp', format: null, reason: 'Silent' },
      ...{ at: NOON + 3_000, untilAt: NOON + 30_000 }
    }
  ]
})

t.test('every row of the record is in the file, whole, in the order of its time', async t => {
  const [head, ...lines] = read(toCallCsv(FULL))
  t.same(head, ['at', 'at_ms', 'of', 'kind', 'who', 'words', 'row'])
  const rows = new Set(lines.map(([, , of, , , , row]) => `${of} ${row}`))
  for (const list of RECORD_LISTS) {
    for (const row of FULL[list]) {
      // What a handler's hand linked stands by the act.
      if (list === 'incidents' && (row as { linkedAt: unknown }).linkedAt !== null) continue
      t.ok(rows.has(`${list} ${JSON.stringify(row)}`), `${list}: ${JSON.stringify(row)}`)
    }
  }
  t.ok(rows.has(`head ${JSON.stringify(FULL.head)}`))
  const times = lines.slice(1).map(([, ms]) => Number(ms))
  t.same(
    times,
    times.toSorted((one, other) => one - other)
  )
  t.equal(lines[0]?.[0], '2026-03-03T12:00:00.000Z')
})

t.test('a call of which nothing more is known than its events is a file of these', async t => {
  const lines = read(toCallCsv(aCallRecord()))
  t.same(
    lines.map(([, , of, kind, who]) => [of, kind, who]),
    [
      ['of', 'kind', 'who'],
      ['head', 'released', 'ann'],
      ['events', 'offered', 'demo-switch'],
      ['events', 'answered', 'demo-switch'],
      ['events', 'released', 'demo-switch']
    ]
  )
})

t.test('what a caller or a handler wrote is never a formula, nor breaks a line', async t => {
  const texts = ['=HYPERLINK("http://x")', '+441632960001', '-1', '@sum', '\tx', 'a "quoted", thing\r\nand a line']
  const notes = texts.map((text, n) => aNote({ note: `n${n}`, text, savedAt: NOON + n }))
  const lines = read(toCallCsv(aCallRecord({ notes }))).filter(([, , of]) => of === 'notes')
  t.same(
    lines.map(line => line[5]),
    [...texts.slice(0, 5).map(text => `'${text}`), texts[5]]
  )
  t.same(
    lines.map(line => JSON.parse(line[6] ?? '').text),
    texts,
    'the row has it as it was written'
  )
})

t.test('a call that stays in the ledger, and what nobody acknowledged, say so', async t => {
  const ledger = { ...{ kind: 'abandoned', line: '101', openedAt: NOON, closedAt: null, closedBy: null }, later: [] }
  const moments = toMoments(
    aCallRecord({
      shown: [
        { handler: 'ann', ackedAt: NOON, seenAt: null, paintMs: null },
        { handler: 'bea', ackedAt: null, seenAt: NOON, paintMs: null }
      ],
      hands: [{ handler: 'ann', hadAt: NOON, closedAt: null }],
      steps: [{ kind: 'not-taken', step: 1, handler: null, node: 'n', at: NOON }],
      ledger: { ...ledger, ...NOT_MARKED, reason: null, note: null },
      alarms: [anAlarm({ endedAt: NOON + 9_000 })]
    })
  )
  t.same(
    moments.filter(({ of }) => of !== 'events').map(({ of, kind, who }) => [of, kind, who]),
    [
      ['shown', 'received', 'ann'],
      ['shown', 'seen', 'bea'],
      ['hands', 'taken', 'ann'],
      ['steps', 'not-taken', ''],
      ['ledger', 'ledger-abandoned', ''],
      ['alarms', 'alarm-raised', ''],
      ['alarms', 'alarm-ended', '']
    ]
  )
})
