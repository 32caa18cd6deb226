import { Ajv } from 'ajv'
import Type, { type Static } from 'typebox'
import type { Call } from '../call/call.ts'
import { type CallId, type HandlerId, parseCallId } from '../call/ids.ts'
import { reasonOf } from '../operations/errors.ts'
import { after, type Clock, type Stop } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { ToBarePop } from '../pop/card.ts'
import { runOfRevision } from '../pop/panel.ts'
import { BarePop, type PopEvent, type RevisedPanel } from '../pop/pop.ts'
import type { ScreenEvent } from '../pop/session-log.ts'

/*
 * The doorbell between nodes while Redis does not answer. It goes through PostgreSQL and carries ids, states and
 * revisions, nothing of a person: whoever hears it reads the call from the record and asks the lookups itself.
 */

const Ring = Type.Object({
  call: Type.String({ minLength: 36, maxLength: 36 }),
  event: Type.String({ maxLength: 160 }),
  kind: Type.Union([
    Type.Literal('call.pop'),
    Type.Literal('call.state'),
    Type.Literal('call.panel'),
    Type.Literal('call.gone')
  ]),
  rev: Type.Integer({ minimum: 0 }),
  at: Type.Number(),
  handlers: Type.Array(Type.String({ maxLength: 64 }), { maxItems: 100 }),
  state: Type.Optional(Type.String({ maxLength: 20 })),
  offer: Type.Optional(Type.Union([Type.Literal('device'), Type.Literal('queue')])),
  takenBy: BarePop.properties.takenBy,
  escalated: BarePop.properties.escalated,
  handedOverTo: BarePop.properties.handedOverTo,
  wrapUp: BarePop.properties.wrapUp,
  /** Nobody has heard of the call since its gateway died: it may be over. */
  unheard: Type.Optional(Type.Boolean()),
  /** Of a panel: the run of the lookups it came by. */
  run: Type.Optional(Type.Integer({ minimum: 0 })),
  why: Type.Optional(
    Type.Union([Type.Literal('taken-elsewhere'), Type.Literal('closed'), Type.Literal('not-entitled')])
  )
})
export type Ring = Static<typeof Ring>
export const Rings = Type.Object({
  t: Type.Literal('rings'),
  from: Type.String({ maxLength: 40 }),
  rings: Type.Array(Ring, { maxItems: 100 })
})
const isRings = new Ajv({ strict: false }).compile<Static<typeof Rings>>(Rings)

type CardWords = Pick<BarePop, 'takenBy' | 'escalated' | 'handedOverTo' | 'wrapUp'>

interface Waiting {
  readonly ring: Ring
  /** Monotonic ms. */
  readonly since: number
}

interface Parts {
  readonly node: string
  /** Whether a live node beside us may hold a handler's screen. */
  readonly hasBeside: () => boolean
  readonly isHere: (handler: HandlerId) => boolean
  /** Payloads of less than 8,000 bytes each. */
  readonly notify: (payloads: readonly string[]) => Promise<void>
  readonly readOpen: (callId: CallId) => Promise<{ readonly call: Call; readonly takenBy?: HandlerId } | undefined>
  readonly sendDirect: (handlers: readonly HandlerId[], eventId: string, ev: ScreenEvent, receivedAt: number) => void
  /** Runs a call's lookups in this process. */
  readonly lookFor: (callId: CallId, run: number, publish: (revised: RevisedPanel) => void) => Promise<void>
  readonly toBarePop: ToBarePop
  readonly log: Log
  readonly clock: Clock
}

/** What one turn of the network brings goes together. */
const FLUSH_MS = 20
/**
 * A ring that cannot go waits for so long: a gateway that has just come shows screens before we know of it, and PostgreSQL
 * may refuse us a moment's connection. After that nobody is there, or its own words come late and are said again.
 */
