/*
 * The seeded simulation (docs/simulation.md): several gateways in one process, with virtual time and stores that fail.
 *
 *   npm run simulate -- [--seeds 10000] [--from 1] [--minutes 60] [--nodes N]
 *   npm run simulate -- --seed N [--trace] [--nodes N]      one seed again, with all that happened in it
 */
import { parseArgs } from 'node:util'
import { loadConfig } from '../../src/operations/config.ts'
import { makeMetrics } from '../../src/operations/metrics.ts'
import { runSeed, type SeedResult } from './run-seed.ts'
import { SeedCounts } from './seed-counts.ts'

const PROGRESS_MS = 10_000
const MAX_SHOWN = 6

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '60' },
    nodes: { type: 'string' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false }
  }
})

const say = (line: string) => void process.stdout.write(`${line}\n`)
const loaded = await loadConfig({ env: {} })
const metrics = makeMetrics()
const shape = { loaded, metrics, ...(values.nodes === undefined ? {} : { nodes: Number(values.nodes) }) }
process.exitCode = values.seed === undefined ? await runMany() : await runOne(Number(values.seed))

async function runOne(seed: number): Promise<number> {
  const result = await runSeed({ ...shape, seed, ...(values.trace ? { say } : {}) })
  say(
    `seed ${seed}: ${result.nodes} gateways, ${result.calls} calls, ${result.accepted} answered 200, trace ${result.digest.slice(0, 16)}`
  )
  for (const [kind, count] of result.injected) say(`  ${count} ${kind}`)
  for (const { rule, text } of result.breaches) say(`  broken: ${rule}: ${text}`)
  return result.breaches.length === 0 ? 0 : 1
}

async function runMany(): Promise<number> {
  const [seeds, from, minutes] = [Number(values.seeds), Number(values.from), Number(values.minutes)]
  const startedAt = performance.now()
  const counts = new SeedCounts()
  let saidAt = startedAt
  for (let seed = from; seed < from + seeds; seed++) {
    const result = await runSeed({ ...shape, seed })
    counts.add(result)
    if (result.breaches.length > 0) sayFailed(result)
    const now = performance.now()
    if (now - startedAt > minutes * 60_000) break
    if (now - saidAt < PROGRESS_MS) continue
    saidAt = now
    say(`… seed ${seed}, ${counts.failed.length} failed`)
  }
  for (const line of counts.lines(performance.now() - startedAt)) say(line)
  return counts.failed.length === 0 ? 0 : 1
}

function sayFailed({ seed, breaches, injected }: SeedResult): void {
  say(`seed ${seed} failed (npm run simulate -- --seed ${seed} --trace)`)
  say(`  faults: ${[...injected].map(([kind, count]) => `${count} ${kind}`).join(', ')}`)
  for (const { rule, text } of breaches.slice(0, MAX_SHOWN)) say(`  broken: ${rule}: ${text}`)
}
