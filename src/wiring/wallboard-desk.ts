import type { WallboardPorts } from '../http/wallboard-route.ts'
import { supervises } from '../pop/address.ts'
import type { Wallboard } from '../pop/board.ts'
import { alertsOf, BUDGET, consolesOf, lastHourOf, TARGET, waitingOf } from '../pop/wallboard-figures.ts'
import type { Base } from './base.ts'
import type { Stores } from './open-stores.ts'
import { processesOf, serviceOf } from './wallboard-processes.ts'
import { type Counted, type Counts, WallboardCounts } from './wallboard-tally.ts'

/** Whoever asks waits this long; a record that takes longer has not answered. */
const WITHIN_MS = 2_500

/** Answers the wallboards at this gateway: of all forces what is counted once, of each what its supervisors may see. */
export function makeWallboardDesk(
  base: Base,
  { searchPool: pool }: Pick<Stores, 'searchPool'>,
  withinMs = WITHIN_MS
): Pick<WallboardPorts, 'readWallboard'> {
  const { config } = base
  const tally = new WallboardCounts(base, { pool, withinMs })
  return {
    readWallboard: async (by, asked) => {
      const forces = config.forces.map(({ id }) => id).filter(force => supervises(by, force))
      const force = asked ?? by.force
      if (!forces.includes(force)) return 'not-entitled'
      const { counts, ageMs } = await tally.read()
      return toWallboard(base, counts, { force, forces, ageMs })
    }
  }
}

function toWallboard(
  { config, health }: Base,
  { at, waiting, lastHour, consoles, alerts, standings }: Counts,
  head: Pick<Wallboard, 'force' | 'forces' | 'ageMs'>
): Wallboard {
  const { force } = head
  const numbers = [...config.trunks, ...config.switches]
    .flatMap(each => each.numbers)
    .filter(number => number.force === force)
  const of = { force, lines: [...new Set(numbers.map(({ line }) => line))], now: at }
  return {
    ...head,
    target: TARGET,
    waiting: counted(waiting, rows => waitingOf(rows, of)),
    lastHour: counted(lastHour, rows => lastHourOf(rows, of)),
    consoles: counted(consoles, rows => consolesOf(rows, force)),
    alerts: counted(alerts, ({ rows, most }) => alertsOf(rows, most, force)),
    budget: { ...BUDGET, shares: [...BUDGET.shares] },
    service: serviceOf(health.level(), standings),
    processes: counted(standings, known => processesOf(known, force, config))
  }
}

function counted<Rows, Value>(rows: Counted<Rows>, to: (rows: Rows) => Value): Counted<Value> {
  return rows.kind === 'counted' ? { kind: 'counted', value: to(rows.value) } : rows
}
