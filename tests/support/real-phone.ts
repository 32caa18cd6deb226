import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { whoHolds } from '../../src/operations/port-holder.ts'
import { freePort } from '../../src/simulator/free-port.ts'
import { until } from './until.ts'

const HOST = '127.0.0.1'
const MODULES = '/usr/lib/baresip/modules'

/** What the phone says of a call: `CALL_INCOMING`, `CALL_RINGING`, `CALL_ESTABLISHED`, `CALL_CLOSED`, … */
export interface PhoneEvent {
  readonly type: string
  readonly id: string
}

/** Debian's baresip, a telephone nobody here wrote, without a sound device; it does what it is told. */
export interface RealPhone {
  readonly port: number
  readonly events: readonly PhoneEvent[]
  dial(uri: string): void
  accept(): void
  hangUp(): void
  count(type: string): number
}

/** Starts it with its own folder, ports and control connection; ended with the test. */
export async function startPhone(t: Test, user: string): Promise<RealPhone> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-phone-'))
  const { port, control } = await freePorts()
  await writeFile(join(folder, 'config'), configOf(port, control))
  await writeFile(join(folder, 'accounts'), `<sip:${user}@${HOST}:${port}>;regint=0;answermode=manual\n`)
  const child = spawn('baresip', ['-4', '-f', folder], { stdio: ['pipe', 'ignore', 'ignore'] })
  let isEnded = false
  const ended = once(child, 'exit').then(() => {
    isEnded = true
  })
  let socket: Socket | undefined
  t.teardown(async () => {
    socket?.destroy()
    child.kill('SIGKILL')
    await ended
    await rm(folder, { recursive: true, force: true })
  })
  await until(async () => {
    if (isEnded) throw new Error('baresip ended before it listened')
    socket = await reach(control)
    return socket === undefined ? 'baresip does not listen' : ''
  })
  const events: PhoneEvent[] = []
  readNetstrings(socket, text => {
    const said = JSON.parse(text) as { event?: boolean; type?: string; id?: string }
    if (said.event === true && said.type !== undefined) events.push({ type: said.type, id: said.id ?? '' })
  })
  const say = (command: string, params = '') => {
    const text = JSON.stringify({ command, params })
    socket?.write(`${text.length}:${text},`)
  }
  return {
    port,
    events,
    dial: uri => say('dial', uri),
    accept: () => say('accept'),
    hangUp: () => say('hangup'),
    count: type => events.filter(event => event.type === type).length
  }
}

function configOf(port: number, control: number): string {
  const lines = [
    'poll_method epoll',
    `sip_listen ${HOST}:${port}`,
    `net_interface ${HOST}`,
    `module_path ${MODULES}`,
    'audio_player aubridge,nil',
    'audio_alert aubridge,nil',
    'audio_source aubridge,nil',
    ...['g711', 'aubridge', 'ctrl_tcp'].map(name => `module ${name}.so`),
    'module_tmp account.so',
    'module_app menu.so',
    `ctrl_tcp_listen ${HOST}:${control}`
  ]
  return `${lines.join('\n')}\n`
}

/** Three free ports: its SIP port, the next one, which it takes for TLS, and one apart from both. */
async function freePorts(): Promise<{ port: number; control: number }> {
  for (;;) {
    const port = await freePort()
    const control = await freePort()
    if (control === port || control === port + 1) continue
    if ((await whoHolds(port + 1, 'tcp')) === '' && (await whoHolds(port, 'udp')) === '') return { port, control }
  }
}

function reach(port: number): Promise<Socket | undefined> {
  return new Promise(done => {
    const socket = connect({ port, host: HOST })
    socket.once('connect', () => done(socket))
    socket.once('error', () => done(undefined))
  })
}

/** `length:text,`, one after the other. */
function readNetstrings(socket: Socket | undefined, onText: (text: string) => void): void {
  let rest = ''
  socket?.on('error', () => {})
  socket?.on('data', chunk => {
    rest += chunk.toString('latin1')
    for (;;) {
      const colon = rest.indexOf(':')
      const size = Number(rest.slice(0, colon))
      if (colon < 0 || rest.length < colon + size + 2) return
      onText(rest.slice(colon + 1, colon + 1 + size))
      rest = rest.slice(colon + size + 2)
    }
  })
}
