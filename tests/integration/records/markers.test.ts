import t from 'tap'
import { makeAddressesOfNumber, makeAddressOnRecord, makePeopleAtNumber } from '../../../src/records/callers.ts'
import { makeMarkersNear, makeMarkersOfNumbers } from '../../../src/records/markers.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'

/*
 * Number 1: one person, who moved from address 1 to address 2. Number 2: two people. Number 3: an address only, twice.
 * Number 4 was somebody else's before. Number 5 has forty warnings.
 */

failOnLeaks(t)
const { pool } = await makeDatabase(t)
const signal = new AbortController().signal
const NOW = 1_000_000
const number = (n: number) => `+44770090010${n}`
const tvp = { forces: ['tvp'], at: NOW }

await pool.query(`
  insert into person (force, name, source, as_of) values
    ('tvp', 'Ada Testcase', 'niche', 10), ('tvp', 'Bob Sample', 'niche', 10), ('tvp', 'Cy Example', 'niche', 10),
    ('tvp', 'Di Earlier', 'niche', 10), ('tvp', 'Eve Laterson', 'niche', 10);
  insert into address (force, text, place, source, as_of) values
    ('tvp', '1 Old Row', point(450000, 200000), 'gazetteer', 1), ('tvp', '2 New Row', point(450040, 200030), 'gazetteer', 1),
    ('tvp', '3 Far Row', point(450300, 200000), 'gazetteer', 1), ('hants', '4 Other Row', point(450001, 200001), 'gazetteer', 1);
  insert into person_address (person_id, address_id, relation, as_of, until_at) values
    (1, 1, 'lives', 100, 500), (1, 2, 'lives', 600, null);
  insert into number_link (e164, force, person_id, address_id, relation, as_of, until_at) values
    ('${number(1)}', 'tvp', 1, 1, 'subscriber', 100, null),
    ('${number(2)}', 'tvp', 2, null, 'user', 100, null), ('${number(2)}', 'tvp', 3, null, 'user', 200, null),
    ('${number(3)}', 'tvp', null, 1, 'subscriber address', 100, null), ('${number(3)}', 'tvp', null, 3, 'subscriber address', 300, null),
    ('${number(4)}', 'tvp', 4, null, 'subscriber', 100, 400), ('${number(4)}', 'tvp', 5, 3, 'subscriber', 500, null);
  insert into marker (force, kind, person_id, address_id, e164, text, source, grade, made_at, review_at, expires_at, as_of) values
    ('tvp', 'violence', 1, null, null, 'Has struck officers', 'niche', 'A1', 50, 2000000, null, 1),
    ('tvp', 'firearms', null, 1, null, 'Shotgun', 'niche', null, 60, null, null, 1),
    ('tvp', 'officer-safety', null, 2, null, 'Dog', 'niche', null, 60, null, null, 1),
    ('tvp', 'vexatious', null, null, '${number(1)}', 'Rings often', 'control room', null, 70, null, null, 1),
    ('tvp', 'firearms', null, null, '${number(1)}', 'Licence', 'control room', null, 40, null, 900000, 1),
    ('hants', 'firearms', null, null, '${number(1)}', 'Another force', 'control room', null, 40, null, null, 1),
    ('hants', 'firearms', null, 4, null, 'Another force', 'niche', null, 40, null, null, 1),
    ('tvp', 'domestic-abuse-high-risk', 4, null, null, 'Of the one before', 'niche', null, 40, null, null, 1),
    ('tvp', 'violence', null, 3, null, 'Of where the number is now', 'niche', null, 40, null, null, 1);
  insert into marker (force, kind, e164, source, made_at, as_of)
    select 'tvp', case when n = 40 then 'firearms' else 'hoax' end, '${number(5)}', 'niche', n, 1 from generate_series(1, 40) n`)

const ofNumbers = makeMarkersOfNumbers(pool)
const near = makeMarkersNear(pool)
const brief = ({ markers }: Awaited<ReturnType<typeof ofNumbers>>) =>
  markers.map(({ kind, of, whose = '', isEarlier }) => [kind, of, whose, ...(isEarlier ? ['earlier'] : [])].join(' '))

