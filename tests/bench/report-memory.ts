/*
 * Loaded into a gateway that is measured: on SIGUSR2 it collects its garbage and writes what is left, as JSON, to the
 * file named in BENCH_MEMORY.
 */
import { renameSync, writeFileSync } from 'node:fs'
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
