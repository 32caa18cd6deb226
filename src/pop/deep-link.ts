import { type DeepLinksConfig, fillLink } from '../operations/deep-link-schema.ts'

/** What of a force's own system can be opened there. */
export type Linked = keyof DeepLinksConfig

/**
 * Where a force's own system shows this, by the key which that system has for it; undefined where the force has no
 * template, or the thing no key.
 */
export type ToLink = (force: string, kind: Linked, key: string | null | undefined) => string | undefined

export const NO_LINKS: ToLink = () => undefined

/** As any browser takes it, and as a field of a panel may be. */
const LINK_MAX = 1_000

/**
 * Links into the forces' own systems (`forces[].deepLinks`). Nothing but the key goes into one, encoded, so that no key
 * leads anywhere else and no link says whom it is about.
 */
export function makeToLink(forces: readonly { readonly id: string; readonly deepLinks?: DeepLinksConfig }[]): ToLink {
  const templates = new Map(forces.map(({ id, deepLinks = {} }) => [id, deepLinks]))
  return (force, kind, key) => {
    const template = templates.get(force)?.[kind]
    if (template === undefined || key === null || key === undefined || key === '') return undefined
    const link = fillLink(template, key)
    return link === undefined || link.length > LINK_MAX ? undefined : link
  }
}
