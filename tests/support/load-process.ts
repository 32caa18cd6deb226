import { spawn } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname

/** `callbox load` in a process of its own. */
export function runLoad(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [MAIN, 'load', ...args], { env: { PATH: process.env['PATH'] ?? '', ...env } })
  const said = { out: '', err: '' }
  child.stdout.on('data', chunk => {
    said.out += chunk
  })
  child.stderr.on('data', chunk => {
    said.err += chunk
  })
  const code = new Promise<number | null>(done => child.on('close', done))
  return { child, said, code }
}

/** A folder of the test's own, which the embedded PostgreSQL of another user may enter. */
export async function aLoadFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-load-test-'))
  await chmod(folder, 0o755)
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}
