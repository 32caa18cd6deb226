import t from 'tap'
import {
  abandonedTile,
  alertsTile,
  consolesTile,
  inTimeTile,
  meanWaitTile,
  NOT_COUNTED,
  serviceTile,
  sourcesTile,
  tileOf,
  unackedTile,
  waitingTile
} from '../../../src/console/wallboard-words.ts'
import type { LineHour, Wallboard } from '../../../src/pop/board.ts'

const TARGET = { line: '999', withinMs: 10_000, percent: 90 }
const BUDGET = { perHour: 6, flood: 10, shares: [5, 15, 80] }

const COUNTS = { offered: 0, answered: 0, inTime: 0, late: 0, abandoned: 0, unknown: 0 }
function anHour(over: Partial<LineHour> = {}): LineHour {
  return {
    line: '999',
    ...COUNTS,
    steps: [COUNTS, { ...COUNTS, offered: 4, inTime: 3, late: 1, abandoned: 1 }],
    ...over
  }
}

t.test('what could not be counted is said in words, and has no figure that could be taken for one', async t => {
  for (const part of [
    tileOf({ kind: 'not-counted', why: 'record.away' } as Wallboard['waiting'], unackedTile),
    tileOf({ kind: 'not-counted', why: 'wallboard.not-counted' } as Wallboard['consoles'], consolesTile)
  ]) {
    t.equal(part.mark, 'unknown')
    t.notMatch(`${part.figure} ${part.says}`, /\d/)
    t.equal(part.figure, NOT_COUNTED.figure)
  }
  t.same(tileOf({ kind: 'counted', value: { lines: [], unacked: 0 } } as Wallboard['waiting'], unackedTile).figure, '0')
})

t.test(
  'who waits for 999 longer than the target is an alarm of its own; the wait grows while nobody counts',
  async t => {
    const at = (longestWaitMs: number | undefined, over = {}) =>
      waitingTile(
        { line: '999', waiting: 2, unheard: 0, ...(longestWaitMs === undefined ? {} : { longestWaitMs }) },
        { agedMs: 2_000, limitMs: 10_000, hour: undefined, ...over }
      )
    t.match(at(7_000), { figure: '2', says: 'Longest 0:09', mark: 'fine' })
    t.match(at(8_001), { says: 'Longest 0:10, too long', mark: 'act' })
    t.match(at(8_001, { limitMs: undefined }), { says: 'Longest 0:10', mark: 'fine' })
    t.match(at(undefined), { says: 'Nobody waits', mark: 'fine' })
    t.same(waitingTile(undefined, { agedMs: 0, limitMs: 10_000, hour: anHour({ offered: 4 }) }).details, [
      '4 came in the last hour'
    ])
    t.same(waitingTile({ line: '999', waiting: 0, unheard: 3 }, { agedMs: 0, limitMs: 1, hour: undefined }).details, [
      '3 more may be over'
    ])
  }
)

t.test('the share in time is never rounded up to the target, and of no calls there is none', async t => {
  t.match(inTimeTile(anHour({ inTime: 899, late: 101 }), TARGET), { figure: '89', unit: '%', mark: 'watch' })
  t.match(inTimeTile(anHour({ inTime: 8_999, late: 1_001 }), TARGET), { figure: '89', says: 'Below 90 %' })
  t.match(inTimeTile(anHour({ inTime: 9, late: 1 }), TARGET), { figure: '90', says: 'At or over 90 %', mark: 'fine' })
  const none = inTimeTile(anHour({ unknown: 2 }), TARGET)
  t.match(none, { figure: 'No calls', details: ['2 more: not known how they ended'] })
  t.equal(none.unit, undefined)
  t.same(none.chart?.values, [undefined, 75])
  t.equal(inTimeTile(undefined, TARGET).figure, 'No calls')
})

t.test('the mean wait of nobody is no wait of nothing', async t => {
  t.match(meanWaitTile(anHour({ answered: 3, offered: 4, meanWaitMs: 72_400 })), { figure: '1:12' })
  t.match(meanWaitTile(anHour({ offered: 4 })), { figure: 'None answered', says: '4 came in the last hour' })
  t.match(meanWaitTile(undefined), { figure: 'None answered', says: 'No call in the last hour' })
})

