import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { setImmediate as tick } from 'node:timers/promises'
import t from 'tap'
import { silentLog } from '../../../../../src/operations/log.ts'
import { makeMetrics } from '../../../../../src/operations/metrics.ts'
import type { Flow } from '../../../../../src/switches/sip/embedded/flow.ts'
import { StreamReconnect, type Way } from '../../../../../src/switches/sip/embedded/stream-reconnect.ts'

const way = (port: number, address = '192.0.2.1'): Way => ({
  transport: 'tcp',
  from: { address, port: 40_000 },
  port,
  localAddress: undefined,
  ownPort: 5060
})

function makeBench() {
  const metrics = makeMetrics()
  const dialled: { way: Way; open: () => void; fail: () => void; socket: EventEmitter }[] = []
  const sent: string[] = []
  const reconnect = new StreamReconnect({
    dial: to => {
      const socket = Object.assign(new EventEmitter(), { destroy: () => socket.emit('close') })
      const { promise, resolve, reject } = Promise.withResolvers<Flow>()
      const flow: Flow = {
        transport: 'tcp',
        isReliable: true,
        local: { host: '', port: 0 },
        send: bytes => void sent.push(String(bytes))
      }
      dialled.push({
        way: to,
        socket,
        open: () => resolve(flow),
        fail: () => reject(new Error('refused'))
      })
      return { socket: socket as unknown as Socket, flow: promise }
    },
    log: silentLog,
    metrics
  })
  const lost = async (reason: string) => {
    const { values } = await metrics.sipAnswersLost.get()
    return values.find(({ labels }) => labels['reason'] === reason)?.value ?? 0
  }
  return { reconnect, dialled, sent, lost }
}

t.test('answers to one switch share one connection, in order, while it stands', async t => {
  const { reconnect, dialled, sent } = makeBench()
  reconnect.send(Buffer.from('1'), way(5060))
  reconnect.send(Buffer.from('2'), way(5060))
  t.same([dialled.length, sent], [1, []])
  dialled[0]?.open()
  await tick()
  reconnect.send(Buffer.from('3'), way(5060))
  t.same([dialled.length, sent], [1, ['1', '2', '3']])
  dialled[0]?.socket.emit('close')
  t.equal(reconnect.size, 0)
  reconnect.send(Buffer.from('4'), way(5060))
  t.equal(dialled.length, 2)
  reconnect.stop()
})

t.test('what cannot be delivered is counted, whatever the reason', async t => {
  const { reconnect, dialled, lost } = makeBench()
  reconnect.send(Buffer.from('1'), way(5060))
  reconnect.send(Buffer.from('2'), way(5060))
  dialled[0]?.fail()
  await tick()
  t.equal(await lost('reconnect-failed'), 2)
  t.equal(reconnect.size, 0)
  reconnect.send(Buffer.from('3'), way(0))
  t.equal(await lost('reconnect-limit'), 1)
})

t.test('neither connections nor waiting answers grow without bound', async t => {
  const { reconnect, dialled, lost } = makeBench()
  for (let port = 1; port <= 300; port++) reconnect.send(Buffer.from('x'), way(port))
  t.equal(dialled.length, 200)
  t.equal(await lost('reconnect-limit'), 100)
  for (let at = 0; at < 1_500; at++) reconnect.send(Buffer.from('x'), way(1))
  t.equal(await lost('reconnect-limit'), 100 + 501)
  reconnect.stop()
  t.equal(reconnect.size, 0)
  reconnect.send(Buffer.from('x'), way(1))
  t.equal(dialled.length, 200, 'nothing is opened after a stop')
})
