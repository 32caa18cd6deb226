import Type, { type Static } from 'typebox'
import { CrimeSummary } from './crime-summary.ts'

/*
 * The screen pop as it goes over the wire. Bare first, then panel by panel; a panel is replaced whole and the
 * highest revision wins, so the order in which panels arrive does not matter.
 */

export const BuiltInPanel = Type.Union([
  Type.Literal('warnings'),
  Type.Literal('identity'),
  Type.Literal('location'),
  Type.Literal('incidents-nearby'),
  Type.Literal('history'),
  Type.Literal('crimes'),
  Type.Literal('notes'),
  Type.Literal('units')
])
export type BuiltInPanel = Static<typeof BuiltInPanel>
/** One of a source that the config declares, `other-` and the id of the source; the welcome says which there are. */
export const OtherPanel = Type.Unsafe<`other-${string}`>(Type.String({ pattern: '^other-[a-z0-9][a-z0-9-]{0,39}$' }))
export type OtherPanel = Static<typeof OtherPanel>
export const PanelName = Type.Union([BuiltInPanel, OtherPanel])
export type PanelName = Static<typeof PanelName>
/**
 * The panels that every call has, in the order of the screen; `notes` has only a call of which somebody has written, `units`
 * one of a force that has units.
 */
export const PANEL_NAMES = [
  'warnings',
  'identity',
  'location',
  'incidents-nearby',
  'history',
  'crimes'
] as const satisfies readonly BuiltInPanel[]
export type EveryCallPanel = (typeof PANEL_NAMES)[number]

/** `none`: asked, and there is nothing. `failed` and `late`: could not be asked in time. Never the same words. */
export const PanelStatus = Type.Union([
  Type.Literal('pending'),
  Type.Literal('found'),
  Type.Literal('none'),
  Type.Literal('failed'),
  Type.Literal('late'),
  Type.Literal('not-asked')
])
export type PanelStatus = Static<typeof PanelStatus>

/**
 * One line of a panel: what it is, what it says, and marks a reader must not miss. In `fields` of a person or an earlier
 * contact: `matched` is `network` or `presentation`, the number of this call that led to it, or `stated`, the number that the
 * caller says is theirs, and `number` that number where there is more than one; `unverified`: the caller only shows it; `wasUnverified`: so did whoever made the earlier contact.
 */
export const PanelItem = Type.Object({
  kind: Type.String({ maxLength: 40 }),
  title: Type.String({ maxLength: 300 }),
  detail: Type.Optional(Type.String({ maxLength: 1000 })),
  /** Epoch ms of what the item speaks of. */
  at: Type.Optional(Type.Number()),
  /** Of a fix that is no circle: the corners of its area, easting before northing, the first not repeated. */
  outline: Type.Optional(
    Type.Array(Type.Array(Type.Number(), { minItems: 2, maxItems: 2 }), { minItems: 3, maxItems: 100 })
  ),
  fields: Type.Optional(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])))
})
export type PanelItem = Static<typeof PanelItem>

/** Who said it, and when (epoch ms). */
const saidBy = { by: Type.String({ maxLength: 64 }), at: Type.Number() }

/**
 * What a handler has said of who calls. `number`: the caller gives this one, and it was asked for too; nobody vouches for it.
 * `none`: the caller is nobody of those found here. `unread`: something may have been said, and could not be read.
 */
export const SaidOfCaller = Type.Object({
  number: Type.Optional(Type.Object({ display: Type.String({ maxLength: 64 }), ...saidBy })),
  none: Type.Optional(Type.Object(saidBy)),
  unread: Type.Optional(Type.Boolean())
})
export type SaidOfCaller = Static<typeof SaidOfCaller>

