import t from 'tap'
import type { CallId } from '../../../src/call/ids.ts'
import type { DisclosuresConfig } from '../../../src/operations/disclosure-schema.ts'
import { silentLog } from '../../../src/operations/log.ts'
import type { Role, SignOn } from '../../../src/pop/address.ts'
import type { CallRecord } from '../../../src/pop/call-record.ts'
import type { Panel, RevisedPanel } from '../../../src/pop/pop.ts'
import type { Disclosure } from '../../../src/records/disclosures.ts'
import { makeDisclosureDesk } from '../../../src/wiring/disclosure-desk.ts'
import { NOON } from '../../support/call-events.ts'
import { aCallRecord } from '../../support/call-record.ts'

const RULES: DisclosuresConfig = {
  ...{ exportRoles: ['supervisor'], peekRoles: ['supervisor'], replayRoles: ['supervisor'] },
  ...{ ownExports: true, needsReason: [] }
}
const RECORD = aCallRecord({ hands: [{ handler: 'ann', hadAt: NOON, closedAt: null }] })
const CALL = RECORD.head.callId as CallId

function someone(handler: string, role: Role, over: Partial<SignOn> = {}): SignOn {
  const who = { handler, name: handler, force: 'tvp', role, grants: [], lines: [], acdQueues: [] }
  return { ...who, position: 'd1', devices: [], ...over }
}
const SUE = someone('sue', 'supervisor')

interface Bench {
  readonly rules?: Partial<DisclosuresConfig>
  readonly record?: CallRecord | 'too-long' | undefined
  readonly isAway?: boolean
  readonly panels?: () => Promise<readonly RevisedPanel[]>
  readonly max?: number
}

function aDesk(bench: Bench = {}) {
  const { rules = {}, isAway = false, panels = async () => [], max = 60 } = bench
  const record = 'record' in bench ? bench.record : RECORD
  const added: Disclosure[] = []
  const logged: unknown[] = []
  let asked = 0
  const desk = makeDisclosureDesk({
    rules: { ...RULES, ...rules },
    read: async () => record,
    add: async disclosure => {
      if (isAway) throw new Error('PostgreSQL is away')
      added.push(disclosure)
      return '1'
    },
    panelsOf: panels,
    mayAsk: () => ++asked <= max,
    log: { ...silentLog, info: (...words) => void logged.push(words) },
    now: () => NOON + 99_000
  })
  return { desk, added, logged }
}

t.test('an export is on record before it is given: who, from which desk, of which call, how and why', async t => {
  const { desk, added, logged } = aDesk()
  t.equal(await desk.exportCall(SUE, CALL, { format: 'csv', reason: 'Complaint 12/26' }), RECORD)
  t.same(added, [
    {
      ...{
        kind: 'export',
        callId: CALL,
        ofForce: 'tvp',
        at: NOON + 99_000,
        handler: 'sue',
        position: 'd1',
        force: 'tvp'
      },
      ...{ format: 'csv', reason: 'Complaint 12/26' }
    }
  ])
  t.same(logged, [['call.disclosed', { callId: CALL, handler: 'sue', what: 'export' }]])
})

t.test('what cannot be put on record is not given', async t => {
  const { desk } = aDesk({ isAway: true })
  await t.rejects(desk.exportCall(SUE, CALL, { format: 'json' }), /away/)
  await t.rejects(desk.notePrint(SUE, CALL), /away/)
  await t.rejects(desk.replayCall(SUE, CALL), /away/)
})

t.test('whoever had the call may export and print it, and not have it played again', async t => {
  const { desk, added } = aDesk()
  const [ann, bea] = [someone('ann', 'handler'), someone('bea', 'handler')]
  t.equal(await desk.exportCall(ann, CALL, { format: 'json' }), RECORD)
  t.equal(await desk.notePrint(ann, CALL, 'For the file'), 'noted')
  t.equal(await desk.replayCall(ann, CALL), 'not-entitled')
  for (const refused of [
    await desk.exportCall(bea, CALL, { format: 'json' }),
    await desk.notePrint(bea, CALL),
    await desk.exportCall(someone('sid', 'supervisor', { force: 'hants' }), CALL, { format: 'json' })
  ]) {
    t.equal(refused, 'not-entitled')
  }
  t.same(
    added.map(({ kind, handler }) => [kind, handler]),
    [
      ['export', 'ann'],
      ['print', 'ann']
    ],
    'what was refused is no disclosure'
  )
})

t.test('no such call, one that is too long, too many questions, no reason: each has a word of its own', async t => {
  t.equal(await aDesk({ record: undefined }).desk.exportCall(SUE, CALL, { format: 'json' }), 'unknown')
  t.equal(await aDesk({ record: 'too-long' }).desk.exportCall(SUE, CALL, { format: 'json' }), 'too-long')
  t.equal(await aDesk({ max: 0 }).desk.replayCall(SUE, CALL), 'too-many')
  const { desk, added } = aDesk({ rules: { needsReason: ['export'] } })
  t.equal(await desk.exportCall(SUE, CALL, { format: 'json' }), 'needs-reason')
  t.equal(await desk.exportCall(SUE, CALL, { format: 'json', reason: 'Inquest' }), RECORD)
  t.equal(added.length, 1)
})

t.test('a replay has the panels that are kept, and says which are not', async t => {
  const panel: Panel = { panel: 'identity', status: 'none', source: 'Record', sinceOfferedMs: 9, items: [], more: 0 }
  const kept = await aDesk({ panels: async () => [{ rev: 1, panel }] }).desk.replayCall(SUE, CALL)
  if (typeof kept === 'string') throw new Error(kept)
  t.notOk(kept.notKept.includes('identity'))
  t.ok(kept.notKept.includes('warnings'))
  t.match(kept, { call: CALL, moments: [{ kind: 'offered' }, { kind: 'taken', who: 'ann' }] })
  t.notOk('row' in (kept.moments[0] ?? {}), 'the record’s own rows are for an export')
})
