import t from 'tap'
import type { HandlerId } from '../../../src/call/ids.ts'
import { SignOnSync } from '../../../src/delivery/sign-on-sync.ts'
import type { SignOn } from '../../../src/pop/address.ts'
import { SignOnDirectory } from '../../../src/pop/sign-on-directory.ts'

function signOn(handler: string): SignOn {
  return { handler: handler as HandlerId, devices: [], lines: ['999'], forces: ['tvp'] } as unknown as SignOn
}

/** A record whose answers come when the test says so. */
function setUp() {
  const record: SignOn[] = []
  const waiting: (() => void)[] = []
  const ended: string[] = []
  const directory = new SignOnDirectory()
  const link = { publish: async () => 1, subscribe: async () => 1, on: () => {}, off: () => {}, status: 'wait' }
  const sync = new SignOnSync({
    directory,
    list: () => {
      const asItStands = [...record]
      return new Promise(done => waiting.push(() => done(asItStands)))
    },
    commands: link as never,
    subscriber: link as never,
    keyPrefix: 'test',
    onChanged: () => {},
    onEnded: handler => void ended.push(handler),
    log: { debug: () => {}, warn: () => {} } as never
  })
  return { record, waiting, ended, directory, sync }
}

const turn = () => new Promise(done => setImmediate(done))

t.test('at a change of shift nobody is signed off by an older answer of the record', async t => {
  const { record, waiting, ended, directory, sync } = setUp()
  record.push(signOn('tvp-h49'))
  const first = sync.changed()
  await turn()
  record.push(signOn('tvp-h50'))
  const second = sync.changed()
  await turn()
  sync.reload()
  // What was asked last is answered first, as far as it was asked at all.
  while (waiting.length > 0) {
    waiting.pop()?.()
    await turn()
  }
  await Promise.all([first, second])
  t.same([...directory.all()].map(({ handler }) => handler).sort(), ['tvp-h49', 'tvp-h50'])
  t.same(ended, [], 'nobody is told to sign on again')
})

t.test('many who sign on at once share one reading, which begins after all of them are in the record', async t => {
  const { record, waiting, directory, sync } = setUp()
  const signing: Promise<void>[] = []
  for (let at = 0; at < 50; at++) {
    record.push(signOn(`tvp-h${at}`))
    signing.push(sync.changed())
  }
  let readings = 0
  while (waiting.length > 0) {
    readings += waiting.length
    for (const answer of waiting.splice(0)) answer()
    await turn()
  }
  await Promise.all(signing)
  t.equal(readings, 2)
  t.equal([...directory.all()].length, 50)
})

t.test('a record that cannot be read fails whoever signs on, and the next reading goes on', async t => {
  const { directory, record, waiting, sync } = setUp()
  const broken = new SignOnSync({
    ...{ directory, keyPrefix: 'test', onChanged: () => {}, onEnded: () => {} },
    list: () => Promise.reject(new Error('away')),
    commands: { publish: async () => 1 } as never,
    subscriber: {} as never,
    log: { debug: () => {}, warn: () => {} } as never
  })
  await t.rejects(broken.changed(), /away/)
  await t.rejects(broken.changed(), /away/)
  record.push(signOn('tvp-h1'))
  const changed = sync.changed()
  waiting.pop()?.()
  await changed
  t.ok(directory.has('tvp-h1' as HandlerId))
})
