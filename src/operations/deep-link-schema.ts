import Type, { type Static } from 'typebox'

const KEY = '{key}'

const template = (what: string) =>
  Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 300,
      description: `Where the force’s own system shows ${what}: http or https, with \`{key}\` for what that system calls it`
    })
  )

const DeepLinksConfig = Type.Object(
  { crime: template('a crime'), incident: template('an incident'), person: template('a person') },
  { additionalProperties: false }
)
export type DeepLinksConfig = Static<typeof DeepLinksConfig>

/** Beside the other settings of a force. */
export const FORCE_LINK_SETTINGS = { deepLinks: Type.Optional(DeepLinksConfig) }

export const LINK_RULES = {
  linkTemplate:
    'must be http:// or https://, with `{key}` in it, behind the name of the host: no key may say where a link leads'
} as const

/** Templates that could lead anywhere else than to the force's own system. */
export function checkLinks(forces: readonly { readonly deepLinks?: DeepLinksConfig }[]) {
  return forces.flatMap(({ deepLinks = {} }, at) =>
    Object.entries(deepLinks).flatMap(([kind, text]) =>
      isLinkTemplate(text)
        ? []
        : [{ path: `forces[${at}].deepLinks.${kind}`, value: JSON.stringify(text), rule: LINK_RULES.linkTemplate }]
    )
  )
}

/** A link of this template; the key stands encoded. Undefined where that is no address of the web. */
export function fillLink(template: string, key: string): string | undefined {
  // A lone half of a pair cannot be encoded; such a key is nobody's.
  if (!key.isWellFormed()) return undefined
  const link = template.replaceAll(KEY, () => encodeURIComponent(key))
  const protocol = URL.parse(link)?.protocol
  return protocol === 'https:' || protocol === 'http:' ? link : undefined
}

function isLinkTemplate(text: string): boolean {
  const [one, other] = [fillLink(text, 'a'), fillLink(text, 'b')]
  if (!text.includes(KEY) || one === undefined || other === undefined) return false
  return new URL(one).origin === new URL(other).origin && new URL(one).username === new URL(other).username
}
