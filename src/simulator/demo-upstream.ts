import type { LoadedConfig } from '../operations/config.ts'
import type { Config } from '../operations/config-schema.ts'
import type { ReleaseStack } from '../operations/lifecycle.ts'
import { isNotStarted } from '../operations/sources-checks.ts'
import { UpstreamServer } from './upstream.ts'
import { makeUpstreamWorld } from './upstream-world.ts'

/** As long as a system in the same building takes. */
const ANSWER_MS = 15
/** Where the config has no port yet. */
const NO_PORT = '//127.0.0.1:0/'

type Sources = Config['sources']

/** Starts the demo's other systems for the sources that have port 0, and answers them with the port they have. */
export async function startDemoUpstream(
  sources: Sources,
  { releases, seed }: { readonly releases: ReleaseStack; readonly seed: number }
): Promise<Sources> {
  if (!sources.some(isNotStarted)) return sources
  const server = new UpstreamServer({ world: makeUpstreamWorld(seed, Date.now()), answerAfterMs: ANSWER_MS })
  const port = await server.start()
  releases.push('other systems', () => server.stop())
  const placed = (url: string) => url.replace(NO_PORT, `//127.0.0.1:${port}/`)
  return sources.map(source => ({
    ...source,
    url: placed(source.url),
    ...(source.healthUrl === undefined ? {} : { healthUrl: placed(source.healthUrl) })
  }))
}

/** Of a demo with calls of its own; one without asks no systems but those that are there already. */
export async function withDemoUpstream(
  loaded: LoadedConfig,
  { isOn, ...service }: { readonly isOn: boolean; readonly releases: ReleaseStack; readonly seed: number }
): Promise<LoadedConfig> {
  const { config } = loaded
  if (!isOn) return loaded
  return { ...loaded, config: { ...config, sources: await startDemoUpstream(config.sources, service) } }
}
