import t from 'tap'
import type { Ev } from '../../../src/delivery/protocol.ts'
import { PANEL_NAMES } from '../../../src/pop/pop.ts'
import type { Breach, History, Line } from '../../faults/oracle/history.ts'
import { judge } from '../../faults/oracle/judge.ts'
import { aCleanRun, idOf, type MadeRun } from '../../support/fault-history.ts'

/** What the judge finds after one change to a clean run. */
function after(change: (run: MadeRun) => void, size?: { calls: number; desks: number }): readonly Breach[] {
  const run = aCleanRun(size)
  change(run)
  return judge(run.history, { level: 0 }).breaches
}

function invariants(breaches: readonly Breach[]): string[] {
  return [...new Set(breaches.map(({ invariant }) => invariant))]
}

/** The frames of one desk that carry an event. */
function events(run: MadeRun, handler = 'tvp-h01'): (Extract<Line, { way: 'in' }> & { message: Ev })[] {
  return (run.lines.get(handler) ?? []).flatMap(line =>
    line.way === 'in' && line.message.t === 'ev' ? [{ ...line, message: line.message }] : []
  )
}

function remove(run: MadeRun, handler: string, isMeant: (line: Line) => boolean): void {
  const lines = run.lines.get(handler) ?? []
  const at = lines.findIndex(isMeant)
  if (at < 0) throw new Error('nothing to remove')
  lines.splice(at, 1)
}

const isPop = (line: Line) => line.way === 'in' && line.message.t === 'ev' && line.message.ev.type === 'call.pop'

t.test('a run in which all went well passes, with its figures', async t => {
  const { history } = aCleanRun()
  const judged = judge(history, { level: 0 })
  t.same(judged.breaches, [])
  t.same([judged.calls, judged.accepted, judged.lost, judged.doubled], [40, 40, 0, 0])
  t.equal(judged.before.at(99), 4)
  t.equal(judged.recoveryMs, 0)
})

t.test('one pop of ten thousand that never came is found, and makes the p99 of its hundred endless', async t => {
  const run = aCleanRun({ calls: 10_000, desks: 50 })
  const victim = run.history.calls[4_711]
  const handler =
    run.history.screens.find(({ desk }) => desk.devices.includes(victim?.device ?? ''))?.desk.handler ?? ''
  const ofVictim = (line: Line) =>
    line.way === 'in' && line.message.t === 'ev' && victim !== undefined && callOf(line.message) === idOf(victim)
  // The whole call is missing there, and the log's numbers are closed up, as if it had never been sent.
  const kept = (run.lines.get(handler) ?? []).filter(line => !ofVictim(line))
  let seq = 0
  const closedUp = kept.map(line => {
    if (line.way !== 'in' || line.message.t !== 'ev') return line
    seq += 1
    return { ...line, message: { ...line.message, seq } }
  })
  const screens = run.history.screens.map(screen =>
    screen.desk.handler === handler ? { ...screen, lines: closedUp } : screen
  )
  const judged = judge({ ...run.history, screens }, { level: 0 })
  t.equal(judged.lost, 1)
  t.ok(judged.breaches.some(({ invariant, call }) => invariant === 'I1' && call === victim?.sipCallId))
  const window = judge({
    ...run.history,
    screens,
    fault: { from: victim?.inviteAt ?? 0, to: (victim?.inviteAt ?? 0) + 1 }
  })
  t.equal(window.window.at(100), Number.POSITIVE_INFINITY)
})

t.test('a frame that was dropped on the way leaves a gap in the log of its desk', async t => {
  // Its call comes with its state all the same, late.
  t.same(invariants(after(run => remove(run, 'tvp-h01', isPop))), ['I5'])
})

t.test('a frame that came twice on one link is found', async t => {
  const breaches = after(run => {
    const lines = run.lines.get('tvp-h01') ?? []
    lines.splice(lines.findIndex(isPop), 0, ...lines.filter(isPop).slice(0, 1))
  })
  t.same(invariants(breaches), ['I5'])
})

t.test('a call that rings a second time at the same desk, under another event id, is found', async t => {
  const breaches = after(run => {
    const lines = run.lines.get('tvp-h01') ?? []
    const first = events(run)[0]
    const last = events(run).at(-1)
    if (first === undefined || last === undefined) throw new Error('no events')
    const again: Ev = {
      ...first.message,
      seq: (last.message.seq ?? 0) + 1,
      eventId: 'pop:another',
      ev: { ...first.message.ev, rev: 2_000_001 } as Ev['ev']
    }
    lines.push({ at: last.at + 1, link: 1, way: 'in', message: again })
  })
  t.ok(breaches.some(({ invariant, what }) => invariant === 'I2' && what.includes('rang twice')))
})

