import fc from 'fast-check'
import t from 'tap'
import type { Call } from '../../src/call/call.ts'
import type { CallEventKind, OfferedEvent } from '../../src/call/call-event.ts'
import { CallRegistry } from '../../src/call/call-registry.ts'
import type { CallId, HandlerId } from '../../src/call/ids.ts'
import { silentLog } from '../../src/operations/log.ts'
import { makeMetrics } from '../../src/operations/metrics.ts'
import type { SignOn } from '../../src/pop/address.ts'
import { toBarePop } from '../../src/pop/bare-pop.ts'
import { PopCourier } from '../../src/pop/pop-courier.ts'
import { SignOnDirectory } from '../../src/pop/sign-on-directory.ts'
import { makeStamp } from '../../src/wiring/stamp-event.ts'
import { anOffer, aQueueOffer, cliOf, NOON, then } from '../support/call-events.ts'
import { HandRecord } from '../support/hand-record.ts'
import { runSeed } from '../support/random.ts'

/*
 * A call goes from hand to hand while people sign on and off, write up, and the gateway dies between any two steps. At
 * every moment a live call is on the screen of somebody who may see it, or it has been said that it is on none; and
 * whoever had it has it to write up until they have.
 */

const seed = runSeed()
t.comment(`seed ${seed}`)
const RUNS = { seed, numRuns: 1_500 }

const DESKS = [1, 2, 3] as const
const KINDS = ['queued', 'alerting', 'answered', 'held', 'retrieved', 'transferred', 'released'] as const
type Kind = (typeof KINDS)[number] & CallEventKind

const n = fc.constantFrom(...DESKS)
const move = fc.oneof(
  { weight: 6, arbitrary: fc.record({ what: fc.constantFrom(...KINDS), desk: fc.option(n), call: n }) },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constantFrom('sign-on' as const, 'sign-off' as const), desk: n, call: n })
  },
  { weight: 3, arbitrary: fc.record({ what: fc.constantFrom('take' as const, 'close' as const), desk: n, call: n }) },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constantFrom('crash' as const, 'crash-early' as const), desk: n, call: n })
  }
)
type Move = typeof move extends fc.Arbitrary<infer T> ? T : never

function signOnAt(desk: number): SignOn {
  return {
    handler: `h${desk}`,
    name: `Handler ${desk}`,
    ...{ force: desk === 3 ? 'hants' : 'tvp', grants: desk === 3 ? ['tvp'] : [], role: 'handler' },
    ...{ lines: ['999'], acdQueues: [], position: `p${desk}`, devices: [`400${desk}`] }
  }
}

/** A control room whose record outlives its gateway. */
class Room {
  readonly record = new HandRecord()
  readonly directory = new SignOnDirectory()
  readonly saidNobody = new Set<CallId>()
  /** By the rules of the room, counted here: who had which call, and has not closed it since. */
  readonly toWrite = new Map<CallId, Set<HandlerId>>()
  registry = new CallRegistry()
  courier = this.#start()
  /** Writes on their way to the record, lost when the gateway dies at the wrong moment. */
  #writes: (() => void)[] = []
  #at = NOON

