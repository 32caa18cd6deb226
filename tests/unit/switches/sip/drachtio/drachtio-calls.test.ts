import { EventEmitter } from 'node:events'
import { setImmediate as tick } from 'node:timers/promises'
import Srf from 'drachtio-srf'
import t from 'tap'
import type { CallEvent } from '../../../../../src/call/call-event.ts'
import { makeEventId } from '../../../../../src/call/ids.ts'
import { silentLog } from '../../../../../src/operations/log.ts'
import { makeMetrics } from '../../../../../src/operations/metrics.ts'
import { DrachtioCalls } from '../../../../../src/switches/sip/drachtio/drachtio-calls.ts'
import type { Exchange } from '../../../../../src/switches/sip/drachtio/drachtio-exchange.ts'
import type { DrachtioLink } from '../../../../../src/switches/sip/drachtio/drachtio-link.ts'
import { readRequest } from '../../../../../src/switches/sip/drachtio/drachtio-request.ts'
import { readDialogMemory } from '../../../../../src/switches/sip/embedded/dialog-memory.ts'
import type { FastRequest } from '../../../../../src/switches/sip/embedded/fast-request.ts'
import { TrunkTable } from '../../../../../src/switches/sip/trunk-table.ts'
import type { Taken } from '../../../../../src/switches/switch-driver.ts'
import { LOOPBACK_TRUNKS } from '../../../../support/sip-drivers.ts'
import { type Dialog, invite, makeDialog, request } from '../../../../support/sip-text.ts'
import { ASKING_PEER, EVENT_PEER, RING_PEER } from '../../../../support/switch-call.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
/** What the library does with an answer: says it was sent, says it was not, or throws. */
type Sending = 'sent' | 'not sent' | 'throws'

function makeCalls({ taken = 'durable' as Taken, isDraining = false, maxDialogs = 1_000 } = {}) {
  const events: CallEvent[] = []
  let now = Date.UTC(2026, 2, 3, 12)
  let bugs = 0
  const link = { state: 'up', srf: new Srf() } as DrachtioLink
  const trunks = new TrunkTable(LOOPBACK_TRUNKS)
  const calls = new DrachtioCalls({
    ...{ trunks, makeEventId, maxDialogs, log: silentLog, metrics: makeMetrics(), host: '127.0.0.1' },
    take: async event => {
      events.push(event)
      return taken
    },
    isDraining: () => isDraining,
    read: () => undefined,
    readMessage: () => undefined,
    safely: run => {
      run()
      return true
    },
    onBug: () => {
      bugs += 1
    },
    clock: { now: () => now, monotonicMs: () => now }
  })
  const read = (raw: string, address: string) => {
    const result = readRequest(raw, { address, port: 5060, receivedAt: now }, 200)
    if (result?.kind !== 'checked') throw new Error(`not a request: ${raw}`)
    return result.request
  }
  /** The statuses an exchange was answered with. */
  const exchange = (sending: Sending = 'sent') => {
    const statuses: number[] = []
    const send = (status: number, _reason: string, _options: object, done: (failed: unknown) => void) => {
      if (sending === 'throws') throw new Error('no socket')
      statuses.push(status)
      done(sending === 'sent' ? null : 'unknown transaction')
    }
    const req = new EventEmitter() as unknown as Srf.SrfRequest
    return { statuses, exchange: { req, res: { send } as unknown as Srf.SrfResponse, link } satisfies Exchange }
  }
  const offer = async (address: string, { dialog = makeDialog(), over = {}, sending = 'sent' as Sending } = {}) => {
    const made = exchange(sending)
    calls.onInvite(read(invite(dialog, over), address), made.exchange)
    await tick()
    return { dialog, ...made }
  }
  const pass = (ms: number) => {
    now += ms
    calls.sweep()
  }
  const causes = () => events.map(event => (event.kind === 'released' ? event.cause : event.kind))
  return { calls, events, link, read, exchange, offer, pass, causes, bugs: () => bugs }
}

const of = (dialog: Dialog, method: string) => request({ dialog: { ...dialog, toTag: 'server' }, method, cseq: 2 })

t.test('a leg that nobody cancels rings for ten minutes, and one without a BYE is up for twelve hours', async t => {
  const { offer, pass, causes } = makeCalls()
  const ringing = await offer(RING_PEER)
  await offer(EVENT_PEER)
  pass(10 * MINUTE)
  t.same(ringing.statuses, [180, 480])
  t.same(causes(), ['offered', 'offered', 'lost'])
  pass(12 * HOUR)
  t.same(causes(), ['offered', 'offered', 'lost', 'lost'])
})