export const Panel = Type.Object({
  panel: PanelName,
  status: PanelStatus,
  source: Type.String({ maxLength: 80 }),
  /** Epoch ms at which the source's own data was true. */
  asOf: Type.Optional(Type.Number()),
  /** How long the lookup took. */
  tookMs: Type.Optional(Type.Number()),
  /** INVITE (or the switch's event) to this panel's leaving us. */
  sinceOfferedMs: Type.Number(),
  items: Type.Array(PanelItem, { maxItems: 50 }),
  /** How many more there are than `items` shows. */
  more: Type.Integer({ minimum: 0 }),
  /** Of `history`: calls of the same number shortly before this one; absent when there were none. */
  repeat: Type.Optional(
    Type.Object({
      count: Type.Integer({ minimum: 1 }),
      withinHours: Type.Number(),
      /** The number they are counted by is only shown by the caller. */
      unverified: Type.Boolean()
    })
  ),
  /** Forces whose caller it is, and whose records were not asked: nobody has granted that. */
  without: Type.Optional(Type.Array(Type.String({ maxLength: 40 }), { maxItems: 4 })),
  /** Of `history`: the shortest time in which the same number has called strikingly often; absent when it has not. */
  pattern: Type.Optional(Type.Object({ count: Type.Integer({ minimum: 1 }), withinHours: Type.Number() })),
  /**
   * Of `warnings`: a marker in force for which a silent or abandoned call is an emergency by itself, and what it is of:
   * `number`, `person`, `address` or `place`.
   */
  risk: Type.Optional(Type.Object({ kind: Type.String({ maxLength: 40 }), of: Type.String({ maxLength: 20 }) })),
  /** Of a panel that goes by who calls; absent where nothing was said. */
  caller: Type.Optional(SaidOfCaller),
  /** Of a panel about a place: it is about that of the incident, which a handler says is elsewhere than the caller. */
  place: Type.Optional(Type.Literal('incident')),
  /** Of `crimes`, when it was asked. */
  crimes: Type.Optional(CrimeSummary),
  /** Fault code when `failed`, reason when `not-asked`. */
  why: Type.Optional(Type.String({ maxLength: 80 }))
})
export type Panel = Static<typeof Panel>

/** What sort of line; a client shows one it does not know as it would `none`. */
export const PopNumberKind = Type.Union([
  Type.Literal('mobile'),
  Type.Literal('fixed'),
  Type.Literal('voip'),
  Type.Literal('premium'),
  Type.Literal('non-geographic'),
  Type.Literal('short-code'),
  Type.Literal('payphone'),
  Type.Literal('generic'),
  Type.Literal('none')
])
const area = Type.Optional(Type.String({ maxLength: 60 }))

export const PopNumber = Type.Object({
  /** Written as people read it: 07700 900123. Empty when there is none. */
  display: Type.String({ maxLength: 64 }),
  e164: Type.Optional(Type.String({ maxLength: 20 })),
  trust: Type.Union([
    Type.Literal('asserted'),
    Type.Literal('presentation-only'),
    Type.Literal('withheld'),
    Type.Literal('unavailable'),
    Type.Literal('conflict')
  ]),
  /** A number that the network does not vouch for: always of `presentation-only`, sometimes of `withheld`. */
  unverified: Type.Optional(Type.Boolean()),
  kind: PopNumberKind,
  /** Place of a fixed line's area code, country of a number from abroad. */
  area,
  /** The other number of a conflict, as people read it, and what is known of it. */
  presentation: Type.Optional(Type.String({ maxLength: 64 })),
  presentationKind: Type.Optional(PopNumberKind),
  presentationArea: area
})
export type PopNumber = Static<typeof PopNumber>

/** Why a pop comes to somebody whose desk it does not ring at. */
export const EscalatedWords = Type.Object({
  /** The positions that had it, or `line` where it was offered to all. */
  from: Type.String({ maxLength: 120 }),
  why: Type.Union([Type.Literal('unacked'), Type.Literal('not-taken')]),
  at: Type.Number()
})
export type EscalatedWords = Static<typeof EscalatedWords>
/** Who is on the call beside the caller, in the order in which they came. */
export const PopParty = Type.Object({
  role: Type.String({ maxLength: 20 }),
  /** Of a desk. */
  device: Type.Optional(Type.String({ maxLength: 64 })),
  /** Name or number, as the switch wrote it. */
  name: Type.Optional(Type.String({ maxLength: 64 })),
  state: Type.Union([
    Type.Literal('ringing'),
    Type.Literal('connected'),
    Type.Literal('held'),
    Type.Literal('handing-over'),
    Type.Literal('left')
  ]),
  /** Epoch ms. */
  since: Type.Number()
})
export type PopParty = Static<typeof PopParty>

/** What the ledger has open for this number, or for this very call: the oldest entry, and how many there are. */
export const PopLedger = Type.Object({
  entry: Type.String({ maxLength: 64 }),
  kind: Type.Union([
    Type.Literal('abandoned'),
    Type.Literal('silent'),
    Type.Literal('unattended'),
    Type.Literal('ring-back')
  ]),
  at: Type.Number(),
  count: Type.Integer({ minimum: 1 }),
  /** The entry is this call's own. */
  isOwn: Type.Boolean(),
  calledBack: Type.Boolean(),
  /** What ties this call to the entry is a number that the caller only showed, then or now. */
  unverified: Type.Optional(Type.Boolean())
})