t.test('a call that a snapshot showed before its pop came rings once, and a pop after that is found', async t => {
  const rung = (pops: number) =>
    after(run => {
      const lines = run.lines.get('tvp-h01') ?? []
      const [first] = events(run)
      if (first?.message.ev.type !== 'call.pop') throw new Error('no pop')
      const { call, data } = first.message.ev
      const { seq: _, ...past } = first.message
      const cards = [{ call, rev: 1_000_000, pop: data, panels: [] }]
      const snapshot = { t: 'snapshot', epoch: 'one', seq: 0, cards, more: false } as const
      const more = Array.from({ length: pops - 1 }, (_, at) => {
        const message = {
          ...past,
          eventId: `again:${at}`,
          ev: { ...first.message.ev, rev: 1_500_000 + at } as Ev['ev']
        }
        return { ...first, at: first.at + 1, message }
      })
      const place = lines.findIndex(isPop)
      lines.splice(place, 1, { ...first, message: snapshot }, ...lines.slice(place, place + 1), ...more)
    }).filter(({ what }) => what.includes('rang twice')).length
  t.equal(rung(1), 0)
  t.equal(rung(2), 1)
})

t.test('one call that became two in the record is found, and so is an event that stands twice', async t => {
  const twice = after(run => {
    const call = run.history.calls[0]
    if (call === undefined) throw new Error('no call')
    const other = { ...call, callIds: [...call.callIds, 'another-id' as (typeof call.callIds)[number]] }
    const contact = { callId: 'another-id', state: 'released', switchCallIds: [call.sipCallId] }
    const { record } = run.history
    run.history = {
      ...run.history,
      calls: [other, ...run.history.calls.slice(1)],
      record: { ...record, contacts: [...record.contacts, contact] }
    }
  })
  t.match(twice, [{ invariant: 'I2', what: 'one call became 2 in the record' }])
  const journal = after(run => {
    const { record } = run.history
    run.history = { ...run.history, record: { ...record, journal: [...record.journal, ...record.journal.slice(0, 1)] } }
  })
  t.match(journal, [{ invariant: 'I2', what: 'event 1 stands twice in the journal' }])
})

t.test('an acknowledgement nobody sent, and one that the record lost, are found', async t => {
  const invented = after(run => changeAcks(run, acks => [...acks, { popId: acks[0]?.popId ?? '', handler: 'tvp-h02' }]))
  t.match(invented, [{ invariant: 'I2', what: 'an acknowledgement nobody sent', handler: 'tvp-h02' }])
  t.same(invariants(invented), ['I2', 'I11'], 'and the counters no longer agree')
  const lost = after(run => changeAcks(run, acks => acks.slice(1)))
  t.match(lost, [{ invariant: 'I2', what: 'acknowledged and not in the record' }])
})

t.test('a pop of a call nobody placed is found', async t => {
  const breaches = after(run => {
    run.history = { ...run.history, calls: run.history.calls.slice(1) }
  })
  t.ok(breaches.some(({ invariant }) => invariant === 'I3'))
})

t.test('a pop that crosses to the other force, names it, or comes to the wrong desk is found', async t => {
  const copyTo = (run: MadeRun, handler: string, change: (ev: Ev['ev']) => Ev['ev'] = ev => ev) => {
    const first = events(run)[0]
    const lines = run.lines.get(handler) ?? []
    const seqs = events(run, handler).map(({ message }) => message.seq ?? 0)
    if (first === undefined) throw new Error('no events')
    const message: Ev = { ...first.message, seq: Math.max(0, ...seqs) + 1, ev: change(first.message.ev) }
    lines.push({ ...first, at: first.at + 20_000, message })
  }
  const crossed = after(run => copyTo(run, 'hants-h01'))
  t.match(
    crossed.filter(({ invariant }) => invariant === 'I4'),
    [{ handler: 'hants-h01' }]
  )
  const besides = after(run => copyTo(run, 'tvp-h02'))
  t.match(
    besides.filter(({ invariant }) => invariant === 'I4'),
    [{ handler: 'tvp-h02', what: 'a pop at a desk where it does not ring' }]
  )
  const renamed = after(run => {
    const pop = (run.lines.get('tvp-h01') ?? []).find(isPop)
    if (pop?.way !== 'in' || pop.message.t !== 'ev' || pop.message.ev.type !== 'call.pop') throw new Error('no pop')
    pop.message.ev.data.force = 'hants'
  })
  t.match(
    renamed.filter(({ invariant }) => invariant === 'I4'),
    [{ what: 'a pop that names another force' }]
  )
})

