import type { Call } from '../call/call.ts'
import type { CallId } from '../call/ids.ts'
import { Fault } from '../operations/errors.ts'
import { interval } from '../operations/lifecycle.ts'
import { toPanel, unitsRevision } from '../pop/panel.ts'
import { runOf } from '../queue/pop-job.ts'
import type { PublishPanel } from '../queue/pop-job-ports.ts'
import type { Choice } from '../resources/choice-settings.ts'
import { makeAskRoutes } from '../resources/routing-table.ts'
import { type ForceUnits, UnitAdviser, type UnitNews } from '../resources/unit-adviser.ts'
import type { Base } from './base.ts'
import type { Units } from './start-units.ts'

/** Units are looked at anew so often for each open call. */
const NEWS_EVERY_MS = 10_000
/** Calls in one turn of the loop: a recommendation takes a quarter of a millisecond. */
const AT_ONCE = 10

interface Needs {
  readonly units: Units | undefined
  readonly readChoice: (callId: CallId, signal: AbortSignal) => Promise<Choice>
}

/** Who recommends units, for the lookups; undefined where no force has any. */
export function makeAdviser({ config, clock, log }: Base, { units, readChoice }: Needs): UnitAdviser | undefined {
  if (units === undefined) return undefined
  const { book, settings, isLoaded } = units
  const forces = new Map<string, ForceUnits>()
  for (const { id, units: own } of config.forces) {
    const [index, settle] = [book.index(id), settings.get(id)]
    if (own === undefined || index === undefined || settle === undefined) continue
    const onFault = (reason: string) =>
      log.fault('units.routing', new Fault('units.routing', { force: id, reason }), { force: id })
    const askRoutes = own.routing && makeAskRoutes({ config: own.routing, clock, onFault })
    forces.set(id, { index, settings: settle, ...(askRoutes === undefined ? {} : { askRoutes }) })
  }
  return new UnitAdviser({
    ...{ forces, readChoice, isLoaded, deadlineMs: config.lookups.unitsDeadlineMs },
    now: () => clock.now()
  })
}

interface News {
  readonly adviser: UnitAdviser
  readonly isOpen: (call: Call) => boolean
  readonly publishPanel: PublishPanel
}

/** Says it of open calls when their units have changed so that somebody would act on it. */
export function startUnitNews({ log, clock, releases }: Base, { adviser, isOpen, publishPanel }: News): void {
  const { lookup } = adviser
  let isRunning = false
  const publish = ({ call, advice }: UnitNews) => {
    const panel = toPanel({ lookup, outcome: { kind: 'found', value: advice, asOf: clock.now() }, tookMs: 0 }, call)
    const rev = unitsRevision(runOf(call), panel, clock.now() - call.offeredAt)
    return publishPanel(call.callId, { rev, panel }, call)
  }
  const round = async () => {
    const calls = adviser.calls()
    for (let at = 0; at < calls.length; at += AT_ONCE) {
      const some = calls.slice(at, at + AT_ONCE)
      for (const call of some) if (!isOpen(call)) adviser.forget(call.callId)
      for (const news of await adviser.news(some.map(({ callId }) => callId))) await publish(news)
      await new Promise(done => setImmediate(done))
    }
  }
  const stop = interval(() => {
    if (isRunning) return
    isRunning = true
    round()
      .catch(thrown => log.fault('units.news', thrown))
      .finally(() => {
        isRunning = false
      })
  }, NEWS_EVERY_MS)
  releases.push('unit news', stop)
}