const KEEP_MS = 3_000
const AGAIN_MS = 100
const MAX_WAITING = 5_000
const MAX_HANDLERS = 100
const PAYLOAD_BYTES = 7_000
/** The record may be some batches behind the ring. */
const READ_TRIES = 12
const READ_EVERY_MS = 50
/** Calls whose lookups run here because of a ring, at once; and runs remembered. */
const MAX_LOOKS = 50
const MAX_LOOKED = 5_000

/** Rings at other nodes for messages that could not go by Redis, and answers their rings for the screens held here. */
export class FarDoorbell {
  readonly #parts: Parts
  #waiting: Waiting[] = []
  readonly #looked = new Set<string>()
  #looking = 0
  #isFlushing = false
  #isStopped = false
  #stopFlush: Stop = () => {}

  constructor(parts: Parts) {
    this.#parts = parts
  }

  stop(): void {
    this.#stopFlush()
    this.#waiting = []
    this.#isStopped = true
  }

  /** A message that went straight to the sockets here: whoever is not here may be at another node. */
  ring(handlers: readonly HandlerId[], eventId: string, ev: ScreenEvent, receivedAt: number): void {
    const { isHere, clock } = this.#parts
    const far = handlers.filter(handler => !isHere(handler))
    for (let at = 0; at < far.length; at += MAX_HANDLERS) {
      const ring = toRing(far.slice(at, at + MAX_HANDLERS), eventId, ev, receivedAt)
      if (ring !== undefined && this.#waiting.length < MAX_WAITING) {
        this.#waiting.push({ ring, since: clock.monotonicMs() })
      }
    }
    this.#flushIn(FLUSH_MS)
  }

  /** What was heard; false when it is no ring of this version. */
  hear(message: unknown): boolean {
    if (!isRings(message)) return false
    if (message.from === this.#parts.node) return true
    for (const ring of message.rings) {
      const callId = parseCallId(ring.call)
      const here = ring.handlers.filter(handler => this.#parts.isHere(handler))
      if (callId === undefined || here.length === 0) continue
      this.#answer(callId, ring, here).catch(thrown =>
        this.#parts.log.debug('doorbell.answer', { callId, reason: reasonOf(thrown) })
      )
    }
    return true
  }

  #flushIn(ms: number): void {
    if (this.#isFlushing || this.#isStopped || this.#waiting.length === 0) return
    this.#isFlushing = true
    this.#stopFlush = after(ms, () => this.#flush())
  }

  #flush(): void {
    const { notify, node, log, clock, hasBeside } = this.#parts
    this.#isFlushing = false
    const keptSince = clock.monotonicMs() - KEEP_MS
    const rings = this.#waiting.filter(({ since }) => since >= keptSince)
    this.#waiting = []
    if (rings.length === 0) return
    if (!hasBeside()) {
      this.#again(rings)
      return
    }
    const payloads = toPayloads(
      node,
      rings.map(({ ring }) => ring)
    )
    notify(payloads).catch(thrown => {
      // With both stores away this node is alone, and says so. Rung twice a message is shown once.
      log.debug('doorbell.ring', { reason: reasonOf(thrown) })
      this.#again(rings)
    })
  }

