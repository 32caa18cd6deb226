import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import t, { type Test } from 'tap'
import { monthsBefore } from '../../src/records/month-parts.ts'
import { makeDatabase } from '../support/stores.ts'

const LAUNCHER = resolve(import.meta.dirname, '../../bin/callbox.mjs')
const CALLER = '+447700900123'

/** The command as an administrator has it, on the record of this test. */
async function retention(t: Test, url: string, args: readonly string[]) {
  const env = { ...process.env, CALLBOX_DATABASE_URL: url }
  const child = spawn(process.execPath, [LAUNCHER, 'retention', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => child.kill('SIGKILL'))
  const said = { out: '', err: '' }
  child.stdout.on('data', chunk => {
    said.out += chunk
  })
  child.stderr.on('data', chunk => {
    said.err += chunk
  })
  const code = await new Promise<number | null>(done => child.on('close', done))
  return { ...said, code }
}

t.test('an administrator holds a number, deletes what is due, sees both, and releases it', async t => {
  const { url, pool } = await makeDatabase(t)
  const longAgo = monthsBefore(Date.now(), 100)
  await pool.query(
    `insert into contact (call_id, generation, seq, force, home_force, line, state, network_e164, offered_at, released_at,
       closed_at, switch_call_ids)
     select gen_random_uuid(), 1, 1, 'tvp', 'tvp', '999', 'released', e164, $1, $1, $1, '{}' from unnest($2::text[]) e164`,
    [longAgo, [CALLER, '+447700900456']]
  )
  const hold = ['hold', 'number', CALLER, '--force', 'tvp', '--reason', 'Inquiry', '--by', 'tvp-s01']
  t.match(await retention(t, url, hold), { code: 0, out: /^Hold 1: nothing of it is deleted any more/, err: '' })
  const ran = await retention(t, url, ['run', '--by', 'tvp-s01'])
  t.match(ran, { code: 0, err: '' })
  t.match(ran.out, /contacts +tvp +1 +\d{4}-\d\d-\d\d +\d{4}-\d\d-\d\d +1\n/)
  t.same((await pool.query('select network_e164 from contact')).rows, [{ network_e164: CALLER }])
  const shown = await retention(t, url, ['show'])
  t.match(shown.out, /contacts +84 +84 +84\n/)
  t.match(shown.out, /1 +tvp +number +\+447700900123 +\d{4}-\d\d-\d\d +– +tvp-s01 +Inquiry\n/)
  t.match(JSON.parse((await retention(t, url, ['show', '--json'])).out), {
    holds: [{ id: 1, what: 'number', reference: CALLER }],
    runs: [{ kind: 'run', deleted: 1, heldBack: 1, by: 'tvp-s01' }, { kind: 'contacts' }]
  })
  t.match(await retention(t, url, ['release', '1']), { code: 0, out: /released/ })
  t.match(await retention(t, url, ['run', '--json']), { code: 0 })
  t.equal((await pool.query('select from contact')).rowCount, 0)
})

t.test('what cannot be done ends with its code and what to do', async t => {
  const { url, pool } = await makeDatabase(t)
  const known = ['--force', 'tvp', '--reason', 'Inquiry']
  t.match(await retention(t, url, ['--help']), { code: 0, out: /hold WHAT REFERENCE/ })
  t.match(await retention(t, url, ['sow']), { code: 2, err: /retention\.usage/ })
  t.match(await retention(t, url, ['hold', 'incident', 'TVP-1', ...known]), {
    code: 65,
    err: /no incident TVP-1 of force tvp/
  })
  t.match(await retention(t, url, ['hold', 'number', CALLER, '--force', 'met', '--reason', 'x']), {
    code: 65,
    err: /met/
  })
  t.match(await retention(t, url, ['release', '9']), { code: 65, err: /retention\.no-hold.*\nWhat to do: / })
  const other = await pool.connect()
  await other.query('select pg_advisory_lock(719203116)')
  t.match(await retention(t, url, ['run']), { code: 69, err: /retention\.busy/ })
  other.release(true)
})
