import type { ForceId } from '../call/ids.ts'
import type { Config } from '../operations/config-schema.ts'
import type { Level } from '../operations/health.ts'
import type { Wallboard, WallboardSource } from '../pop/board.ts'
import { EISEC, type KnownStanding, type ProcessStanding } from '../records/process-standings.ts'
import type { Counted } from './wallboard-tally.ts'

/** The worst level of all gateways, this one's own included, whether or not the record can be asked. */
export function serviceOf(own: Level, standings: Counted<readonly KnownStanding[]>): Wallboard['service'] {
  const said = standings.kind === 'counted' ? standings.value.filter(isGateway) : []
  const worst = said.reduce<{ readonly level: number; readonly why?: string }>(
    (most, { level, why }) => (level > most.level ? { level, ...(why === undefined ? {} : { why }) } : most),
    own
  )
  return { level: worst.level, ...(worst.why === undefined ? {} : { why: worst.why }) }
}

/** How many processes say how they stand, and what they make of the sources that this force's calls are asked about. */
export function processesOf(
  standings: readonly KnownStanding[],
  force: ForceId,
  { sources: own, eisec }: Pick<Config, 'sources' | 'eisec'>
): Extract<Wallboard['processes'], { kind: 'counted' }>['value'] {
  const said = standings.filter(isSaid)
  const all = said.flatMap(({ sources }) => sources)
  const asked = all.filter(({ forces }) => forces === undefined || forces.includes(force))
  // One that is set up and that nobody speaks of is known to nobody.
  const names = [...new Set([...asked.map(({ source }) => source), ...(eisec.logOns.length === 0 ? [] : [EISEC])])]
  return {
    gateways: said.filter(isGateway).length,
    silent: standings.length - said.length,
    workers: said.filter(({ kind }) => kind === 'worker').length,
    sources: names.map((source): WallboardSource => {
      const ofSource = asked.filter(each => each.source === source)
      const leftAloneBy = ofSource.filter(({ leftAloneFor }) => leftAloneFor.includes(force)).length
      const title = own.find(({ id }) => source === `other-${id}`)?.title
      const state = ofSource.length === 0 ? 'silent' : leftAloneBy > 0 ? 'left-alone' : 'answers'
      return { source, state, leftAloneBy, ...(title === undefined ? {} : { title }) }
    })
  }
}

function isSaid(standing: KnownStanding): standing is ProcessStanding {
  return standing.kind !== 'silent'
}

function isGateway(standing: KnownStanding): standing is ProcessStanding {
  return standing.kind === 'gateway'
}
