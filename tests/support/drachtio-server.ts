import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../src/simulator/free-port.ts'
import { until } from './until.ts'

/** The drachtio program of this machine, where there is one. */
export const DRACHTIO = process.env['CALLBOX_TEST_DRACHTIO'] ?? ''
export const NO_DRACHTIO =
  DRACHTIO === '' && 'CALLBOX_TEST_DRACHTIO names no drachtio program, so nothing was tried against a real one'

const DEPLOYED = fileURLToPath(new URL('../../deploy/drachtio/drachtio.conf.xml', import.meta.url))

export const ADMIN_SECRET = 'conformance'

/** A real drachtio-server on loopback with ports of its own. */
export interface RealDrachtio {
  readonly sipPort: number
  readonly adminPort: number
  /** As `kill -9` does; the same ports are free for `start` again. */
  kill(): Promise<void>
  start(): Promise<void>
  freeze(): void
  thaw(): void
}

interface Test {
  teardown(run: () => unknown): unknown
}

export async function startDrachtio(t: Test, { isDeployed = false } = {}): Promise<RealDrachtio> {
  const [sipPort, adminPort] = [await freePort(), await freePort()]
  const folder = await mkdtemp(join(tmpdir(), 'callbox-drachtio-'))
  const config = join(folder, 'drachtio.conf.xml')
  await writeFile(config, configOf(sipPort, adminPort), { mode: 0o600 })
  let process: ChildProcess | undefined
  const kill = async () => {
    const old = process
    process = undefined
    if (old === undefined || old.exitCode !== null || old.signalCode !== null) return
    const gone = once(old, 'exit')
    old.kill('SIGCONT')
    old.kill('SIGKILL')
    await gone
  }
  const start = async () => {
    // What the deployed config leaves to be changed is changed on the command line, which goes over it.
    const sip = `sip:127.0.0.1:${sipPort};transport=udp,tcp`
    const deployed = ['-f', DEPLOYED, '--contact', sip, '--port', `${adminPort}`, '--secret', ADMIN_SECRET]
    const args = isDeployed ? [...deployed, '--prometheus-scrape-port', `${await freePort()}`] : ['-f', config]
    process = spawn(DRACHTIO, args, { stdio: 'ignore', cwd: folder })
    await until(async () => ((await isListening(adminPort)) ? '' : `drachtio does not listen on ${adminPort}`))
  }
  t.teardown(async () => {
    await kill()
    await rm(folder, { recursive: true, force: true })
  })
  await start()
  return {
    ...{ sipPort, adminPort, kill, start },
    freeze: () => void process?.kill('SIGSTOP'),
    thaw: () => void process?.kill('SIGCONT')
  }
}

function configOf(sipPort: number, adminPort: number): string {
  return `<drachtio>
  <admin port="${adminPort}" secret="${ADMIN_SECRET}">127.0.0.1</admin>
  <sip><contacts><contact>sip:127.0.0.1:${sipPort};transport=udp,tcp</contact></contacts></sip>
  <cdrs>true</cdrs>
  <logging><sofia-loglevel>0</sofia-loglevel><loglevel>error</loglevel></logging>
</drachtio>
`
}

function isListening(port: number): Promise<boolean> {
  return new Promise(done => {
    const socket = connect({ port, host: '127.0.0.1' })
    const say = (is: boolean) => {
      socket.destroy()
      done(is)
    }
    socket.on('connect', () => say(true))
    socket.on('error', () => say(false))
  })
}