  #start(): PopCourier {
    const registry = this.registry
    const courier: PopCourier = new PopCourier({
      signOns: this.directory,
      sender: { send: async () => {} },
      toBarePop,
      recordTaken: taking => this.#write(() => this.record.taken(taking)),
      recordClosed: closing => this.#write(() => this.record.closed(closing)),
      readCall: async () => undefined,
      onNobody: call => this.saidNobody.add(call.callId),
      onClosed: callId => {
        registry.forget(callId)
        courier.forget(callId)
      },
      ...{ log: silentLog, metrics: makeMetrics(), clock: { now: () => this.#at, monotonicMs: () => 0 } }
    })
    return courier
  }

  #write<T>(write: () => T): Promise<T> {
    return new Promise((done, failed) => {
      this.#writes.push(() => {
        try {
          done(write())
        } catch (thrown) {
          failed(thrown)
        }
      })
    })
  }

  #flush(): void {
    for (const write of this.#writes.splice(0)) write()
  }

  crash(): void {
    this.#writes = []
    this.registry = new CallRegistry()
    this.courier = this.#start()
    for (const [callId, { isClosed }] of this.record.rows) if (isClosed) this.registry.rememberEnded(callId)
    for (const { call, known } of this.record.open())
      this.courier.restore(this.registry.adopt({ ...call, generation: call.generation + 1 }), known)
  }

  async step({ what, desk, call: number }: Move): Promise<void> {
    this.#at += 1_000
    if (what !== 'crash-early') {
      this.#flush()
      await settled()
      this.#checkClosed()
    }
    const offer =
      number === 3 ? aQueueOffer({ name: 'c3', cli: cliOf(3) }) : anOffer({ name: `c${number}`, cli: cliOf(number) })
    if (what === 'sign-on' || what === 'sign-off') {
      if (what === 'sign-on') this.directory.put(signOnAt(desk))
      else this.directory.end(`h${desk}`)
      this.courier.signOnsChanged()
    } else if (what === 'take' || what === 'close') {
      await this.#command(what, `h${desk}`, offer)
    } else if (what === 'crash' || what === 'crash-early') this.crash()
    else await this.#event(offer, what, desk ?? undefined)
  }

  async #command(what: 'take' | 'close', handler: HandlerId, { switchCallId }: OfferedEvent): Promise<void> {
    const call = [...this.registry.calls()].find(each => each.switchCallIds.includes(switchCallId))
    if (call === undefined) return
    const { callId } = call
    const done = this.courier[what](handler, callId)
    this.#flush()
    if (!(await done).ok) return
    if (what === 'close') this.toWrite.get(callId)?.delete(handler)
    else this.#had(callId, handler)
  }

  /** Between two steps nothing is on its way to the record. */
  #checkClosed(): void {
    for (const { callId, state } of this.registry.calls())
      if (state === 'released' && this.toWrite.get(callId)?.size === 0) throw new Error('written up by all, and open')
  }

  async #event(offer: OfferedEvent, what: Kind, desk: number | undefined): Promise<void> {
    const where = desk === undefined ? {} : { device: `400${desk}` }
    for (const event of [offer, then(offer, what, { receivedAt: this.#at, ...where })]) {
      const result = this.registry.apply(makeStamp({ registry: this.registry, signOns: this.directory })(event))
      if (result.kind === 'ignored') continue
      this.record.write(result.call)
      this.courier.deliver(result.call, this.#at)
      this.#noteHad(result.call)
    }
  }

  #noteHad(call: Call): void {
    for (const { device, state } of call.legs) {
      const handler = device === undefined ? undefined : this.directory.at(device)
      if (handler !== undefined && (state === 'connected' || state === 'held')) this.#had(call.callId, handler)
    }
  }

  #had(callId: CallId, handler: HandlerId): void {
    this.toWrite.set(callId, (this.toWrite.get(callId) ?? new Set()).add(handler))
  }

  check(): void {
    for (const call of this.registry.calls()) {
      const isIn = (handler: HandlerId) => this.directory.of(handler) !== undefined
      const on = DESKS.map(desk => `h${desk}`).filter(handler =>
        this.courier.snapshot(handler).some(card => card.call === call.callId)
      )
      const isSeen = on.some(isIn)
      if (call.state !== 'released' && !isSeen && !this.saidNobody.has(call.callId))
        throw new Error('a live call is lost')
      if (isSeen) this.saidNobody.delete(call.callId)
      for (const handler of this.toWrite.get(call.callId) ?? [])
        if ((call.state === 'released' || isIn(handler)) && !on.includes(handler))
          throw new Error(`${handler} had ${call.callId} and has nothing to write up`)
    }
    for (const [callId, left] of this.toWrite) {
      if (this.record.rows.get(callId)?.isClosed && left.size > 0) throw new Error('closed over somebody’s head')
    }
  }
}

function settled(): Promise<void> {
  return new Promise(done => setImmediate(done))
}

t.test('a call handed from desk to desk is never on no screen unsaid, and stays with all who had it', async t => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(n), fc.array(move, { maxLength: 40 }), async (desks, moves) => {
      const room = new Room()
      for (const desk of desks) room.directory.put(signOnAt(desk))
      for (const each of moves) {
        await room.step(each)
        await settled()
        room.check()
      }
    }),
    RUNS
  )
  t.pass()
})
