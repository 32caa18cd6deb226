import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { systemClock } from '../../../src/operations/lifecycle.ts'
import { makeAskRoutes } from '../../../src/resources/routing-table.ts'
import { toJob, toUnit } from '../../support/recommending.ts'

/* Routing engines that answer, answer nonsense, and do not answer. */

const UNITS = [toUnit({ callsign: 'CA01', km: [1, 0] }), toUnit({ callsign: 'CA02', km: [5, 0] })]
const signal = new AbortController().signal

async function makeEngine(
  t: Test,
  kind: 'osrm' | 'valhalla',
  answer: (response: ServerResponse, body: string) => void
) {
  const asked: string[] = []
  const server = createServer((request: IncomingMessage, response) => {
    let body = ''
    request.on('data', chunk => {
      body += chunk
    })
    request.on('end', () => {
      asked.push(`${request.method} ${request.url}`)
      answer(response, body)
    })
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise<void>(done => server.close(() => done()))
  })
  const faults: string[] = []
  const { port } = server.address() as AddressInfo
  const config = { kind, url: `http://127.0.0.1:${port}`, deadlineMs: 300 }
  const ask = makeAskRoutes({ config, clock: systemClock, onFault: reason => faults.push(reason) })
  return { ask, asked, faults }
}

t.test('OSRM is asked for a table from each unit to the job, and a unit without a road has no time', async t => {
  const { ask, asked } = await makeEngine(t, 'osrm', response => {
    response.end(JSON.stringify({ code: 'Ok', durations: [[372], [null]] }))
  })
  t.same(await ask(UNITS, toJob(), signal), new Map([['CA01', 6.2]]))
  t.match(asked, [
    /^GET \/table\/v1\/driving\/-1\.\d+,51\.\d+;-1\.\d+,51\.\d+;-1\.\d+,51\.\d+\?sources=0;1&destinations=2&annotations=duration$/
  ])
})

t.test('Valhalla is asked by a body, so that no place stands in an address', async t => {
  const bodies: unknown[] = []
  const { ask, asked } = await makeEngine(t, 'valhalla', (response, body) => {
    bodies.push(JSON.parse(body))
    response.end(JSON.stringify({ sources_to_targets: [[{ time: 60 }], [{ time: 660 }]] }))
  })
  t.same(
    await ask(UNITS, toJob(), signal),
    new Map([
      ['CA01', 1],
      ['CA02', 11]
    ])
  )
  t.same(asked, ['POST /sources_to_targets'])
  t.match(bodies, [{ sources: { length: 2 }, targets: { length: 1 }, costing: 'auto' }])
})

t.test(
  'an engine that answers nonsense, an error or nothing gives no times, and is left alone after three',
  async t => {
    for (const answer of [
      (response: ServerResponse) => response.end('no JSON'),
      (response: ServerResponse) => response.end('{"durations":[[1]]}'),
      (response: ServerResponse) => {
        response.statusCode = 500
        response.end()
      },
      () => {}
    ]) {
      const { ask, asked, faults } = await makeEngine(t, 'osrm', answer)
      for (let n = 0; n < 5; n++) t.equal(await ask(UNITS, toJob(), signal), undefined)
      t.equal(asked.length, 3, 'the last two were not asked')
      t.equal(faults.length, 3)
      t.notMatch(faults.join(' '), /51\.\d/, 'no place in a fault')
    }
  }
)

t.test('whoever gives up says nothing of the engine', async t => {
  const { ask, faults } = await makeEngine(t, 'osrm', () => {})
  const abort = new AbortController()
  const asking = ask(UNITS, toJob(), abort.signal)
  abort.abort()
  t.equal(await asking, undefined)
  t.same(faults, [])
})
