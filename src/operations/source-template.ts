/*
 * What is asked of a source, with places for what a call says: `{e164}` in a URL or in the JSON of a body. Compiled once,
 * so that a slip of the pen is found by check-config.
 */

/** What may stand between braces: whether it is of a person, and what the source must need for it. */
export const PLACEHOLDERS = {
  e164: { isPersonal: true, of: 'number' },
  national: { isPersonal: true, of: 'number' },
  e164s: { isPersonal: true, of: 'number' },
  easting: { isPersonal: true, of: 'place' },
  northing: { isPersonal: true, of: 'place' },
  latitude: { isPersonal: true, of: 'place' },
  longitude: { isPersonal: true, of: 'place' },
  radiusMetres: { isPersonal: true, of: 'place' },
  postcode: { isPersonal: true, of: 'place' },
  force: { isPersonal: false, of: 'any' },
  homeForce: { isPersonal: false, of: 'any' },
  line: { isPersonal: false, of: 'any' },
  callId: { isPersonal: false, of: 'any' }
} as const satisfies Record<string, { isPersonal: boolean; of: 'number' | 'place' | 'any' }>

export type Placeholder = keyof typeof PLACEHOLDERS
/** Absent: the call does not say. */
export type PlaceholderValues = Readonly<Partial<Record<Placeholder, string | number | readonly string[]>>>

const BRACES = /\{([A-Za-z0-9]+)\}/g
const WHOLE = /^\{([A-Za-z0-9]+)\}$/
/** A body nests no deeper. */
const MAX_DEPTH = 16

export interface Template<T> {
  /** In the order in which they stand. */
  readonly names: readonly string[]
  readonly fill: (values: PlaceholderValues) => T
}

/** A text; each value is written by `write`. */
export function compileText(text: string, write: (value: string) => string = value => value): Template<string> {
  const parts = text.split(BRACES)
  const names = parts.filter((_, at) => at % 2 === 1)
  return {
    names,
    fill: values => parts.map((part, at) => (at % 2 === 0 ? part : write(toText(values[part as Placeholder])))).join('')
  }
}

/** A URL: what is filled in stays one piece of its path or query, whatever is in it. */
export function compileUrl(url: string): Template<string> {
  return compileText(url, encodeURIComponent)
}

/**
 * JSON: a text that is one placeholder becomes its value, number or list as it is, and null where the call does not say;
 * within a longer text it is written out. Undefined: nested too deep.
 */
export function compileJson(json: unknown, depth = 0): Template<unknown> | undefined {
  if (depth > MAX_DEPTH) return undefined
  if (typeof json === 'string') {
    const whole = WHOLE.exec(json)?.[1]
    if (whole === undefined) return compileText(json)
    return { names: [whole], fill: values => values[whole as Placeholder] ?? null }
  }
  if (typeof json !== 'object' || json === null) return { names: [], fill: () => json }
  const entries = Object.entries(json).map(([name, value]) => [name, compileJson(value, depth + 1)] as const)
  const inner = entries.flatMap(([name, template]) => (template === undefined ? [] : [[name, template] as const]))
  if (inner.length < entries.length) return undefined
  const names = inner.flatMap(([, template]) => template.names)
  if (Array.isArray(json)) return { names, fill: values => inner.map(([, template]) => template.fill(values)) }
  return { names, fill: values => Object.fromEntries(inner.map(([name, { fill }]) => [name, fill(values)])) }
}

export function isPlaceholder(name: string): name is Placeholder {
  return Object.hasOwn(PLACEHOLDERS, name)
}

function toText(value: PlaceholderValues[Placeholder]): string {
  return value === undefined ? '' : Array.isArray(value) ? value.join(',') : String(value)
}
