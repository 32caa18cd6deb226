import Type, { type Static } from 'typebox'

export const TrunkHeaderConfig = Type.Object(
  {
    header: Type.String({ pattern: '^[A-Za-z0-9-]{1,64}$', description: 'Name of the header' }),
    sets: Type.Union(
      [
        Type.Literal('line'),
        Type.Literal('force'),
        Type.Literal('homeForce'),
        Type.Literal('route'),
        Type.Literal('access'),
        Type.Literal('acdQueue'),
        Type.Literal('ivrPath'),
        Type.Literal('silent'),
        Type.Literal('test'),
        Type.Literal('payphone'),
        Type.Literal('state'),
        Type.Literal('party'),
        Type.Literal('said')
      ],
      {
        description:
          'What its value decides, above the number’s own row; `party` says who else has come to the call or left it, `said` decides nothing and is kept with the contact'
      }
    ),
    values: Type.Optional(
      Type.Record(
        Type.String({ minLength: 1, maxLength: 64 }),
        Type.String({ minLength: 1, maxLength: 64, description: 'Our word' }),
        {
          maxProperties: 100,
          description: 'The switch’s words, in any case, each with ours; a word that is not here decides nothing'
        }
      )
    )
  },
  { additionalProperties: false }
)
export type TrunkHeaderConfig = Static<typeof TrunkHeaderConfig>

const NUMBER_PLACE = 'p-asserted-identity|p-presented-identity|remote-party-id|header:[A-Za-z0-9-]{1,64}'

/** Where a trunk has the caller's two numbers; spread into its settings. */
export const CALLER_NUMBER_SETTINGS = {
  networkNumberFrom: Type.Array(Type.String({ pattern: `^(${NUMBER_PLACE})$` }), {
    maxItems: 8,
    default: ['p-asserted-identity'],
    description:
      'Where the network’s own number of the caller stands; the first that is present wins. Empty: on this trunk the network vouches for none'
  }),
  presentationNumberFrom: Type.Array(Type.String({ pattern: `^(from|${NUMBER_PLACE})$` }), {
    minItems: 1,
    maxItems: 8,
    default: ['from'],
    description: 'Where the number stands that the caller shows; the first that is present wins'
  })
}
