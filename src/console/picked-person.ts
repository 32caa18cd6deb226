import type { PanelItem } from '../pop/pop.ts'

export const NONE_OF_THESE = 'none-of-these'

/** What tells one person of a panel from the others, over a newer revision of the panel too. */
export function personKey({ title, detail = '', fields = {} }: PanelItem): string {
  return [title, String(fields['born'] ?? ''), detail].join('\n')
}

/** Whom the handler picked; undefined when nobody is, or when the person is no longer among those held. */
export function pickedPerson(people: readonly PanelItem[], pick: string | undefined): PanelItem | 'none' | undefined {
  if (pick === NONE_OF_THESE) return 'none'
  return pick === undefined ? undefined : people.find(person => personKey(person) === pick)
}
