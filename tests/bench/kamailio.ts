import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after } from '../../src/operations/lifecycle.ts'
import { whoHolds } from '../../src/operations/port-holder.ts'
import { until } from '../support/until.ts'
import type { Missing } from './table.ts'

/*
 * Debian's Kamailio with a script of our own: one process for UDP, one for TCP, its `tm` module answering. What a server
 * in C does on this machine with the same calls. KAMAILIO names another binary.
 */

const HOST = '127.0.0.1'
/** The receive buffer the driver asks for too. */
const RECEIVE_BYTES = String(4 * 1024 * 1024)
const MODULES = ['/usr/lib/x86_64-linux-gnu/kamailio/modules', '/usr/lib/aarch64-linux-gnu/kamailio/modules']
const BASE = ['tm', 'tmx', 'sl', 'pv', 'textops', 'siputils'] as const
/** Shared memory, and each process's own: MB. */
const MEMORY = ['-m', '1024', '-M', '16'] as const
const END_WITHIN_MS = 5_000

export interface Kamailio {
  readonly pids: () => Promise<number[]>
  readonly stop: () => Promise<void>
}

/** What is to be installed first; undefined where all is here. */
export function lacksKamailio(
  subject: string,
  module?: { readonly name: string; readonly of: string }
): Missing | undefined {
  const packages = [
    ...(binary() === undefined ? ['kamailio'] : []),
    ...(module === undefined || MODULES.some(folder => existsSync(join(folder, `${module.name}.so`)))
      ? []
      : [module.of])
  ]
  return packages.length === 0 ? undefined : { subject, install: `apt-get install ${packages.join(' ')}` }
}

/** Answers every call on UDP and TCP of this port. */
export function startAnswering(port: number): Promise<Kamailio> {
  return start(port, [], '', '')
}

/**
 * The same, and each INVITE goes on as it is to the WebSocket of the desk it names: a client says OPTIONS with the desk
 * in `X-Device`. No queue, no record, no lookup, no acknowledgement.
 */
export function startRelay(port: number, webSocketPort: number): Promise<Kamailio> {
  const remember = `if (proto == WS) {
    if (is_method("OPTIONS")) {
      $sht(desk=>$hdr(X-Device)) = "sip:" + $si + ":" + $sp + ";transport=ws";
      sl_send_reply("200", "OK");
    }
    exit;
  }`
  const passOn = `$var(desk) = $sht(desk=>$hdr(X-Device));
    if ($var(desk) != $null) { $du = $var(desk); forward(); }`
  return start(port, ['htable', 'xhttp', 'websocket'], remember, passOn, webSocketPort)
}

async function start(
  port: number,
  modules: readonly string[],
  before: string,
  onInvite: string,
  webSocketPort?: number
): Promise<Kamailio> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-bench-'))
  const script = join(folder, 'kamailio.cfg')
  await writeFile(script, toScript(port, modules, before, onInvite, webSocketPort))
  const args = ['-DD', '-E', '-f', script, '-w', folder, '-Y', folder, ...MEMORY, '-b', RECEIVE_BYTES]
  const child = spawn(binary() ?? 'kamailio', args, { stdio: 'ignore' })
  const ended = once(child, 'exit')
  const stop = async () => {
    child.kill('SIGTERM')
    const giveUp = after(END_WITHIN_MS, () => child.kill('SIGKILL'))
    await ended.finally(giveUp)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await until(async () => ((await whoHolds(port, 'udp')) === '' ? 'Kamailio does not listen' : ''))
    if (webSocketPort !== undefined) {
      await until(async () => ((await whoHolds(webSocketPort, 'tcp')) === '' ? 'Kamailio takes no WebSockets' : ''))
    }
  } catch (thrown) {
    await stop()
    throw thrown
  }
  return { pids: async () => [child.pid ?? 0, ...(await childrenOf(child.pid ?? 0))], stop }
}

function toScript(
  port: number,
  modules: readonly string[],
  before: string,
  onInvite: string,
  webSocketPort: number | undefined
): string {
  const answer = [
    'v=0',
    `o=- 1 1 IN IP4 ${HOST}`,
    's=-',
    `c=IN IP4 ${HOST}`,
    't=0 0',
    'm=audio 9 RTP/AVP 8',
    'a=inactive'
  ]
  return `#!KAMAILIO
debug=-1
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
tcp_accept_no_cl=yes
listen=udp:${HOST}:${port}
listen=tcp:${HOST}:${port}
${webSocketPort === undefined ? '' : `listen=tcp:${HOST}:${webSocketPort}`}
${[...BASE, ...modules].map(name => `loadmodule "${name}.so"`).join('\n')}
${modules.includes('htable') ? 'modparam("htable", "htable", "desk=>size=8;")' : ''}
request_route {
  ${before}
  if (is_method("ACK")) { t_check_trans(); exit; }
  if (!t_newtran()) exit;
  if (is_method("INVITE")) {
    ${onInvite}
    t_reply("180", "Ringing");
    append_to_reply("Contact: <sip:${HOST}:${port}>\\r\\n");
    set_reply_body("${answer.join('\\r\\n')}\\r\\n", "application/sdp");
  }
  t_reply("200", "OK");
}
${
  webSocketPort === undefined
    ? ''
    : `event_route[xhttp:request] {
  if ($hdr(Upgrade) =~ "websocket" && ws_handle_handshake()) exit;
  xhttp_reply("404", "Not Found", "", "");
}`
}
`
}

function binary(): string | undefined {
  const named = process.env['KAMAILIO']
  if (named !== undefined) return existsSync(named) ? named : undefined
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']
  return folders.map(folder => join(folder, 'kamailio')).find(path => existsSync(path))
}

async function childrenOf(parent: number): Promise<number[]> {
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    const stat = /^\d+$/.test(name) ? await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '') : ''
    if (/\) \S (\d+)/.exec(stat)?.[1] === String(parent)) found.push(Number(name))
  }
  return found
}
