import type { LoadedConfig } from '../operations/config.ts'
import type { Config } from '../operations/config-schema.ts'
import type { ReleaseStack } from '../operations/lifecycle.ts'
import { EisecSiteSimulator } from './eisec.ts'
import { EisecAccounts } from './eisec-accounts.ts'
import { demoCallers } from './eisec-callers.ts'

type Eisec = Pick<Config['eisec'], 'logOns'>

/** As long as a real one takes on a good day. */
const ANSWER_MS = 400

/**
 * Starts a simulated site for each site of the config that has no port, and answers the same settings with the ports
 * they have. All sites are one service, with the log-ons of the config.
 */
export async function startDemoEisec<T extends Eisec>(eisec: T, releases: ReleaseStack): Promise<T> {
  const accounts = new EisecAccounts()
  const logOns: T['logOns'] = []
  for (const logOn of eisec.logOns) {
    accounts.add(logOn.user, logOn.password ?? '')
    const sites = []
    for (const site of logOn.sites)
      sites.push(site.port > 0 ? site : { ...site, port: await startSite(accounts, releases) })
    logOns.push({ ...logOn, sites })
  }
  return { ...eisec, logOns }
}

async function startSite(accounts: EisecAccounts, releases: ReleaseStack): Promise<number> {
  const site = new EisecSiteSimulator({ accounts, callers: demoCallers })
  site.answerAfterMs = ANSWER_MS
  await site.start()
  releases.push('EISEC simulator', () => site.stop())
  return site.port
}

/** Of a demo with calls of its own; one without has no service, and its gateway asks none. */
export async function withDemoEisec(
  loaded: LoadedConfig,
  { isOn, releases }: { readonly isOn: boolean; readonly releases: ReleaseStack }
): Promise<LoadedConfig> {
  if (!isOn) return loaded
  return { ...loaded, config: { ...loaded.config, eisec: await startDemoEisec(loaded.config.eisec, releases) } }
}
