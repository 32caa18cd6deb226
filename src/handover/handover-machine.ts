import {
  type Handover,
  type HandoverOutcome,
  type HandoverSignal,
  type HandoverState,
  UNITS_MAX
} from '../pop/handover.ts'

/*
 *            delivered          accepted         en-route          at-scene
 *   sent ───────────▶ delivered ────────▶ accepted ──────▶ en-route ───────▶ at-scene  (over)
 *     │                   │                  │                │
 *     └───────────────────┴── refused ◀──────┴────────────────┘          recorded (over from the first)
 *                               │  accepted, en-route, at-scene lead out of it again
 *                               └─ closed (over), as from every other once it has been seen
 *
 * Steps may be left out, since the other side's words may be lost or come in another order; none leads back, but for
 * `refused`. Whoever says anything but `delivered` has seen it.
 */

/**
 * A state: it goes there. `as-it-was`: nothing new, said again or late. `over`: it is over already. `unseen`: nobody has
 * seen it, so that it must not leave.
 */
export type Cell = HandoverState | 'as-it-was' | 'over'

type Row = Readonly<Record<HandoverSignal, Cell>>

const OVER: Row = {
  delivered: 'over',
  seen: 'over',
  accepted: 'over',
  'en-route': 'over',
  'at-scene': 'over',
  refused: 'over',
  closed: 'over'
}

export const HANDOVER_TABLE: Readonly<Record<HandoverState, Row>> = {
  recorded: OVER,
  sent: {
    delivered: 'delivered',
    seen: 'delivered',
    accepted: 'accepted',
    'en-route': 'en-route',
    'at-scene': 'at-scene',
    refused: 'refused',
    closed: 'closed'
  },
  delivered: {
    delivered: 'as-it-was',
    seen: 'delivered',
    accepted: 'accepted',
    'en-route': 'en-route',
    'at-scene': 'at-scene',
    refused: 'refused',
    closed: 'closed'
  },
  accepted: {
    delivered: 'as-it-was',
    seen: 'as-it-was',
    accepted: 'as-it-was',
    'en-route': 'en-route',
    'at-scene': 'at-scene',
    refused: 'refused',
    closed: 'closed'
  },
  'en-route': {
    delivered: 'as-it-was',
    seen: 'as-it-was',
    accepted: 'as-it-was',
    'en-route': 'as-it-was',
    'at-scene': 'at-scene',
    refused: 'refused',
    closed: 'closed'
  },
  'at-scene': { ...OVER, 'at-scene': 'as-it-was' },
  refused: {
    delivered: 'as-it-was',
    seen: 'as-it-was',
    accepted: 'accepted',
    'en-route': 'en-route',
    'at-scene': 'at-scene',
    refused: 'as-it-was',
    closed: 'closed'
  },
  closed: { ...OVER, closed: 'as-it-was' }
}

/** What was said, by whom, and when. */
export interface HandoverWord {
  readonly signal: HandoverSignal
  /** A handler's or dispatcher's id, or what command and control calls its own. */
  readonly by: string
  /** Command and control's own system, or a person at a screen. */
  readonly via: 'control' | 'screen'
  /** Epoch ms. */
  readonly at: number
  readonly incident?: string
  readonly reason?: string
  /** Callsigns that go from now on, and that do not any more. */
  readonly assign?: readonly string[]
  readonly release?: readonly string[]
  /** All that go, whoever was named before. */
  readonly units?: readonly string[]
  /** With `closed`: the other side has decided so, in place of sending somebody. */
  readonly outcome?: HandoverOutcome
}

export type Stepped =
  | { readonly kind: 'moved'; readonly handover: Handover }
  | { readonly kind: 'as-it-was' | 'over' | 'unseen' }

/** The hand-over after somebody's word. Each time is kept as it was said first. */
export function stepHandover(before: Handover, word: HandoverWord): Stepped {
  const cell = HANDOVER_TABLE[before.state][word.signal]
  const heard = learnt(before, word)
  if (cell === 'over') return { kind: 'over' }
  if (cell === 'closed' && heard.seenAt === undefined) return { kind: 'unseen' }
  if (cell === 'as-it-was' || (cell === before.state && heard.seenAt === before.seenAt)) {
    // Its number may come with a word that is otherwise old, and that system have it after a screen had.
    const isNews =
      heard.incident !== before.incident || heard.controlAt !== before.controlAt || heard.units !== before.units
    return isNews ? { kind: 'moved', handover: heard } : { kind: 'as-it-was' }
  }
  return { kind: 'moved', handover: { ...arrived(heard, cell, word), state: cell } }
}

/** What every word says beside its own: that the other side has it, who has seen it, and its number there. */
function learnt(before: Handover, word: HandoverWord): Handover {
  const { signal, by, via, at, incident, outcome } = word
  const isTheirs = signal !== 'closed' || outcome !== undefined
  const isSeen = isTheirs && signal !== 'delivered' && before.seenAt === undefined
  const isAtControl = isTheirs && via === 'control'
  const { trouble, ...rest } = before
  return {
    ...rest,
    ...(trouble === undefined || isAtControl ? {} : { trouble }),
    ...(isTheirs && before.deliveredAt === undefined ? { deliveredAt: at } : {}),
    ...(isAtControl && before.controlAt === undefined ? { controlAt: at } : {}),
    ...(isSeen ? { seenAt: at, seenBy: by } : {}),
    units: unitsAfter(before.units, word),
    ...(incident === undefined ? {} : { incident })
  }
}

/** The same list where nothing of it changes. */
function unitsAfter(before: Handover['units'], { units, assign = [], release = [] }: HandoverWord): Handover['units'] {
  const named = units ?? [...before.filter(unit => !release.includes(unit)), ...assign]
  const after = [...new Set(named)].slice(0, UNITS_MAX)
  return after.length === before.length && after.every((unit, at) => unit === before[at]) ? before : after
}

function arrived(heard: Handover, state: HandoverState, { by, at, reason, outcome }: HandoverWord): Handover {
  const said = reason === undefined ? {} : { reason }
  const isAccepted = state === 'accepted' || state === 'en-route' || state === 'at-scene'
  const accepted = isAccepted && heard.acceptedAt === undefined ? { acceptedAt: at, acceptedBy: by } : {}
  switch (state) {
    case 'en-route':
      return { ...heard, ...accepted, enRouteAt: at }
    case 'at-scene':
      return { ...heard, ...accepted, atSceneAt: at, overAt: at }
    case 'refused':
      return { ...heard, ...said, refusedAt: heard.refusedAt ?? at }
    case 'closed':
      // Where nobody goes, nobody is named.
      return { ...heard, ...said, ...(outcome === undefined ? {} : { outcome, units: [] }), closedBy: by, overAt: at }
    default:
      return { ...heard, ...accepted }
  }
}
