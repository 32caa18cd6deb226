import t from 'tap'
import {
  makeAddressesOfNumber,
  makeAddressOnRecord,
  makeEarlierContacts,
  makePeopleAtNumber
} from '../../../src/records/callers.ts'
import { appendEntries } from '../../../src/records/journal-rows.ts'
import { olderContacts } from '../../../src/records/older-contacts.ts'
import { anOffer, cliOf, NOON, then } from '../../support/call-events.ts'
import { entriesOf } from '../../support/journal-entries.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'

failOnLeaks(t)
const { pool, openPool } = await makeDatabase(t)
const signal = new AbortController().signal
const [NOBODY, ONE, MANY, OTHER] = ['+447700900001', '+447700900002', '+447700900003', '+441632960004'] as const

await pool.query(`
  insert into person (force, name, born, source, as_of) values
    ('tvp', 'Ada Testcase', '1970-01-01', 'niche', 1000), ('tvp', 'Bob Sample', null, 'niche', 2000),
    ('hants', 'Cy Example', null, 'niche', 500);
  insert into address (force, text, latitude, longitude, source, as_of) values
    ('tvp', '1 Nowhere Street', 51.5, -1.2, 'gazetteer', 1000), ('tvp', '2 Nowhere Street', null, null, 'gazetteer', 1000);
  insert into number_link (e164, force, person_id, address_id, relation, as_of) values
    ('${ONE}', 'tvp', 1, 1, 'subscriber', 1500),
    ('${MANY}', 'tvp', 1, 1, 'subscriber', 1500), ('${MANY}', 'tvp', 2, 2, 'user', 3000),
    ('${MANY}', 'hants', 3, null, 'user', 9000), ('${MANY}', 'tvp', 1, null, 'user', 400),
    ('${OTHER}', 'tvp', 2, null, 'landline', 100)`)

const peopleAtNumber = makePeopleAtNumber(pool)
const NO_CALL = '00000000-0000-0000-0000-000000000000'
/** Counts nothing apart. */
const recent = { e164: NOBODY, sinceAt: 0, untilAt: 0 }
const ask = (...e164s: string[]) => peopleAtNumber({ forces: ['tvp'], e164s }, signal)

t.test('a number has nobody, one person or several, each once, the latest known first', async t => {
  t.same(await ask(NOBODY), [])
  t.match(await ask(ONE), [{ name: 'Ada Testcase', born: '1970-01-01', relation: 'subscriber', e164: ONE, asOf: 1500 }])
  t.same(
    (await ask(MANY)).map(person => [person.name, person.relation]),
    [
      ['Bob Sample', 'user'],
      ['Ada Testcase', 'subscriber']
    ]
  )
})

t.test(
  'a record that is away or too slow is a source that could not be asked; a mistake in a statement stays one',
  async t => {
    const about = { forces: ['tvp'], e164s: [ONE] }
    const away = openPool({ url: 'postgres://callbox@127.0.0.1:1/none' })
    await t.rejects(makePeopleAtNumber(away)(about, signal), { code: 'lookup.failed' })
    const slow = openPool({ max: 1, statementMs: 50 })
    const holding = await pool.connect()
    await holding.query('begin; lock table number_link in access exclusive mode')
    await t.rejects(makeAddressOnRecord(slow)(about, signal), { code: 'lookup.failed' })
    await holding.query('rollback')
    holding.release()
    const wrong = { query: () => pool.query('select nothing from nowhere') } as unknown as typeof pool
    await t.rejects(makePeopleAtNumber(wrong)(about, signal), { code: '42P01' })
  }
)

t.test('what another force knows of a number is not shown without its name among the forces', async t => {
  t.notOk((await ask(MANY)).some(person => person.name === 'Cy Example'))
  const both = await peopleAtNumber({ forces: ['tvp', 'hants'], e164s: [MANY] }, signal)
  t.equal(both[0]?.name, 'Cy Example')
})

t.test('both numbers of a conflict are asked for', async t => {
  t.same((await ask(ONE, OTHER)).map(person => person.e164).sort(), [OTHER, ONE])
})

