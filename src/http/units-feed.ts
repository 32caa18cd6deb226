import { Ajv } from 'ajv'
import Type, { type Static } from 'typebox'
import {
  MAX_NAMED,
  MAX_REPORTS,
  UNITS_REFUSALS,
  UnitReportBody,
  type UnitsPorts,
  type UnitsResult
} from './units-routes.ts'

/** Where the radio of a force keeps one connection for all that its units say. */
export const UNITS_FEED_PATH = '/api/v1/units/feed'

/** As the body of a POST, with a number or text of the sender's own that comes back with the answer. */
export const UnitsFeedMessage = Type.Object(
  {
    id: Type.Optional(Type.Union([Type.Integer(), Type.String({ maxLength: 64 })])),
    units: Type.Array(UnitReportBody, { minItems: 1, maxItems: MAX_REPORTS })
  },
  { additionalProperties: false }
)
export type UnitsFeedMessage = Static<typeof UnitsFeedMessage>

const id = Type.Optional(Type.Union([Type.Integer(), Type.String()]))
/** What became of a message: as the answer to a POST, or why nothing of it was taken. */
export const UnitsFeedAnswer = Type.Union([
  Type.Object({
    ...{ id, taken: Type.Integer(), older: Type.Integer(), refused: Type.Integer() },
    rows: Type.Array(Type.Object({ row: Type.Integer(), text: Type.String() }))
  }),
  Type.Object({ id, code: Type.String(), text: Type.String() })
])
export type UnitsFeedAnswer = Static<typeof UnitsFeedAnswer>

const isMessage = new Ajv({ strict: false }).compile<UnitsFeedMessage>(UnitsFeedMessage)

/** What a connection of a radio system comes to: the words, rules and answers of the POST. */
export interface UnitsFeed {
  /** HTTP status with which a connection of whoever has this token is refused; undefined: it may be opened. */
  readonly refusal: (token: string) => number | undefined
  /** What is answered to a message. Never throws: what cannot be read is answered, and the next message is heard. */
  readonly take: (token: string, text: string) => UnitsFeedAnswer
}

export function makeUnitsFeed({ maySendUnits, takeUnits }: UnitsPorts): UnitsFeed {
  return {
    refusal: token => {
      const may = maySendUnits(token)
      return may === 'yes' ? undefined : UNITS_REFUSALS[may].status
    },
    take: (token, text) => {
      const message = parse(text)
      const own = idOf(message)
      const id = own === undefined ? {} : { id: own }
      if (message === undefined) return { code: 'units.unreadable', text: 'Nothing was taken: it is no JSON.' }
      if (!isMessage(message)) return { ...id, code: 'units.unreadable', text: `Nothing was taken: ${wrongOf()}.` }
      const may = maySendUnits(token)
      if (may !== 'yes') return { ...id, ...whyOf(may) }
      const result = takeUnits(token, message.units)
      if (result.kind !== 'taken') return { ...id, ...whyOf(result.kind) }
      const { taken, older, refused } = result
      return { ...id, taken, older, refused: refused.length, rows: refused.slice(0, MAX_NAMED) }
    }
  }
}

/** Of the message that was looked at last. */
function wrongOf(): string {
  const [wrong] = isMessage.errors ?? []
  return `${wrong?.instancePath || 'the message'} ${wrong?.message ?? 'is none'}`
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Told as unreadable.
    return undefined
  }
}

function idOf(message: unknown): number | string | undefined {
  const id = typeof message === 'object' && message !== null && 'id' in message ? message.id : undefined
  return typeof id === 'number' || (typeof id === 'string' && id.length <= 64) ? id : undefined
}

function whyOf(kind: Exclude<UnitsResult['kind'], 'taken'>): { readonly code: string; readonly text: string } {
  const { code, text } = UNITS_REFUSALS[kind]
  return { code, text }
}
