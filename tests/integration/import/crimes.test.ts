import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import { lockImports } from '../../../src/records/import/import-runs.ts'
import { makeImportRoom, STREET_HEAD, streetRows } from '../../support/import-run.ts'
import { until } from '../../support/until.ts'

const ALL = 'select count(*) from crime'

t.test('files of two forces, packed or not, are each their force’s; the same files again change nothing', async t => {
  const { write, run, count, pool, folder } = await makeImportRoom(t)
  await write('2025-01-thames-valley-street.csv', `${STREET_HEAD}\n${streetRows(300)}`)
  const hants = `${STREET_HEAD}\n${streetRows(200, { reportedBy: 'Hampshire Constabulary' })}`
  await write('2025-01-hampshire-street.csv.gz', gzipSync(hants))
  await write('2025-01-hampshire-outcomes.csv', 'Crime ID,Month\n')
  const first = await run('crimes', folder)
  t.match(first, { code: 0 }, first.text)
  t.match(first.text, /1 files that are no street crimes are passed over/)
  t.match(first.text, /No area of hants is given/)
  t.match(first.text, /300 rows: 300 added, 0 changed, 0 as they were, 0 rejected, 15 without a location/)
  t.equal(await count(`${ALL} where force = 'tvp'`), 300)
  t.equal(await count(`${ALL} where force = 'hants'`), 200)
  t.equal(await count(`${ALL} where place is null`), 25)
  t.equal(
    await count(`${ALL} where category = 'violent-crime' and source = 'police.uk'`),
    await count(`${ALL} where category not in ('burglary', 'anti-social-behaviour')`)
  )
  const stand = 'select crime_id, force, record_key, as_of, xmin::text from crime order by crime_id'
  const before = (await pool.query(stand)).rows
  const second = await run('crimes', folder)
  t.match(second.text, /done before, 300 rows; nothing was read/)
  const third = await run('crimes', folder, '--again')
  t.match(third, { code: 0, text: /0 added, 0 changed, 300 as they were/ })
  t.same((await pool.query(stand)).rows, before, 'not one row was even written again')
})

t.test('an outcome that came later changes its crime and no other', async t => {
  const { write, run, count } = await makeImportRoom(t)
  const path = await write('2025-01-thames-valley-street.csv', `${STREET_HEAD}\n${streetRows(50)}`)
  await run('crimes', path)
  const text = streetRows(50).replace('Burglary,Under investigation', 'Burglary,Local resolution')
  await write('2025-01-thames-valley-street.csv', `${STREET_HEAD}\n${text}`)
  t.match(await run('crimes', path), { code: 0, text: /0 added, 1 changed, 49 as they were/ })
  t.equal(await count(`${ALL} where outcome = 'Local resolution'`), 1)
})

t.test('what lies outside of the force’s area is kept and flagged', async t => {
  const { write, run, count } = await makeImportRoom(t)
  const path = await write('2025-01-thames-valley-street.csv', `${STREET_HEAD}\n${streetRows(100)}`)
  const ring = [
    [-2, 51],
    [-0.5, 51],
    [-0.5, 51.35],
    [-2, 51.35],
    [-2, 51]
  ]
  const feature = (name: string) => ({
    type: 'Feature',
    properties: { pfa16nm: name },
    geometry: { type: 'Polygon', coordinates: [ring] }
  })
  const area = await write(
    'area.geojson',
    JSON.stringify({ type: 'FeatureCollection', features: [feature('Thames Valley'), feature('Hampshire')] })
  )
  const done = await run('crimes', path, '--area', area)
  t.match(done, { code: 0 }, done.text)
  const outside = await count(`${ALL} where is_outlier`)
  t.ok(outside > 0 && outside < 100, String(outside))
  t.match(done.text, new RegExp(`${outside} outside of their force’s area`))
  t.match(await run('crimes', path, '--area', path), { code: 65, text: /import\.area/ })
})

