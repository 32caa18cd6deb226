import { setTimeout as pause } from 'node:timers/promises'
import type { History } from '../oracle/history.ts'
import { breachOf, type Row } from '../row.ts'
import { toldAfterMs, within } from './waits.ts'

/** Calls of the window whose identity panel came, by what it said first. */
function identityIn(history: History, from: number, to: number): Map<string, number> {
  const said = new Map<string, number>()
  for (const { lines } of history.screens) {
    for (const line of lines) {
      if (line.way !== 'in' || line.message.t !== 'ev' || line.at < from || line.at > to) continue
      const { ev } = line.message
      if (ev.type !== 'call.panel' || ev.data.panel !== 'identity') continue
      said.set(ev.data.status, (said.get(ev.data.status) ?? 0) + 1)
    }
  }
  return said
}

/** Lookups that are slow, or answer nonsense. */
export const LOOKUP_ROWS: readonly Row[] = [
  {
    id: 'F14',
    fault: 'a source does not answer for 8 s',
    promise:
      'bare pops unaffected; its panel says late or left alone, never none; the other panels come; level 1 within 10 s',
    shape: {},
    lastsMs: 8_000,
    allows: { level: 1 },
    inject: ({ rig }) =>
      rig.record(async client => {
        await client.query('begin')
        await client.query('lock table number_link in access exclusive mode')
        await pause(8_000)
        await client.query('rollback')
      }),
    also: async ({ note }, history) => {
      const { from, to } = history.fault
      const said = identityIn(history, from + 1_600, to - 300)
      note(`identity said ${[...said].map(([status, count]) => `${status} ${count}`).join(', ')}`)
      const lies = (said.get('none') ?? 0) + (said.get('found') ?? 0)
      return lies === 0 ? [] : [breachOf(`${lies} identity panels answered while the source could not`)]
    }
  },
  {
    id: 'F15',
    fault: 'a source answers with an error for 8 s',
    promise:
      'its panel says failed, with the reason, then that the source is left alone; it is found again within 10 s of coming back',
    shape: {},
    lastsMs: 8_000,
    allows: { level: 1 },
    inject: async ({ rig }) => {
      await rig.record(client => client.query('alter table number_link rename to number_link_away'))
      await pause(8_000)
      await rig.record(client => client.query('alter table number_link_away rename to number_link'))
      await pause(2_000)
    },
    also: async ({ note }, history) => {
      const { from, to } = history.fault
      const said = identityIn(history, from, to - 2_500)
      note(`identity said ${[...said].map(([status, count]) => `${status} ${count}`).join(', ')}`)
      const lies = identityIn(history, from + 500, to - 2_500).get('none') ?? 0
      const breaches = lies > 0 ? [breachOf(`${lies} panels said none`)] : []
      if (!said.has('failed')) breaches.push(breachOf('no panel said failed'))
      const after = identityIn(history, to, to + 10_000)
      if (!after.has('found')) breaches.push(breachOf('the source was not asked again after it came back'))
      return [
        ...breaches,
        ...within(
          'level 1 told',
          toldAfterMs(history, line => line.level === 1),
          10_000
        )
      ]
    }
  }
]
