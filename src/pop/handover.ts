import Type, { type Static } from 'typebox'
import { PanelItem, PopNumber } from './pop.ts'

/*
 * A call handed over for somebody to go, as screens show it: what was decided, how far it has come, and by when what must
 * have happened. Replaced whole; the highest revision wins.
 */

/** What the handler decided. `units`, `no-unit`: handed over; the others are written down, and nothing is handed over. */
export const HandoverOutcome = Type.Union([
  Type.Literal('units'),
  Type.Literal('no-unit'),
  Type.Literal('appointment'),
  Type.Literal('advice'),
  Type.Literal('other-agency')
])
export type HandoverOutcome = Static<typeof HandoverOutcome>

/**
 * `sent`: on record, and nobody has said that they have it. `delivered`: command and control, or a dispatcher's screen, has
 * it. `refused`: the other side does not take it. `closed`: a person said that it is over. `recorded`: a decision by which
 * nobody goes.
 */
export const HANDOVER_STATES = [
  'recorded',
  'sent',
  'delivered',
  'accepted',
  'en-route',
  'at-scene',
  'refused',
  'closed'
] as const
export type HandoverState = (typeof HANDOVER_STATES)[number]

const call = Type.String({ minLength: 36, maxLength: 36 })
const words = (max: number) => Type.Optional(Type.String({ maxLength: max }))
const at = Type.Optional(Type.Number())

export const HANDOVER_NOTE_MAX = 1_000
export const REASON_MAX = 300
export const CALLSIGN_MAX = 20
export const UNITS_MAX = 20
/** As command and control writes it. */
export const INCIDENT_MAX = 40

/** A place as the location panel had it when the call was handed over. */
export const HandoverPlace = Type.Object({
  title: Type.String({ maxLength: 300 }),
  source: Type.String({ maxLength: 80 }),
  latitude: Type.Optional(Type.Number()),
  longitude: Type.Optional(Type.Number()),
  easting: Type.Optional(Type.Number()),
  northing: Type.Optional(Type.Number()),
  gridReference: words(40),
  radiusMetres: Type.Optional(Type.Number()),
  /** A handler said that the caller, or the incident, is there. */
  isConfirmed: Type.Boolean()
})
export type HandoverPlace = Static<typeof HandoverPlace>

/** So many units of one sort. */
const UnitNeed = Type.Object({ type: Type.String({ maxLength: 40 }), count: Type.Integer({ minimum: 1 }) })

/** What holds of one aspect of the assessment, by whom and when it was written. */
const Assessed = Type.Object({
  about: Type.String({ maxLength: 20 }),
  text: Type.String({ maxLength: 1_000 }),
  by: Type.String({ maxLength: 64 }),
  at: Type.Number()
})
export type Assessed = Static<typeof Assessed>

/** What is handed over, as it stood at that moment. */
export const HandoverJob = Type.Object({
  number: PopNumber,
  access: Type.String({ maxLength: 20 }),
  offeredAt: Type.Number(),
  /** What it is about, by the force's list of types: its id and in words; absent where nobody has said. */
  type: words(40),
  typeName: words(80),
  /** Who is needed by that type, sort by sort; absent where any unit will do. */
  needs: Type.Optional(Type.Array(UnitNeed, { maxItems: 6 })),
  /** Where somebody must go; absent where no place was known. */
  place: Type.Optional(HandoverPlace),
  /** Where the caller is, where a handler has said that the incident is elsewhere. */
  callerPlace: Type.Optional(HandoverPlace),
  /** Titles of the warnings that the screen had, each once, and how many warnings there are. */
  warnings: Type.Array(Type.String({ maxLength: 300 }), { maxItems: 10 }),
  warningCount: Type.Integer({ minimum: 0 }),
  /** `failed` and the like: it is not known whether there are warnings. */
  warningsStatus: Type.String({ maxLength: 20 }),
  /** Threat, harm, risk, investigation, vulnerability, engagement, as far as they had been assessed; absent: none had. */
  assessment: Type.Optional(Type.Array(Assessed, { maxItems: 6 }))
})
export type HandoverJob = Static<typeof HandoverJob>

