import t from 'tap'
import type { CallEvent } from '../../../../../src/call/call-event.ts'
import type { TrunkConfig } from '../../../../../src/operations/config-schema.ts'
import type { Taken } from '../../../../../src/switches/switch-driver.ts'
import { EVENT_TRUNK, makeBench } from '../../../../support/sip-bench.ts'
import { kinds, said } from '../../../../support/sip-switch.ts'
import { type Answer, invite, makeBranch, makeDialog, request } from '../../../../support/sip-text.ts'

const QUEUE = 'sip:queue@192.0.2.9'
const ASKS: TrunkConfig = {
  ...EVENT_TRUNK,
  id: 'asking-switch',
  mode: 'redirect',
  separateDialog: false,
  redirect: { budgetMs: 200, defaultTarget: QUEUE },
  numbers: [{ number: '101', line: '101', force: 'tvp', route: 'primary' }]
}
const CALL = { uri: 'sip:101@callbox.invalid', headers: { To: '<sip:101@callbox.invalid>' } }
const trunks = [ASKS]
const never = () => new Promise<never>(() => {})
const contacts = (answer: Answer | undefined) => answer?.headers.get('contact')

t.test('a call goes to the desk that was chosen, which has the card first; then it is over for us', async t => {
  const asked: CallEvent[] = []
  const bench = makeBench(t, {
    trunks,
    chooseDevice: async offered => {
      asked.push(offered)
      return '4001'
    }
  })
  const [dialog, branch] = [makeDialog(), makeBranch()]
  const answers = await bench.say(invite(dialog, { ...CALL, branch }))
  t.same(said(answers), ['302 INVITE'])
  t.same(contacts(answers[0]), ['<sip:4001@192.0.2.9>;q=1', `<${QUEUE}>;q=0.5`])
  t.match(asked, [{ kind: 'offered', line: '101', force: 'tvp' }])
  t.match(bench.events, [
    { kind: 'offered' },
    { kind: 'alerting', device: '4001' },
    { kind: 'released', cause: 'no-outcome' }
  ])
  t.same(said(await bench.pass(500)), ['302 INVITE'], 'again until its ACK')
  await bench.say(request({ dialog, method: 'ACK', branch }))
  t.same(await bench.pass(40_000), [])
  t.match(bench.receiver.counts, { legs: 0, dialogs: 0, transactions: 0, ongoing: 0 })
})

t.test('on any doubt it goes where it would have gone without us', async t => {
  const doubts: [string, Parameters<typeof makeBench>[1]][] = [
    ['nobody is chosen', { chooseDevice: async () => undefined }],
    ['an empty name', { chooseDevice: async () => '' }],
    ['nobody chooses here', {}],
    ['the choice breaks', { chooseDevice: () => Promise.reject(new Error('no desks')) }],
    ['the choice is late', { chooseDevice: never }],
    ['the record is late', { chooseDevice: async () => '4001', take: never }],
    ['the record refuses', { chooseDevice: async () => '4001', take: async (): Promise<Taken> => 'refused' }]
  ]
  for (const [why, options] of doubts) {
    await t.test(why, async t => {
      const bench = makeBench(t, { trunks, ...options })
      await bench.say(invite(makeDialog(), CALL))
      await bench.pass(200)
      t.same(said(bench.answers.slice(0, 1)), ['302 INVITE'])
      t.same(contacts(bench.answers[0]), [`<${QUEUE}>`])
      t.same(kinds(bench), ['offered', 'released'])
      t.equal(await bench.faults(), why === 'the choice breaks' ? 1 : 0)
    })
  }
})

t.test('a choice that comes after its time changes nothing', async t => {
  let choose: (device: string) => void = () => {}
  const bench = makeBench(t, { trunks, chooseDevice: () => new Promise(resolve => (choose = resolve)) })
  const [dialog, branch] = [makeDialog(), makeBranch()]
  t.same(await bench.say(invite(dialog, { ...CALL, branch })), [])
  t.same(await bench.pass(100), [])
  t.same(said(await bench.pass(100)), ['302 INVITE'])
  await bench.say(request({ dialog, method: 'ACK', branch }))
  choose('4001')
  t.same(await bench.pass(1_000), [])
  t.same(kinds(bench), ['offered', 'released'])
})

t.test('while we stop, and when every dialog is in use, calls still go somewhere', async t => {
  const bench = makeBench(t, { trunks, sip: { maxDialogs: 1 }, chooseDevice: never })
  await bench.say(invite(makeDialog(), CALL))
  t.same(contacts((await bench.say(invite(makeDialog(), CALL)))[0]), [`<${QUEUE}>`])
  bench.drain()
  t.same(contacts((await bench.say(invite(makeDialog(), CALL)))[0]), [`<${QUEUE}>`])
})

t.test('a caller who leaves before the answer is told 487 and never 302', async t => {
  const bench = makeBench(t, { trunks, chooseDevice: never })
  const [dialog, branch] = [makeDialog(), makeBranch()]
  await bench.say(invite(dialog, { ...CALL, branch }))
  const gone = await bench.say(request({ dialog, method: 'CANCEL', branch, headers: CALL.headers }))
  t.same([...said(gone)].sort(), ['200 CANCEL', '487 INVITE'])
  t.notOk((await bench.pass(2_000)).some(answer => answer.status === 302))
  t.match(bench.events, [{ kind: 'offered' }, { kind: 'released' }])
})

t.test('a call asked about before a restart is not held open for half a day', async t => {
  const record = { ...makeDialog(), toTag: 'abc123abc123', trunk: 'asking-switch', ddi: '101', cseq: 1 }
  const bench = makeBench(t, { trunks, restored: [record] })
  await bench.pass(20_000)
  t.match(bench.events, [{ kind: 'released', cause: 'lost' }])
  t.equal(bench.receiver.counts.legs, 0)
})
