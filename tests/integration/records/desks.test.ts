import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ConfigFault } from '../../../src/operations/config-validate.ts'
import { type Desks, putDesks } from '../../../src/records/desks.ts'
import { listHandlers, listPositions, verifyHandler } from '../../../src/records/handlers.ts'
import { readDesks } from '../../../src/records/read-desks.ts'
import { makeDatabase } from '../../support/stores.ts'

const EXAMPLE = new URL('../../../config/desks-example.json', import.meta.url).pathname
const FORCES = ['tvp', 'hants']

async function mistakesOf(t: Test, desks: unknown): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-desks-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'desks.json')
  await writeFile(path, JSON.stringify(desks))
  const thrown = await readDesks(path, FORCES).catch((fault: unknown) => fault)
  if (!(thrown instanceof ConfigFault)) throw new Error('the desks were taken', { cause: thrown })
  t.equal(thrown.code, 'desks.invalid')
  return thrown.list()
}

t.test('a new site puts its desks, and each handler signs on with the password that was said once', async t => {
  const { pool } = await makeDatabase(t)
  const desks = await readDesks(EXAMPLE, FORCES)
  const fresh = await putDesks(pool, desks, { resetPasswords: false })
  t.same(
    fresh.map(({ handler }) => handler),
    ['tvp-h01', 'hants-h01']
  )
  for (const { handler, password } of fresh) {
    t.match(await verifyHandler(pool, handler, password), { handler })
    t.equal(await verifyHandler(pool, handler, 'another'), undefined)
  }
  t.same(
    (await listPositions(pool)).map(({ position, devices }) => [position, devices]),
    [
      ['hants-d01', ['5001']],
      ['tvp-d01', ['4001', '4101']]
    ]
  )
})

t.test('the same file again changes what it says and nobody’s password; a reset gives new ones', async t => {
  const { pool } = await makeDatabase(t)
  const desks = await readDesks(EXAMPLE, FORCES)
  const [first = { handler: '', password: '' }] = await putDesks(pool, desks, { resetPasswords: false })
  const renamed: Desks = { ...desks, handlers: desks.handlers.map(handler => ({ ...handler, name: 'Another name' })) }
  t.same(await putDesks(pool, renamed, { resetPasswords: false }), [])
  t.match(await verifyHandler(pool, first.handler, first.password), { name: 'Another name' })
  const again = await putDesks(pool, desks, { resetPasswords: true })
  t.equal(again.length, 2)
  t.equal(await verifyHandler(pool, first.handler, first.password), undefined, 'the old one is of no use')
  t.equal((await listHandlers(pool)).length, 2)
})

t.test('a file with several mistakes lists them all and writes nothing', async t => {
  const desk = { position: 'd1', name: 'Desk', force: 'tvp', devices: ['4001'] }
  const list = await mistakesOf(t, {
    positions: [desk, { ...desk, position: 'd2', force: 'kent' }],
    handlers: [
      { handler: 'h1', name: 'One', force: 'tvp', lines: ['999'], grants: ['essex'] },
      { handler: 'h1', name: 'Two', force: 'tvp', lines: ['999'] }
    ]
  })
  for (const where of ['positions[1].force', 'handlers[0].grants', 'handlers[1].handler', 'positions[].devices']) {
    t.ok(list.includes(`${where} = `), where)
  }
  t.match(await mistakesOf(t, { positions: [], handlers: [{ handler: 'h1' }], desks: 1 }), /desks = 1: is no setting/)
})
