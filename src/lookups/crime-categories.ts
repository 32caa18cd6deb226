/**
 * The fourteen kinds of crime of data.police.uk, as it names and labels them. Their order is that of the counts in the
 * record (records/crime-counts.ts): a new one goes to the end, and all counts are then made again.
 */
export const CRIME_CATEGORIES = {
  'anti-social-behaviour': 'Anti-social behaviour',
  'bicycle-theft': 'Bicycle theft',
  burglary: 'Burglary',
  'criminal-damage-arson': 'Criminal damage and arson',
  drugs: 'Drugs',
  'other-theft': 'Other theft',
  'possession-of-weapons': 'Possession of weapons',
  'public-order': 'Public order',
  robbery: 'Robbery',
  shoplifting: 'Shoplifting',
  'theft-from-the-person': 'Theft from the person',
  'vehicle-crime': 'Vehicle crime',
  'violent-crime': 'Violence and sexual offences',
  'other-crime': 'Other crime'
} as const

export type CrimeCategory = keyof typeof CRIME_CATEGORIES

/** In the order of the counts; behind them comes one more, of all that a source calls otherwise. */
export const CATEGORY_ORDER = Object.keys(CRIME_CATEGORIES) as readonly CrimeCategory[]

const BY_LABEL: ReadonlyMap<string, CrimeCategory> = new Map(CATEGORY_ORDER.map(each => [CRIME_CATEGORIES[each], each]))

/** The category of which data.police.uk's files have this label; undefined where it is none of them. */
export function categoryOf(label: string): CrimeCategory | undefined {
  return BY_LABEL.get(label)
}

/** What is counted in the last place. */
export const UNKNOWN_CATEGORY = { category: 'unknown', label: 'Of another kind' } as const

/** What a source calls otherwise keeps its own words; a name made of them by an importer is read as words again. */
export function categoryLabel(category: string): string {
  const known = Object.hasOwn(CRIME_CATEGORIES, category) ? CRIME_CATEGORIES[category as CrimeCategory] : undefined
  if (known !== undefined) return known
  const words = category.replaceAll('-', ' ')
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`
}