t.test('a panel of another force is found, even without its pop', async t => {
  const breaches = after(run => {
    const panel = events(run).find(({ message }) => message.ev.type === 'call.panel')
    if (panel === undefined) throw new Error('no panel')
    run.lines.get('hants-h01')?.push({ ...panel, message: { ...panel.message, seq: 1 } })
  })
  t.match(breaches, [{ invariant: 'I4', handler: 'hants-h01' }])
})

t.test('frames that changed places are found', async t => {
  const breaches = after(run => {
    const [one, other] = events(run)
    if (one === undefined || other === undefined) throw new Error('no events')
    const lines = run.lines.get('tvp-h01') ?? []
    const places = lines.flatMap((line, at) => (line.way === 'in' && line.message.t === 'ev' ? [at] : []))
    lines[places[0] ?? 0] = other
    lines[places[1] ?? 0] = one
  })
  t.ok(invariants(breaches).includes('I5'))
})

t.test('an older state behind a newer one of the same call is found', async t => {
  const breaches = after(run => {
    const states = events(run).filter(({ message }) => callOf(message) === callOf(events(run)[0]?.message))
    const last = states.at(-1)
    if (last !== undefined) last.message.ev = { ...last.message.ev, rev: 1_000_001 } as Ev['ev']
  })
  t.ok(invariants(breaches).includes('I5'))
  t.ok(invariants(breaches).includes('I6'), 'and with it a call that is over and looks live')
})

t.test('a call that is over and stays live on a screen is found, and so is one that comes late as live', async t => {
  const stays = after(run => {
    const victim = events(run).find(({ message }) => message.ev.type === 'call.state' && isReleased(message))
    if (victim?.message.ev.type === 'call.state') victim.message.ev.data.state = 'answered'
  })
  t.match(stays, [{ invariant: 'I6', what: 'over, and shown as answered' }])
  const late = after(run => {
    const lines = run.lines.get('tvp-h01') ?? []
    const first = callOf(events(run)[0]?.message)
    for (const [at, line] of lines.entries()) {
      if (line.way === 'in' && line.message.t === 'ev' && callOf(line.message) === first) {
        const later = isReleased(line.message) ? 25_000 : 20_000
        lines[at] = { ...line, at: line.at + later }
      }
    }
  })
  t.ok(late.some(({ invariant, what }) => invariant === 'I6' && what.includes('after its end')))
})

t.test('an end that died with its gateway: whoever is asked later is told that the call may be over', async t => {
  const asked = (unheard: boolean, lostEnds: boolean) => {
    const run = aCleanRun()
    const [first] = events(run)
    if (first?.message.ev.type !== 'call.pop') throw new Error('no pop')
    const { seq: _, ...past } = first.message
    const data = { ...first.message.ev.data, offer: 'queue' as const, ...(unheard ? { unheard: true as const } : {}) }
    const message = { ...past, eventId: 'next', ev: { ...first.message.ev, data } }
    run.lines.get('tvp-h02')?.push({ ...first, at: first.at + 16_000, message })
    return judge(run.history, { lostEnds }).breaches.filter(({ what }) => what.includes('after its end')).length
  }
  t.equal(asked(true, true), 0)
  t.equal(asked(false, true), 1, 'a card that does not say so is found')
  t.equal(asked(true, false), 1, 'and so is any where no gateway died')
})

t.test(
  'an end that went past the log and overtook its pop is the last word, as every client of the protocol has it',
  async t => {
    const breaches = after(run => {
      const lines = run.lines.get('tvp-h01') ?? []
      const first = callOf(events(run)[0]?.message)
      const end = events(run).find(({ message }) => callOf(message) === first && isReleased(message))
      if (end === undefined) throw new Error('no end')
      const { seq: _, ...past } = end.message
      lines.splice(lines.findIndex(isPop), 0, { ...end, at: end.at - 1_001, message: past })
    })
    t.same(breaches, [])
  }
)

t.test('a state alone shows a call too: at a desk of another force it is found', async t => {
  const breaches = after(run => {
    const state = events(run).find(({ message }) => message.ev.type === 'call.state')
    if (state === undefined) throw new Error('no state')
    const { seq: _, ...past } = state.message
    run.lines.get('hants-h01')?.push({ ...state, message: past })
  })
  t.ok(breaches.some(({ invariant, what }) => invariant === 'I4' && what === 'a pop at a desk of another force'))
})