t.test('a number that twenty people share shows the latest known of them, not the first written', async t => {
  await pool.query(`
    with made as (insert into person (force, name, source, as_of)
      select 'tvp', 'Many ' || n, 'niche', n from generate_series(1, 25) n returning person_id, as_of)
    insert into number_link (e164, force, person_id, relation, as_of)
    select '+447700900025', 'tvp', person_id, 'user', as_of from made`)
  const found = await ask('+447700900025')
  t.equal(found.length, 20)
  t.equal(found[0]?.name, 'Many 25')
  t.equal(found.at(-1)?.name, 'Many 6')
})

t.test('the address on record is the one tied to the number last', async t => {
  const addressOnRecord = makeAddressOnRecord(pool)
  const at = (e164: string, forces = ['tvp']) => addressOnRecord({ forces, e164s: [e164] }, signal)
  t.equal(await at(NOBODY), undefined)
  t.same(await at(ONE), { text: '1 Nowhere Street', latitude: 51.5, longitude: -1.2, source: 'gazetteer', asOf: 1500 })
  t.same(await at(MANY), { text: '2 Nowhere Street', source: 'gazetteer', asOf: 3000 }, 'one that nobody has placed')
  t.equal(await at(MANY, ['hants']), undefined)
  const ofTwo = async (...e164s: string[]) => (await addressOnRecord({ forces: ['tvp'], e164s }, signal))?.text
  t.equal(await ofTwo(ONE, MANY), '1 Nowhere Street', 'the network’s number first: the other anybody can show')
  t.equal(await ofTwo(NOBODY, MANY), '2 Nowhere Street', 'and the other where the first has none')
})

t.test('earlier contacts: newest first, without the call itself, with the whole count', async t => {
  const earlierContacts = makeEarlierContacts(pool)
  const offers = [1, 2, 3].map(n => anOffer({ name: `past-${n}`, cli: cliOf(40), receivedAt: NOON + n * 1000 }))
  const now = anOffer({ name: 'now', cli: cliOf(40), receivedAt: NOON + 9000 })
  const elsewhere = anOffer({ name: 'theirs', cli: cliOf(40), force: 'hants', homeForce: 'hants' })
  const entries = entriesOf(
    ...offers,
    now,
    elsewhere,
    ...offers.map(offer => then(offer, 'released', { cause: 'ended' }))
  )
  await appendEntries(pool, entries)
  const callId = entries[3]?.call.callId ?? ''
  const e164s = ['+447700900040']
  const found = await earlierContacts({ forces: ['tvp'], e164s, excludeCallId: callId, limit: 2, recent }, signal)
  t.equal(found.total, 3)
  t.same(
    found.items.map(item => item.offeredAt),
    [NOON + 3000, NOON + 2000]
  )
  t.match(found.items[0], { e164: '+447700900040', line: '999', result: 'ended' })
  const none = await earlierContacts(
    { forces: ['tvp'], e164s: [NOBODY], excludeCallId: callId, limit: 2, recent },
    signal
  )
  t.same(none, { items: [], total: 0, recent: 0, counts: [] })
})

t.test('a contact is found by the number the caller showed as well, and says which number matched', async t => {
  const earlierContacts = makeEarlierContacts(pool)
  const [network, shown] = [cliOf(50).network, cliOf(51).network]
  if (network === undefined || shown === undefined) throw new Error('unreachable')
  const offer = anOffer({ name: 'conflict', cli: { network, presentation: shown, trust: 'conflict' } })
  await appendEntries(pool, entriesOf(offer))
  const excludeCallId = entriesOf(anOffer({ name: 'another' }))[0]?.call.callId ?? ''
  const by = async (e164: string) =>
    (await earlierContacts({ forces: ['tvp'], e164s: [e164], excludeCallId, limit: 5, recent }, signal)).items.map(
      item => item.e164
    )
  t.same(await by('+447700900050'), ['+447700900050'])
  t.same(await by('+447700900051'), ['+447700900051'], 'the number that was asked for, not the other one')
})

