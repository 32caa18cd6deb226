import t from 'tap'
import { judge } from '../../faults/oracle/judge.ts'
import { replay } from '../../faults/oracle/replay.ts'
import { aCleanRun, type MadeRun } from '../../support/fault-history.ts'

function screenOf(run: MadeRun) {
  const found = run.history.screens.find(({ desk }) => desk.handler === 'tvp-h01')
  if (found === undefined) throw new Error('no such screen')
  return found
}

function firstPop(run: MadeRun) {
  for (const line of run.lines.get('tvp-h01') ?? []) {
    const { way } = line
    if (way !== 'in' || line.message.t !== 'ev' || line.message.ev.type !== 'call.pop') continue
    return { ...line, message: { ...line.message, ev: line.message.ev } }
  }
  throw new Error('no pop')
}

/** A call whose end died with its gateway, passed on untaken to the second desk, and shown there again when it is known to be over. */
function strangers(isPassedOn: boolean): number {
  const run = aCleanRun()
  const first = firstPop(run)
  const [call] = run.history.calls
  if (call === undefined) throw new Error('no call')
  const placed = { ...call, endedAt: call.inviteAt + 1_000 }
  run.history = { ...run.history, calls: [placed, ...run.history.calls.slice(1)] }
  const at = call.inviteAt + 15_100
  const escalated = { from: 'TVP 1', why: 'not-taken' as const, at }
  const data = { ...first.message.ev.data, offer: 'queue' as const, escalated, unheard: true as const }
  const { seq: _, ...past } = first.message
  const lines = run.lines.get('tvp-h02')
  if (isPassedOn) {
    lines?.push({
      ...first,
      at,
      message: { ...past, eventId: 'next', ev: { ...first.message.ev, rev: 2_000_001, data } }
    })
  }
  const pop = { ...first.message.ev.data, state: 'released', offer: 'queue' as const, escalated }
  const cards = [{ call: first.message.ev.call, rev: 3_000_000, pop, panels: [] }]
  lines?.push({ ...first, at: at + 5_000, message: { t: 'snapshot', epoch: 'e2', seq: 0, cards, more: false } })
  return judge(run.history, { lostEnds: true }).breaches.filter(({ invariant }) => invariant === 'I4').length
}

t.test(
  'a desk that was rightly asked for a call may be shown it again when it is over; who never was, may not',
  async t => {
    t.equal(strangers(true), 0)
    t.equal(strangers(false), 1)
  }
)

t.test(
  'an end that came past the log, and again from it after a snapshot that was behind, is the end on that screen',
  async t => {
    const left = (isSaidAgain: boolean) => {
      const run = aCleanRun()
      const first = firstPop(run)
      const { call, data } = first.message.ev
      const end = {
        ...first.message,
        eventId: `state:${call}:1000009`,
        ev: { type: 'call.state' as const, call, rev: 1_000_009, data: { ...data, state: 'released' } }
      }
      const { seq: _, ...past } = end
      const cards = [{ call, rev: 1_000_001, pop: data, panels: [] }]
      const last = run.lines.get('tvp-h01')?.at(-1)?.at ?? first.at
      const lines = [
        { ...first, at: last + 10, message: past },
        { ...first, at: last + 20, message: { t: 'snapshot' as const, epoch: 'e2', seq: 0, cards, more: false } },
        ...(isSaidAgain ? [{ ...first, at: last + 30, message: { ...end, seq: 1 } }] : [])
      ]
      return replay({ ...screenOf(run), lines }).shown.get(call)?.state
    }
    t.equal(left(true), 'released')
    t.equal(left(false), 'alerting', 'and where it is not said again, the judge sees it live')
  }
)
