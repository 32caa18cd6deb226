import { spawn } from 'node:child_process'
import { freePort } from './free-port.ts'

export interface SippServer {
  readonly port: number
  readonly stop: () => Promise<void>
}

/** SIPp's own answering side: the reference a gateway's answer time is read against. */
export async function startSippServer(transport: 'udp' | 'tcp' = 'udp'): Promise<SippServer> {
  const port = await freePort()
  const args = ['-sn', 'uas', '-i', '127.0.0.1', '-p', String(port), '-nostdin', '-buff_size', '4194304']
  if (transport === 'tcp') args.push('-t', 't1')
  const child = spawn('sipp', args, { stdio: 'ignore' })
  const ended = new Promise<void>(done => {
    child.once('exit', () => done())
    child.once('error', () => done())
  })
  return {
    port,
    stop: async () => {
      child.kill('SIGKILL')
      await ended
    }
  }
}
