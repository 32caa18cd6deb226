import t from 'tap'
import { type ImportRoom, makeImportRoom } from '../../support/import-run.ts'

const OWN = ['--force', 'tvp', '--source', 'Niche'] as const
const lines = (records: readonly object[]) => records.map(record => `${JSON.stringify(record)}\n`).join('')

const ALEX = {
  ...{ record_key: 'P1', name: 'Alex Example', born: '1984-05-17', as_of: '2026-03-01' },
  numbers: [
    { number: '07700 900123', relation: 'mobile' },
    { number: '01632 960123', relation: 'home', address: 1 }
  ],
  addresses: [{ text: '12 Example Row, Reading ZZ1 1ZZ', easting: 471_500, northing: 173_500 }]
}
const BO = { ...ALEX, record_key: 'P2', name: 'Bo Example', numbers: [{ number: '07700 900123' }] }

/** Who is known by a number, and where it rings. */
async function known({ pool }: ImportRoom, e164: string): Promise<readonly string[]> {
  const { rows } = await pool.query(
    `select person.name, number_link.relation, address.text from number_link join person using (person_id)
     left join address on address.address_id = number_link.address_id where e164 = $1 and number_link.force = 'tvp' order by name`,
    [e164]
  )
  return rows.map(({ name, relation, text }) => [name, relation, text ?? 'nowhere'].join(' | '))
}

t.test('people come with all their numbers and addresses, two of them in one house', async t => {
  const room = await makeImportRoom(t)
  const path = await room.write('people.jsonl', lines([ALEX, BO]))
  t.match(await room.run('people', path, ...OWN), { code: 0, text: /2 added/ })
  t.same(await known(room, '+447700900123'), ['Alex Example | mobile | nowhere', 'Bo Example | known | nowhere'])
  t.same(await known(room, '+441632960123'), ['Alex Example | home | 12 Example Row, Reading ZZ1 1ZZ'])
  t.equal(await room.count('select count(*) from address'), 1, 'one house')
  t.equal(await room.count('select count(*) from person_address'), 2)
  t.match(await room.run('people', path, ...OWN, '--again'), { code: 0, text: /0 added, 0 changed, 2 as they were/ })
})

t.test('a person who moved house has the new one, and what is older does not bring the old one back', async t => {
  const room = await makeImportRoom(t)
  await room.run('people', await room.write('1.jsonl', lines([ALEX])), ...OWN)
  const moved = {
    ...ALEX,
    as_of: '2026-06-01',
    numbers: [{ number: '07700 900124' }],
    addresses: [{ text: '1 Other Street, Oxford ZZ2 2ZZ' }]
  }
  t.match(await room.run('people', await room.write('2.jsonl', lines([moved])), ...OWN), { text: /0 added, 1 changed/ })
  t.same(await known(room, '+447700900123'), [])
  t.same(await known(room, '+447700900124'), ['Alex Example | known | nowhere'])
  t.equal(await room.count('select count(*) from address'), 1, 'nobody is tied to the old one')
  t.match(await room.run('people', await room.write('3.jsonl', lines([{ ...ALEX, as_of: '2026-02-01' }])), ...OWN), {
    text: /0 added, 0 changed/
  })
  t.same(await known(room, '+447700900124'), ['Alex Example | known | nowhere'])
})

t.test('only ties that changed are a change of the person too', async t => {
  const room = await makeImportRoom(t)
  await room.run('people', await room.write('1.jsonl', lines([ALEX, BO])), ...OWN)
  const fewer = { ...ALEX, numbers: ALEX.numbers.slice(0, 1) }
  t.match(await room.run('people', await room.write('2.jsonl', lines([fewer, BO])), ...OWN), {
    text: /0 added, 1 changed, 1 as they were/
  })
  t.same(await known(room, '+441632960123'), [])
})

t.test('a CSV says the same as JSON', async t => {
  const room = await makeImportRoom(t)
  const csv =
    'record_key,name,born,as_of,numbers.1.number,numbers.1.relation,numbers.2.number,numbers.2.relation,numbers.2.address,addresses.1.text,addresses.1.easting,addresses.1.northing\nP1,Alex Example,1984-05-17,2026-03-01,07700 900123,mobile,01632 960123,home,1,"12 Example Row, Reading ZZ1 1ZZ",471500,173500\n'
  t.match(await room.run('people', await room.write('people.csv', csv), ...OWN), { code: 0, text: /1 added/ })
  t.match(await room.run('people', await room.write('people.jsonl', lines([ALEX])), ...OWN), {
    code: 0,
    text: /0 added, 0 changed/
  })
})

