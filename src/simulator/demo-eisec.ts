import type { LoadedConfig } from '../operations/config.ts'
import type { Config } from '../operations/config-schema.ts'
import type { ReleaseStack } from '../operations/lifecycle.ts'
import { makeDemoData } from './demo-data.ts'
import { EisecSiteSimulator } from './eisec.ts'
import { EisecAccounts } from './eisec-accounts.ts'
import { type Callers, demoCallers } from './eisec-callers.ts'

type Eisec = Pick<Config['eisec'], 'logOns'>

/** As long as a real one takes on a good day. */
const ANSWER_MS = 400

/**
 * Starts a simulated site for each site of the config that has no port, and answers the same settings with the ports
 * they have. All sites are one service, with the log-ons of the config.
 */
export async function startDemoEisec<T extends Eisec>(
  eisec: T,
  { releases, seed }: { readonly releases: ReleaseStack; readonly seed: number }
): Promise<T> {
  const accounts = new EisecAccounts()
  const callers = makeCallers(seed)
  const logOns: T['logOns'] = []
  for (const logOn of eisec.logOns) {
    accounts.add(logOn.user, logOn.password ?? '')
    const sites = []
    for (const site of logOn.sites)
      sites.push(site.port > 0 ? site : { ...site, port: await startSite({ accounts, callers, releases }) })
    logOns.push({ ...logOn, sites })
  }
  return { ...eisec, logOns }
}

/** The demo's fixed lines live where its records say; whoever is in none, and every mobile, is as `demoCallers` has it. */
function makeCallers(seed: number): Callers {
  const { links, people, addresses } = makeDemoData(seed, Date.now())
  const homes = new Map<string, Readonly<Record<string, string>>>()
  for (const { e164, person, address } of links) {
    const telephone = `0${e164.slice(3)}`
    if (telephone.startsWith('07') || address === undefined || homes.has(telephone)) continue
    const [AA = '', AB = '', AC = ''] = (addresses[address]?.text ?? '').split(', ')
    homes.set(telephone, { NA: people[person ?? -1]?.name ?? '', AA, AB, AC })
  }
  return (telephone, nth) => {
    const fields = homes.get(telephone)
    return fields === undefined ? demoCallers(telephone, nth) : { fields }
  }
}

async function startSite({
  releases,
  ...service
}: {
  readonly accounts: EisecAccounts
  readonly callers: Callers
  readonly releases: ReleaseStack
}): Promise<number> {
  const site = new EisecSiteSimulator(service)
  site.answerAfterMs = ANSWER_MS
  await site.start()
  releases.push('EISEC simulator', () => site.stop())
  return site.port
}

/** Of a demo with calls of its own; one without has no service, and its gateway asks none. */
export async function withDemoEisec(
  loaded: LoadedConfig,
  { isOn, ...service }: { readonly isOn: boolean; readonly releases: ReleaseStack; readonly seed: number }
): Promise<LoadedConfig> {
  if (!isOn) return loaded
  return { ...loaded, config: { ...loaded.config, eisec: await startDemoEisec(loaded.config.eisec, service) } }
}
