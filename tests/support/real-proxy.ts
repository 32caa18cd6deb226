import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { whoHolds } from '../../src/operations/port-holder.ts'
import { freePort } from '../../src/simulator/free-port.ts'
import { until } from './until.ts'

const HOST = '127.0.0.1'

export interface RealProxy {
  readonly port: number
}

/** Where the proxy sends a call, by the user the Request-URI names: one target, or several that ring together. */
export type Routes = Readonly<Record<string, readonly [string, ...string[]]>>

/** Debian's Kamailio as a stateful proxy that stays in the path of its dialogs; ended with the test. */
export async function startProxy(t: Test, routes: Routes): Promise<RealProxy> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-proxy-'))
  const port = await freePort()
  const script = join(folder, 'kamailio.cfg')
  await writeFile(script, scriptOf(port, routes))
  const child = spawn('kamailio', ['-DD', '-E', '-f', script, '-w', folder, '-Y', folder, '-m', '32', '-M', '4'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }
  })
  let lastWords = ''
  child.stderr.on('data', chunk => {
    lastWords = `${lastWords}${chunk}`.slice(-2_000)
  })
  let isEnded = false
  const ended = once(child, 'exit').then(() => {
    isEnded = true
  })
  t.teardown(async () => {
    child.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  })
  await until(async () => {
    if (isEnded) throw new Error(`Kamailio ended before it listened: ${lastWords}`)
    return (await whoHolds(port, 'udp')).includes('kamailio') ? '' : 'Kamailio does not listen'
  })
  return { port }
}

function scriptOf(port: number, routes: Routes): string {
  const rules = Object.entries(routes).map(([user, [first, ...others]]) => {
    const branches = others.map(target => `append_branch("${target}");`)
    return `  if ($rU == "${user}") { $ru = "${first}"; ${branches.join(' ')} t_relay(); exit; }`
  })
  return `#!KAMAILIO
debug=0
log_stderror=yes
children=2
tcp_children=1
auto_aliases=no
listen=udp:${HOST}:${port}
listen=tcp:${HOST}:${port}
${['tm', 'tmx', 'corex', 'sl', 'rr', 'pv', 'textops', 'siputils'].map(name => `loadmodule "${name}.so"`).join('\n')}
request_route {
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  if (has_totag()) { loose_route(); t_relay(); exit; }
  if (is_method("INVITE")) record_route();
  append_hf("X-Device: 4001\\r\\n");
${rules.join('\n')}
  sl_send_reply("404", "Not Found");
}
`
}
