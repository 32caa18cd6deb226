import { readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { silentLog } from '../../../../src/operations/log.ts'
import { startDriver } from '../../../support/sip-driver.ts'
import { until } from '../../../support/until.ts'

/** More than any socket of ours has room for. */
const DATAGRAMS = 12_000

/** Sends them from another thread while this one, and with it the gateway, does nothing at all. */
function floodWhileStalled(port: number): void {
  const isDone = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(
    `const { workerData: { port, count, isDone } } = require('node:worker_threads')
    const socket = require('node:dgram').createSocket('udp4')
    const some = Buffer.alloc(900, 65)
    let left = count
    const next = () => {
      if (left-- > 0) return socket.send(some, port, '127.0.0.1', next)
      socket.close()
      Atomics.store(isDone, 0, 1)
      Atomics.notify(isDone, 0)
    }
    next()`,
    { eval: true, workerData: { port, count: DATAGRAMS, isDone } }
  )
  worker.unref()
  Atomics.wait(isDone, 0, 0)
}

t.test('what the kernel throws away while the gateway does not read is counted, and said', async t => {
  if (!hasTable()) return void t.pass('', { skip: 'this system does not say what is unread' })
  const said: string[] = []
  const { driver, metrics } = await startDriver(t, {
    log: { ...silentLog, fault: event => said.push(event) },
    onMessagesLost: () => said.push('alarm')
  })
  floodWhileStalled(driver.port)
  const lost = async () => (await metrics.sipDatagramsLost.get()).values[0]?.value ?? 0
  await until(async () =>
    (await lost()) > 0 && said.includes('sip.datagrams-lost') && said.includes('alarm') ? '' : 'nothing is lost'
  )
  t.ok((await lost()) <= DATAGRAMS)
})

function hasTable(): boolean {
  try {
    return readFileSync('/proc/net/udp', 'latin1') !== ''
  } catch {
    return false
  }
}