t.test(
  'a call that rings on untaken may be offered to the next handler after its time, and to nobody before',
  async t => {
    const offered = (
      afterMs: number,
      endedAt: number | undefined,
      { isUnheard = false, lostEnds = false, rule = 'I4' } = {}
    ) => {
      const change = (run: MadeRun) => {
        const [first] = events(run)
        const [call] = run.history.calls
        if (first?.message.ev.type !== 'call.pop' || call === undefined) throw new Error('no pop')
        const { endedAt: _, ...rest } = call
        const placed = endedAt === undefined ? rest : { ...rest, endedAt: call.inviteAt + endedAt }
        run.history = { ...run.history, calls: [placed, ...run.history.calls.slice(1)] }
        const at = call.inviteAt + afterMs
        const escalated = { from: 'TVP 1', why: 'not-taken' as const, at }
        const unheard = isUnheard ? { unheard: true as const } : {}
        const data = { ...first.message.ev.data, offer: 'queue' as const, escalated, ...unheard }
        const { seq: __, ...past } = first.message
        run.lines
          .get('tvp-h02')
          ?.push({ ...first, at, message: { ...past, eventId: 'next', ev: { ...first.message.ev, data } } })
      }
      const run = aCleanRun()
      change(run)
      const { breaches } = judge(run.history, { lostEnds })
      return breaches.filter(({ invariant }) => invariant === rule).map(({ what }) => what)
    }
    t.same(offered(15_100, undefined), [])
    t.same(offered(14_000, undefined), ['a pop at a desk where it does not ring'])
    t.same(offered(15_100, 1_000), ['a pop at a desk where it does not ring'], 'nor when it is over')
    t.same(offered(15_100, 1_000, { isUnheard: true }), ['a pop at a desk where it does not ring'], 'whatever it says')
    t.same(offered(15_100, 1_000, { isUnheard: true, lostEnds: true }), [], 'but where its end died with a gateway')
    t.same(
      offered(15_100, 1_000, { lostEnds: true }),
      ['a pop at a desk where it does not ring'],
      'and the card says so'
    )
    const stale = ['over, and shown as alerting', 'it came after its end and stayed live']
    t.same(offered(15_100, 1_000, { lostEnds: true, rule: 'I6' }), stale, 'a card that is stale and does not say so')
    t.same(offered(15_100, 1_000, { isUnheard: true, rule: 'I6' }), stale, 'or where no end could be lost')
    t.same(offered(15_100, 1_000, { isUnheard: true, lostEnds: true, rule: 'I6' }), [])
  }
)

t.test(
  'a gateway that cannot hear the other may ask another desk for a call that the switch gave to both, and for no other',
  async t => {
    const strangers = (nodes: readonly string[], askedTwice: boolean) => {
      const run = aCleanRun()
      const [first] = events(run)
      if (first?.message.ev.type !== 'call.pop') throw new Error('no pop')
      const { call, data } = first.message.ev
      const { record } = run.history
      const journal = [...record.journal, ...nodes.map(node => ({ callId: call, generation: 1, seq: 1, node }))]
      run.history = { ...run.history, record: { ...record, journal } }
      const escalated = { from: 'TVP 1', why: 'unacked' as const, at: first.at + 500 }
      const { seq: _, ...past } = first.message
      const ev = { ...first.message.ev, data: { ...data, offer: 'queue' as const, escalated } }
      run.lines.get('tvp-h02')?.push({ ...first, at: first.at + 500, message: { ...past, eventId: 'next', ev } })
      return judge(run.history, { askedTwice }).breaches.filter(({ invariant }) => invariant === 'I4').length
    }
    t.equal(strangers(['n2'], true), 0)
    t.equal(strangers([], true), 1, 'its own alone')
    t.equal(strangers(['n2'], false), 1, 'and where they can hear each other, none')
  }
)

t.test(
  'whoever a call was passed on to while it rang has its card in a snapshot after its end; who was given it later has not',
  async t => {
    const strangers = (passedOnMs: number) => {
      const run = aCleanRun()
      const [first] = events(run)
      const [call] = run.history.calls
      if (first?.message.ev.type !== 'call.pop' || call === undefined) throw new Error('no pop')
      const placed = { ...call, endedAt: call.inviteAt + 20_000 }
      run.history = { ...run.history, calls: [placed, ...run.history.calls.slice(1)] }
      const escalated = { from: 'TVP 1', why: 'not-taken' as const, at: call.inviteAt + passedOnMs }
      const pop = { ...first.message.ev.data, state: 'released', offer: 'queue' as const, escalated }
      const cards = [{ call: first.message.ev.call, rev: 1_000_004, pop, panels: [] }]
      const message = { t: 'snapshot', epoch: 'e2', seq: 0, cards, more: false } as const
      run.lines.get('tvp-h02')?.push({ ...first, at: call.inviteAt + 20_050, message })
      return judge(run.history).breaches.filter(({ invariant }) => invariant === 'I4').length
    }
    t.equal(strangers(15_100), 0)
    t.equal(strangers(20_010), 1)
    t.equal(strangers(9_000), 1, 'nor who was given it too soon')
  }
)

