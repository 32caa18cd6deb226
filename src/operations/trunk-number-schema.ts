import Type, { type Static } from 'typebox'

const strict = { additionalProperties: false } as const
const id = (description: string) => Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,39}$', description })

/** A number that callers reach, and what that says of a call. */
export const TrunkNumberConfig = Type.Object(
  {
    number: Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'The number the caller reached, as the switch writes it, or a service such as `urn:service:sos`'
    }),
    line: Type.String({ minLength: 1, maxLength: 20, description: '999, 101, or the name of another line' }),
    force: id('Whose line it is'),
    homeForce: Type.Optional(id('Whose caller it is, where a buddy force is helped')),
    route: Type.Union([Type.Literal('primary'), Type.Literal('secondary'), Type.Literal('buddy')], {
      default: 'primary',
      description: 'Which of the routes of the emergency call handling agent this number is'
    }),
    acdQueue: Type.Optional(Type.String({ maxLength: 64, description: 'ACD queue that takes calls without a device' })),
    access: Type.Optional(
      Type.Union(
        [Type.Literal('voice'), Type.Literal('relay'), Type.Literal('sms'), Type.Literal('bsl'), Type.Literal('ecall')],
        { description: 'How callers of this number speak; voice unless said' }
      )
    ),
    ivrPath: Type.Optional(Type.String({ maxLength: 120, description: 'What callers of this number chose before' })),
    silent: Type.Optional(Type.Boolean({ description: 'Callers of this number pressed 55 and cannot speak' })),
    payphone: Type.Optional(Type.Boolean({ description: 'Callers of this number ring from payphones' })),
    test: Type.Optional(Type.Boolean({ description: 'Calls to this number are tests' }))
  },
  strict
)
export type TrunkNumberConfig = Static<typeof TrunkNumberConfig>
