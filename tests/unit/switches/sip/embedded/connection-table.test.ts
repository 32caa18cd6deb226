import t from 'tap'
import { makeMetrics } from '../../../../../src/operations/metrics.ts'
import { ConnectionTable } from '../../../../../src/switches/sip/embedded/connection-table.ts'

t.test('so many connections in all and of each switch, and room again when one leaves', async t => {
  const metrics = makeMetrics()
  const table = new ConnectionTable({ maxConnections: 3, maxConnectionsPerPeer: 2 }, metrics)
  const leave = table.enter('192.0.2.1', 'tcp')
  t.type(table.enter('192.0.2.1', 'tls'), 'function')
  t.equal(table.enter('192.0.2.1', 'tcp'), 'connections-of-peer')
  t.type(table.enter('192.0.2.2', 'ws'), 'function')
  if (typeof leave !== 'function') throw new Error('the first was not let in')
  leave()
  leave()
  t.equal(table.size, 2)
  t.type(table.enter('192.0.2.1', 'tcp'), 'function')
  t.match(await metrics.sipConnections.get(), {
    values: [
      { labels: { transport: 'tcp' }, value: 1 },
      { labels: { transport: 'tls' }, value: 1 },
      { labels: { transport: 'ws' }, value: 1 }
    ]
  })
})

t.test('a switch always has its first connection, however many the others hold', async t => {
  const table = new ConnectionTable({ maxConnections: 2, maxConnectionsPerPeer: 2 }, makeMetrics())
  for (const _ of [1, 2]) t.type(table.enter('192.0.2.1', 'tcp'), 'function')
  t.type(table.enter('192.0.2.2', 'tls'), 'function')
  t.equal(table.enter('192.0.2.2', 'tls'), 'connections')
  t.equal(table.size, 3)
})
