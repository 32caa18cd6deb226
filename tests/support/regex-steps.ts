/*
 * How many steps a backtracking matcher takes for a pattern on a text, counted instead of timed, and the texts that
 * make it take most: for every repeat of the pattern, what leads to it, then what it repeats, many times, then what
 * fits nowhere. For the patterns that JavaScript programs have; what it does not know it throws for.
 */
type Node =
  | { readonly kind: 'set'; readonly has: (char: string) => boolean; readonly samples: string }
  | { readonly kind: 'sequence'; readonly parts: readonly Node[] }
  | { readonly kind: 'choice'; readonly options: readonly Node[] }
  | {
      readonly kind: 'repeat'
      readonly node: Node
      readonly min: number
      readonly max: number
      readonly isLazy: boolean
    }
  | { readonly kind: 'place'; readonly is: '^' | '$' | 'b' | 'B' }
  | { readonly kind: 'look'; readonly node: Node; readonly isNegative: boolean }

/** Beyond this a pattern is as good as endless. */
const MOST_STEPS = 1_000_000
const NOTHING: Node = { kind: 'sequence', parts: [] }
const FITS_NOWHERE = '\x01'
const isWord = (char: string | undefined) => char !== undefined && /\w/.test(char)

export function parsePattern({ source, flags }: Pick<RegExp, 'source' | 'flags'>): Node {
  let at = 0
  const setOf = (text: string): Node => {
    const one = new RegExp(`^(?:${text})$`, flags.replace(/[gmy]/g, ''))
    const samples = [
      'a',
      'A',
      '0',
      ' ',
      '-',
      '.',
      '\t',
      ...Array.from({ length: 256 }, (_, code) => String.fromCharCode(code))
    ]
    return { kind: 'set', has: char => one.test(char), samples: samples.filter(char => one.test(char)).join('') || '?' }
  }
  const choice = (): Node => {
    const options = [sequence()]
    while (source[at] === '|') {
      at += 1
      options.push(sequence())
    }
    return options.length === 1 && options[0] !== undefined ? options[0] : { kind: 'choice', options }
  }
  const sequence = (): Node => {
    const parts: Node[] = []
    while (at < source.length && source[at] !== '|' && source[at] !== ')') parts.push(repeated(atom()))
    return { kind: 'sequence', parts }
  }
  const repeated = (node: Node): Node => {
    const found = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})(\?)?/.exec(source.slice(at))
    if (found === null) return node
    at += found[0].length
    const [, sign, low = '', comma, high = '', lazy] = found
    const signs = { '*': [0, Infinity], '+': [1, Infinity], '?': [0, 1] } as Record<string, [number, number]>
    const most = high === '' ? Infinity : Number(high)
    const [min, max] = sign === undefined ? [Number(low), comma === '' ? Number(low) : most] : (signs[sign] ?? [0, 0])
    return { kind: 'repeat', node, min, max, isLazy: lazy !== undefined }
  }
  const atom = (): Node => {
    const rest = source.slice(at)
    const take = (text: string) => {
      at += text.length
      return text
    }
    if (rest.startsWith('(')) {
      const [open = ''] = /^\((?:\?(?:[:=!]|<\w+>))?/.exec(rest) ?? []
      if (/^\(\?<[=!]/.test(rest)) throw new Error(`no looking back here: ${source}`)
      take(open)
      const node = choice()
      take(')')
      return open === '(?=' || open === '(?!' ? { kind: 'look', node, isNegative: open === '(?!' } : node
    }
    if (rest.startsWith('[')) return setOf(take(/^\[(?:\\[\s\S]|[^\]\\])*\]/.exec(rest)?.[0] ?? rest))
    if (rest.startsWith('^') || rest.startsWith('$')) return { kind: 'place', is: take(rest.charAt(0)) as '^' | '$' }
    if (/^\\[bB]/.test(rest)) return { kind: 'place', is: take(rest.slice(0, 2)).charAt(1) as 'b' | 'B' }
    if (/^\\[1-9k]/.test(rest)) throw new Error(`no references here: ${source}`)
    return setOf(take(/^(?:\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\[\s\S]|[\s\S])/i.exec(rest)?.[0] ?? rest))
  }
  return choice()
}

