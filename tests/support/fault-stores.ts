import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { Stores } from '../faults/rig/stores.ts'
import { startStores } from '../faults/rig/stores-ready.ts'
import type { Row } from '../faults/row.ts'
import { type RunResult, runRow } from '../faults/run-row.ts'

/** Stores for the rows of one test file, ended with it. */
export async function makeFaultStores(t: Test): Promise<Stores> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-fault-test-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const stores = await startStores(folder)
  t.teardown(() => stores.stop())
  return stores
}

/** One short run of a row, its seed and figures printed. */
export async function runOnce(t: Test, stores: Stores, row: Row, settleMs = 30_000): Promise<RunResult> {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
  t.comment(`seed ${seed}`)
  const load = { calls: 100, rate: 30 }
  const signal = new AbortController().signal
  const result = await runRow({ row, seed, stores, signal, settleMs, ...load, say: text => t.comment(text) })
  const { calls, accepted, window, recoveryMs, notes } = result
  const p99 = `pop p99 while it lasted ${Math.round(window.at(99))} ms, whole ${Math.round(recoveryMs)} ms after`
  t.comment(`figure: ${row.id}: ${calls} calls, ${accepted} answered; ${[p99, ...notes].join('; ')}`)
  return result
}
