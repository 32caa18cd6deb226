import type { LookupGuards } from '../lookups/guards.ts'
import { reasonOf } from '../operations/errors.ts'
import { interval } from '../operations/lifecycle.ts'
import { EISEC, endStanding, type ProcessStanding, putStanding } from '../records/process-standings.ts'
import type { Base } from './base.ts'
import type { Stores } from './open-stores.ts'

const SAY_MS = 3_000

/**
 * Says every few seconds in the record how this process stands: its level, and what its guards make of each source. A
 * wallboard at any gateway shows it. While PostgreSQL is away nothing is said; the gateway that shows it knows why.
 */
export function startStanding(
  base: Base,
  { pool }: Pick<Stores, 'pool'>,
  guards: Pick<LookupGuards, 'standings'>,
  kind: ProcessStanding['kind']
): void {
  const { node, log, releases } = base
  let isSaying = false
  const say = async () => {
    if (isSaying) return
    isSaying = true
    try {
      await putStanding(pool, standingOf(base, guards, kind))
    } catch (thrown) {
      log.debug('standing.put', { reason: reasonOf(thrown) })
    } finally {
      isSaying = false
    }
  }
  const stop = interval(() => void say(), SAY_MS)
  releases.push('standing', async () => {
    stop()
    await endStanding(pool, node).catch(thrown => log.debug('standing.end', { reason: reasonOf(thrown) }))
  })
}

function standingOf(
  { node, health, config }: Base,
  guards: Pick<LookupGuards, 'standings'>,
  kind: ProcessStanding['kind']
): ProcessStanding {
  const { level, why } = health.level()
  const eisec = health.of('eisec')
  // Whoever has not the log-on knows nothing of EISEC.
  const hasLogOn = eisec !== undefined && (!eisec.ok || Number(eisec.detail?.['loggedOn']) > 0)
  const all = config.forces.map(({ id }) => id)
  const sources = guards.standings()
  return {
    ...{ node, kind, level },
    ...(why === undefined ? {} : { why }),
    sources: hasLogOn ? [...sources, { source: EISEC, leftAloneFor: eisec.ok ? [] : all }] : sources
  }
}
