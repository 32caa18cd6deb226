import { type GridPoint, isOnGrid } from '../../grid/national-grid.ts'
import { GrowingList, PointIndex } from './point-index.ts'

/** Great Britain has 43,000 populated places; what is beyond is not taken. */
export const MAX_PLACES = 200_000
/** Columns of OS Open Names. */
const COLUMN = { id: 0, name: 2, otherName: 4, type: 6, kind: 7, easting: 8, northing: 9, district: 21, county: 24 }
const COLUMNS_READ = 25
const NAME_MAX = 80

export interface NamedPlace {
  readonly name: string
  /** As Ordnance Survey calls it: City, Town, Village, Hamlet, Suburban Area, Other Settlement. */
  readonly kind: string
  /** District, borough or county, where the file says. */
  readonly within?: string
}

/** Takes rows of OS Open Names, and gives a table of the populated places among them. */
export class PlaceReader {
  readonly #east = new GrowingList()
  readonly #north = new GrowingList()
  readonly #places: NamedPlace[] = []
  readonly #ids = new Set<string>()
  /** Kinds and districts come again and again; each is kept once. */
  readonly #words = new Map<string, string>()

  get count(): number {
    return this.#places.length
  }

  /** A place that another file has too is taken once. */
  add(row: string): 'taken' | 'other' | 'not-read' | 'full' {
    if (!row.includes(',populatedPlace,')) return 'other'
    const field = fieldsOf(row)
    if (field[COLUMN.type] !== 'populatedPlace') return 'other'
    const point = { easting: Number(field[COLUMN.easting]), northing: Number(field[COLUMN.northing]) }
    const [id = '', name = ''] = [field[COLUMN.id], field[COLUMN.name]]
    if (id === '' || name === '' || !isOnGrid(point)) return 'not-read'
    if (this.#ids.has(id)) return 'other'
    if (this.count >= MAX_PLACES) return 'full'
    this.#ids.add(id)
    this.#east.push(Math.round(point.easting))
    this.#north.push(Math.round(point.northing))
    const other = field[COLUMN.otherName] ?? ''
    const within = field[COLUMN.district] || field[COLUMN.county] || ''
    this.#places.push({
      name: (other === '' ? name : `${name} (${other})`).slice(0, NAME_MAX),
      kind: this.#word(field[COLUMN.kind] ?? ''),
      ...(within === '' ? {} : { within: this.#word(within) })
    })
    return 'taken'
  }

  async done(signal?: AbortSignal): Promise<PlaceNames> {
    const index = await PointIndex.make({ east: this.#east.done(), north: this.#north.done() }, signal)
    return new PlaceNames(index, this.#places)
  }

  #word(text: string): string {
    const known = this.#words.get(text)
    if (known !== undefined) return known
    const word = text.slice(0, NAME_MAX)
    this.#words.set(text, word)
    return word
  }
}

/** Populated places by where their middle lies. */
export class PlaceNames {
  readonly #index: PointIndex
  readonly #places: readonly NamedPlace[]

  constructor(index: PointIndex, places: readonly NamedPlace[]) {
    this.#index = index
    this.#places = places
  }

  get count(): number {
    return this.#places.length
  }

  nearest(point: GridPoint): (NamedPlace & { readonly metres: number }) | undefined {
    const [found] = this.#index.nearest(point)
    const place = found === undefined ? undefined : this.#places[found.index]
    return found === undefined || place === undefined ? undefined : { ...place, metres: found.metres }
  }
}

/** Fields of a line of CSV (RFC 4180), as far as they are read; one that is never closed ends with the line. */
function fieldsOf(row: string): string[] {
  const fields: string[] = []
  let at = 0
  while (at <= row.length && fields.length < COLUMNS_READ) {
    if (row[at] === '"') {
      const { text, end } = quotedAt(row, at + 1)
      fields.push(text)
      at = end + 1
      continue
    }
    const comma = row.indexOf(',', at)
    const end = comma === -1 ? row.length : comma
    fields.push(row.slice(at, end))
    at = end + 1
  }
  return fields
}

/** The text from here to its closing quote, a doubled one standing for itself, and where the comma after it is. */
function quotedAt(row: string, from: number): { text: string; end: number } {
  let text = ''
  for (let at = from; ; ) {
    const quote = row.indexOf('"', at)
    if (quote === -1) return { text: text + row.slice(at), end: row.length }
    text += row.slice(at, quote)
    if (row[quote + 1] !== '"') {
      const comma = row.indexOf(',', quote)
      return { text, end: comma === -1 ? row.length : comma }
    }
    text += '"'
    at = quote + 2
  }
}
