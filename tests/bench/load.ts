import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after } from '../../src/operations/lifecycle.ts'

const HOST = '127.0.0.1'
const SCENARIO = fileURLToPath(new URL('load.xml', import.meta.url))
/** How long after its last call SIPp may take: seven sendings in 32 s. */
const GRACE_MS = 45_000
/** Sockets of SIPp where it has one for each call. */
const MAX_SOCKETS = 20_000

export interface Load {
  readonly port: number
  readonly rate: number
  readonly calls: number
  /** From the ACK to the BYE. */
  readonly holdMs?: number
  /** SIPp's `-t`: `u1` one UDP socket, `un` one for each call, `t1` one TCP connection. */
  readonly transport?: 'u1' | 'un' | 't1'
}

export interface LoadReport {
  readonly offered: number
  readonly completed: number
  readonly failed: number
  readonly retransmissions: number
}

/** SIPp against a port of this machine; what it had counted when it ended. */
export async function runLoad({ port, rate, calls, holdMs = 50, transport = 'u1' }: Load): Promise<LoadReport> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-load-'))
  const flow = ['-sf', SCENARIO, `${HOST}:${port}`, '-i', HOST, '-t', transport, '-d', String(holdMs)]
  const most = Math.max(2_000, Math.ceil(rate * (5 + holdMs / 1000)))
  const load = ['-r', String(rate), '-m', String(calls), '-l', String(most), '-buff_size', '4194304']
  const sockets = transport === 'un' ? ['-max_socket', String(MAX_SOCKETS)] : []
  const child = spawn('sipp', [...flow, ...load, ...sockets, '-trace_stat', '-fd', '1', '-nostdin'], {
    cwd: folder,
    stdio: 'ignore'
  })
  const stopWaiting = after((calls / rate) * 1_000 + holdMs + GRACE_MS, () => child.kill('SIGKILL'))
  try {
    await new Promise<void>((done, fail) => {
      child.once('error', thrown => fail(new Error(`SIPp does not start: ${thrown.message}`)))
      child.once('exit', () => done())
    })
    const file = (await readdir(folder)).find(name => name.endsWith('_.csv'))
    return toReport(file === undefined ? '' : await readFile(join(folder, file), 'utf8'))
  } finally {
    stopWaiting()
    await rm(folder, { recursive: true, force: true })
  }
}

function toReport(csv: string): LoadReport {
  const rows = csv.trim().split('\n')
  const names = (rows[0] ?? '').split(';')
  const values = (rows.at(-1) ?? '').split(';')
  const of = (name: string) => Number(values[names.indexOf(name)] ?? 0) || 0
  return {
    offered: of('TotalCallCreated'),
    completed: of('SuccessfulCall(C)'),
    failed: of('TotalCallCreated') - of('SuccessfulCall(C)'),
    retransmissions: of('Retransmissions(C)')
  }
}
