import type { PanelItem } from '../pop/pop.ts'

/** What tells one person of a panel from the others, over a newer revision of the panel too. */
export function personKey({ title, detail = '', fields = {} }: PanelItem): string {
  return [title, String(fields['born'] ?? ''), detail].join('\n')
}

/** Whom the handler picked; undefined when nobody is, or when the person is no longer among those held. */
export function pickedPerson(people: readonly PanelItem[], pick: string | undefined): PanelItem | undefined {
  return pick === undefined ? undefined : people.find(person => personKey(person) === pick)
}
