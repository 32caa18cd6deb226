import t from 'tap'
import type { Call } from '../../../src/call/call.ts'
import { toCli } from '../../../src/call/cli.ts'
import type { CallId } from '../../../src/call/ids.ts'
import { LEASE_MS } from '../../../src/delivery/node-lease.ts'
import type { ClientState } from '../../../src/lookups/location/eisec/eisec-client.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { EisecOwner } from '../../../src/wiring/eisec-owner.ts'

const callOf = (n: number, { line = '999', seq = 1 } = {}): Call =>
  ({
    callId: `call-${n}` as CallId,
    ...{ line, seq },
    cli: toCli({ network: `+44770090012${n}`, isWithheld: n > 5 })
  }) as Call

class FakeClient {
  readonly asked: string[] = []
  isStarted = false
  isStopped = false
  readonly state: ClientState = { kind: 'up', site: 'test' }
  start(): void {
    this.isStarted = true
  }
  async stop(): Promise<void> {
    this.isStopped = true
  }
  ask(_: CallId, telephone: string): void {
    this.asked.push(telephone)
  }
}

function makeOwner() {
  const world = {
    now: 0,
    claim: async () => true,
    open: [] as { call: Call; run: number }[],
    hasBeside: false,
    given: 0,
    owned: [] as boolean[],
    clients: [] as FakeClient[]
  }
  const owner = new EisecOwner({
    logOn: 'test',
    claim: () => world.claim(),
    give: async () => {
      world.given += 1
    },
    open: async known => world.open.filter(({ call, run }) => (known.get(call.callId) ?? -1) < run),
    makeClient: () => {
      const client = new FakeClient()
      world.clients.push(client)
      return client
    },
    hasBeside: () => world.hasBeside,
    onOwner: isOwner => world.owned.push(isOwner),
    log: silentLog,
    clock: { monotonicMs: () => world.now }
  })
  return { world, owner }
}

const away = () => Promise.reject(new Error('the record is away'))

t.test('who has the log-on asks about its own calls at once, and about those of others that are on record', async t => {
  const { world, owner } = makeOwner()
  t.equal(owner.ask(callOf(1)), false, 'before it has it, its call is left to the record')
  world.open = [{ call: callOf(1), run: 1 }]
  await owner.look()
  t.same(world.clients[0]?.asked, ['07700900121'])
  t.equal(owner.ask(callOf(2)), true)
  world.open.push({ call: callOf(2), run: 1 })
  await owner.look()
  t.same(world.clients[0]?.asked, ['07700900121', '07700900122'], 'no call is asked about twice')
  world.open = [{ call: callOf(2, { seq: 3 }), run: 3 }]
  await owner.look()
  t.equal(world.clients[0]?.asked.length, 3, 'one whose number was corrected is')
})

t.test('who does not have it asks nothing, and who has lost it logs off', async t => {
  const { world, owner } = makeOwner()
  world.claim = async () => false
  await owner.look()
  t.equal(world.clients.length, 0)
  world.claim = async () => true
  await owner.look()
  world.claim = async () => false
  await owner.look()
  t.ok(world.clients[0]?.isStopped)
  t.same(world.owned, [true, false])
  t.equal(owner.ask(callOf(1)), false)
})

t.test('while the record is away the log-on stays where it is, unless another gateway may have it by now', async t => {
  for (const [hasBeside, isKept] of [
    [false, true],
    [true, false]
  ] as const) {
    const { world, owner } = makeOwner()
    await owner.look()
    world.claim = away
    world.hasBeside = hasBeside
    world.now = LEASE_MS
    await owner.look()
    t.notOk(world.clients[0]?.isStopped, 'its lease still holds')
    world.now = LEASE_MS + 1
    await owner.look()
    t.equal(world.clients[0]?.isStopped, !isKept, hasBeside ? 'another may have it' : 'there is nobody else')
  }
})

t.test('at the stop it logs off first and lets another have the log-on then; without it nothing is given', async t => {
  const { world, owner } = makeOwner()
  await owner.look()
  await owner.stop()
  t.ok(world.clients[0]?.isStopped)
  t.equal(world.given, 1)
  await owner.look()
  t.equal(world.clients.length, 1, 'and takes it no more')
  const other = makeOwner()
  await other.owner.stop()
  t.equal(other.world.given, 0)
})

t.test('only 999 calls are asked about, by the number of the network, withheld or not', async t => {
  const { world, owner } = makeOwner()
  await owner.look()
  t.equal(owner.ask(callOf(1, { line: '101' })), false)
  t.equal(owner.ask(callOf(6)), true, 'withheld')
  const shownOnly = { ...callOf(2), cli: toCli({ presentation: '+447700900122', isWithheld: false }) }
  t.equal(owner.ask(shownOnly), false, 'a presentation number may be anybody’s')
  t.same(world.clients[0]?.asked, ['07700900126'])
})
