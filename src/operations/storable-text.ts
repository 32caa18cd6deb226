/*
 * What PostgreSQL keeps as text: every character but the zero, and no half of one (a lone surrogate, as a field with a limit
 * leaves it of an emoji).
 */

export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/** Without what cannot be kept. */
export function toStorable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}

/** Whether all texts within it, whatever it is, can be kept. */
export function isAllStorable(value: unknown): boolean {
  if (typeof value === 'string') return isStorable(value)
  return typeof value !== 'object' || value === null || Object.values(value).every(isAllStorable)
}

/** JSON of somebody else, with texts that can be kept. Throws where it is none. */
export function parseStorable(json: string): unknown {
  // Whatever cannot be kept is written as an escape: a frame of text has neither as it stands, and few have escapes.
  if (!json.includes('\\u') && isStorable(json)) return JSON.parse(json)
  return JSON.parse(json, (_, value: unknown) => (typeof value === 'string' ? toStorable(value) : value))
}