t.test('warnings of a number: its own, its person’s and those of where they live now, the gravest first', async t => {
  const found = await ofNumbers({ ...tvp, e164s: [number(1)] }, signal)
  t.same(brief(found), [
    'violence person Ada Testcase',
    'officer-safety address 2 New Row',
    'vexatious number ',
    'firearms number '
  ])
  t.equal(found.total, 4, 'nothing of the address they moved out of, nothing of the other force')
  t.match(found.markers[0], {
    e164: number(1),
    source: 'niche',
    grade: 'A1',
    reviewAt: 2_000_000,
    text: 'Has struck officers'
  })
  t.equal(found.markers.at(-1)?.expiresAt, 900_000, 'what has expired is there, at the end')
})

t.test('both forces of a buddy’s call are asked', async t => {
  const found = await ofNumbers({ forces: ['tvp', 'hants'], at: NOW, e164s: [number(1)] }, signal)
  t.equal(found.total, 5)
  t.match(found.markers[0], { kind: 'firearms', text: 'Another force' })
})

t.test('a third number, as the caller says it, is asked for like the two of the switch', async t => {
  const found = await ofNumbers({ ...tvp, e164s: [number(8), number(3), number(1)] }, signal)
  t.match(
    found.markers.map(({ kind, e164 }) => `${kind} ${e164}`),
    [
      ...[`violence ${number(1)}`, `violence ${number(3)}`, `officer-safety ${number(1)}`, `vexatious ${number(1)}`],
      `firearms ${number(1)}`
    ]
  )
})

t.test('one who had the number before is marked, and their home is nobody’s now', async t => {
  t.same(brief(await ofNumbers({ ...tvp, e164s: [number(4)] }, signal)), [
    'domestic-abuse-high-risk person Di Earlier earlier',
    'violence address 3 Far Row'
  ])
})

t.test('of an address tied to the number twice only the newer is where it is', async t => {
  t.same(brief(await ofNumbers({ ...tvp, e164s: [number(3)] }, signal)), ['violence address 3 Far Row'])
})

t.test('forty warnings are counted, the gravest read first', async t => {
  const found = await ofNumbers({ ...tvp, e164s: [number(5)] }, signal)
  t.equal(found.total, 40)
  t.equal(found.markers[0]?.kind, 'firearms')
  t.same(await ofNumbers({ ...tvp, e164s: [number(9)] }, signal), { markers: [], total: 0 })
})

t.test('warnings of addresses around a place, with how far off they are', async t => {
  const around = (withinMetres: number) =>
    near({ ...tvp, point: { easting: 450_000, northing: 200_000 }, withinMetres }, signal)
  const close = await around(50)
  t.same(brief(close), ['firearms address 1 Old Row', 'officer-safety address 2 New Row'])
  t.match(close.markers, [{ distanceMetres: 0 }, { distanceMetres: 50 }])
  t.equal(close.markers[0]?.e164, undefined)
  t.equal((await around(49)).total, 1)
  t.equal((await around(300)).total, 3)
})

t.test('a number that moved house: where it is now is on record, where it was is said to be earlier', async t => {
  const ask = (n: number) => ({ forces: ['tvp'], e164s: [number(n)] })
  t.match(await makeAddressOnRecord(pool)(ask(1), signal), { text: '2 New Row' }, 'the home of the one who has it')
  t.match(await makeAddressOnRecord(pool)(ask(3), signal), { text: '3 Far Row' }, 'the newer of two')
  t.equal(await makeAddressOnRecord(pool)(ask(2), signal), undefined, 'of two people nobody’s home is the number’s')
  const [ada] = await makePeopleAtNumber(pool)(ask(1), signal)
  t.match(ada, { name: 'Ada Testcase', markers: 1, isEarlier: false })
  t.match(ada?.addresses, [
    { text: '2 New Row', isCurrent: true },
    { text: '1 Old Row', isCurrent: false, untilAt: 500 }
  ])
  t.match(await makeAddressesOfNumber(pool)(ask(1), signal), [{ text: '1 Old Row', isCurrent: false }])
  t.match(await makeAddressesOfNumber(pool)(ask(3), signal), [
    { text: '3 Far Row', isCurrent: true },
    { text: '1 Old Row', isCurrent: false }
  ])
  t.match(await makePeopleAtNumber(pool)(ask(4), signal), [
    { name: 'Eve Laterson', isEarlier: false },
    { name: 'Di Earlier', isEarlier: true }
  ])
})
