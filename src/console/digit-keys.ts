import { singleKeys } from './settings.ts'

/** 1 to 9, pressed alone and where nobody types; undefined for every other key, and where single keys are switched off. */
export function digitOf({ key, ctrlKey, altKey, metaKey, target }: KeyboardEvent): number | undefined {
  if (ctrlKey || altKey || metaKey || !singleKeys.value || !/^[1-9]$/.test(key)) return undefined
  const isTyping =
    target instanceof HTMLElement && target.matches('input:not([type=radio], [type=checkbox]), textarea, select')
  return isTyping ? undefined : Number(key)
}
