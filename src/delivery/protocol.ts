import Type, { type Static } from 'typebox'
import { NOTE_MAX, NOTE_SUBJECTS, NOTE_WHY_MAX, type NoteSubject } from '../lookups/call-notes.ts'
import { TYPED_MAX } from '../lookups/location/typed-place.ts'
import { Board, BoardEvent, LedgerReason, RingBackCount } from '../pop/board.ts'
import { HandoverMakeArgs, HandoverSayArgs } from '../pop/handover.ts'
import { OtherPanel, PopCard, PopEvent } from '../pop/pop.ts'

/*
 * The whole WebSocket protocol, both ways: subprotocol `cticonsole.v1.json`, UTF-8 JSON, one message a frame.
 * A server ignores no unknown type (close 4400); a client ignores what it does not know, so that servers may add.
 * Limits and close codes: protocol-limits.ts. In words, for whoever writes a client: docs/protocol.md.
 */

const seq = Type.Integer({ minimum: 0 })
const epoch = Type.String({ minLength: 1, maxLength: 40 })
const call = Type.String({ minLength: 36, maxLength: 36 })
const itemId = Type.String({ minLength: 1, maxLength: 64 })
const strict = { additionalProperties: false } as const
/** Names what happened, whose, and which time: a panel that was shown again has the longest. */
const eventId = Type.String({ maxLength: 200 })

/**
 * Saved as often as the writer pauses, each time with a higher `version`, until it is `done`; then it stands as it is.
 * `note`: a uuid of the client's own. Of an aspect of the assessment the last note holds, and `why` says why it changed.
 */
const NoteArgs = Type.Object(
  {
    call,
    note: Type.String({ minLength: 36, maxLength: 36 }),
    about: Type.Unsafe<NoteSubject>(Type.Union(NOTE_SUBJECTS.map(subject => Type.Literal(subject)))),
    text: Type.String({ maxLength: NOTE_MAX }),
    version: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    done: Type.Boolean(),
    why: Type.Optional(Type.String({ minLength: 1, maxLength: NOTE_WHY_MAX }))
  },
  strict
)

/** First message of a client, within `helloMs`. `resume` names the last event it holds. */
export const Hello = Type.Object(
  {
    t: Type.Literal('hello'),
    v: Type.Integer({ minimum: 1 }),
    ticket: Type.String({ minLength: 1, maxLength: 1024 }),
    client: Type.String({ maxLength: 64 }),
    resume: Type.Optional(Type.Object({ epoch, seq, eventId: Type.Optional(eventId) }, strict))
  },
  strict
)
/** Cumulative by `seq`; `pops` names the pops acknowledged, for the record. */
export const Ack = Type.Object(
  { t: Type.Literal('ack'), seq, pops: Type.Optional(Type.Array(Type.String({ maxLength: 40 }), { maxItems: 200 })) },
  strict
)
/** Painted in a visible window. */
export const Seen = Type.Object(
  {
    t: Type.Literal('seen'),
    popId: Type.String({ maxLength: 40 }),
    rev: Type.Integer({ minimum: 0 }),
    paintMs: Type.Number({ minimum: 0, maximum: 600_000 })
  },
  strict
)
const chosen = (maxLength: number) => Type.Union([Type.String({ minLength: 1, maxLength }), Type.Null()])
/**
 * `call.take`: this person acts on it. `call.close`: the written-up card leaves the screen. `call.mark-silent`: nobody
 * speaks on it. `location.confirm`: the caller is at this place, by the `id` of an item of the panel.
 * `location.type`: at the place that was typed. `incident.place`: the incident is elsewhere, at a place that was typed or
 * at one of the panel's; `incident.unplace`: it is where the caller is. `caller.number`: the caller gives another number;
 * `caller.none`: they are none of the people held; each with its `-back`. `incident.link`,
 * `incident.unlink`: the call is about this incident, or is not, by the `id` of an item of its panel. `note.save`: what
 * the handler has written so far. `job.choose`: how urgent it is and what it is about, by the ids of the force’s lists;
 * null where nobody says so any more. `handover.make`: what the handler decides of the call, and hands over. `handover.say`:
 * what becomes of that, as a dispatcher's screen or a person says. `alarm.end`: a supervisor says that an alarm is over.
 * `ledger.close`: somebody dealt with the call, and how. `ring-back.mark`: the call must be rung back, by when and what for;
 * `ring-back.take`: this person does that, `ring-back.give-back`: they do not. What an `op` needs stands in `args`.
 */
