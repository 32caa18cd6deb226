import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { HELMERT_GRID } from '../../../src/grid/national-grid.ts'
import { type LogFields, silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import { readSenders } from '../../../src/operations/sender-tokens.ts'
import { makeRecordSenders } from '../../../src/wiring/record-senders.ts'
import { makeHttpBench } from '../../support/http-bench.ts'
import { makeDatabase } from '../../support/stores.ts'
import { until } from '../../support/until.ts'

const [TOKEN, OTHER] = ['t'.repeat(32), 'o'.repeat(32)]
const AS_OF = '2026-03-01T10:00:00Z'

/** Two systems that may post: one of Thames Valley, one of Hampshire. */
async function makeBench(t: Test, { batchesPerSecond = 1_000 } = {}) {
  const { pool } = await makeDatabase(t)
  const folder = t.testdir()
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text, { mode: 0o600 })
    await chmod(join(folder, name), 0o600)
    return name
  }
  const sender = { source: 'RMS', kinds: ['crimes', 'people', 'markers', 'incidents'] }
  const senders = [
    { ...sender, force: 'tvp', tokenFile: await file('tvp', `${TOKEN}\n`) },
    { ...sender, force: 'hants', kinds: ['crimes'], tokenFile: await file('hants', `${OTHER}\n`) }
  ]
  const config = { records: { senders, batchesPerSecond }, forces: [{ id: 'tvp' }, { id: 'hants' }] } as never
  const said: LogFields[] = []
  const time = { now: 0 }
  const records = makeRecordSenders({
    senders: await readSenders(config, join(folder, 'config.json')),
    ...{ batchesPerSecond, pool, grid: Promise.resolve(HELMERT_GRID), metrics: makeMetrics() },
    log: { ...silentLog, info: (_, fields = {}) => void said.push(fields) },
    clock: { now: () => time.now, monotonicMs: () => time.now }
  })
  const { http } = makeHttpBench({ records })
  const post = async (kind: string, rows: unknown, { token = TOKEN, asOf = AS_OF as unknown } = {}) => {
    const headers = token === '' ? {} : { authorization: `Bearer ${token}` }
    const answer = await http.inject({
      method: 'POST',
      url: `/api/v1/records/${kind}`,
      headers,
      payload: { as_of: asOf, rows } as object
    })
    return { status: answer.statusCode, headers: answer.headers, body: answer.json() }
  }
  return { pool, post, said, time }
}

const CRIME = { record_key: 'C1', category: 'Burglary', happened_at: AS_OF, easting: 471_500, northing: 173_500 }

t.test('a batch is taken, and the same one again changes nothing', async t => {
  const { post, pool, said } = await makeBench(t)
  const rows = [CRIME, { ...CRIME, record_key: 'C2' }]
  t.match(await post('crimes', rows), {
    status: 200,
    body: { taken: 2, refused: 0, rows: [{ row: 1, result: 'added' }, { result: 'added' }] }
  })
  t.match(await post('crimes', rows), {
    status: 200,
    body: { rows: [{ result: 'unchanged' }, { result: 'unchanged' }] }
  })
  const later = { asOf: '2026-03-02T10:00:00Z' }
  t.match(await post('crimes', [{ ...CRIME, outcome: 'Charged' }], later), { body: { rows: [{ result: 'changed' }] } })
  t.match(await post('crimes', [{ ...CRIME, outcome: 'None' }]), { body: { rows: [{ result: 'unchanged' }] } }, 'older')
  t.same((await pool.query("select outcome, force, source from crime where record_key = 'C1'")).rows, [
    { outcome: 'Charged', force: 'tvp', source: 'RMS' }
  ])
  t.same(said[0], { force: 'tvp', source: 'RMS', what: 'crimes', count: 2 })
})

t.test('rows that are broken are named, and the others are taken', async t => {
  const { post, pool } = await makeBench(t)
  const answer = await post('crimes', [
    CRIME,
    { ...CRIME, record_key: 'C2', category: 7 },
    CRIME,
    null,
    { record_key: 'C3', deleted: true }
  ])
  t.match(answer, {
    status: 422,
    body: {
      ...{ code: 'records.refused', taken: 2, refused: 3 },
      rows: [
        { row: 1, result: 'added' },
        { row: 2, result: 'refused', code: 'records.bad-row', text: 'category must be string' },
        { row: 3, result: 'refused', code: 'records.twice' },
        { row: 4, result: 'refused', code: 'records.bad-row' },
        { row: 5, result: 'absent' }
      ]
    }
  })
  t.equal((await pool.query('select from crime')).rowCount, 1)
})

