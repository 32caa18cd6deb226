import t from 'tap'
import { NoteDrafts } from '../../../src/console/note-drafts.ts'
import type { CmdArgs } from '../../../src/delivery/protocol.ts'
import type { CommandResult } from '../../../src/sdk/commands.ts'
import { HandTime } from '../../support/hand-time.ts'

type NoteArgs = Extract<CmdArgs, { readonly note: string }>
const OK: CommandResult = { ok: true }
const CALL = 'call-1'

/** A desk whose gateway answers when told to. */
function makeDesk({ answers = true } = {}) {
  const time = new HandTime()
  const sent: NoteArgs[] = []
  const open: ((result: CommandResult) => void)[] = []
  const desk = { answers, next: [] as CommandResult[] }
  let made = 0
  const drafts = new NoteDrafts({
    save: args => {
      sent.push(args)
      if (desk.answers) return Promise.resolve(desk.next.shift() ?? OK)
      return new Promise(done => open.push(done))
    },
    makeId: () => `note-${++made}`,
    time,
    now: () => 1_000
  })
  const pass = async (ms: number) => {
    await time.advance(ms)
    await settle()
  }
  const answer = async (result: CommandResult = OK) => {
    open.shift()?.(result)
    await settle()
  }
  const settle = () => new Promise(done => setImmediate(done))
  const texts = () => sent.map(({ text, version, done }) => [text, version, done])
  return { drafts, time, sent, desk, pass, answer, settle, texts, draft: () => drafts.draftOf(CALL).value }
}

t.test('what is written is saved when the writer pauses, as one note', async t => {
  const { drafts, pass, sent, texts, draft } = makeDesk()
  drafts.write(CALL, 'Cal')
  await pass(600)
  drafts.write(CALL, 'Caller whispers')
  await pass(600)
  t.same(sent, [], 'not while they type')
  t.equal(draft().state, 'waiting')
  await pass(400)
  t.match(draft(), { state: 'saved', savedAt: 1_000 })
  drafts.write(CALL, 'Caller whispers. Shouting.')
  await pass(1_000)
  t.same(texts(), [
    ['Caller whispers', 1, false],
    ['Caller whispers. Shouting.', 2, false]
  ])
  t.equal(new Set(sent.map(({ note }) => note)).size, 1)
})

t.test('who never pauses is saved all the same', async t => {
  const { drafts, pass, sent } = makeDesk()
  for (let n = 1; n <= 10; n++) {
    drafts.write(CALL, 'x'.repeat(n))
    await pass(500)
  }
  t.ok(sent.length >= 1)
})

t.test('what is typed while an answer is awaited goes after it, and is not said to be saved before', async t => {
  const { drafts, pass, answer, texts, draft } = makeDesk({ answers: false })
  drafts.write(CALL, 'one')
  await pass(1_000)
  drafts.write(CALL, 'one two')
  await pass(5_000)
  t.equal(texts().length, 1, 'one at a time')
  await answer()
  t.equal(draft().state, 'waiting')
  await pass(1_000)
  await answer()
  t.same(texts().at(-1), ['one two', 2, false])
  t.equal(draft().state, 'saved')
})

t.test('a gateway that does not answer, or a record that is away, is asked until the note is saved', async t => {
  const { drafts, desk, pass, draft, sent } = makeDesk()
  desk.next = ['client.no-answer', 'record.away', 'call.try-again'].map(code => ({ ok: false, code, text: code }))
  drafts.write(CALL, 'Door kicked in')
  await pass(1_000)
  t.match(draft(), { state: 'waiting', why: 'client.no-answer', text: 'Door kicked in' })
  await pass(10_000)
  t.equal(draft().state, 'saved')
  t.equal(sent.length, 4)
})

t.test('a finished note stands, and the next is one of its own', async t => {
  const { drafts, pass, settle, sent, draft } = makeDesk()
  drafts.write(CALL, 'First')
  drafts.finish(CALL)
  t.match(draft(), { text: '', state: 'empty' }, 'at once: the handler writes on')
  await settle()
  drafts.write(CALL, 'Second')
  await pass(1_000)
  t.match(sent, [
    { text: 'First', done: true },
    { text: 'Second', done: false, version: 1 }
  ])
  t.not(sent[0]?.note, sent[1]?.note)
  drafts.write(CALL, '  ')
  drafts.finish(CALL)
  t.equal(sent.length, 2, 'nothing is no note')
})

t.test('a finished note that is not on record yet is kept and said, until it is', async t => {
  const { drafts, desk, pass, settle } = makeDesk()
  desk.next = [{ ok: false, code: 'client.no-answer', text: 'The gateway has not answered.' }]
  drafts.write(CALL, 'First')
  drafts.finish(CALL)
  await settle()
  const finished = drafts.finishedOf(CALL)
  t.match(finished.value, [{ text: 'First', about: 'note' }])
  t.equal(await drafts.settle(CALL), false, 'the card is not closed over it')
  await pass(3_000)
  t.same(finished.value, [])
  t.equal(await drafts.settle(CALL), true)
})

t.test('what was finished while it was being saved is not saved again as a draft', async t => {
  const { drafts, pass, answer, sent, draft } = makeDesk({ answers: false })
  drafts.write(CALL, 'First')
  await pass(1_000)
  drafts.finish(CALL)
  await answer()
  await answer()
  await pass(10_000)
  t.match(sent, [
    { version: 1, done: false },
    { version: 2, done: true }
  ])
  t.match(draft(), { text: '', state: 'empty' })
})

t.test('what the gateway will never take is said, and the text stays', async t => {
  const { drafts, desk, pass, draft, sent } = makeDesk()
  desk.next = [{ ok: false, code: 'call.not-entitled', text: 'This call is not yours to write of.' }]
  drafts.write(CALL, 'Too late')
  await pass(20_000)
  t.match(draft(), { text: 'Too late', state: 'refused', why: /not yours/ })
  t.equal(sent.length, 1)
})

t.test('a note that was finished elsewhere goes on as a new one', async t => {
  const { drafts, desk, pass, sent, draft } = makeDesk()
  drafts.resume(CALL, 'note-of-before', 4, 'Written before the page was loaded')
  t.match(draft(), { state: 'saved', text: /before the page/ })
  desk.next = [{ ok: false, code: 'note.finished', text: 'finished' }]
  drafts.write(CALL, 'Written before the page was loaded, and more')
  await pass(2_000)
  t.match(sent, [
    { note: 'note-of-before', version: 5 },
    { version: 1, text: /and more/ }
  ])
  t.not(sent[1]?.note, 'note-of-before')
})

t.test('calls never mix, and an unfinished text is not taken from its writer', async t => {
  const { drafts, pass, sent } = makeDesk()
  drafts.write(CALL, 'of the first')
  drafts.write('call-2', 'of the second')
  drafts.resume(CALL, 'older', 1, 'something else')
  await pass(1_000)
  t.same(
    sent.map(({ call, text }) => [call, text]),
    [
      [CALL, 'of the first'],
      ['call-2', 'of the second']
    ]
  )
  drafts.assess('call-2', 'threat', 'Knife', 'said so')
  drafts.assess('call-2', 'risk', '', '')
  await pass(0)
  t.match(sent.slice(2), [
    { call: 'call-2', about: 'threat', text: 'Knife', why: 'said so', done: true, version: 1 },
    { call: 'call-2', about: 'risk', text: '', done: true }
  ])
  t.notOk('why' in (sent[3] ?? {}))
  drafts.stop()
})
