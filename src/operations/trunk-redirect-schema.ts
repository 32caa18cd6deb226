import Type, { type Static } from 'typebox'

export const TrunkRedirectConfig = Type.Object(
  {
    budgetMs: Type.Integer({
      minimum: 10,
      maximum: 2_000,
      default: 200,
      description: 'The switch has its answer after this long, chosen or not'
    }),
    defaultTarget: Type.String({
      pattern: '^sips?:[^\\s<>"]{1,250}$',
      description: 'Where calls go when nobody is chosen in time, and on any doubt: a hunt group or queue of the switch'
    }),
    targetOf: Type.Optional(
      Type.String({
        pattern: '^sips?:[^\\s<>"]{0,120}\\{device\\}[^\\s<>"]{0,120}$',
        description: 'Address of a device, with `{device}` in it; without it: the device at the host of defaultTarget'
      })
    )
  },
  { additionalProperties: false }
)
export type TrunkRedirectConfig = Static<typeof TrunkRedirectConfig>
