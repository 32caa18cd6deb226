import type pg from 'pg'
import t from 'tap'
import { Fault } from '../../../src/operations/errors.ts'
import { Health } from '../../../src/operations/health.ts'
import type { Clock } from '../../../src/operations/lifecycle.ts'
import { silentLog } from '../../../src/operations/log.ts'
import { makeMetrics } from '../../../src/operations/metrics.ts'
import type { Role, SignOn } from '../../../src/pop/address.ts'
import type { Wallboard } from '../../../src/pop/board.ts'
import type { Base } from '../../../src/wiring/base.ts'
import { makeWallboardDesk } from '../../../src/wiring/wallboard-desk.ts'
import { NOON } from '../../support/call-events.ts'

function someone(role: Role, over: Partial<SignOn> = {}): SignOn {
  return {
    ...{ handler: 'h', name: 'n', force: 'tvp', role, grants: [], lines: [], acdQueues: [] },
    ...{ position: 'p', devices: [], ...over }
  }
}

/** As long as the desk waits for a record that says nothing. */
const WITHIN_MS = 20

const NUMBERS = [
  { line: '999', force: 'tvp' },
  { line: '999', force: 'tvp' },
  { line: '101', force: 'hants' }
]

/** A desk over a record that answers as the test says, by a clock that the test moves. */
function aDesk(answer: (text: string) => Promise<object[]> = async () => []) {
  const time = { now: NOON }
  const clock: Clock = { now: () => time.now, monotonicMs: () => time.now }
  const health = new Health([])
  for (const part of ['database', 'redis', 'queue', 'lookups'] as const) health.set(part, { ok: true })
  const asked: string[] = []
  const told: string[] = []
  const query = async (text: string) => {
    asked.push(text)
    return { rows: await answer(text) }
  }
  const config = {
    forces: [{ id: 'tvp' }, { id: 'hants' }],
    trunks: [{ numbers: NUMBERS }],
    switches: [],
    sources: [{ id: 'keeper', title: 'Vehicle keeper' }],
    eisec: { logOns: [{}] },
    escalation: { unackedMs: 5_000 },
    http: { sessionHours: 12 }
  }
  const log = { ...silentLog, fault: (event: string) => void told.push(event) }
  const base = { ...{ config, clock, health, metrics: makeMetrics(), log } } as unknown as Base
  const desk = makeWallboardDesk(base, { searchPool: { query } as unknown as pg.Pool }, WITHIN_MS)
  const read = (by: SignOn, force?: string) => desk.readWallboard(by, force) as Promise<Wallboard>
  return { desk, read, asked, told, time, health }
}

t.test('the figures of a force are for those who supervise it, their own or granted', async t => {
  const { desk, read } = aDesk()
  t.equal(await desk.readWallboard(someone('handler'), undefined), 'not-entitled')
  t.equal(await desk.readWallboard(someone('dispatcher'), 'tvp'), 'not-entitled')
  t.equal(await desk.readWallboard(someone('supervisor'), 'hants'), 'not-entitled')
  t.equal(await desk.readWallboard(someone('supervisor'), 'of-nobody'), 'not-entitled')
  t.match(await read(someone('supervisor')), { force: 'tvp', forces: ['tvp'] })
  const granted = await read(someone('supervisor', { grants: ['hants'] }), 'hants')
  t.match(granted, { force: 'hants', forces: ['tvp', 'hants'] })
  t.same(
    granted.waiting.kind === 'counted' && granted.waiting.value.lines.map(({ line }) => line),
    ['101'],
    'a line without a call is there'
  )
})

t.test('however many wallboards of whichever forces ask, the record is asked once in a while', async t => {
  const { read, asked, time } = aDesk()
  const supervisor = someone('supervisor', { grants: ['hants'] })
  await Promise.all(Array.from({ length: 10 }, (_, n) => read(supervisor, n % 2 === 0 ? 'tvp' : 'hants')))
  const once = asked.length
  t.ok(once > 0 && once < 10)
  time.now += 1_999
  t.equal((await read(supervisor)).ageMs, 1_999)
  t.equal(asked.length, once)
  time.now += 1
  t.equal((await read(supervisor)).ageMs, 0)
  t.equal(asked.length, 2 * once)
})