/** The bare pop: only what the switch said, so that nothing has to be waited for. */
export const BarePop = Type.Object({
  popId: Type.String({ maxLength: 40 }),
  force: Type.String({ maxLength: 20 }),
  homeForce: Type.String({ maxLength: 20 }),
  line: Type.String({ maxLength: 20 }),
  route: Type.String({ maxLength: 20 }),
  access: Type.String({ maxLength: 20 }),
  state: Type.String({ maxLength: 20 }),
  number: PopNumber,
  ddi: Type.String({ maxLength: 64 }),
  acdQueue: Type.Optional(Type.String({ maxLength: 64 })),
  /** What the caller chose before a person answered, as the switch writes it. */
  ivrPath: Type.Optional(Type.String({ maxLength: 120 })),
  device: Type.Optional(Type.String({ maxLength: 64 })),
  /** Only when there is more to say than `device`; never of a call that is offered to many. */
  parties: Type.Optional(Type.Array(PopParty, { maxItems: 16 })),
  /** `device`: it rings at this handler's desk. `queue`: offered to many, so no panels until somebody takes it. */
  offer: Type.Union([Type.Literal('device'), Type.Literal('queue')]),
  flags: Type.Object({
    silent: Type.Boolean(),
    abandoned: Type.Boolean(),
    repeat: Type.Boolean(),
    test: Type.Boolean()
  }),
  offeredAt: Type.Number(),
  answeredAt: Type.Optional(Type.Number()),
  releasedAt: Type.Optional(Type.Number()),
  cause: Type.Optional(Type.String({ maxLength: 30 })),
  takenBy: Type.Optional(Type.String({ maxLength: 64 })),
  /** Only to a handler whom it was passed on to: whose screen or hand was missing, and since when. */
  escalated: Type.Optional(EscalatedWords),
  /** This handler sent the call on: to which desk, by whom it was answered there, and when. */
  handedOverTo: Type.Optional(
    Type.Object({
      device: Type.Optional(Type.String({ maxLength: 64 })),
      handler: Type.Optional(Type.String({ maxLength: 64 })),
      answered: Type.Boolean(),
      at: Type.Number()
    })
  ),
  /** The call goes on without this handler, who writes up their part and closes it. */
  wrapUp: Type.Optional(Type.Boolean()),
  ledger: Type.Optional(PopLedger),
  /** Taken up after a restart and not heard of since: it may be over, so a person may close it as it is. */
  unheard: Type.Optional(Type.Boolean()),
  /** INVITE (or the switch's event) to this message's leaving us. */
  sinceOfferedMs: Type.Number()
})
export type BarePop = Static<typeof BarePop>

const call = Type.String({ minLength: 36, maxLength: 36 })

/** What happens to a call, as one handler's log keeps it. */
export const PopEvent = Type.Union([
  Type.Object({ type: Type.Literal('call.pop'), call, rev: Type.Integer(), data: BarePop }),
  Type.Object({ type: Type.Literal('call.state'), call, rev: Type.Integer(), data: BarePop }),
  Type.Object({ type: Type.Literal('call.panel'), call, rev: Type.Integer(), data: Panel }),
  /** The card leaves this screen: withdrawn (somebody else has it) or closed by a person. */
  Type.Object({
    type: Type.Literal('call.gone'),
    call,
    rev: Type.Integer(),
    data: Type.Object({
      why: Type.Union([Type.Literal('taken-elsewhere'), Type.Literal('closed'), Type.Literal('not-entitled')])
    })
  })
])
export type PopEvent = Static<typeof PopEvent>

/** A panel with the revision it goes by: its own row of numbers, not that of the card. */
export const RevisedPanel = Type.Object({ rev: Type.Integer({ minimum: 0 }), panel: Panel })
export type RevisedPanel = Static<typeof RevisedPanel>

/**
 * One call on a handler's screen, as a snapshot carries it. `rev` is the card's (pop, state, gone); each panel keeps
 * its own, so that a panel sent before the snapshot was made and arriving after it cannot undo a newer one.
 */
export const PopCard = Type.Object({
  call: Type.String({ maxLength: 36 }),
  rev: Type.Integer({ minimum: 0 }),
  pop: BarePop,
  panels: Type.Array(RevisedPanel, { maxItems: 50 })
})
export type PopCard = Static<typeof PopCard>