t.test('a tombstone takes away, and one that something needs is refused by its own code', async t => {
  const { post, pool } = await makeBench(t)
  const person = {
    record_key: 'P1',
    name: 'Alex Example',
    numbers: [{ number: '07700 900123' }],
    addresses: [{ text: '1 Example Row' }]
  }
  t.match(await post('people', [person]), { status: 200 })
  const marker = { kind: 'firearms', made_at: '2026-01-01' }
  t.match(
    await post('markers', [
      { ...marker, record_key: 'M1', person: 'P1' },
      { ...marker, record_key: 'M2', person: 'P2' }
    ]),
    {
      status: 422,
      body: { taken: 1, rows: [{ result: 'added' }, { code: 'records.not-kept', text: /no person/ }] }
    }
  )
  const gone = (key: string) => [{ record_key: key, deleted: true }]
  t.match(await post('people', gone('P1')), { status: 422, body: { rows: [{ code: 'records.still-needed' }] } })
  t.match(await post('markers', gone('M1')), { body: { rows: [{ result: 'removed' }] } })
  t.match(await post('markers', gone('M1')), { body: { rows: [{ result: 'absent' }] } })
  t.match(await post('people', gone('P1')), { body: { rows: [{ result: 'removed' }] } })
  t.same(
    (await pool.query('select (select count(*) from person) as people, (select count(*) from number_link) as links'))
      .rows,
    [{ people: 0, links: 0 }]
  )
})

t.test('a system writes its own force’s records and its own kinds, and no other', async t => {
  const { post, pool } = await makeBench(t)
  await post('crimes', [CRIME])
  await post('crimes', [{ ...CRIME, category: 'Robbery' }], { token: OTHER })
  t.match(await post('crimes', [{ record_key: 'C1', deleted: true }], { token: OTHER }), {
    body: { rows: [{ result: 'removed' }] }
  })
  t.same((await pool.query('select force, category from crime')).rows, [{ force: 'tvp', category: 'burglary' }])
  t.match(await post('people', [{ record_key: 'P1', name: 'Alex Example' }], { token: OTHER }), {
    status: 403,
    body: { code: 'records.not-yours' }
  })
  t.match(await post('crimes', [CRIME], { token: 'x'.repeat(32) }), {
    status: 401,
    body: { code: 'records.unknown' },
    headers: { 'www-authenticate': 'Bearer' }
  })
  t.match(await post('crimes', [CRIME], { token: '' }), { status: 401 })
  t.match(await post('cars', [CRIME]), { status: 404 })
})

t.test('a batch that is none is refused whole', async t => {
  const { post } = await makeBench(t)
  for (const [rows, asOf] of [
    [[], AS_OF],
    ['x', AS_OF],
    [[CRIME], 'today'],
    [[CRIME], null],
    [Array(1_001).fill(CRIME), AS_OF]
  ] as const) {
    t.match(await post('crimes', rows, { asOf }), { status: 400, body: { code: 'records.bad-batch' } })
  }
  t.match(await post('crimes', [{ ...CRIME, location: 'x'.repeat(3 * 1024 * 1024) }]), { status: 413 })
})

t.test('over its rate a system is told to come again, and another is heard', async t => {
  const { post, time } = await makeBench(t, { batchesPerSecond: 1 })
  t.equal((await post('crimes', [CRIME])).status, 200)
  t.equal((await post('crimes', [CRIME])).status, 200)
  t.match(await post('crimes', [CRIME]), {
    status: 429,
    body: { code: 'records.too-many' },
    headers: { 'retry-after': '1' }
  })
  t.equal((await post('crimes', [CRIME], { token: OTHER })).status, 200)
  time.now = 1_000
  t.equal((await post('crimes', [CRIME])).status, 200)
})

t.test('tokens that are short, shared or open to others are refused at the start', async t => {
  const folder = t.testdir()
  const read = async (text: string, mode = 0o600) => {
    await writeFile(join(folder, 'token'), text)
    await chmod(join(folder, 'token'), mode)
    const senders = ['tvp', 'tvp'].map(force => ({ force, source: 'RMS', kinds: ['crimes'], tokenFile: 'token' }))
    return readSenders(
      { records: { senders, batchesPerSecond: 1 }, forces: [{ id: 'tvp' }] } as never,
      join(folder, 'config.json')
    )
  }
  await t.rejects(read('short'), { code: 'config.invalid' })
  await t.rejects(read(TOKEN), { code: 'config.invalid' }, 'two systems with one token')
  await t.rejects(read(TOKEN, 0o604), { code: 'config.secret-exposed' })
})

t.test('a record that breaks off a batch says so, takes none of it, and takes the next', async t => {
  const { post, pool } = await makeBench(t)
  const holder = await pool.connect()
  await holder.query('begin; lock table crime in exclusive mode')
  const answer = post('crimes', [CRIME])
  const waiting = "select pid from pg_stat_activity where wait_event_type = 'Lock' and query like 'insert into crime%'"
  let pid: number | undefined
  await until(async () => {
    pid = (await pool.query<{ pid: number }>(waiting)).rows[0]?.pid
    return pid === undefined ? 'the batch does not wait yet' : ''
  })
  await holder.query('select pg_terminate_backend($1)', [pid])
  t.match(await answer, { status: 503, body: { code: 'record.away' } })
  await holder.query('rollback')
  holder.release()
  t.equal((await pool.query('select from crime')).rowCount, 0)
  t.match(await post('crimes', [CRIME]), { status: 200 })
})

t.test('where no system is configured nothing is taken', async t => {
  const { http } = makeHttpBench()
  const answer = await http.inject({
    method: 'POST',
    url: '/api/v1/records/crimes',
    payload: { as_of: AS_OF, rows: [CRIME] }
  })
  t.match([answer.statusCode, answer.json()], [404, { code: 'records.off' }])
})
