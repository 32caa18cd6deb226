/*
 * The pictures of docs/screens: `npm run screenshots`. Each scene is played by real SIP into a whole gateway; with one
 * seed and a clock that stands they are the same each time. The same file looks at them with axe-core.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** All scenes together. */
const SECONDS = 600
const SCENES = 'tests/browser/scenes.test.ts'

process.exitCode = (await run('vite', ['build', '--logLevel', 'warn'])) || (await shoot())

function shoot(): Promise<number> {
  return run(process.execPath, [SCENES])
}

function run(command: string, args: readonly string[]): Promise<number> {
  const env = { ...process.env, CALLBOX_SCREENS: 'docs/screens', TAP_TIMEOUT: String(SECONDS) }
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd: ROOT, env, stdio: 'inherit' })
    child.on('error', fail)
    child.on('close', code => done(code ?? 1))
  })
}
