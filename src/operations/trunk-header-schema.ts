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