t.test(
  'a warning is of a person, a number or an address; of nobody it is refused, and said again after a stop',
  async t => {
    const room = await makeImportRoom(t)
    await room.run('people', await room.write('people.jsonl', lines([ALEX])), ...OWN)
    const base = { kind: 'officer-safety', made_at: '2026-01-15', as_of: '2026-03-01', grade: 'B2' }
    const path = await room.write(
      'markers.jsonl',
      lines([
        { ...base, record_key: 'M1', person: 'P1' },
        { ...base, record_key: 'M2', number: '07700 900123' },
        { ...base, record_key: 'M3', address: { text: '12 Example Row, Reading ZZ1 1ZZ' } },
        { ...base, record_key: 'M4', address: { text: '3 New Street, Reading', easting: 471_600, northing: 173_600 } },
        { ...base, record_key: 'M5', person: 'P9' }
      ])
    )
    const done = await room.run('markers', path, ...OWN)
    t.match(done, { code: 65, text: /4 added.* 1 rejected/ }, done.text)
    t.equal(await room.count('select count(*) from marker where num_nonnulls(person_id, address_id, e164) = 1'), 4)
    t.equal(await room.count('select count(*) from address'), 2, 'M3 is of the house that Alex lives in')
    t.match(await room.run('markers', path, ...OWN, '--again'), {
      code: 65,
      text: /0 added, 0 changed, 4 as they were, 1 rejected/
    })
    const gone = await room.write('gone.csv', 'record_key,deleted\nP1,yes\n')
    t.match(await room.run('people', gone, ...OWN), { code: 65, text: /1 rejected/ }, 'who is warned of stays')
    t.equal(await room.count('select count(*) from person'), 1)
    await room.run(
      'markers',
      await room.write('gone-markers.csv', 'record_key,deleted\nM1,yes\nM3,yes\nM4,yes\n'),
      ...OWN
    )
    t.match(await room.run('people', gone, ...OWN, '--again'), { code: 0, text: /1 taken away/ })
    t.equal(
      await room.count(
        'select (select count(*) from person) + (select count(*) from number_link) + (select count(*) from address) as count'
      ),
      0
    )
  }
)

t.test('incidents and units, each force its own', async t => {
  const room = await makeImportRoom(t)
  const incident = {
    record_key: 'I1',
    reference: '0815',
    type: 'RTC',
    status: 'open',
    opened_at: '2026-03-01T08:15:00Z',
    easting: 471_500,
    northing: 173_500,
    as_of: '2026-03-01T08:20:00Z'
  }
  const open = await room.write('incidents.jsonl', lines([incident]))
  await room.run('incidents', open, ...OWN)
  await room.run('incidents', open, '--force', 'hants', '--source', 'Niche')
  const closed = { ...incident, status: 'closed', closed_at: '2026-03-01T10:00:00Z', as_of: '2026-03-01T10:00:00Z' }
  t.match(await room.run('incidents', await room.write('closed.jsonl', lines([closed])), ...OWN), { text: /1 changed/ })
  t.equal(await room.count("select count(*) from incident where force = 'tvp' and status = 'open'"), 0)
  t.equal(await room.count("select count(*) from incident where force = 'hants' and status = 'open'"), 1)
  const units = await room.write(
    'units.csv',
    'record_key,kind,skills,base,crew,as_of\nEX01,response,taser;advanced driver,Example Street,2,2026-03-01\nEX02,dogs,,,,2026-03-01\n'
  )
  t.match(await room.run('units', units, ...OWN), { code: 0, text: /2 added/ })
  const { rows } = await room.pool.query('select callsign, skills, crew from unit order by callsign')
  t.same(rows, [
    { callsign: 'EX01', skills: ['taser', 'advanced driver'], crew: 2 },
    { callsign: 'EX02', skills: [], crew: 1 }
  ])
})

t.test('the same record twice in a file: what comes later holds', async t => {
  const room = await makeImportRoom(t)
  const later = { ...ALEX, name: 'Alexis Example', as_of: '2026-04-01' }
  await room.run('people', await room.write('people.jsonl', lines([ALEX, BO, later])), ...OWN)
  t.same((await room.pool.query('select name from person order by name')).rows, [
    { name: 'Alexis Example' },
    { name: 'Bo Example' }
  ])
})

t.test('postcodes are put where a gateway looks, and nothing is where none could be read', async t => {
  const room = await makeImportRoom(t)
  const path = await room.write(
    'zz.csv',
    '"ZZ1 1ZZ",10,471500,173500,"E92000001"\r\n"ZZ1 1ZA",10,471600,173600,"E92000001"\r\n'
  )
  t.match(await room.run('postcodes', path), { code: 0, text: /2 postcodes.*Put into .*code-point-open/s })
  const none = await room.write('none.csv', 'a,b,c\n')
  t.match(await room.run('places', none), { code: 65, text: /Nothing was put in place/ })
})
