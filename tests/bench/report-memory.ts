/*
 * Loaded into a gateway that is measured: on SIGUSR2 it collects its garbage and writes what is left, as JSON, to the
 * file named in BENCH_MEMORY. On SIGWINCH a CPU profile begins, and on the next one it ends and is written to the file
 * named in BENCH_PROFILE.
 */
import { renameSync, writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const path = process.env['BENCH_MEMORY'] ?? ''
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

process.on('SIGUSR2', () => {
  collect()
  const { heapUsed, external, rss } = process.memoryUsage()
  writeFileSync(`${path}.new`, JSON.stringify({ heapUsed, external, rss }))
  renameSync(`${path}.new`, path)
})

const profilePath = process.env['BENCH_PROFILE'] ?? ''
let profiled: Session | undefined

if (profilePath !== '') process.on('SIGWINCH', () => void turnProfile())

async function turnProfile(): Promise<void> {
  const session = profiled
  if (session === undefined) {
    profiled = new Session()
    profiled.connect()
    await profiled.post('Profiler.enable')
    await profiled.post('Profiler.start')
    return
  }
  profiled = undefined
  const { profile } = await session.post('Profiler.stop')
  writeFileSync(profilePath, JSON.stringify(profile))
}
