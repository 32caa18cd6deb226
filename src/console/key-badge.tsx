import { type KeyedAction, keyName } from './key-map.ts'
import { activeKey } from './settings.ts'

interface Props {
  readonly of: KeyedAction
  /** Beside words by which a reader knows the button already. */
  readonly isQuiet?: boolean
}

/** The key that does the same as the button it stands in; nothing where no key does. */
export function KeyBadge({ of, isQuiet = false }: Props) {
  const key = activeKey(of)
  if (key === undefined) return null
  return isQuiet ? (
    <span class="key" data-key={keyName(key)} aria-hidden="true" />
  ) : (
    <span class="key">{keyName(key)}</span>
  )
}

/** For a reader, to be spread over the control. */
export function shortcut(of: KeyedAction): { readonly 'aria-keyshortcuts'?: string } {
  const key = activeKey(of)
  return key === undefined ? {} : { 'aria-keyshortcuts': key }
}
