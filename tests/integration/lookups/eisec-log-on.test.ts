import t from 'tap'
import { EisecSiteSimulator } from '../../../src/simulator/eisec.ts'
import { counted, FakePasswords, makeClient, makeService, NEW_PASSWORD, PASSWORD, USER } from '../../support/eisec.ts'
import { until } from '../../support/until.ts'

t.test('a wrong password is tried once at each site and never again, so that nobody is locked out', async t => {
  const service = await makeService(t)
  const passwords = new FakePasswords(['wrong-secret'])
  const { untilState, client } = makeClient(t, service, { passwords })
  await untilState('refused')
  t.equal(service.accounts.wrongTries, 2)
  t.match(client.state, { why: 'bad name or password' })
  await client.stop()
  t.equal(service.accounts.wrongTries, 2)
})

t.test('of two passwords that may be in force the second is tried where the first is wrong', async t => {
  const service = await makeService(t)
  const passwords = new FakePasswords(['wrong-secret', PASSWORD])
  const { untilState } = makeClient(t, service, { passwords })
  await untilState('up')
  t.equal(service.accounts.wrongTries, 1)
  await until(() => (passwords.inForce.length === 1 ? '' : 'nobody is told which one is in force'))
  t.same(passwords.inForce, [PASSWORD])
})

t.test('a log-on that is locked out is left alone', async t => {
  const service = await makeService(t)
  for (let n = 0; n < 3; n++) service.accounts.logOn(USER, 'somebody guesses', {})
  const { untilState, client } = makeClient(t, service)
  await untilState('refused')
  t.match(client.state, { why: 'locked out' })
})

t.test('a log-on that is locked out is tried again after its time', async t => {
  const service = await makeService(t)
  for (let n = 0; n < 3; n++) service.accounts.logOn(USER, 'somebody guesses', {})
  const { untilState, metrics } = makeClient(t, service, { limits: { lockedOutMs: 1 } })
  const rejected = () => counted(metrics, 'gw_eisec_links_total', { result: 'rejected-5' })
  await until(async () => ((await rejected()) >= 2 ? '' : 'not tried again yet'))
  service.accounts.unlock(USER)
  await untilState('up')
})

t.test('one who is logged on already, as a gateway that has just died, is waited for', async t => {
  const service = await makeService(t)
  const other = makeClient(t, service)
  await other.untilState('up')
  const { untilState } = makeClient(t, service)
  await untilState('away')
  await other.client.stop()
  await untilState('up')
})

t.test('a password that is due is changed at the log-on, after everybody could know of it', async t => {
  const service = await makeService(t)
  service.accounts.expire(USER, 3)
  const passwords = new FakePasswords([PASSWORD, NEW_PASSWORD], NEW_PASSWORD)
  const kept: (string | undefined)[] = []
  passwords.willChange = async to => {
    kept.push(to, service.accounts.passwordOf(USER))
  }
  const { untilState, grace } = makeClient(t, service, { passwords })
  await untilState('up')
  t.same(kept, [NEW_PASSWORD, PASSWORD], 'the old one is in force when the new one is written down')
  t.equal(service.accounts.passwordOf(USER), NEW_PASSWORD)
  await until(() => (passwords.inForce.length === 1 ? '' : 'nobody is told'))
  t.same(passwords.inForce, [NEW_PASSWORD])
  t.same(grace, [2, undefined])
})

t.test('a new password that cannot be written down is not sent, and calls are answered all the same', async t => {
  const service = await makeService(t)
  service.accounts.expire(USER, 3)
  const passwords = new FakePasswords([PASSWORD, NEW_PASSWORD], NEW_PASSWORD)
  passwords.willChange = () => Promise.reject(new Error('the record is away'))
  const { untilState, untilReport, ask, grace } = makeClient(t, service, { passwords })
  await untilState('up')
  t.equal(service.accounts.passwordOf(USER), PASSWORD)
  t.same(grace, [2])
  await untilReport(ask(1, '01632960101'), 'found')
})

t.test('without a new password the log-ons that are left are said, until the service bars it', async t => {
  const service = await makeService(t)
  service.accounts.expire(USER, 1)
  const { untilState, grace } = makeClient(t, service)
  await untilState('up')
  t.same(grace, [0])
  service.sites[0].cut()
  await untilState('refused')
})

t.test('a new password that was used before is refused, said, and not sent again', async t => {
  const service = await makeService(t)
  service.accounts.add('OTHER', PASSWORD)
  service.accounts.expire('OTHER', 5)
  const passwords = new FakePasswords([PASSWORD], 'short')
  const { untilState, states, grace } = makeClient(t, service, { user: 'OTHER', passwords })
  await untilState('up')
  service.sites[0].cut()
  await until(() => (states.filter(({ kind }) => kind === 'up').length === 2 ? '' : 'not up again'))
  t.same(grace, [4, 3], 'it is still due')
  t.equal(service.accounts.passwordOf('OTHER'), PASSWORD)
})

t.test('a change whose answer was lost: the new password is tried first, and the old one still lets us in', async t => {
  for (const isChanged of [true, false]) {
    const service = await makeService(t)
    const session = {}
    service.accounts.logOn(USER, PASSWORD, session)
    if (isChanged) service.accounts.change(session, PASSWORD, NEW_PASSWORD)
    service.accounts.logOff(session)
    const passwords = new FakePasswords([NEW_PASSWORD, PASSWORD])
    const { untilState } = makeClient(t, service, { passwords })
    await untilState('up')
    t.equal(service.accounts.wrongTries, isChanged ? 0 : 1)
  }
})

t.test('files that cannot be read are looked at again', async t => {
  const service = await makeService(t)
  const passwords = new FakePasswords()
  let reads = 0
  passwords.read = () => {
    reads += 1
    return Promise.reject(new Error('no such file'))
  }
  const { client, ask, untilReport } = makeClient(t, service, { passwords })
  await until(() => (reads === 1 ? '' : 'not read yet'))
  t.equal(client.state.kind, 'connecting')
  await untilReport(ask(1), 'late')
})

t.test('a client that talks before it is let in is a breach the simulator sees', async t => {
  const { accounts } = await makeService(t)
  const site = new EisecSiteSimulator({ accounts, callers: () => ({ error: '01' }) })
  await site.start()
  t.teardown(() => site.stop())
  const { connect } = await import('node:net')
  const socket = connect(site.port, '127.0.0.1')
  socket.write('\x020026NQ07TN07700900123         \x03rubbish')
  await until(() => (site.breaches.length === 2 ? '' : `breaches: ${site.breaches}`))
  t.same(site.breaches, ['NQ before the log-on', 'what cannot be read'])
  socket.destroy()
})
