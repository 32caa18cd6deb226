import t from 'tap'
import type { History, Line } from '../../faults/oracle/history.ts'
import { judge } from '../../faults/oracle/judge.ts'
import { toLeanLine } from '../../faults/screens/lean-line.ts'
import { aCleanRun, type MadeRun } from '../../support/fault-history.ts'

function lean({ screens, ...history }: History): History {
  return {
    ...history,
    screens: screens.map(screen => ({ ...screen, lines: screen.lines.flatMap(line => toLeanLine(line) ?? []) }))
  }
}

/** What goes wrong in a run, each by itself. */
const MISTAKES: Readonly<Record<string, (lines: Line[]) => void>> = {
  none: () => {},
  'a frame that never came': lines => {
    const at = lines.findIndex(line => line.way === 'in' && line.message.t === 'ev')
    lines.splice(at, 1)
  },
  'frames that changed places': lines => {
    const [one = 0, other = 0] = lines.flatMap((line, at) => (line.way === 'in' && line.message.t === 'ev' ? [at] : []))
    const [first, second] = [lines[one], lines[other]]
    if (first === undefined || second === undefined) throw new Error('nothing to change')
    lines[one] = second
    lines[other] = first
  },
  'an acknowledgement nobody sent': lines => {
    const at = lines.findIndex(line => line.way === 'out' && line.message.t === 'ack')
    lines.splice(at, 1)
  }
}

t.test('a long run keeps of each frame only what is judged, and every mistake is found in it all the same', async t => {
  for (const [what, make] of Object.entries(MISTAKES)) {
    const run: MadeRun = aCleanRun()
    make(run.lines.get('tvp-h01') ?? [])
    const whole = judge(run.history, { level: 0 })
    const kept = lean(run.history)
    t.same(judge(kept, { level: 0 }).breaches, whole.breaches, what)
    t.equal(whole.breaches.length > 0, what !== 'none')
    t.ok(JSON.stringify(kept.screens).length < JSON.stringify(run.history.screens).length)
  }
})

t.test('why a call that rings on is offered to the next handler is kept', async t => {
  const run = aCleanRun()
  const first = (run.lines.get('tvp-h01') ?? []).find(line => line.way === 'in' && line.message.t === 'ev')
  const [call] = run.history.calls
  if (first?.way !== 'in' || first.message.t !== 'ev' || first.message.ev.type !== 'call.pop' || call === undefined) {
    throw new Error('no pop')
  }
  const { endedAt: _, ...ringsOn } = call
  const at = call.inviteAt + 15_100
  const data = { ...first.message.ev.data, offer: 'queue' as const, escalated: { from: 'TVP 1', why: 'not-taken', at } }
  const { seq: __, ...past } = first.message
  const message = { ...past, eventId: 'next', ev: { ...first.message.ev, data } } as typeof first.message
  run.lines.get('tvp-h02')?.push({ ...first, at, message })
  const history = { ...run.history, calls: [ringsOn, ...run.history.calls.slice(1)] }
  t.same(
    judge(lean(history)).breaches.filter(({ invariant }) => invariant === 'I4'),
    []
  )
})

t.test('heartbeats are not kept', async t => {
  t.equal(toLeanLine({ at: 0, link: 1, way: 'out', message: { t: 'hb', vis: 'visible' } }), undefined)
})

t.test('of several faults each may cost an end that came a moment before it, and no other end', async t => {
  const { history } = aCleanRun()
  const victim = history.calls[20]
  const contacts = history.record.contacts.map(contact =>
    victim?.callIds.some(callId => callId === contact.callId) ? { ...contact, state: 'alerting' } : contact
  )
  const lost: History = { ...history, record: { ...history.record, contacts } }
  const found = (strikes: readonly number[]) =>
    judge({ ...lost, strikes }, { level: 0, lostEnds: true }).breaches.map(({ invariant }) => invariant)
  const endedAt = victim?.endedAt ?? 0
  t.same(found([endedAt - 30_000, endedAt + 300]), [])
  t.same(found([endedAt - 30_000, endedAt + 3_000]), ['I6'])
})