t.test('a panel that never came, or failed without a reason, is found', async t => {
  const isPanel = (line: Line) => line.way === 'in' && line.message.t === 'ev' && line.message.ev.type === 'call.panel'
  t.ok(invariants(after(run => remove(run, 'tvp-h01', isPanel))).includes('I7'))
  const mute = after(run => {
    const panel = events(run).find(({ message }) => message.ev.type === 'call.panel')
    if (panel?.message.ev.type === 'call.panel') panel.message.ev.data.status = 'failed'
  })
  t.match(mute, [{ invariant: 'I7', what: `${PANEL_NAMES[0]} failed without a reason` }])
})

t.test('a false alarm, an alarm that never came, one that came late and one that stayed are found', async t => {
  const withLevels = (levels: readonly [number, number][], allows: number) => {
    const { history } = aCleanRun()
    const lines = levels.map(([after, level]) => ({
      at: history.fault.from + after,
      node: 'gateway-1',
      level,
      ...(level > 0 ? { why: 'Redis is away' } : {})
    }))
    return invariants(judge({ ...history, levels: lines }, { level: allows }).breaches)
  }
  t.same(
    withLevels(
      [
        [0, 2],
        [9_000, 0]
      ],
      0
    ),
    ['I10']
  )
  t.same(
    withLevels(
      [
        [0, 0],
        [9_000, 0]
      ],
      2
    ),
    ['I10']
  )
  t.same(
    withLevels(
      [
        [0, 0],
        [11_000, 2],
        [12_000, 0]
      ],
      2
    ),
    ['I10']
  )
  t.same(
    withLevels(
      [
        [0, 0],
        [1_000, 2]
      ],
      2
    ),
    ['I9']
  )
  t.same(
    withLevels(
      [
        [0, 0],
        [1_000, 2],
        [12_000, 0]
      ],
      2
    ),
    []
  )
})

t.test('a gateway that miscounts, or still keeps something, is found', async t => {
  const own = (change: Partial<NonNullable<History['own']>>) =>
    invariants(
      after(run => {
        const before = run.history.own ?? { offered: 0, acked: 0, pending: 0 }
        run.history = { ...run.history, own: { ...before, ...change } }
      })
    )
  t.same(own({ offered: 39 }), ['I11'])
  t.same(own({ acked: 39 }), ['I11'])
  t.same(own({ pending: 1 }), ['I9'])
})

t.test('a call that two gateways took one after the other is counted by both, and by nobody else', async t => {
  const counted = (nodes: readonly string[]) => {
    const run = aCleanRun()
    const { own, record } = run.history
    const [first] = record.journal
    if (own === undefined || first === undefined) throw new Error('no counters')
    const journal = [...record.journal, ...nodes.map(node => ({ ...first, node }))]
    const history = { ...run.history, own: { ...own, offered: own.offered + 1 }, record: { ...record, journal } }
    return invariants(judge(history, {}).breaches)
  }
  t.same(counted(['n2']), [])
  t.same(counted([]), ['I11'])
})

t.test('a call the switch was refused is found, unless the row says that may be', async t => {
  const run = aCleanRun()
  const [first, ...others] = run.history.calls
  if (first === undefined) throw new Error('no call')
  const { okAt: _, ...refused } = { ...first, refusedWith: '503' }
  const history = { ...run.history, calls: [refused, ...others] }
  t.same(invariants(judge(history, {}).breaches), ['I12'])
  t.same(judge(history, { failedCalls: true }).breaches, [])
})

function changeAcks(run: MadeRun, change: (acks: History['record']['acks']) => History['record']['acks']): void {
  const { record } = run.history
  run.history = { ...run.history, record: { ...record, acks: change(record.acks) } }
}

function isReleased({ ev }: Ev): boolean {
  return ev.type === 'call.state' && ev.data.state === 'released'
}

function callOf(message: Ev | undefined): string | undefined {
  return message?.ev.type.startsWith('call.') ? (message.ev as { call: string }).call : undefined
}
