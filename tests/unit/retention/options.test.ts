import t from 'tap'
import { parseRetentionArgs } from '../../../src/retention/options.ts'

const HOLD = ['hold', 'number', '+447700900123', '--force', 'tvp', '--reason', 'Inquiry']

t.test('a hold says what, whose and why, and until which day', async t => {
  t.match(parseRetentionArgs(HOLD, 'user'), {
    ...{ command: 'hold', what: 'number', reference: '+447700900123', force: 'tvp', reason: 'Inquiry', by: 'user' }
  })
  t.match(parseRetentionArgs([...HOLD, '--until', '2026-03-31', '--by', 'tvp-s01'], 'user'), {
    ...{ by: 'tvp-s01', until: Date.parse('2026-04-01T00:00:00Z') }
  })
  t.match(parseRetentionArgs(['release', '12'], 'user'), { command: 'release', hold: 12 })
  t.match(parseRetentionArgs(['run', '--json'], 'user'), { command: 'run', isJson: true })
  t.match(parseRetentionArgs(['hold', '--help'], 'user'), { command: 'help' })
})

t.test('what cannot be is refused, with what it should be', async t => {
  const refused: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /show, run, hold or release/],
    [['show', 'more'], /nothing behind it/],
    [['hold', 'people', '1', '--force', 'tvp', '--reason', 'x'], /person, incident, number, call/],
    [['hold', 'number', '07700900123', '--force', 'tvp', '--reason', 'x'], /E\.164/],
    [['hold', 'person', 'Okafor', '--force', 'tvp', '--reason', 'x'], /number of the record/],
    [['hold', 'call', '4711', '--force', 'tvp', '--reason', 'x'], /its id/],
    [['hold', 'incident', 'TVP-1', '--reason', 'x'], /--force/],
    [['hold', 'incident', 'TVP-1', '--force', 'tvp'], /--reason/],
    [['hold', 'incident', 'TVP-1', '--force', 'tvp', '--reason', ' '], /--reason takes/],
    [[...HOLD, '--until', '2026-02-30'], /no day/],
    [['release', 'x'], /number of one hold/],
    [['run', '--fast'], /fast/]
  ]
  for (const [args, reason] of refused) {
    t.throws(() => parseRetentionArgs(args, 'user'), { code: 'retention.usage', data: { reason } }, args.join(' '))
  }
})
