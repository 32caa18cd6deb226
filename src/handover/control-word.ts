import { Ajv } from 'ajv'
import Type, { type Static } from 'typebox'
import { parseStorable } from '../operations/storable-text.ts'
import { CALLSIGN_MAX, INCIDENT_MAX, REASON_MAX, UNITS_MAX } from '../pop/handover.ts'

/**
 * What command and control says of a hand-over, in its answer or later: `state`, its own number for it, who there said so,
 * and, of a refusal, why. More fields than these are not looked at.
 */
export const ControlWord = Type.Object({
  state: Type.Union([
    Type.Literal('delivered'),
    Type.Literal('seen'),
    Type.Literal('accepted'),
    Type.Literal('en-route'),
    Type.Literal('at-scene'),
    Type.Literal('refused')
  ]),
  incident: Type.Optional(Type.String({ minLength: 1, maxLength: INCIDENT_MAX, description: 'Its own number for it' })),
  units: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: CALLSIGN_MAX }), {
      maxItems: UNITS_MAX,
      description: 'All that go by now, by callsign; those named before and not here do not'
    })
  ),
  by: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'Who there said so' })),
  reason: Type.Optional(Type.String({ minLength: 1, maxLength: REASON_MAX, description: 'Why it is refused' }))
})
export type ControlWord = Static<typeof ControlWord>

const isControlWord = new Ajv({ strict: false }).compile<ControlWord>(ControlWord)

/** Undefined for anything else. */
export function parseControlWord(body: Buffer | string): ControlWord | undefined {
  try {
    const word = parseStorable(body.toString())
    return isControlWord(word) ? word : undefined
  } catch {
    // What is wrong with it would be told in words of the hand-over.
    return undefined
  }
}
