import t from 'tap'
import { HELMERT_GRID } from '../../src/grid/national-grid.ts'
import { makePublishedReader } from '../../src/records/import/crime-row.ts'
import { CsvReader, type CsvRow, MAX_ROW_CHARACTERS, toCsv } from '../../src/records/import/csv-reader.ts'
import { parseArea } from '../../src/records/import/force-area.ts'
import { columnsOf, parseHead } from '../../src/records/import/record-columns.ts'
import { JsonLines } from '../../src/records/import/record-file.ts'
import { readRecord } from '../../src/records/import/record-reader.ts'
import { RECORD_KINDS } from '../../src/records/import/record-schemas.ts'
import { RepeatedKeys } from '../../src/records/import/repeated-keys.ts'
import { makeRandom, runSeed } from '../support/random.ts'

const RUNS = 3_000
const seed = runSeed()
t.comment(`seed ${seed}`)
const random = makeRandom(seed)

const LETTERS = ['"', ',', '\n', '\r\n', 'a', 'é', '𐑪', ' ', '""', '\t', ';', '-1', '0.5']
const someText = () => Array.from({ length: random.below(8) }, () => random.pick(LETTERS)).join('')

/** In pieces as a disk or an unpacking gives them. */
function inPieces(text: string): readonly CsvRow[] {
  const reader = new CsvReader()
  const rows: CsvRow[] = []
  for (let at = 0; at < text.length; ) {
    const size = 1 + random.below(random.below(4) === 0 ? 3 : 200)
    rows.push(...reader.push(text.slice(at, at + size)))
    at += size
  }
  return [...rows, ...reader.end()]
}

t.test('what is written as CSV is read back just so, in whatever pieces it comes', async t => {
  for (let run = 0; run < RUNS; run += 1) {
    const rows = Array.from({ length: random.below(6) }, () => Array.from({ length: 1 + random.below(5) }, someText))
    // A line of nothing is no row, and a lone CR at an end is the line's.
    const said = rows.filter(fields => fields.length > 1 || !/^\r*$/.test(fields[0] ?? ''))
    const read = inPieces(said.map(toCsv).join(''))
    const fields = read.map(row => ('fields' in row ? row.fields : row.fault))
    if (JSON.stringify(fields) !== JSON.stringify(said)) return t.same(fields, said, `seed ${seed}, run ${run}`)
  }
  t.pass(`${RUNS} runs`)
})

t.test('any text is rows and faults, the same in whatever pieces, with lines that rise and nothing thrown', async t => {
  for (let run = 0; run < RUNS; run += 1) {
    const text = Array.from({ length: random.below(60) }, () =>
      random.pick([...LETTERS, '\n', ',', '\uFEFF', '\u0000'])
    ).join('')
    const [one, other] = [inPieces(text), inPieces(text)]
    if (JSON.stringify(one) !== JSON.stringify(other)) return t.same(one, other, `seed ${seed}, run ${run}: ${text}`)
    const lines = one.map(({ line }) => line)
    const isRising = lines.every((line, at) => line > (lines[at - 1] ?? 0))
    if (!isRising) return t.fail(`seed ${seed}, run ${run}: lines ${lines.join()} of ${JSON.stringify(text)}`)
  }
  t.pass(`${RUNS} runs`)
})

t.test('a quote that is never closed costs its own line, also in a long file', async t => {
  const rest = Array.from({ length: 4_000 }, (_, at) => `${at},some words that make the row longer,x`)
  const read = inPieces(['head,b,c', 'one,"two,three', ...rest].join('\n'))
  t.equal(read.length, rest.length + 2)
  t.match(read[1], { line: 2, fault: /never closed/ })
  t.match(read[2], { line: 3, fields: ['0'] })
  t.match(read.at(-1), { line: rest.length + 2 })
})

t.test('a line without an end takes no memory, and the next is read', async t => {
  const reader = new CsvReader()
  const rows: CsvRow[] = []
  for (let piece = 0; piece < 50; piece += 1) rows.push(...reader.push('x'.repeat(MAX_ROW_CHARACTERS / 4)))
  rows.push(...reader.push('\na,b\n'), ...reader.end())
  t.match(rows, [
    { line: 1, fault: /longer than/ },
    { line: 2, fields: ['a', 'b'] }
  ])
  t.equal(rows.length, 2)
})

t.test('JSON Lines: any line is a record or a fault, and nothing is thrown', async t => {
  for (let run = 0; run < RUNS; run += 1) {
    const reader = new JsonLines()
    const text = Array.from({ length: random.below(20) }, () =>
      random.pick(['{', '}', '"a"', ':', '1', '\n', '\r\n', 'null', '[', ']'])
    ).join('')
    const at = random.below(text.length + 1)
    const rows = [...reader.push(text.slice(0, at)), ...reader.push(text.slice(at)), ...reader.end()]
    if (!rows.every(row => 'record' in row || 'fault' in row)) return t.fail(`seed ${seed}, run ${run}`)
  }
  t.pass(`${RUNS} runs`)
})

