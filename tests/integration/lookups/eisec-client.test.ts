import t from 'tap'
import { columns } from '../../../src/simulator/eisec-callers.ts'
import { callOf, counted, LIMITS, makeClient, makeService, mobile, PASSWORD, USER } from '../../support/eisec.ts'
import { until } from '../../support/until.ts'

/** A mobile whose every answer asks to be asked again in a second. */
const wanderer = (again: number) => (_: string, nth: number) => ({
  fields: columns({
    network: 'Example Mb',
    state: nth < 1 ? 'Searching' : 'Data Available',
    again,
    ...{ easting: 451_000 + nth, northing: 206_000, axes: [100, 30] as const, angle: 47.5 }
  })
})

t.test('a fixed line has its address and postcode, a number nobody knows has none, and both are final', async t => {
  const { ask, untilReport } = makeClient(t, await makeService(t))
  const found = await untilReport(ask(1, '01632960101'), 'found')
  t.match(found, { isFinal: true, fixes: [{ source: 'eisec', shape: 'civic', postcode: String }] })
  t.match(await untilReport(ask(2, '01632960195'), 'none'), { isFinal: true, fixes: [] })
})

t.test('a mobile is in its cell first, then searched for, then an ellipse, asked for as often as allowed', async t => {
  const service = await makeService(t, { callers: wanderer(1) })
  const { ask, of, untilReport } = makeClient(t, service, { limits: { maxAgain: 2 } })
  const callId = ask(3)
  t.match(await untilReport(callId, 'searching'), { isFinal: false, fixes: [{ method: 'Cell' }] })
  await until(() => (of(callId).length === 3 ? '' : `${of(callId).length} reports`))
  t.match(of(callId).slice(1), [
    { state: 'found', isFinal: false, fixes: [{ grid: { easting: 451_001 }, orientationDegrees: 47.5 }] },
    { state: 'found', isFinal: true, fixes: [{ grid: { easting: 451_002 }, semiMajorMetres: 100 }] }
  ])
  t.equal(service.sites[0].requests.length, 3)
})

t.test('a slow answer is said to be late, and still comes', async t => {
  const service = await makeService(t)
  service.sites[0].answerAfterMs = LIMITS.deadlineMs * 2
  const { ask, of, untilReport } = makeClient(t, service)
  const callId = ask(4, '01632960104')
  await untilReport(callId, 'found')
  t.same(
    of(callId).map(({ state }) => state),
    ['late', 'found']
  )
})

t.test('no answer is late, then given up, counted, and nothing of it is left', async t => {
  const service = await makeService(t)
  service.sites[0].mood = 'no-answer'
  const { client, ask, of, untilReport, metrics } = makeClient(t, service, { limits: { lateInARow: 99, dropMs: 600 } })
  const callId = ask(5)
  t.match(await untilReport(callId, 'failed'), { fault: 'eisec.unanswered', isFinal: true })
  t.same(
    of(callId).map(({ state }) => state),
    ['late', 'failed']
  )
  t.equal(await counted(metrics, 'gw_eisec_asked_total', { result: 'dropped' }), 1)
  t.notOk(client.has(callId))
  t.equal(client.outstanding, 0)
})

t.test('an answer under another request number, or about another telephone, is nobody’s', async t => {
  for (const [mood, reason] of [
    ['wrong-number', 'wrong-request'],
    ['other-telephone', 'wrong-telephone']
  ] as const) {
    const service = await makeService(t)
    service.sites[0].mood = mood
    const { ask, of, untilReport, metrics } = makeClient(t, service, { limits: { lateInARow: 99, dropMs: 600 } })
    const callId = ask(6, '01632960106')
    await untilReport(callId, 'failed')
    t.equal(await counted(metrics, 'gw_eisec_bad_total', { reason }), 1, mood)
    t.notOk(
      of(callId).some(({ fixes }) => fixes.length > 0),
      'no place of anybody else’s stands on the call'
    )
  }
})

t.test('a link that is cut in the middle of an answer: the other site is asked for the same call', async t => {
  const service = await makeService(t)
  service.sites[0].mood = 'cut'
  const { ask, untilReport, states } = makeClient(t, service)
  t.match(await untilReport(ask(7, '01632960107'), 'found'), { isFinal: true })
  t.same(service.sites[1].requests, ['01632960107'])
  t.ok(states.filter(({ kind }) => kind === 'up').length >= 2)
})

t.test('an answer that breaks off, on a link that goes on, costs that answer and no other', async t => {
  const service = await makeService(t)
  const { ask, untilReport, untilState, metrics } = makeClient(t, service, { limits: { lateInARow: 99, dropMs: 900 } })
  await untilState('up')
  service.sites[0].mood = 'torn'
  const torn = ask(8, '01632960108')
  await until(() => (service.sites[0].requests.length === 1 ? '' : 'not asked yet'))
  await until(async () => ((await counted(metrics, 'gw_eisec_waiting', {})) === 1 ? '' : 'not waiting'))
  service.sites[0].mood = 'well'
  await untilReport(ask(9, '01632960109'), 'found')
  await untilReport(torn, 'failed')
  t.equal(await counted(metrics, 'gw_eisec_bad_total', { reason: 'frame-cut' }), 1)
  t.equal(service.sites[1].requests.length, 0, 'the link is the same')
})