  #again(rings: readonly Waiting[]): void {
    this.#waiting = [...rings, ...this.#waiting].slice(0, MAX_WAITING)
    this.#flushIn(AGAIN_MS)
  }

  async #answer(callId: CallId, ring: Ring, here: readonly HandlerId[]): Promise<void> {
    const { sendDirect } = this.#parts
    const { event, rev, at, why } = ring
    if (ring.kind === 'call.panel') return this.#look(callId, ring, here)
    if (ring.kind === 'call.gone') {
      return sendDirect(here, event, { type: 'call.gone', call: callId, rev, data: { why: why ?? 'closed' } }, at)
    }
    const ev = await this.#readEvent(callId, ring)
    if (ev !== undefined) sendDirect(here, event, ev, at)
  }

  async #readEvent(callId: CallId, ring: Ring): Promise<PopEvent | undefined> {
    const { toBarePop } = this.#parts
    const { kind, rev, offer = 'queue', unheard } = ring
    if (kind !== 'call.pop' && kind !== 'call.state') return undefined
    for (let left = READ_TRIES; left > 0; left--) {
      const open = await this.#readOpen(callId)
      if (open !== undefined && (left === 1 || isAsNew(open.call, ring))) {
        const data = {
          ...toBarePop(open.call, offer),
          ...cardWords(ring),
          ...(unheard === true && open.call.state !== 'released' ? { unheard } : {})
        }
        return { type: kind, call: callId, rev, data }
      }
      await new Promise<void>(done => {
        after(READ_EVERY_MS, done)
      })
    }
    return undefined
  }

  /** Undefined also when the record did not answer: asked again, it may. */
  async #readOpen(callId: CallId): ReturnType<Parts['readOpen']> {
    try {
      return await this.#parts.readOpen(callId)
    } catch (thrown) {
      this.#parts.log.debug('doorbell.read', { callId, reason: reasonOf(thrown) })
      return undefined
    }
  }

  /** Each run of a call's lookups once, whichever of its panels rang first. */
  async #look(callId: CallId, { run, at }: Ring, here: readonly HandlerId[]): Promise<void> {
    if (run === undefined) return
    const key = `${callId}:${run}`
    if (this.#looked.has(key) || this.#looking >= MAX_LOOKS) return
    if (this.#looked.size >= MAX_LOOKED) this.#looked.clear()
    this.#looked.add(key)
    this.#looking += 1
    const publish = ({ rev: own, panel }: RevisedPanel) => {
      const ev = { type: 'call.panel', call: callId, rev: own, data: panel } as const
      this.#parts.sendDirect(here, `panel:${callId}:${panel.panel}:${own}`, ev, at)
    }
    await this.#parts.lookFor(callId, run, publish).finally(() => {
      this.#looking -= 1
    })
  }
}

/** Undefined for what is of no call: every node reads the board from the record. */
function toRing(handlers: readonly HandlerId[], event: string, ev: ScreenEvent, at: number): Ring | undefined {
  if (!('call' in ev)) return undefined
  const ring = { call: ev.call, event, rev: ev.rev, at, handlers: [...handlers] }
  switch (ev.type) {
    case 'call.pop':
    case 'call.state': {
      const { state, offer, unheard } = ev.data
      return { ...ring, kind: ev.type, state, offer, ...cardWords(ev.data), ...(unheard === true ? { unheard } : {}) }
    }
    case 'call.gone':
      return { ...ring, kind: ev.type, why: ev.data.why }
    case 'call.panel':
      return { ...ring, kind: ev.type, run: runOfRevision(ev.data.panel, ev.rev) }
    default:
      return undefined
  }
}

/** What the card knows and the record does not say as it is: ids and times, nothing of the caller. */
function cardWords({ takenBy, escalated, handedOverTo, wrapUp }: CardWords): CardWords {
  return {
    ...(takenBy === undefined ? {} : { takenBy }),
    ...(escalated === undefined ? {} : { escalated }),
    ...(handedOverTo === undefined ? {} : { handedOverTo }),
    ...(wrapUp === undefined ? {} : { wrapUp })
  }
}

/** As many rings to a payload as PostgreSQL takes. */
export function toPayloads(node: string, rings: readonly Ring[]): readonly string[] {
  const payloads: Ring[][] = []
  let bytes = 0
  for (const ring of rings) {
    const size = Buffer.byteLength(JSON.stringify(ring)) + 1
    const last = payloads.at(-1)
    if (last === undefined || bytes + size > PAYLOAD_BYTES || last.length >= MAX_HANDLERS) {
      payloads.push([ring])
      bytes = size
    } else {
      last.push(ring)
      bytes += size
    }
  }
  return payloads.map(some => JSON.stringify({ t: 'rings', from: node, rings: some }))
}

/** Whether the record has the state that rang, or a later one. */
function isAsNew(call: Call, { state }: Ring): boolean {
  return call.state === state || call.state === 'released' || (call.answeredAt !== undefined && isBefore(state))
}

function isBefore(state: string | undefined): boolean {
  return state === 'offered' || state === 'queued' || state === 'alerting'
}
