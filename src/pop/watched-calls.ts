import Type, { type Static } from 'typebox'

/*
 * Calls as a list shows them to whoever answers for a force: where each stands and who has it, and nothing of its caller.
 */

const optional = (max: number) => Type.Optional(Type.String({ maxLength: max }))

const CallFacts = {
  call: Type.String({ maxLength: 36 }),
  force: Type.String({ maxLength: 40 }),
  line: Type.String({ maxLength: 20 }),
  state: Type.String({ maxLength: 20 }),
  offeredAt: Type.Number(),
  answeredAt: Type.Optional(Type.Number()),
  silent: Type.Boolean(),
  abandoned: Type.Boolean()
}

export const LiveCall = Type.Object({
  ...CallFacts,
  route: Type.String({ maxLength: 20 }),
  /** Whoever has it, and at which desk they are signed on now. */
  handler: optional(64),
  name: optional(80),
  position: optional(64),
  /** Devices it rings at. */
  ringing: Type.Array(Type.String({ maxLength: 64 }), { maxItems: 16 }),
  /** No switch has said anything of it since its gateway was lost: it may be over. */
  unheard: Type.Boolean(),
  /** Open ones about this call, the most urgent first. */
  alarms: Type.Array(
    Type.Object({ code: Type.String(), priority: Type.Integer(), words: Type.String({ maxLength: 300 }) }),
    { maxItems: 10 }
  )
})
export type LiveCall = Static<typeof LiveCall>

export const LiveCalls = Type.Object({
  /** Epoch ms by the gateway's clock. */
  at: Type.Number(),
  /** Those nobody has yet first, of each the oldest first. */
  calls: Type.Array(LiveCall),
  more: Type.Integer({ minimum: 0 })
})
export type LiveCalls = Static<typeof LiveCalls>

export const PastCall = Type.Object({
  ...CallFacts,
  cause: optional(30),
  releasedAt: Type.Optional(Type.Number()),
  closedAt: Type.Optional(Type.Number()),
  /** Whoever had it as their own, in their order. */
  handlers: Type.Array(Type.String({ maxLength: 64 }))
})
export type PastCall = Static<typeof PastCall>

export const PastCalls = Type.Object({
  /** The newest first. */
  calls: Type.Array(PastCall),
  /** There are older ones. */
  more: Type.Boolean()
})
export type PastCalls = Static<typeof PastCalls>