t.test('rubbish ends nothing but itself', async t => {
  const service = await makeService(t)
  service.sites[0].mood = 'garbage'
  const { ask, untilReport } = makeClient(t, service, { limits: { lateInARow: 99, dropMs: 600 } })
  await untilReport(ask(10), 'failed')
  service.sites[0].mood = 'well'
  await untilReport(ask(11, '01632960111'), 'found')
})

t.test('a site that takes requests and answers none is left for the other', async t => {
  const service = await makeService(t)
  service.sites[0].mood = 'no-answer'
  const { ask, untilReport } = makeClient(t, service)
  const calls = [1, 2, 3].map(n => ask(20 + n, `0163296012${n}`))
  for (const callId of calls) await untilReport(callId, 'found')
  t.equal(service.sites[1].requests.length, 3)
})

t.test('a site that goes away is left for the other, and both away are said', async t => {
  const service = await makeService(t)
  const { ask, untilReport, untilState, client } = makeClient(t, service)
  await untilState('up')
  await service.sites[0].stop()
  await until(() => (service.sites[1].links === 1 ? '' : 'not at the other site'))
  await untilReport(ask(30, '01632960130'), 'found')
  await service.sites[1].stop()
  await untilState('away')
  const waiting = ask(31, '01632960131')
  await untilReport(waiting, 'late')
  await service.sites[0].start()
  await untilReport(waiting, 'found')
  t.equal(client.state.kind, 'up')
})

t.test('a site that says nothing more, not even a poll, is left for the other', async t => {
  const service = await makeService(t)
  const { untilState } = makeClient(t, service, { limits: { pollSeconds: 1, silentMs: 1_500 } })
  await untilState('up')
  service.sites[0].mood = 'silent'
  await until(() => (service.sites[1].links === 1 ? '' : 'still at the silent site'))
  await untilState('up')
})

t.test('polls go both ways, so that a link with nothing to say stays up', async t => {
  const service = await makeService(t)
  const { untilState, states } = makeClient(t, service, { limits: { pollSeconds: 1, silentMs: 1_000 } })
  await untilState('up')
  const began = performance.now()
  await until(() => (performance.now() - began > 2_500 ? '' : 'the service would have given up by now'))
  t.equal(states.filter(({ kind }) => kind === 'up').length, 1)
})

t.test('a service that refuses to poll is used all the same', async t => {
  const service = await makeService(t)
  service.sites[0].isWithoutPolls = true
  const { ask, untilReport } = makeClient(t, service)
  await untilReport(ask(40, '01632960140'), 'found')
})

t.test('a site with a fault of its own is left for the other', async t => {
  const service = await makeService(t)
  service.sites[0].isFaulty = true
  const { ask, untilReport } = makeClient(t, service)
  await untilReport(ask(41, '01632960141'), 'found')
  t.equal(service.sites[1].requests.length, 1)
})

t.test('no more than sixteen requests are under way, and a hundred calls all have their answer', async t => {
  const service = await makeService(t)
  service.sites[0].answerAfterMs = 5
  const { ask, untilReport } = makeClient(t, service, { limits: { deadlineMs: 2_000 } })
  const calls = Array.from({ length: 100 }, (_, n) => ask(100 + n, `016329601${String(n % 89).padStart(2, '0')}`))
  for (const callId of calls) await untilReport(callId, 'found')
  t.equal(service.sites[0].requests.length, 100, 'more than there are request numbers, none twice')
})

t.test('a call that is told of twice is asked about once; one whose number is corrected, again', async t => {
  const service = await makeService(t)
  const { ask, of, untilReport, untilState } = makeClient(t, service)
  await untilState('up')
  service.sites[0].answerAfterMs = 100
  ask(50, '01632960150')
  ask(50, '01632960150')
  ask(50, '01632960151')
  await untilReport(callOf(50), 'found')
  t.same(service.sites[0].requests, ['01632960150', '01632960151'])
  t.equal(of(callOf(50)).length, 1, 'the first number’s answer is nobody’s')
})

t.test('at the stop it logs off, and nobody is told anything more', async t => {
  const service = await makeService(t)
  const { client, ask, of, untilState } = makeClient(t, service)
  await untilState('up')
  t.ok(service.accounts.isLoggedOn(USER))
  service.sites[0].answerAfterMs = 200
  const callId = ask(60)
  await client.stop()
  await until(() => (service.accounts.isLoggedOn(USER) ? 'still logged on' : ''))
  t.same(of(callId), [])
  await client.stop()
})

t.test('more calls than it takes are refused one by one', async t => {
  const service = await makeService(t)
  await service.sites[0].stop()
  await service.sites[1].stop()
  const { ask, reports } = makeClient(t, service, { limits: { deadlineMs: 60_000, dropMs: 120_000 } })
  for (let n = 0; n < 501; n++) ask(1_000 + n, mobile(n))
  t.match(reports, [{ callId: callOf(1_500), state: 'failed', fault: 'eisec.full', isFinal: true }])
})

t.test('twenty clients with log-ons of their own are served beside each other', async t => {
  const service = await makeService(t)
  const clients = Array.from({ length: 20 }, (_, n) => {
    service.accounts.add(`USER${n}`, PASSWORD)
    return makeClient(t, service, { user: `USER${n}`, limits: { deadlineMs: 5_000, dropMs: 10_000 } })
  })
  const asked = clients.flatMap(({ ask, untilReport }, n) =>
    Array.from({ length: 9 }, (_, at) => untilReport(ask(n * 10 + at, `016329601${at}${n % 7}`), 'found'))
  )
  t.equal((await Promise.all(asked)).length, 180)
})
