import { asArray } from 'ol/color.js'

/** Everything that has a colour of its own on the map; style/map.css says which, by day and by night. */
export const INK_NAMES = [
  'caller',
  'offered',
  'own-crime',
  'published-crime',
  'incident',
  'area',
  'border',
  'coast',
  'road',
  'motorway',
  'town',
  'grid',
  'ground',
  'layer'
] as const
export type InkName = (typeof INK_NAMES)[number]
export type Inks = Readonly<Record<InkName, string>>

/** A canvas knows nothing of style sheets: what each colour is now is asked of an element that has it. */
export function readInks(swatches: HTMLElement): Inks {
  const colourOf = (name: InkName) => {
    const swatch = swatches.querySelector(`[data-ink="${name}"]`)
    return swatch === null ? '#808080' : getComputedStyle(swatch).color
  }
  return Object.fromEntries(INK_NAMES.map(name => [name, colourOf(name)])) as Inks
}

/** The same colour, seen through. */
export function faint(ink: string, alpha: number): number[] {
  const [red = 0, green = 0, blue = 0] = asArray(ink)
  return [red, green, blue, alpha]
}
