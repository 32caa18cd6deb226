import type { LoadedConfig } from '../operations/config.ts'
import type { Config } from '../operations/config-schema.ts'
import type { Health } from '../operations/health.ts'
import type { Clock, ReleaseStack } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { Metrics } from '../operations/metrics.ts'

/** What every stage of the gateway is made with. */
export interface Base {
  readonly loaded: LoadedConfig
  readonly config: Config
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
  readonly health: Health
  /** Whoever starts something pushes its stop here at once. */
  readonly releases: ReleaseStack
  /** This process, among the gateways of a force. */
  readonly node: string
}