export const Cmd = Type.Object(
  {
    t: Type.Literal('cmd'),
    id: Type.String({ minLength: 8, maxLength: 64 }),
    op: Type.Union([
      Type.Literal('call.take'),
      Type.Literal('call.close'),
      Type.Literal('call.mark-silent'),
      Type.Literal('location.confirm'),
      Type.Literal('location.type'),
      Type.Literal('caller.number'),
      Type.Literal('caller.number-back'),
      Type.Literal('caller.none'),
      Type.Literal('caller.none-back'),
      Type.Literal('incident.place'),
      Type.Literal('incident.unplace'),
      Type.Literal('incident.link'),
      Type.Literal('incident.unlink'),
      Type.Literal('note.save'),
      Type.Literal('job.choose'),
      Type.Literal('handover.make'),
      Type.Literal('handover.say'),
      Type.Literal('alarm.end'),
      Type.Literal('ledger.close'),
      Type.Literal('ring-back.mark'),
      Type.Literal('ring-back.take'),
      Type.Literal('ring-back.give-back')
    ]),
    args: Type.Union([
      Type.Object({ call }, strict),
      Type.Object({ call, number: Type.String({ minLength: 3, maxLength: 40 }) }, strict),
      Type.Object({ call, fix: Type.String({ minLength: 1, maxLength: 80 }) }, strict),
      Type.Object({ call, text: Type.String({ minLength: 2, maxLength: TYPED_MAX }), place: itemId }, strict),
      Type.Object({ call, incident: Type.String({ minLength: 1, maxLength: 40 }) }, strict),
      NoteArgs,
      Type.Object({ call, grade: chosen(20), type: chosen(40) }, strict),
      HandoverMakeArgs,
      HandoverSayArgs,
      Type.Object({ alarm: itemId, reason: Type.String({ minLength: 1, maxLength: 300 }) }, strict),
      Type.Object(
        { call, dueAt: Type.Integer({ minimum: 0 }), why: Type.String({ minLength: 1, maxLength: 200 }) },
        strict
      ),
      Type.Object({ entry: itemId, rev: Type.Integer({ minimum: 0 }) }, strict),
      Type.Object({ entry: itemId }, strict),
      Type.Object({ entry: itemId, reason: LedgerReason, note: Type.Optional(Type.String({ maxLength: 500 })) }, strict)
    ])
  },
  strict
)
export const ClientHeartbeat = Type.Object(
  {
    t: Type.Literal('hb'),
    echo: Type.Optional(Type.String({ maxLength: 40 })),
    vis: Type.Union([Type.Literal('visible'), Type.Literal('hidden')])
  },
  strict
)
export const ClientBye = Type.Object({ t: Type.Literal('bye') }, strict)

export const FromClient = Type.Union([Hello, Ack, Seen, Cmd, ClientHeartbeat, ClientBye])
export type FromClient = Static<typeof FromClient>
export type Hello = Static<typeof Hello>
export type Cmd = Static<typeof Cmd>
export type CmdArgs = Cmd['args']

/** Service level, design L0 to L5; `why` in words for the screen. */
export const ServiceLevel = Type.Object({
  level: Type.Integer({ minimum: 0, maximum: 5 }),
  why: Type.Optional(Type.String({ maxLength: 300 }))
})
export type ServiceLevel = Static<typeof ServiceLevel>

