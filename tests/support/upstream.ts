import type { Test } from 'tap'
import type { SourceConfig } from '../../src/operations/sources-schema.ts'
import { UpstreamServer } from '../../src/simulator/upstream.ts'
import { makeUpstreamWorld } from '../../src/simulator/upstream-world.ts'
import { NOON } from './call-events.ts'

export const UPSTREAM_SEED = 7

/** The demo's other systems, ended with the test. */
export async function startUpstream(t: Test): Promise<{ readonly server: UpstreamServer; readonly url: string }> {
  const server = new UpstreamServer({ world: makeUpstreamWorld(UPSTREAM_SEED, NOON) })
  const port = await server.start()
  t.teardown(() => server.stop())
  return { server, url: `http://127.0.0.1:${port}` }
}

/** A source as the config has it, with every default filled in. */
export function aSource(over: Partial<SourceConfig> & Pick<SourceConfig, 'url'>): SourceConfig {
  return {
    ...{ id: 'keeper', title: 'Vehicle keeper', forces: ['tvp'], kind: 'http', needs: 'number', clear: false },
    ...{ method: 'POST', body: { numbers: '{e164s}' }, allowInUrl: false, headers: [], answers: [200] },
    map: ["[vehicles.{ 'title': registration, 'e164': number }]"],
    ...{ cacheSeconds: 0, deadlineMs: 500, lateAnswerMs: 2_000, maxConcurrent: 10, maxQueued: 100, pauseMs: 5_000 },
    maxBytes: 16_384,
    ...over
  }
}
