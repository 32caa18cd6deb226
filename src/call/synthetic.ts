/**
 * Force, line, trunk and handler of the test calls that a gateway places to itself. No name in a config can begin with
 * this character, so that no person, no call of theirs and no count ever meets one.
 */
export const SYNTHETIC = '~synthetic'

/** Whether an id is one of them: a force's, a line's, a trunk's or a handler's. */
export function isSynthetic(id: string): boolean {
  return id.startsWith(SYNTHETIC)
}
