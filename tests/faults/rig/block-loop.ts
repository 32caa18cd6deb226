import { WebSocket } from 'ws'
import { until } from '../../support/until.ts'
import type { NodeProcess } from './node-process.ts'

/**
 * Runs a program text inside a node, by its own inspector (SIGUSR1), as a bug would: what blocks there blocks its loop.
 * Resolves when it is under way. The node must have been started with `--inspect-port=0`.
 */
export async function runInside(node: NodeProcess, expression: string): Promise<void> {
  node.signal('SIGUSR1')
  let address = ''
  await until(async () => {
    address = /Debugger listening on (ws:\S+)/.exec(await node.lastWords())?.[1] ?? ''
    return address === '' ? 'the inspector does not listen' : ''
  })
  const socket = new WebSocket(address)
  await new Promise<void>((done, fail) => {
    socket.once('open', done)
    socket.once('error', fail)
  })
  // What dies with the node needs no word.
  socket.on('error', () => {})
  await new Promise<void>(done =>
    socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } }), () => done())
  )
  socket.once('message', () => socket.close())
}

export function blocking(ms: number): string {
  return `{ const until = performance.now() + ${ms}; while (performance.now() < until); }`
}

/** Holds more and more until the process has no more to give. */
export const HOARDING = 'globalThis.hoard = []; for (;;) globalThis.hoard.push(new Array(100_000).fill(Math.random()))'
