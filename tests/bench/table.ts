/** One line of a bench: whose figures, of what, how many of them never came, and what the others took. */
export interface Figures {
  readonly subject: string
  /** Lines of the same words stand beside each other. */
  readonly what: string
  readonly isReference?: boolean
  readonly count: number
  readonly lost: number
  readonly perSecond?: number
  /** ms; null or `lost` where the percentile falls among what never came. */
  readonly p50?: Time
  readonly p99?: Time
  readonly cpuUs?: number
  readonly rssMb?: number
}
/** JSON has no infinity. */
export type Time = number | 'lost' | null

export interface Table {
  readonly rows: readonly Figures[]
  readonly notes?: readonly string[]
  /** References that this machine does not have, and how it gets them. */
  readonly missing?: readonly Missing[]
}

export interface Missing {
  readonly subject: string
  readonly install: string
}

interface Column {
  readonly title: string
  readonly of: (row: Figures) => string
}

const COLUMNS: readonly Column[] = [
  { title: 'of', of: ({ what }) => what },
  { title: '', of: ({ subject, isReference = false }) => (isReference ? `*${subject}*` : subject) },
  { title: 'count', of: ({ count }) => whole(count) },
  { title: 'lost', of: ({ lost }) => whole(lost) },
  { title: 'a second', of: ({ perSecond }) => (perSecond === undefined ? '' : whole(perSecond)) },
  { title: 'p50 / p99', of: ({ p50, p99 }) => (p50 === undefined ? '' : `${inMs(p50)} / ${inMs(p99)} ms`) },
  { title: 'CPU each', of: ({ cpuUs }) => (cpuUs === undefined ? '' : `${whole(cpuUs)} µs`) },
  { title: 'memory', of: ({ rssMb }) => (rssMb === undefined ? '' : `${whole(rssMb)} MB`) }
]

/** Markdown: columns that nobody fills are left out, references are in italics, and each ratio names its own. */
export function toMarkdown({ rows, notes = [], missing = [] }: Table): string {
  const used = COLUMNS.filter(({ of }) => rows.some(row => of(row) !== ''))
  const isCompared = rows.some(({ isReference }) => isReference === true)
  const titles = [...used.map(({ title }) => title), ...(isCompared ? ['to the reference'] : [])]
  const lines = rows.map(row => [
    ...used.map(({ of }) => of(row)),
    ...(isCompared ? [ratios(row, rows).join('; ')] : [])
  ])
  const absent = missing.map(({ subject, install }) => [
    ...['', `*${subject}*`, `reference not here: \`${install}\``],
    ...titles.slice(3).map(() => '')
  ])
  const table = [titles, titles.map(() => '---'), ...lines, ...absent].map(cells => `| ${cells.join(' | ')} |`)
  return [table.join('\n'), ...notes].join('\n\n')
}

/** How this line stands to each reference of the same words. What was lost is slower than anything. */
export function ratios(row: Figures, rows: readonly Figures[]): readonly string[] {
  if (row.isReference === true) return []
  const references = rows.filter(({ what, isReference }) => isReference === true && what === row.what)
  return references.map(reference => {
    const parts = [
      ratio('p50', row.p50, reference.p50),
      ratio('p99', row.p99, reference.p99),
      ratio('CPU', row.cpuUs, reference.cpuUs),
      ratio('rate', row.perSecond, reference.perSecond),
      ...(row.lost > reference.lost ? [`lost ${whole(row.lost)} to ${whole(reference.lost)}`] : [])
    ].filter(text => text !== '')
    return references.length > 1 ? `${reference.subject}: ${parts.join(', ')}` : parts.join(', ')
  })
}

function ratio(name: string, ours: Time | undefined, theirs: Time | undefined): string {
  if (ours === undefined || theirs === undefined) return ''
  if (typeof ours !== 'number') return `${name} × ∞`
  if (typeof theirs !== 'number') return `${name} × 0`
  if (theirs <= 0) return ''
  const times = ours / theirs
  return `${name} × ${times < 0.1 ? times.toPrecision(1) : times < 10 ? times.toFixed(1) : whole(times)}`
}

function inMs(ms: Time | undefined): string {
  if (ms === undefined) return '–'
  if (typeof ms !== 'number') return 'lost'
  return ms < 1 ? ms.toFixed(2) : ms < 100 ? ms.toFixed(1) : whole(ms)
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-GB')
}
