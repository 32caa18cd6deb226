import Type, { type Static } from 'typebox'
import { TrunkNumberConfig } from './trunk-number-schema.ts'

/** Switches that are attached by a link of their own and not by SIP. */

const strict = { additionalProperties: false } as const
const integer = (standard: number, [minimum, maximum]: readonly [number, number], description: string) =>
  Type.Integer({ minimum, maximum, default: standard, description })

export const SwitchConfig = Type.Object(
  {
    id: Type.String({
      pattern: '^[a-z0-9][a-z0-9-]{0,39}$',
      description:
        'Name of the switch: its events are posted to `/api/v1/switches/<id>/events`, and its calls are of this trunk'
    }),
    kind: Type.Literal('webhook', { description: 'How it speaks: it posts what happens, signed' }),
    secretFile: Type.String({
      minLength: 1,
      maxLength: 4_096,
      description:
        'File with the secret that its events are signed with, 32 characters or more, or two, a line each, while it is changed; others may not read it'
    }),
    answer: Type.Union([Type.Literal('durable'), Type.Literal('received')], {
      default: 'durable',
      description: 'durable: an event is answered when the journal holds it. received: at once'
    }),
    silentSeconds: integer(
      30,
      [5, 3_600],
      'A switch that has said nothing for so long, not even a heartbeat, is gone: an alarm'
    ),
    batchesPerSecond: integer(500, [1, 10_000], 'Posts a second; beyond them it is told to come again'),
    numbers: Type.Array(TrunkNumberConfig, { minItems: 1, maxItems: 500, description: 'Line and force of each number' })
  },
  strict
)
export type SwitchConfig = Static<typeof SwitchConfig>
