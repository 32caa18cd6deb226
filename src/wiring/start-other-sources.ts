import type { GuardLimits } from '../lookups/guard.ts'
import type { Lookup } from '../lookups/lookup.ts'
import { makeHttpExchange } from '../lookups/other/http-exchange.ts'
import { makeOtherLookup } from '../lookups/other/other-lookup.ts'
import { isNotStarted } from '../operations/sources-checks.ts'
import type { SourceConfig } from '../operations/sources-schema.ts'
import type { Base } from './base.ts'

/** The sources that the config declares, each with what it may have of us; their connections go when this process does. */
export function startOtherSources({
  config,
  clock,
  releases
}: Pick<Base, 'config' | 'clock' | 'releases'>): readonly { readonly lookup: Lookup; readonly limits: GuardLimits }[] {
  const sources = config.sources.filter(source => !isNotStarted(source))
  return sources.map(source => {
    const exchange = makeHttpExchange({ source, clock })
    releases.push(`source ${source.id}`, () => exchange.stop())
    return { lookup: makeOtherLookup({ source, exchange, clock }), limits: limitsOf(source) }
  })
}

function limitsOf({ maxConcurrent, maxQueued, lateAnswerMs, pauseMs, cacheSeconds }: SourceConfig): GuardLimits {
  return { maxConcurrent, maxQueued, lateAnswerMs, pauseMs, keepMs: cacheSeconds * 1_000 }
}