t.test('bad rows are named by line and reason, and the others are taken', async t => {
  const { write, run, count } = await makeImportRoom(t)
  const [head, good] = [STREET_HEAD, streetRows(5)]
  const bad = [
    'x,2025-13,Thames Valley Police,,-1,51.4,Somewhere,,,Burglary,,',
    'x,2025-01,Thames Valley Police,,-1,51.4',
    'x,2025-01,Thames Valley Police,,-1,51.4,"never closed,,,Burglary,,',
    'x,2025-01,Thames Valley Police,,-1,51.4,\uFFFD,,,Burglary,,',
    'x,2025-01,Thames Valley Police,,-1,12,Somewhere,,,Burglary,,'
  ]
  const path = await write('2025-01-thames-valley-street.csv', `${head}\n${bad.join('\n')}\n${good}`)
  const done = await run('crimes', path)
  t.match(done, { code: 65, text: /10 rows: 5 added.* 5 rejected/ }, done.text)
  t.equal(await count(ALL), 5)
  const file = /by line and reason: (.*)/.exec(done.text)?.[1] ?? ''
  const rejects = (await readFile(file, 'utf8')).trim().split('\r\n')
  t.match(rejects, ['line,reason', /^2,"Month/, /^3,.*columns/, /^4,.*never closed/, /^5,.*UTF-8/, /^6,.*Grid/])
  t.notMatch(rejects.join('\n'), /Somewhere/, 'nothing of the row itself')
})

t.test('an import that is killed goes on where it was, and every row is there once', async t => {
  const { write, start, run, count, pool } = await makeImportRoom(t)
  const rows = 60_000
  const path = await write('2025-01-thames-valley-street.csv', `${STREET_HEAD}\nbroken\n${streetRows(rows)}`)
  const { child, end } = start('crimes', path)
  await until(
    async () =>
      (await count('select coalesce(max(rows_done), 0) as count from import_run')) > 0 ? '' : 'no batch yet',
    60_000
  )
  child.kill('SIGKILL')
  t.match(await end, { signal: 'SIGKILL' })
  const inside = await count(ALL)
  t.ok(inside > 0 && inside < rows, `${inside} rows were there when it was killed`)
  const { rows: runs } = await pool.query('select rows_done, added from import_run')
  t.same(runs, [{ rows_done: inside + 1, added: inside }], 'how far it is said to be is how far it is; one row was bad')
  const done = await run('crimes', path)
  t.match(
    done,
    {
      code: 65,
      text: new RegExp(
        `of which ${(inside + 1).toLocaleString('en-GB')} were done before: ${rows.toLocaleString('en-GB')} added`
      )
    },
    done.text
  )
  t.match(done.text, /1 rejected/, 'what was rejected before the kill is told again')
  t.equal(await count(ALL), rows)
  t.equal(await count('select count(distinct record_key) from crime'), rows)
})

t.test('Ctrl-C ends after the batch under way, says so, and the next run goes on', async t => {
  const { write, start, run, count } = await makeImportRoom(t)
  const rows = 60_000
  const path = await write('2025-01-thames-valley-street.csv', `${STREET_HEAD}\n${streetRows(rows)}`)
  const { child, end } = start('crimes', path)
  await until(
    async () =>
      (await count('select coalesce(max(rows_done), 0) as count from import_run')) > 0 ? '' : 'no batch yet',
    60_000
  )
  child.kill('SIGINT')
  const stopped = await end
  t.match(stopped, { code: 75, text: /stopped after .*Stopped; the same command goes on from here/s }, stopped.text)
  t.ok((await count(ALL)) < rows)
  t.match(await run('crimes', path), { code: 0 })
  t.equal(await count(ALL), rows)
})

t.test('a database that breaks off is said to be away, and the next run goes on', async t => {
  const { write, start, run, count, pool } = await makeImportRoom(t)
  const rows = 60_000
  const path = await write('2025-01-thames-valley-street.csv', `${STREET_HEAD}\n${streetRows(rows)}`)
  const { end } = start('crimes', path)
  const done = 'select coalesce(max(rows_done), 0) as count from import_run'
  await until(async () => ((await count(done)) > 0 ? '' : 'no batch yet'), 60_000)
  const ended = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'callbox-command'"
  t.equal((await pool.query(ended)).rowCount, 1)
  t.match(await end, { code: 69, text: /record\.away/ })
  t.match(await run('crimes', path), { code: 0 })
  t.equal(await count(ALL), rows)
})

t.test('two imports of one kind do not run at once', async t => {
  const { write, run, pool } = await makeImportRoom(t)
  const path = await write('2025-01-thames-valley-street.csv', `${STREET_HEAD}\n${streetRows(10)}`)
  const other = await pool.connect()
  t.ok(await lockImports(other, 'crimes'))
  t.match(await run('crimes', path), { code: 75, text: /import\.in-use/ })
  other.release(true)
  t.match(await run('crimes', path), { code: 0 })
})

t.test('a packed file that is cut short is said to be, and is taken whole when it is whole', async t => {
  const { write, run, count } = await makeImportRoom(t)
  const whole = gzipSync(`${STREET_HEAD}\n${streetRows(20_000)}`)
  const path = await write('2025-01-thames-valley-street.csv.gz', whole.subarray(0, whole.length / 2))
  t.match(await run('crimes', path), { code: 65, text: /cannot be read/ })
  await write('2025-01-thames-valley-street.csv.gz', whole)
  t.match(await run('crimes', path), { code: 0 })
  t.equal(await count(ALL), 20_000)
})

t.test('a force’s own crimes have a time, and are taken away by their key', async t => {
  const { write, run, count } = await makeImportRoom(t)
  const path = await write(
    'own.jsonl',
    `${JSON.stringify({ record_key: 'C1', category: 'Burglary', happened_at: '2026-03-01T21:40:00Z', easting: 471_500, northing: 173_500 })}\n{"record_key":"C2","category":"Robbery","happened_at":"2026-03-02"}\n`
  )
  t.match(await run('crimes', path, '--force', 'tvp'), { code: 2, text: /--source/ })
  t.match(await run('crimes', path, '--force', 'tvp', '--source', 'RMS'), { code: 0, text: /2 added/ })
  t.equal(await count(`${ALL} where source = 'RMS' and happened_at is not null and month = 20513`), 2)
  const gone = await write('gone.csv', 'record_key,deleted\nC1,yes\nC9,yes\n')
  t.match(await run('crimes', gone, '--force', 'tvp', '--source', 'RMS'), { code: 0, text: /1 taken away/ })
  t.equal(await count(ALL), 1)
})

t.test('memory does not grow with the file', async t => {
  // With so little heap the collector cannot be late, however busy the machine; the rows of the larger file, kept, would be
  // 200 MB, and end the process.
  const { write, run } = await makeImportRoom(t, { heapMegabytes: 80 })
  const most = async (rows: number) => {
    const path = await write(
      `2025-0${rows > 100_000 ? 1 : 2}-thames-valley-street.csv`,
      `${STREET_HEAD}\n${streetRows(rows)}`
    )
    const { code, text } = await run('crimes', path)
    t.equal(code, 0)
    return Number(/most memory (\d+) MB/.exec(text)?.[1])
  }
  const [small, large] = [await most(40_000), await most(240_000)]
  t.comment(`40,000 rows: ${small} MB; 240,000: ${large} MB`)
  // The larger file has 40 MB of text; its keys are 6 MB of that.
  t.ok(large < small + 60, `${small} MB, ${large} MB`)
})

t.test('the command line says what it does not understand', async t => {
  const { run, write, folder } = await makeImportRoom(t)
  await write('2025-01-thames-valley-street.csv', STREET_HEAD)
  t.match(await run('cars', folder), { code: 2, text: /crimes, people/ })
  t.match(await run('crimes'), { code: 2 })
  t.match(await run('crimes', `${folder}/none`), { code: 65, text: /import\.unreadable.*What to do/s })
  t.match(await run('crimes', folder, '--force', 'met'), { code: 2, text: /none of tvp, hants/ })
  for (const kind of ['crimes', 'people', 'markers', 'incidents', 'units', 'postcodes', 'places']) {
    t.match(await run(kind, '--template'), { code: 0, text: /,/ }, kind)
  }
})