t.test('callers who left, by line, the emergency ones first', async t => {
  const lines = [anHour({ abandoned: 1 }), anHour({ line: '101', abandoned: 5 })]
  t.match(abandonedTile(lines, '999'), { figure: '1', mark: 'watch', details: ['101: 5'], chart: { values: [0, 1] } })
  t.match(abandonedTile([anHour()], '999'), { figure: '0', says: 'No caller left', mark: 'fine' })
  t.match(abandonedTile([], '999'), { figure: '0' })
})

t.test('pops and screens that nobody looks at', async t => {
  t.match(unackedTile({ unacked: 2 }), { figure: '2', mark: 'act' })
  t.match(consolesTile({ live: 48, hidden: 1, stale: 0, gone: 1 }), {
    ...{ figure: '2', says: '48 of 50 answer', mark: 'watch' },
    details: ['1 out of sight', '1 without a screen']
  })
  t.match(consolesTile({ live: 3, hidden: 0, stale: 0, gone: 0 }), { figure: '0', mark: 'fine' })
  t.match(consolesTile({ live: 0, hidden: 0, stale: 2, gone: 0 }), { mark: 'act' })
  t.match(consolesTile({ live: 0, hidden: 0, stale: 0, gone: 0 }), { figure: 'Nobody there', mark: 'act' })
})

t.test('alerts against the budget: over it, by one handler alone, and a flood', async t => {
  const alerts = (over: object) => ({
    byPriority: [1, 2, 9],
    lastTenMinutes: 1,
    mostOfOneHandler: 0,
    steps: [0, 3],
    ...over
  })
  t.match(alertsTile(alerts({}), BUDGET), {
    ...{ figure: '3', says: 'Budget 6 an hour', mark: 'fine' },
    details: ['P1/P2/P3: 1/2/9', '8/17/75 % (aim 5/15/80)']
  })
  t.match(alertsTile(alerts({ byPriority: [4, 3, 0] }), BUDGET), {
    mark: 'watch',
    says: 'Over the budget of 6 an hour'
  })
  t.match(alertsTile(alerts({ mostOfOneHandler: 7 }), BUDGET), {
    mark: 'watch',
    details: [/P1/, /%/, 'Most to one handler: 7']
  })
  t.match(alertsTile(alerts({ lastTenMinutes: 10 }), BUDGET), { mark: 'act', says: 'Flood: 10 in ten minutes' })
  t.same(alertsTile(alerts({ byPriority: [0, 0, 0] }), BUDGET).details, ['P1/P2/P3: 0/0/0'])
})

t.test('full service is said of gateways that say so, and of no others', async t => {
  const sources = [
    { source: 'history', state: 'answers', leftAloneBy: 0 },
    { source: 'other-keeper', title: 'Vehicle keeper', state: 'answers', leftAloneBy: 0 }
  ] as const
  const known = (over: object = {}) => ({ gateways: 2, silent: 0, workers: 1, sources: [...sources], ...over })
  const counted = (over: object = {}) => ({ kind: 'counted', value: known(over) }) as Wallboard['processes']
  const service = (level: number, processes: Wallboard['processes'], why?: string) =>
    serviceTile({ service: { level, ...(why === undefined ? {} : { why }) }, processes })
  t.match(service(0, counted()), { figure: 'Full service', mark: 'fine', details: ['2 gateways, 1 worker'] })
  t.match(service(0, counted({ silent: 1, gateways: 1, workers: 0 })), {
    ...{ figure: 'Level 0 here', mark: 'unknown', details: ['1 gateway, 1 not heard of'] }
  })
  t.match(service(2, counted(), 'Redis is away'), { figure: 'Level 2', says: 'Redis is away', mark: 'watch' })
  t.match(service(4, { kind: 'not-counted', why: 'record.away' }), { mark: 'act' })

  t.match(sourcesTile(known()), { figure: '2 of 2', mark: 'fine' })
  const ill = { source: 'eisec', state: 'left-alone', leftAloneBy: 1 }
  const lost = { source: 'other-keeper', title: 'Vehicle keeper', state: 'silent', leftAloneBy: 0 }
  const odd = { source: 'of-another-version', state: 'silent', leftAloneBy: 0 }
  t.match(sourcesTile(known({ sources: [sources[0], ill] }) as never), {
    ...{ figure: '1 of 2', mark: 'watch', details: ['EISEC: left alone'] }
  })
  t.match(sourcesTile(known({ sources: [{ ...ill, source: 'history' }, lost, odd] }) as never), {
    details: ['Earlier contacts: left alone', 'Vehicle keeper: not known', 'of-another-version: not known']
  })
  t.match(sourcesTile(known({ sources: [] })), { figure: 'Not known', mark: 'unknown' })
})
