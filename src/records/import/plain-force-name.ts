/**
 * A force's name without what its writers differ in: `thames-valley`, `Thames Valley` and `Thames Valley Police` are
 * one. For comparing only.
 */
export function plainForceName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
    .replace(/(?:police|constabulary)$/, '')
}
