import { isTyping } from './keys.ts'
import { singleKeys } from './settings.ts'

/** 1 to 9, pressed alone and where nobody types; undefined for every other key, and where single keys are switched off. */
export function digitOf({ key, ctrlKey, altKey, metaKey, repeat, target }: KeyboardEvent): number | undefined {
  if (ctrlKey || altKey || metaKey || repeat || !singleKeys.value || !/^[1-9]$/.test(key)) return undefined
  return isTyping(target) ? undefined : Number(key)
}
