import Type, { type Static } from 'typebox'

const strict = { additionalProperties: false } as const

/** What a force keeps, as far as one may be granted apart from another. */
export const GRANTED_KINDS = ['calls', 'people', 'markers', 'crimes', 'incidents'] as const
export type GrantedKind = (typeof GRANTED_KINDS)[number]

const force = (description: string) => Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,39}$', description })

/** What one force may read of another's records while it takes a call for it. Every other grant stands in the record. */
export const BuddyGrantsConfig = Type.Array(
  Type.Object(
    {
      name: Type.String({ minLength: 1, maxLength: 80, description: 'By which both forces know what they agreed' }),
      owner: force('Whose caller it is, and whose records'),
      to: force('Who takes the call and may see them'),
      covers: Type.Array(
        Type.Union([
          Type.Literal('calls'),
          Type.Literal('people'),
          Type.Literal('markers'),
          Type.Literal('crimes'),
          Type.Literal('incidents')
        ]),
        {
          minItems: 1,
          maxItems: GRANTED_KINDS.length,
          default: [...GRANTED_KINDS],
          description: 'Which of its records; `calls` are earlier contacts'
        }
      )
    },
    strict
  ),
  {
    maxItems: 200,
    default: [],
    description:
      'Without one a call that is taken for another force shows nothing of that force’s records, and its panels say so'
  }
)
export type BuddyGrantsConfig = Static<typeof BuddyGrantsConfig>

interface Numbered {
  readonly numbers: readonly { readonly force: string; readonly homeForce?: string }[]
}

interface Settings {
  readonly buddyGrants: BuddyGrantsConfig
  readonly trunks: readonly Numbered[]
  readonly switches: readonly Numbered[]
}

/** Whose calls are taken by whom without any grant: owner and taker, each pair once. */
export function ungranted({ buddyGrants, trunks, switches }: Settings): readonly (readonly [string, string])[] {
  const pairs = new Map<string, readonly [string, string]>()
  for (const { numbers } of [...trunks, ...switches]) {
    for (const { force, homeForce = force } of numbers) {
      const isGranted = homeForce === force || buddyGrants.some(({ owner, to }) => owner === homeForce && to === force)
      if (!isGranted) pairs.set(`${homeForce}>${force}`, [homeForce, force])
    }
  }
  return [...pairs.values()]
}