/** Values of every sort where a record has one. */
function someValue(depth = 0): unknown {
  const values: unknown[] = [
    '',
    'x',
    '2026-03-01T10:00:00Z',
    '07700 900123',
    -1,
    1e9,
    0.5,
    true,
    null,
    '\u0000',
    'x'.repeat(2_000)
  ]
  if (depth > 2 || random.below(3) > 0) return random.pick(values)
  if (random.below(2) === 0) return Array.from({ length: random.below(4) }, () => someValue(depth + 1))
  return Object.fromEntries(
    Array.from({ length: random.below(4) }, () => [
      random.pick(['number', 'text', 'record_key', 'address', 'latitude', 'x']),
      someValue(depth + 1)
    ])
  )
}

t.test('no record makes a reader throw, and what is refused says why', async t => {
  for (let run = 0; run < RUNS; run += 1) {
    const kind = random.pick(RECORD_KINDS)
    const names = [...new Set(columnsOf(kind).map(({ path }) => String(path[0])))]
    const record = Object.fromEntries(names.filter(() => random.below(3) > 0).map(name => [name, someValue()]))
    const read = readRecord(kind, random.below(20) === 0 ? someValue() : record, {
      force: 'tvp',
      asOf: 1,
      grid: HELMERT_GRID
    })
    if (read.kind === 'bad' && read.reason === '') return t.fail(`seed ${seed}, run ${run}`)
  }
  t.pass(`${RUNS} runs`)
})

t.test('no row of a CSV makes the way to its record throw', async t => {
  for (let run = 0; run < RUNS; run += 1) {
    const kind = random.pick(RECORD_KINDS)
    const columns = columnsOf(kind).filter(({ name }) => name === 'record_key' || random.below(2) === 0)
    const head = parseHead(
      kind,
      random.below(10) === 0 ? [someText(), 'record_key', '__proto__'] : columns.map(({ name }) => name)
    )
    if (head.kind === 'bad') continue
    readRecord(kind, head.toRecord(columns.map(() => String(someValue(9)))), {
      force: 'tvp',
      asOf: 1,
      grid: HELMERT_GRID
    })
  }
  t.pass('nothing was thrown')
})

t.test('no row makes the reader of data.police.uk throw', async t => {
  const head = [
    'Crime ID',
    'Month',
    'Reported by',
    'Longitude',
    'Latitude',
    'Location',
    'Crime type',
    'Last outcome category'
  ]
  const read = makePublishedReader(head, {
    forceOf: name => (name === 'x' ? undefined : 'tvp'),
    areaOf: () => undefined,
    grid: HELMERT_GRID,
    asOf: 1
  })
  const some = () =>
    random.pick(['', 'x', '2025-01', '2025-13', '-1.2', '51.4', '999', '1e5', 'Burglary', 'No Location', someText()])
  for (let run = 0; run < RUNS; run += 1) {
    const row = read(Array.from({ length: random.below(10) === 0 ? random.below(12) : head.length }, some))
    if (row.kind === 'bad' && row.reason === '') return t.fail(`seed ${seed}, run ${run}`)
  }
  t.pass(`${RUNS} runs`)
})

t.test('any text is an area or a reason', async t => {
  const pieces = [
    '{"type":"FeatureCollection","features":[',
    '{"type":"Polygon","coordinates":',
    '[[[0,0],[1,0],[1,1],[0,0]]]',
    'null',
    '}',
    ']',
    '7',
    '"x"',
    ',',
    '['
  ]
  for (let run = 0; run < RUNS; run += 1) {
    const read = parseArea(Array.from({ length: random.below(8) }, () => random.pick(pieces)).join(''), ['x'])
    if (read.kind === 'refused' && read.reason === '') return t.fail(`seed ${seed}, run ${run}`)
  }
  t.pass(`${RUNS} runs`)
})

t.test('an area holds a place exactly where a plain count of sides says so', async t => {
  const ring = Array.from({ length: 40 }, (_, at) => {
    const angle = (at / 40) * 2 * Math.PI
    const far = 0.5 + random.below(1_000) / 1_000
    return [far * Math.cos(angle), 51 + far * Math.sin(angle)] as [number, number]
  })
  const closed = [...ring, ring[0] as [number, number]]
  const read = parseArea(JSON.stringify({ type: 'Polygon', coordinates: [closed] }), [])
  if (read.kind === 'refused') return t.fail(read.reason)
  const plainly = (x: number, y: number) => {
    let isInside = false
    for (const [at, [x1, y1]] of closed.slice(0, -1).entries()) {
      const [x2, y2] = closed[at + 1] as [number, number]
      if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) isInside = !isInside
    }
    return isInside
  }
  for (let run = 0; run < RUNS; run += 1) {
    const [x, y] = [random.below(4_000) / 1_000 - 2, 49 + random.below(4_000) / 1_000]
    if (read.area.contains(x, y) !== plainly(x, y))
      return t.equal(read.area.contains(x, y), plainly(x, y), `seed ${seed}: ${x} ${y}`)
  }
  t.pass(`${RUNS} places`)
})

t.test('how often a key was met is what a map says', async t => {
  const [keys, known] = [new RepeatedKeys(), new Map<string, number>()]
  for (let run = 0; run < 100_000; run += 1) {
    const key = `key ${random.below(60_000)}`
    known.set(key, (known.get(key) ?? 0) + 1)
    if (keys.count(key) !== known.get(key)) return t.fail(`seed ${seed}: ${key}`)
  }
  t.pass('as a map')
})