t.test('calls whose server is gone are lost after an hour, ringing ones after three minutes', async t => {
  const { calls, link, offer, pass, causes } = makeCalls()
  await offer(EVENT_PEER)
  await offer(RING_PEER)
  pass(2 * HOUR - 112 * MINUTE)
  calls.onLost(link)
  pass(3 * MINUTE - 1)
  t.same(causes(), ['offered', 'offered'], 'counted from the loss, not from the INVITE')
  pass(1)
  t.same(causes(), ['offered', 'offered', 'lost'])
  pass(57 * MINUTE)
  t.same(causes(), ['offered', 'offered', 'lost', 'lost'])
  t.equal(calls.size, 0)
})

t.test('a call known from the record comes again, and is the same leg', async t => {
  const before = makeCalls()
  const { dialog } = await before.offer(EVENT_PEER)
  const [first] = before.events
  const { calls, offer, read } = makeCalls()
  const memory = readDialogMemory((first?.kind === 'offered' && first.dialog) || {})
  const match = new TrunkTable(LOOPBACK_TRUNKS).match(read(invite(dialog), EVENT_PEER))
  if (memory === undefined || match === undefined) throw new Error('the record does not hold the dialog')
  calls.restore(memory, match)
  t.same((await offer(EVENT_PEER, { dialog })).statuses, [200])
  t.equal(calls.size, 1)
})

t.test('what the record does not take is refused, and lost when the switch does not come again', async t => {
  const { offer, pass, causes, calls } = makeCalls({ taken: 'refused' })
  t.same((await offer(EVENT_PEER)).statuses, [500])
  t.same(
    (await offer(RING_PEER, { over: { uri: 'sip:101@x.invalid', headers: { To: '<sip:101@x.invalid>' } } })).statuses,
    [503]
  )
  t.equal(calls.size, 0, 'they keep no other call out')
  pass(10 * SECOND)
  t.same(causes(), ['offered', 'offered', 'lost', 'lost'])
})

t.test('an answer that cannot be sent leaves nothing that would refuse the next one', async t => {
  for (const sending of ['not sent', 'throws'] as const) {
    for (const peer of [EVENT_PEER, RING_PEER]) {
      const { calls, offer } = makeCalls()
      const { dialog } = await offer(peer, { sending })
      t.equal(calls.size, 0, `${sending} to ${peer}`)
      t.same((await offer(peer, { dialog })).statuses, [peer === EVENT_PEER ? 200 : 180])
    }
  }
})

t.test('while draining, or full, a call goes elsewhere; 999 has the last tenth', async t => {
  const draining = makeCalls({ isDraining: true })
  t.same((await draining.offer(EVENT_PEER)).statuses, [503])
  const to101 = { uri: 'sip:101@x.invalid', headers: { To: '<sip:101@x.invalid>' } }
  t.same((await draining.offer(ASKING_PEER, { over: to101 })).statuses, [302], 'or where it goes without us')
  const full = makeCalls({ maxDialogs: 10 })
  for (let n = 0; n < 9; n++) await full.offer(EVENT_PEER)
  t.same((await full.offer(EVENT_PEER, { over: to101 })).statuses, [503])
  t.same((await full.offer(EVENT_PEER)).statuses, [200])
  t.same((await full.offer(EVENT_PEER)).statuses, [500])
  t.equal(full.events.length, 10)
})

t.test('a re-INVITE before the answer waits, and one of a call whose server went away too', async t => {
  const { calls, link, read, exchange, offer } = makeCalls()
  const { dialog } = await offer(EVENT_PEER)
  calls.onLost(link)
  const again = exchange()
  calls.onInside(read(of(dialog, 'INVITE'), EVENT_PEER), again.exchange)
  t.same(again.statuses, [491])
})

t.test('a CANCEL that cannot be read ends the call as lost', async t => {
  const { offer, causes } = makeCalls()
  const { exchange } = await offer(RING_PEER)
  const { req } = exchange
  ;(req as unknown as EventEmitter).emit('cancel', { raw: '' })
  ;(req as unknown as EventEmitter).emit('cancel', { raw: '' })
  t.same(causes(), ['offered', 'lost'])
})

t.test('the server’s BYE of a call nobody has is nothing', async t => {
  const { calls, read, events } = makeCalls()
  calls.onServerBye(read(of(makeDialog(), 'BYE'), EVENT_PEER) as FastRequest)
  calls.onOver(read(of(makeDialog(), 'BYE'), EVENT_PEER), false)
  t.same(events, [])
})
