import t from 'tap'
import { appendEntries } from '../../../src/records/journal-rows.ts'
import { olderContacts } from '../../../src/records/older-contacts.ts'
import { readPerson, searchPeople } from '../../../src/records/people-search.ts'
import { anOffer, cliOf, NOON } from '../../support/call-events.ts'
import { entriesOf } from '../../support/journal-entries.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'

failOnLeaks(t)
const { pool, openPool } = await makeDatabase(t)
const BY = { handler: 'tvp-h01', position: 'tvp-d01', force: 'tvp', at: NOON }

await pool.query(`
  insert into person (force, name, born, source, as_of) values
    ('tvp', 'Saoirse Thistlecombe', '1970-01-01', 'niche', 1), ('tvp', 'Piotr Wychbold', null, 'niche', 1),
    ('tvp', 'Zoë Coppingale', null, 'niche', 1), ('hants', 'Saoirse Thistlecombe', null, 'niche', 1),
    ('tvp', 'Wilmot Sandpiper', null, 'niche', 1);
  insert into address (force, text, source, as_of) values
    ('tvp', '12 Candlemaker Lane, Reading, RG1 4CK', 'gazetteer', 1), ('tvp', '7 Foundry Steps, Slough, SL1 2IM', 'gazetteer', 1);
  insert into person_address (person_id, address_id, relation, as_of, until_at) values
    (1, 2, 'lives', 100, null), (1, 1, 'lives', 10, 90), (2, 1, 'lives', 100, null);
  insert into number_link (e164, force, person_id, relation, as_of) values
    ('+447700900011', 'tvp', 5, 'subscriber', 1), ('+447700900011', 'hants', 4, 'subscriber', 1);
  insert into marker (force, kind, person_id, source, made_at, as_of) values
    ('tvp', 'violence', 1, 'niche', 1, 1), ('hants', 'firearms', 1, 'niche', 1, 1);
  insert into person (force, name, source, as_of) select 'tvp', 'Common Brindlewood ' || n, 'niche', 1 from generate_series(1, 45) n`)

const ask = (query: string, over: { forces?: string[]; offset?: number } = {}) =>
  searchPeople(pool, BY, { query, forces: ['tvp'], offset: 0, limit: 20, ...over })
const names = async (query: string) => (await ask(query)).people.map(({ name }) => name)

t.test('a name is found however it is spelt, and however its words stand', async t => {
  for (const [query, name] of [
    ['Saoirse Thistlecombe', 'Saoirse Thistlecombe'],
    ['thistlecombe', 'Saoirse Thistlecombe'],
    ['Thisslecome', 'Saoirse Thistlecombe'],
    ['Sersha Thistlecomb', 'Saoirse Thistlecombe'],
    ['Thistelcombe, Saoirse', 'Saoirse Thistlecombe'],
    ['Pyotr Witchbold', 'Piotr Wychbold'],
    ['Wichbold', 'Piotr Wychbold'],
    ['Zoe Copingale', 'Zoë Coppingale'],
    ['Wilmott Sandpyper', 'Wilmot Sandpiper']
  ] as const) {
    t.equal((await names(query))[0], name, query)
  }
  t.same(await names('Quillfeather'), [], 'and nobody is found by what is like nothing')
})

t.test('each with force, birth, address now, and the warnings of the forces that were asked', async t => {
  const [found] = (await ask('Thistlecombe')).people
  t.match(found, { person: '1', force: 'tvp', born: '1970-01-01', address: /^7 Foundry Steps/, markers: 1 })
})

t.test('by a part of an address, also of where somebody lived; by a whole number', async t => {
  t.same((await names('Candelmaker Lane')).sort(), ['Piotr Wychbold', 'Saoirse Thistlecombe'])
  t.same(await names('7 Foundry Steps'), ['Saoirse Thistlecombe'])
  t.same(await names('07700 900011'), ['Wilmot Sandpiper'])
  t.same(await names('+44 7700 900011'), ['Wilmot Sandpiper'])
  t.same(await names('07700 900012'), [])
})

t.test('another force’s people are found only where its name is among those asked', async t => {
  t.equal((await ask('Saoirse Thistlecombe')).people.length, 1)
  const both = await ask('Saoirse Thistlecombe', { forces: ['tvp', 'hants'] })
  t.same(both.people.map(({ force }) => force).sort(), ['hants', 'tvp'])
  t.equal(await readPerson(pool, BY, { person: 4, forces: ['tvp'] }), undefined)
  t.match(await readPerson(pool, BY, { person: 1, forces: ['tvp'] }), {
    addresses: [{ text: /^7 Foundry/ }, { text: /^12 Candle/, untilAt: 90 }],
    markerList: [{ kind: 'violence' }]
  })
})

t.test('page by page, nobody twice and nobody left out', async t => {
  const seen: string[] = []
  for (let offset = 0, more = true; more; offset += 20) {
    const page = await ask('Brindlewood', { offset })
    seen.push(...page.people.map(({ name }) => name))
    more = page.more
  }
  t.equal(seen.length, 45)
  t.equal(new Set(seen).size, 45)
})

t.test('a search with signs of every kind is a search, never a statement', async t => {
  for (const query of [
    "O'Brien'; drop table person; --",
    '%%',
    '()',
    '\u0000x',
    '🙂🙂',
    'a\\',
    '   ',
    'x'.repeat(80)
  ]) {
    await t.resolves(ask(query), JSON.stringify(query))
  }
})

t.test(
  'every search is on record with who, when, where and what came of it; without that there is no answer',
  async t => {
    await pool.query('delete from search_audit')
    await ask('Wichbold')
    await ask('Quillfeather')
    const { rows } = await pool.query('select * from search_audit order by search_id')
    t.match(rows, [
      {
        at: NOON,
        handler: 'tvp-h01',
        position: 'tvp-d01',
        force: 'tvp',
        kind: 'people',
        query: 'Wichbold',
        results: 1
      },
      { query: 'Quillfeather', results: 0, people: [] }
    ])
    t.same(rows[0]?.people.map(Number), [2])
    const client = await pool.connect()
    await client.query('begin; lock table search_audit in access exclusive mode')
    await t.rejects(
      searchPeople(openPool({ statementMs: 100 }), BY, { query: 'Wichbold', forces: ['tvp'], offset: 0, limit: 1 })
    )
    await client.query('rollback')
    client.release()
  }
)

t.test('older contacts follow the panel’s last one, also where two came at once', async t => {
  const offers = Array.from({ length: 7 }, (_, n) =>
    anOffer({ name: `past-${n}`, cli: cliOf(60), receivedAt: NOON - Math.floor(n / 2) * 1_000 })
  )
  await appendEntries(pool, entriesOf(...offers))
  const e164s = ['+447700900060']
  const common = { forces: ['tvp'], e164s, excludeCallId: '00000000-0000-0000-0000-000000000000', limit: 3 }
  const seen: string[] = []
  let after: { at: number; callId: string } | undefined
  for (let left = 7; left > 0; ) {
    const page = await olderContacts(pool, { ...common, ...(after === undefined ? {} : { after }) })
    seen.push(...page.items.map(({ callId }) => callId))
    const last = page.items.at(-1)
    after = { at: last?.offeredAt ?? 0, callId: last?.callId ?? '' }
    left = page.more
  }
  t.equal(seen.length, 7)
  t.equal(new Set(seen).size, 7)
})
