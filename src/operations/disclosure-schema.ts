import Type, { type Static } from 'typebox'

const strict = { additionalProperties: false } as const

/** Ways in which a call is shown to somebody whose it is not, or leaves the gateway. */
export const DISCLOSURE_KINDS = ['export', 'print', 'peek', 'replay'] as const
export type DisclosureKind = (typeof DISCLOSURE_KINDS)[number]

const roles = (description: string) =>
  Type.Array(
    Type.Union([
      Type.Literal('handler'),
      Type.Literal('dispatcher'),
      Type.Literal('supervisor'),
      Type.Literal('administrator')
    ]),
    { maxItems: 4, default: ['supervisor'], description }
  )

/** Who may see calls that are not their own, and take them out of the gateway; a section of config-schema.ts. */
export const DisclosuresConfig = Type.Object(
  {
    exportRoles: roles('Who may export and print any call of a force whose calls are theirs to see'),
    ownExports: Type.Boolean({
      default: true,
      description: 'Whoever had a call as their own may export and print it too, whatever their role'
    }),
    peekRoles: roles('Who may list live calls with who has them, and read one along while it goes on'),
    replayRoles: roles('Who may list past calls, and have one played again'),
    needsReason: Type.Array(Type.Unsafe<DisclosureKind>(Type.Union(DISCLOSURE_KINDS.map(kind => Type.Literal(kind)))), {
      maxItems: DISCLOSURE_KINDS.length,
      default: [],
      description: 'What is refused to whoever gives no reason; a reason that is given is always kept'
    })
  },
  { ...strict, default: {} }
)
export type DisclosuresConfig = Static<typeof DisclosuresConfig>