export const Handover = Type.Object({
  handover: call,
  call,
  force: Type.String({ maxLength: 40 }),
  line: Type.String({ maxLength: 20 }),
  outcome: HandoverOutcome,
  /** Of the force's list of grades, by id and in words. */
  grade: Type.String({ maxLength: 20 }),
  gradeName: Type.String({ maxLength: 60 }),
  /** Callsigns: those that were asked for, and since then those that the other side has assigned. */
  units: Type.Array(Type.String({ maxLength: CALLSIGN_MAX }), { maxItems: UNITS_MAX }),
  note: words(HANDOVER_NOTE_MAX),
  job: HandoverJob,
  by: Type.String({ maxLength: 64 }),
  madeAt: Type.Number(),
  state: Type.Unsafe<HandoverState>(Type.Union(HANDOVER_STATES.map(state => Type.Literal(state)))),
  /** Epoch ms, each absent until it has happened. `controlAt`: command and control's own system has it. */
  deliveredAt: at,
  controlAt: at,
  seenAt: at,
  acceptedAt: at,
  enRouteAt: at,
  atSceneAt: at,
  refusedAt: at,
  overAt: at,
  /** Who on the other side said so first: a dispatcher, or a name that command and control gave. */
  seenBy: words(64),
  acceptedBy: words(64),
  /** Who has said that it is over. */
  closedBy: words(64),
  /** Why it was refused, or is over. */
  reason: words(REASON_MAX),
  /** Command and control's number for it. */
  incident: words(INCIDENT_MAX),
  /** It goes to command and control's own system, beside the screens of dispatchers. */
  toControl: Type.Boolean(),
  /** What became of the last try there, while that has not it yet. */
  trouble: words(120),
  /** Epoch ms by which it must be delivered, accepted, and a unit at the scene. */
  deliverBy: Type.Number(),
  acceptBy: Type.Number(),
  targetAt: Type.Number(),
  /** How long after it was accepted a unit must be on its way. */
  moveWithinMs: Type.Number()
})
export type Handover = Static<typeof Handover>

export const RevisedHandover = Type.Object({ rev: Type.Integer({ minimum: 0 }), handover: Handover })
export type RevisedHandover = Static<typeof RevisedHandover>

/** What the other side, or a screen of it, says of a hand-over; `closed` says the side that handed over. */
export const HANDOVER_SIGNALS = ['delivered', 'seen', 'accepted', 'en-route', 'at-scene', 'refused', 'closed'] as const
export type HandoverSignal = (typeof HANDOVER_SIGNALS)[number]

const strict = { additionalProperties: false } as const
const Callsigns = Type.Array(Type.String({ minLength: 1, maxLength: CALLSIGN_MAX }), { maxItems: UNITS_MAX })

/** What a handler decides of a call. `handover`: a uuid of the client's own, so that what is sent twice is there once. */
export const HandoverMakeArgs = Type.Object(
  {
    call,
    handover: call,
    outcome: HandoverOutcome,
    grade: Type.String({ minLength: 1, maxLength: 20 }),
    units: Type.Array(Type.String({ minLength: 1, maxLength: CALLSIGN_MAX }), { maxItems: UNITS_MAX }),
    note: words(HANDOVER_NOTE_MAX)
  },
  strict
)
export type HandoverMakeArgs = Static<typeof HandoverMakeArgs>

/** What a dispatcher's screen, or a dispatcher, says of a hand-over; `closed` says whoever handed over, or a supervisor. */
export const HandoverSayArgs = Type.Object(
  {
    handover: call,
    state: Type.Unsafe<HandoverSignal>(Type.Union(HANDOVER_SIGNALS.map(signal => Type.Literal(signal)))),
    /** Callsigns that go now, and that do not go any more. */
    assign: Type.Optional(Callsigns),
    release: Type.Optional(Callsigns),
    /** With `closed`, of a dispatcher: nobody goes, and what is done in place of it. */
    outcome: Type.Optional(
      Type.Union([Type.Literal('appointment'), Type.Literal('advice'), Type.Literal('other-agency')])
    ),
    reason: Type.Optional(Type.String({ minLength: 1, maxLength: REASON_MAX })),
    incident: Type.Optional(Type.String({ minLength: 1, maxLength: INCIDENT_MAX }))
  },
  strict
)
export type HandoverSayArgs = Static<typeof HandoverSayArgs>

/** Whom to send to what was handed over, as it stands now; `status` and `items` as of the units panel of a call. */
export const HandoverUnits = Type.Object({
  /** `none`: the force has no units. `not-asked`: the place is not known, or the force has none in the config. */
  status: Type.Union([Type.Literal('found'), Type.Literal('none'), Type.Literal('failed'), Type.Literal('not-asked')]),
  /** Epoch ms; absent where nothing was found. */
  asOf: Type.Optional(Type.Number()),
  items: Type.Array(PanelItem, { maxItems: 50 }),
  /** How many more there are than `items` shows. */
  more: Type.Integer({ minimum: 0 })
})
export type HandoverUnits = Static<typeof HandoverUnits>

/** It is with nobody any more: nothing is waited for. */
export function isOver({ overAt }: Pick<Handover, 'overAt'>): boolean {
  return overAt !== undefined
}
