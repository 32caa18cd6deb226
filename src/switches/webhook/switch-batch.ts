import { Ajv, type ValidateFunction } from 'ajv'
import Type, { type Static, type TProperties } from 'typebox'
import type { CallState } from '../../call/call.ts'
import { toStorable } from '../../operations/storable-text.ts'

/*
 * What a switch posts: a batch of events, each with an id of the switch's own, so that what is sent twice counts once.
 */

/** Events of one batch, and calls of one snapshot. */
export const MAX_EVENTS = 500
export const MAX_SNAPSHOT = 5_000
export const BATCH_MAX_BYTES = 2 * 1024 * 1024

const strict = { additionalProperties: false } as const
const text = (maxLength: number, description: string) => Type.String({ minLength: 1, maxLength, description })
const may = (maxLength: number, description: string) => Type.Optional(text(maxLength, description))

/** What the switch knows of a call from its beginning. */
const OFFER = {
  to: text(64, 'The number the caller reached, as `numbers` of the config has it'),
  from: may(64, 'The number that the network gives and vouches for'),
  shown: may(64, 'The number that the caller shows, where that is another'),
  name: may(80, 'The name that came with it'),
  withheld: Type.Optional(Type.Boolean({ description: 'The caller asked not to be shown' })),
  payphone: Type.Optional(Type.Boolean()),
  silent: Type.Optional(Type.Boolean({ description: 'The caller pressed 55 and cannot speak' })),
  device: may(64, 'The desk it rings at; none: it waits'),
  queue: may(64, 'The ACD queue it waits in'),
  chosen: may(120, 'What the caller chose in the menu'),
  reference: may(128, 'The call’s id beyond this switch, as a UCID or Linkedid; kept with the call')
}
const HEAD = {
  id: text(128, 'Of this event, never of another: sent again, it counts once'),
  at: Type.Optional(Type.Number({ minimum: 0, description: 'When it happened, epoch ms by the switch’s clock' })),
  seq: Type.Optional(
    Type.Integer({ minimum: 0, description: 'One more than that of the event before it in the epoch' })
  )
}
const CALL = { call: text(128, 'The switch’s own id of the call, the same in all its events') }
const DEVICE = { device: may(64, 'The desk it is about') }

const ROLES = ['operator', 'handler', 'dispatcher', 'ambulance', 'fire', 'coastguard', 'other'] as const
const CAUSES = ['ended', 'abandoned', 'answered-elsewhere', 'no-outcome', 'failed'] as const
const oneOf = <Each extends string>(words: readonly Each[], description: string) =>
  Type.Unsafe<Each>(
    Type.Union(
      words.map(word => Type.Literal(word)),
      { description }
    )
  )

const LIVE_STATES = ['offered', 'queued', 'alerting', 'answered', 'held'] as const satisfies readonly CallState[]

export const SnapshotCall = Type.Object({ ...CALL, ...OFFER, state: oneOf(LIVE_STATES, 'How it stands now') }, strict)
export type SnapshotCall = Static<typeof SnapshotCall>

const PARTY = { role: oneOf(ROLES, 'Who it is'), party: may(64, 'Name or number of them') }
const { from, shown, name, withheld, silent, queue } = OFFER

const event = <Name extends string, Said extends TProperties>(type: Name, said: Said) =>
  Type.Object({ type: Type.Literal(type), ...HEAD, ...said }, strict)
const AT_DESK = { ...CALL, ...DEVICE }

const EVENTS = {
  offered: event('offered', { ...CALL, ...OFFER }),
  queued: event('queued', { ...CALL, queue }),
  alerting: event('alerting', AT_DESK),
  answered: event('answered', AT_DESK),
  held: event('held', AT_DESK),
  retrieved: event('retrieved', AT_DESK),
  transferred: event('transferred', AT_DESK),
  corrected: event('corrected', { ...CALL, from, shown, name, withheld, silent }),
  'party-joined': event('party-joined', { ...CALL, ...PARTY }),
  'party-left': event('party-left', { ...CALL, ...PARTY }),
  released: event('released', { ...CALL, cause: Type.Optional(oneOf(CAUSES, 'Why; `ended` unless said')) }),
  heartbeat: event('heartbeat', {}),
  snapshot: event('snapshot', {
    calls: Type.Array(SnapshotCall, { maxItems: MAX_SNAPSHOT, description: 'Every call that is open now' })
  })
} as const

export type SwitchEvent = { [Name in keyof typeof EVENTS]: Static<(typeof EVENTS)[Name]> }[keyof typeof EVENTS]

const EPOCH = may(64, 'Another one where the switch counts anew; needed where events have a `seq`')

export const SwitchBatch = Type.Object(
  { epoch: EPOCH, events: Type.Array(Type.Union(Object.values(EVENTS)), { minItems: 1, maxItems: MAX_EVENTS }) },
  strict
)

export type ReadEvent =
  | { readonly kind: 'event'; readonly event: SwitchEvent }
  | { readonly kind: 'nonsense'; readonly text: string }

export interface ReadBatch {
  readonly epoch: string | undefined
  readonly events: readonly ReadEvent[]
}

/** Undefined where it is no batch at all. Never throws. */
export type BatchReader = (body: Buffer) => ReadBatch | undefined

/** Each event is judged by itself: one that makes no sense costs only itself. Made once; it takes a moment. */
export function makeBatchReader(): BatchReader {
  const ajv = new Ajv({ strict: false })
  const validators = new Map<unknown, ValidateFunction>(
    Object.entries(EVENTS).map(([type, schema]) => [type, ajv.compile(schema)])
  )
  const Envelope = Type.Object(
    { epoch: EPOCH, events: Type.Array(Type.Unknown(), { minItems: 1, maxItems: MAX_EVENTS }) },
    strict
  )
  const isEnvelope = ajv.compile<Static<typeof Envelope>>(Envelope)
  const readEvent = (event: unknown): ReadEvent => {
    const type = typeof event === 'object' && event !== null ? (event as { type?: unknown }).type : undefined
    const isEvent = validators.get(type)
    if (isEvent === undefined) return { kind: 'nonsense', text: 'its type is none of the known ones' }
    if (isEvent(event)) return { kind: 'event', event: event as SwitchEvent }
    const [fault] = isEvent.errors ?? []
    const where = (fault?.instancePath ?? '').slice(1).replaceAll('/', '.')
    return { kind: 'nonsense', text: `${where === '' ? 'it' : where} ${fault?.message ?? 'is not understood'}` }
  }
  return body => {
    const json = parse(body)
    return isEnvelope(json) ? { epoch: json.epoch, events: json.events.map(readEvent) } : undefined
  }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'), (_, value: unknown) =>
      typeof value === 'string' ? cleaned(value) : value
    )
  } catch {
    return undefined
  }
}

/** The record takes no half characters and no zero; for what a caller's name holds of these no call must be refused. */
function cleaned(text: string): string {
  return toStorable(text).replace(/[\p{Cc}]/gu, ' ')
}