t.test('a record that takes long is left in peace for longer', async t => {
  const { read, asked, time } = aDesk(async () => {
    time.now += 100
    return []
  })
  const { ageMs } = await read(someone('supervisor'))
  const once = asked.length
  t.equal(ageMs, once * 100)
  time.now += 4 * ageMs - 1
  await read(someone('supervisor'))
  t.equal(asked.length, once)
  time.now += 1
  await read(someone('supervisor'))
  t.equal(asked.length, 2 * once)
})

t.test('a part that cannot be counted is said so, and the others are counted', async t => {
  let breaks = true
  const { read, told, time } = aDesk(async text => {
    if (text.includes('from sign_on') && breaks) throw new Error('no such column')
    if (text.includes('from alarm')) throw new Fault('record.away', {})
    return []
  })
  const board = await read(someone('supervisor'))
  t.equal(board.waiting.kind, 'counted')
  t.same(board.consoles, { kind: 'not-counted', why: 'wallboard.not-counted' })
  t.same(board.alerts, { kind: 'not-counted', why: 'record.away' })
  time.now += 10_000
  await read(someone('supervisor'))
  t.same(told, ['wallboard.not-counted'], 'told once; that the record is away others have told')
  breaks = false
  time.now += 10_000
  t.equal((await read(someone('supervisor'))).consoles.kind, 'counted')
})

t.test('a record that does not answer: nothing is counted, and the level is this gateway’s own', async t => {
  const { read, health } = aDesk(() => new Promise(() => {}))
  health.set('database', { ok: false, why: 'PostgreSQL does not answer' })
  const board = await read(someone('supervisor'))
  for (const part of [board.waiting, board.lastHour, board.consoles, board.alerts, board.processes]) {
    t.same(part, { kind: 'not-counted', why: 'record.away' })
  }
  t.match(board.service, { level: 3, why: 'PostgreSQL does not answer' })
})

t.test('the level is the worst of all gateways; a source is what the processes make of it for this force', async t => {
  const standing = (node: string, over: object) => ({
    node,
    kind: 'gateway',
    level: 0,
    why: null,
    sources: [],
    ...over
  })
  const history = (leftAloneFor: string[]) => ({ source: 'history', leftAloneFor })
  const keeper = (leftAloneFor: string[]) => ({ source: 'other-keeper', forces: ['hants'], leftAloneFor })
  const { read } = aDesk(async text =>
    text.includes('process_standing')
      ? [
          standing('n-1', { sources: [history([]), keeper(['hants'])] }),
          standing('n-2', { level: 2, why: 'Redis is away', sources: [history(['tvp']), keeper([])] }),
          standing('n-3', { kind: 'worker', level: 3, sources: [history(['tvp'])] }),
          { node: 'n-4', kind: null, level: null, why: null, sources: null }
        ]
      : []
  )
  const supervisor = someone('supervisor', { grants: ['hants'] })
  const board = await read(supervisor)
  t.same(board.service, { level: 2, why: 'Redis is away' }, 'a worker has no level of its own')
  const silent = { source: 'eisec', state: 'silent', leftAloneBy: 0 }
  t.match(board.processes, { value: { gateways: 2, silent: 1, workers: 1 } })
  t.same(board.processes.kind === 'counted' && board.processes.value.sources, [
    { source: 'history', state: 'left-alone', leftAloneBy: 2 },
    silent
  ])
  const { processes } = await read(supervisor, 'hants')
  t.same(processes.kind === 'counted' && processes.value.sources, [
    { source: 'history', state: 'answers', leftAloneBy: 0 },
    { source: 'other-keeper', title: 'Vehicle keeper', state: 'left-alone', leftAloneBy: 1 },
    silent
  ])
})
