import { CRIME_CATEGORIES, categoryOf } from '../../lookups/crime-categories.ts'

const CATEGORY_MAX = 60

/**
 * What a category is called here. One that is new or a force's own is kept as it calls itself, and said to be unknown.
 */
export function toCategory(label: string): { readonly category: string; readonly isKnown: boolean } {
  const published = categoryOf(label)
  if (published !== undefined) return { category: published, isKnown: true }
  const category = label
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '')
    .slice(0, CATEGORY_MAX)
  return { category: category === '' ? 'other-crime' : category, isKnown: Object.hasOwn(CRIME_CATEGORIES, category) }
}
