import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { copyRows } from '../../../src/records/copy-rows.ts'
import { writeWorld } from '../../../src/records/world-rows.ts'
import { makeWorld, worldTables } from '../../../src/simulator/demo-world.ts'
import { writeWorldFiles } from '../../../src/simulator/world-files.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'

failOnLeaks(t)
const NOW = Date.UTC(2026, 10, 26, 9)
const SIZE = { crimes: 3_000, incidents: 120, unitsPerTown: 2, people: 600 }

t.test('what COPY takes comes back as it was: tabs, quotes, backslashes, nothing, lists and points', async t => {
  const { pool } = await makeDatabase(t)
  await pool.query('create table odd (n integer, text text, list text[], place point, is_so boolean)')
  const client = await pool.connect()
  t.teardown(() => client.release())
  const nasty = 'a\tb\\n "c"\r\n{d},\\N\u{1f600}'
  const columns = ['n', 'text', 'list', 'place', 'is_so']
  const rows = [
    [1, nasty, [nasty, ''], { easting: 1.5, northing: -2 }, true],
    [2, undefined, [], undefined, false]
  ]
  t.equal(await copyRows(client, { table: 'odd', columns }, rows), 2)
  t.same((await client.query('select * from odd order by n')).rows, [
    { n: 1, text: nasty, list: [nasty, ''], place: { x: 1.5, y: -2 }, is_so: true },
    { n: 2, text: null, list: [], place: null, is_so: false }
  ])
})

t.test('a world goes into the record whole, beside what is there, and once', async t => {
  const { pool } = await makeDatabase(t)
  await pool.query(`insert into incident (reference, force, type, status, opened_at) values ('E-1', 'tvp', 'x', 'open', 1);
    insert into person (force, name, source, as_of) values ('tvp', 'Ada Testcase', 'x', 1)`)
  const told: string[] = []
  const tables = worldTables(7, NOW, SIZE)
  t.ok(await writeWorld(pool, tables, table => void (told.at(-1) === table || told.push(table))))
  t.same(
    told,
    tables.map(({ table }) => table)
  )
  const { rows } =
    await pool.query(`select (select count(*) from crime) as crimes, (select count(*) from unit) as units,
    (select count(*) from incident) as incidents, (select count(*) from person) as people,
    (select count(*) from person_address join person using (person_id) join address using (address_id)
      where person.force = address.force) as homes,
    (select count(*) from contact_incident join incident using (incident_id) join contact using (call_id)
      where incident.force = contact.force and offered_at >= opened_at - 60000) as calls,
    (select count(*) from number_link join person using (person_id) where person.force = number_link.force) as numbers`)
  const calls = [...makeWorld(7, NOW, SIZE).incidents()].flatMap(incident => incident.calls).length
  t.same(rows, [{ crimes: 3_000, units: 40, incidents: 121, people: 601, homes: 600, calls, numbers: 600 }])
  t.match(
    await pool.query('insert into incident (reference, force, type, status, opened_at) values ($1, $1, $1, $1, 1)', [
      'n'
    ]),
    {
      rowCount: 1
    }
  )
  t.notOk(await writeWorld(pool, tables), 'where there are crimes nothing is written')
})

t.test('one that breaks off leaves nothing behind', async t => {
  const { pool } = await makeDatabase(t)
  const broken = {
    ...{ table: 'unit', columns: ['force'], ids: {} },
    rows: function* () {
      yield ['tvp']
    }
  }
  await t.rejects(writeWorld(pool, [...worldTables(7, NOW, SIZE), broken]))
  t.same((await pool.query('select count(*) as count from crime')).rows, [{ count: 0 }])
  t.ok(await writeWorld(pool, worldTables(7, NOW, SIZE)), 'and the next try finds a clean record')
})

t.test(
  'as files: published crimes by force and month, the rest as lines of JSON; the same bytes each time',
  async t => {
    const folder = await mkdtemp(join(tmpdir(), 'callbox-world-'))
    t.teardown(() => rm(folder, { recursive: true, force: true }))
    const write = async (name: string) => {
      const counts = new Map<string, number>()
      await writeWorldFiles(makeWorld(7, NOW, SIZE), join(folder, name), (path, rows) => counts.set(path, rows))
      return [...counts.values()].reduce((sum, rows) => sum + rows, 0)
    }
    const lines = await write('one')
    t.equal(await write('two'), lines)
    const files = (await readdir(join(folder, 'one'), { recursive: true })).filter(name => /\.\w+$/.test(name)).sort()
    t.equal(files.length, 72 + 8)
    for (const file of files) {
      t.ok((await readFile(join(folder, 'one', file))).equals(await readFile(join(folder, 'two', file))), file)
    }
    const street = await readFile(join(folder, 'one/crimes/2026-09-thames-valley-street.csv'), 'utf8')
    t.match(street, /^Crime ID,Month,Reported by,.*\n(?:[0-9a-f]{64})?,2026-09,Thames Valley Police,/)
    const [person = ''] = (await readFile(join(folder, 'one/tvp-people.jsonl'), 'utf8')).split('\n')
    t.match(JSON.parse(person), { record_key: /^P-/, addresses: [{ text: String, easting: Number }] })
  }
)
