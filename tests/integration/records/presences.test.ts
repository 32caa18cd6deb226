import t, { type Test } from 'tap'
import { endPresencesOfLostNodes, readPresences, recordPresences } from '../../../src/records/presences.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { makeDatabase } from '../../support/stores.ts'

failOnLeaks(t)

async function twoDesks(t: Test) {
  const { pool } = await makeDatabase(t)
  await pool.query(`insert into handler (handler, name, force, lines, password)
                    values ('h1', 'One', 'tvp', '{999}', ''), ('h2', 'Two', 'tvp', '{999}', '')`)
  await pool.query(`insert into position (position, name, force, devices)
                    values ('d1', 'Desk 1', 'tvp', '{4001}'), ('d2', 'Desk 2', 'tvp', '{4002}')`)
  await pool.query(`insert into sign_on (handler, position, since_at) values ('h1', 'd1', 1), ('h2', 'd2', 1)`)
  return pool
}

t.test('what a node saw of its screens is read by every other; who is not signed on is not written', async t => {
  const pool = await twoDesks(t)
  t.same(await readPresences(pool), [], 'nothing is known of who has just signed on')
  await recordPresences(pool, 'n-1', [
    { handler: 'h1', attention: 'live', sinceAt: 1_700_000_000_000.4 },
    { handler: 'nobody', attention: 'live', sinceAt: 1 }
  ])
  const expected = [{ handler: 'h1', attention: 'live', sinceAt: 1_700_000_000_000, node: 'n-1' }]
  t.same(await readPresences(pool), expected)
  t.same(await readPresences(pool, 60_000), expected)
  await pool.query(`update sign_on set presence_changed = clock_timestamp() - interval '1 minute'`)
  t.same(await readPresences(pool, 5_000), [], 'what is old news')
})

t.test('a handler who moved is where they are now, whatever the old node still says', async t => {
  const pool = await twoDesks(t)
  const at = (sinceAt: number, attention: 'live' | 'gone') => [{ handler: 'h1', attention, sinceAt }]
  await recordPresences(pool, 'n-1', at(1, 'live'))
  await recordPresences(pool, 'n-2', at(2, 'live'))
  await recordPresences(pool, 'n-1', at(3, 'gone'))
  t.match(await readPresences(pool), [{ attention: 'live', node: 'n-2', sinceAt: 2 }])
  await recordPresences(pool, 'n-2', at(4, 'gone'))
  t.match(await readPresences(pool), [{ attention: 'gone', node: 'n-2', sinceAt: 4 }])
})

t.test('the screens of a node whose lease has run out are gone, whoever asks first', async t => {
  const pool = await twoDesks(t)
  await pool.query(`insert into node (node, version, site_group, http, lease_until)
                    values ('n-1', '1', 'a', '', clock_timestamp() - interval '1 s'),
                           ('n-2', '1', 'a', '', clock_timestamp() + interval '1 hour')`)
  await recordPresences(pool, 'n-1', [{ handler: 'h1', attention: 'live', sinceAt: 1 }])
  await recordPresences(pool, 'n-2', [{ handler: 'h2', attention: 'hidden', sinceAt: 1 }])
  for (const at of [7, 8]) await endPresencesOfLostNodes(pool, at)
  const rows = (await readPresences(pool)).sort((one, other) => (one.handler < other.handler ? -1 : 1))
  t.match(rows, [
    { handler: 'h1', attention: 'gone', sinceAt: 7, node: 'n-1' },
    { handler: 'h2', attention: 'hidden', sinceAt: 1, node: 'n-2' }
  ])
})