/**
 * Where else this client may go when this gateway does not serve, and a ticket that lets it in there: once, for 30 s.
 * Said only where the config names the gateways, with the welcome and each heartbeat.
 */
export const NextGateways = Type.Object({
  ticket: Type.String({ maxLength: 1024 }),
  gateways: Type.Array(Type.String({ maxLength: 300 }), { maxItems: 32 })
})
export type NextGateways = Static<typeof NextGateways>

/** A panel of a system of the force's own, beside the built-in ones: calls of no other force have it. */
export const SourcePanel = Type.Object({
  panel: OtherPanel,
  title: Type.String({ maxLength: 80 }),
  forces: Type.Array(Type.String({ maxLength: 40 }), { maxItems: 60 })
})
export type SourcePanel = Static<typeof SourcePanel>

export const Welcome = Type.Object({
  t: Type.Literal('welcome'),
  v: Type.Integer({ minimum: 1 }),
  session: Type.String(),
  handler: Type.String(),
  epoch,
  seq,
  resumed: Type.Boolean(),
  hb: Type.Integer(),
  node: Type.String(),
  service: ServiceLevel,
  next: Type.Optional(NextGateways),
  /** In the order of the screen; absent where there are none. */
  panels: Type.Optional(Type.Array(SourcePanel, { maxItems: 30 }))
})
/**
 * Only when `resumed` is false: everything the screen must show, as of `seq`, in as many messages as the size limit
 * asks for. The first begins an empty screen, each adds its cards (a card with many words may come in two, each with
 * some of its panels), and the one without `more` completes it: only then does the cursor move.
 */
export const Snapshot = Type.Object({
  t: Type.Literal('snapshot'),
  epoch,
  seq,
  eventId: Type.Optional(eventId),
  cards: Type.Array(PopCard),
  /** A supervisor's; each part that has one adds to it. */
  board: Type.Optional(Board),
  /** The record did not answer: what other gateways hold may be missing. What the screen has of it stays. */
  partial: Type.Optional(Type.Boolean()),
  /** Calls of this screen that it has no room for, the oldest; the next snapshot has them when enough others are closed. */
  left: Type.Optional(Type.Integer({ minimum: 1 })),
  more: Type.Boolean()
})
/**
 * One event. `seq` is absent on a pop that went straight to the socket because Redis did not answer: such a message
 * leaves the cursor alone, and comes again with a `seq`, to be dropped by `popId`. `after`, on a slow link: the entries
 * between it and `seq` were replaced by this or a later one, so that whoever has all up to `after` misses nothing.
 */
export const Ev = Type.Object({
  t: Type.Literal('ev'),
  seq: Type.Optional(seq),
  after: Type.Optional(seq),
  eventId,
  ts: Type.Number(),
  ev: Type.Union([PopEvent, BoardEvent])
})
export const Res = Type.Object({
  t: Type.Literal('res'),
  id: Type.String(),
  ok: Type.Boolean(),
  error: Type.Optional(Type.Object({ code: Type.String(), text: Type.String() }))
})
/**
 * `kept`: acknowledged pops that are in the record now; what a client is not told of it sends again. `ringBacks`: how many
 * calls of this person's lines are to be rung back.
 */
export const ServerHeartbeat = Type.Object({
  t: Type.Literal('hb'),
  seq,
  ts: Type.String(),
  service: ServiceLevel,
  next: Type.Optional(NextGateways),
  ringBacks: Type.Optional(RingBackCount),
  kept: Type.Optional(Type.Array(Type.String({ maxLength: 40 }), { maxItems: 200 }))
})
export const ServerBye = Type.Object({ t: Type.Literal('bye'), code: Type.String(), retryMs: Type.Integer() })

export const ToClient = Type.Union([Welcome, Snapshot, Ev, Res, ServerHeartbeat, ServerBye])
export type ToClient = Static<typeof ToClient>
export type Welcome = Static<typeof Welcome>
export type Snapshot = Static<typeof Snapshot>
export type Ev = Static<typeof Ev>
export type Res = Static<typeof Res>