/** Steps of one search in `text`, from every place of it until it is found. */
export function countSteps(node: Node, flags: string, text: string): number {
  let steps = 0
  const atPlace = (is: string, at: number) => {
    if (is === '^') return at === 0 || (flags.includes('m') && text[at - 1] === '\n')
    if (is === '$') return at === text.length || (flags.includes('m') && text[at] === '\n')
    return (isWord(text[at - 1]) !== isWord(text[at])) === (is === 'b')
  }
  const match = (one: Node, at: number, then: (at: number) => boolean): boolean => {
    steps += 1
    if (steps > MOST_STEPS) return true
    if (one.kind === 'set') return at < text.length && one.has(text[at] ?? '') && then(at + 1)
    if (one.kind === 'place') return atPlace(one.is, at) && then(at)
    if (one.kind === 'look') return match(one.node, at, () => true) !== one.isNegative && then(at)
    if (one.kind === 'choice') return one.options.some(option => match(option, at, then))
    if (one.kind === 'sequence') {
      const from = (part: number, here: number): boolean => {
        const next = one.parts[part]
        return next === undefined ? then(here) : match(next, here, there => from(part + 1, there))
      }
      return from(0, at)
    }
    const again = (count: number, here: number): boolean => {
      const more = () =>
        count < one.max && match(one.node, here, there => (there > here || count < one.min) && again(count + 1, there))
      const enough = () => count >= one.min && then(here)
      return one.isLazy ? enough() || more() : more() || enough()
    }
    return again(0, at)
  }
  for (let from = 0; from <= text.length; from++) if (match(node, from, () => true)) break
  return steps > MOST_STEPS ? Number.POSITIVE_INFINITY : steps
}

/** A short text that the node takes; `nth` chooses among the characters and the ways it leaves open. */
function sampleOf(node: Node, nth: number): string {
  if (node.kind === 'set') return node.samples.charAt(nth % node.samples.length)
  if (node.kind === 'sequence') return node.parts.map(part => sampleOf(part, nth)).join('')
  if (node.kind === 'choice') return sampleOf(node.options[nth % node.options.length] ?? NOTHING, nth)
  return node.kind === 'repeat' ? sampleOf(node.node, nth).repeat(Math.max(1, Math.min(node.min, 4))) : ''
}

/** What leads to each repeat that has no end, and each text it repeats. */
function repeatsIn(node: Node, before: string, nth: number): { before: string; body: string }[] {
  if (node.kind === 'set' || node.kind === 'place') return []
  if (node.kind === 'choice') return node.options.flatMap(option => repeatsIn(option, before, nth))
  if (node.kind === 'sequence') {
    const found: { before: string; body: string }[] = []
    let led = before
    for (const part of node.parts) {
      found.push(...repeatsIn(part, led, nth))
      led += sampleOf(part, nth)
    }
    return found
  }
  const inside = repeatsIn(node.node, before, nth)
  if (node.kind === 'look' || node.max < 2) return inside
  const bodies =
    node.node.kind === 'choice' ? node.node.options.map(option => sampleOf(option, nth)) : [sampleOf(node.node, nth)]
  return [...inside, ...bodies.map(body => ({ before, body }))]
}

/** Texts of about `length` characters that make the pattern work hardest. */
export function worstTexts(node: Node, length: number): string[] {
  return [...new Set([0, 1, 2, 3].flatMap(nth => textsOf(node, length, nth)))]
}

function textsOf(node: Node, length: number, nth: number): string[] {
  const repeats = repeatsIn(node, '', nth)
  const bodies = [...new Set(repeats.map(({ body }) => body))].filter(body => body !== '')
  const fill = (body: string) => body.repeat(Math.ceil(length / body.length))
  const led = repeats.filter(({ body }) => body !== '').map(({ before, body }) => before + fill(body))
  // Where a search begins again and again, and each time goes to the end.
  const begun = repeats.flatMap(({ before, body }) => [before, before + body]).filter(each => each !== '')
  const pairs = bodies.flatMap(a => bodies.map(b => fill(a).slice(0, length / 2) + fill(b).slice(0, length / 2)))
  const whole = sampleOf(node, nth)
  const texts = [
    ...led,
    ...begun.map(fill),
    ...bodies.map(fill),
    ...pairs,
    ...bodies.map(body => fill(body + whole)),
    fill(whole === '' ? 'a' : whole)
  ]
  return texts.flatMap(text => [text, text + FITS_NOWHERE, `${text}\n${FITS_NOWHERE}`])
}
