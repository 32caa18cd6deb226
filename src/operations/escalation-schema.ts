import Type, { type Static } from 'typebox'

/* When a pop that nobody acknowledged or took goes on to others. Spread into config-schema.ts. */

const strict = { additionalProperties: false } as const
const ms = (standard: number, description: string) =>
  Type.Integer({ minimum: 500, maximum: 3_600_000, default: standard, description })

export const EscalationConfig = Type.Object(
  {
    unackedMs: ms(5_000, 'A pop that no screen has acknowledged by then goes to the next handler and the supervisors'),
    takeWithinMs: ms(60_000, 'A call that nobody has taken by then goes to the next handler and the supervisors'),
    lines: Type.Array(
      Type.Object(
        {
          line: Type.String({ minLength: 1, maxLength: 20, description: '999, or the name of another line' }),
          takeWithinMs: ms(15_000, 'In the place of `takeWithinMs`, for this line')
        },
        strict
      ),
      { maxItems: 50, default: [{ line: '999', takeWithinMs: 15_000 }], description: 'Lines with a limit of their own' }
    ),
    tries: Type.Integer({
      minimum: 1,
      maximum: 10,
      default: 3,
      description: 'Handlers a pop goes on to, one after the other, each after the same time'
    }),
    nothingAckedMs: ms(10_000, 'Calls come in and no screen of the force has acknowledged one for this long: alarm')
  },
  { ...strict, default: {} }
)
export type EscalationConfig = Static<typeof EscalationConfig>