t.test('a contact that led to two incidents is one contact', async t => {
  const earlierContacts = makeEarlierContacts(pool)
  const entries = entriesOf(anOffer({ name: 'two-incidents', cli: cliOf(60) }))
  await appendEntries(pool, entries)
  await pool.query(`
    with made as (insert into incident (reference, force, type, status, opened_at) values
      ('TVP-1', 'tvp', 'Theft', 'closed', 1), ('TVP-2', 'tvp', 'Assault', 'open', 2) returning incident_id)
    insert into contact_incident select '${entries[0]?.call.callId}', incident_id from made`)
  const excludeCallId = entriesOf(anOffer({ name: 'another' }))[0]?.call.callId ?? ''
  const found = await earlierContacts(
    { forces: ['tvp'], e164s: ['+447700900060'], excludeCallId, limit: 5, recent },
    signal
  )
  t.equal(found.total, 1)
  t.match(found.items, [{ incident: { reference: 'TVP-2' } }], 'with its latest incident')
})

t.test('how often a number has rung of late is counted beside the list, whichever gateway took the calls', async t => {
  const earlierContacts = makeEarlierContacts(pool)
  const [network, shown] = [cliOf(70).network, cliOf(71).network]
  if (network === undefined || shown === undefined) throw new Error('unreachable')
  const at = (name: string, minutes: number, over = {}) =>
    anOffer({ name, cli: cliOf(70), receivedAt: NOON + minutes * 60_000, ...over })
  const entries = entriesOf(
    at('days-ago', -3_000),
    at('an-hour-ago', -60, { test: true, route: 'secondary' }),
    at('just-now', -1),
    at('shown-only', -1, { cli: { presentation: network, trust: 'presentation-only' } }),
    at('of-the-other', -1, { cli: { network: shown, trust: 'asserted' } }),
    at('later', 1)
  )
  await appendEntries(pool, entries)
  const excludeCallId = entriesOf(anOffer({ name: 'another' }))[0]?.call.callId ?? ''
  const ask = {
    ...{ forces: ['tvp'], e164s: ['+447700900070', '+447700900071'], excludeCallId, limit: 10 },
    recent: { e164: '+447700900070', sinceAt: NOON - 86_400_000, untilAt: NOON }
  }
  const found = await earlierContacts(ask, signal)
  t.match(found, { total: 6, recent: 3 })
  const ways = found.items.map(({ way }) => way)
  t.equal(ways.filter(way => way !== undefined).length, 3, 'of these it is read how they came')
  t.match(
    ways.find(way => way?.isTest),
    { trunk: 'demo-switch', route: 'secondary', isTest: true }
  )
  t.equal(found.items.filter(({ isNetwork }) => !isNetwork).length, 1, 'one knew the number only as shown')
  t.equal((await earlierContacts({ ...ask, limit: 1 }, signal)).recent, 3, 'all are counted, however few are listed')
})

t.test('somebody tied to both numbers is known by the network’s', async t => {
  const both = ['+447700900081', '+447700900080']
  await pool.query(`
    with made as (insert into person (force, name, source, as_of) values ('tvp', 'Invented, Both', 'x', 1) returning person_id)
    insert into number_link (force, e164, person_id, relation, as_of)
    select 'tvp', number, person_id, 'subscriber', seen from made, (values ('+447700900081', 1), ('+447700900080', 2)) as n(number, seen)`)
  t.match(await ask(...both), [{ name: 'Invented, Both', e164: '+447700900081' }])
  t.match(await ask(...both.toReversed()), [{ e164: '+447700900080' }])
})

t.test('a third number, as the caller says it, is asked for like the two of the switch', async t => {
  t.same(
    (await ask(NOBODY, ONE, OTHER)).map(({ name, e164 }) => [name, e164]),
    [
      ['Bob Sample', OTHER],
      ['Ada Testcase', ONE]
    ]
  )
  const places = await makeAddressesOfNumber(pool)({ forces: ['tvp'], e164s: [NOBODY, OTHER, ONE] }, signal)
  t.match(places, [{ text: '1 Nowhere Street', e164: ONE }])
  const now = Date.now()
  const entries = entriesOf(anOffer({ name: 'third', receivedAt: now - 60_000, cli: cliOf(77) }))
  await appendEntries(pool, entries)
  const asked = { forces: ['tvp'], e164s: [NOBODY, OTHER, '+447700900077'], excludeCallId: NO_CALL, limit: 9 }
  const found = await makeEarlierContacts(pool)(
    { ...asked, recent: { e164: NOBODY, sinceAt: 0, untilAt: now } },
    signal
  )
  t.match(found.items, [{ e164: '+447700900077' }])
  t.match((await olderContacts(pool, asked)).items, [{ e164: '+447700900077' }])
})
