import t from 'tap'
import { compileMapping, type Mapping } from '../../../src/operations/source-mapping.ts'

function mapping(...lines: string[]): Mapping {
  const compiled = compileMapping(lines)
  if (typeof compiled === 'string') throw new Error(compiled)
  return compiled
}

t.test('lines are one expression, which has the answer and its status', async t => {
  const map = mapping('$status = 404 ? [] :', "[rows.{ 'title': name }]")
  t.same(JSON.parse(JSON.stringify(await map({ rows: [{ name: 'a' }, { name: 'b' }] }, 200))), [
    { title: 'a' },
    { title: 'b' }
  ])
  t.same(JSON.parse(JSON.stringify(await map(undefined, 404))), [])
  t.equal(await mapping('nothing.here')({}, 200), undefined)
})

t.test('what is no expression says where', t => {
  t.match(compileMapping(['[rows.{ title: name ']), /\(S0\d+, at \d+\)$/)
  t.match(compileMapping(['$']), Function)
  t.end()
})

t.test(
  'one that never ends, goes too deep or makes too much is broken off, with a code and no word of the answer',
  async t => {
    const run = (text: string) => mapping(text)({ secret: '+447700900123' }, 200)
    await t.rejects(run('($f := function($n) { $f($n + 1) }; $f(0))'), {
      code: 'source.bad-mapping',
      data: { reason: 'D1012' }
    })
    await t.rejects(run('($f := function($n) { 1 + $f($n + 1) }; $f(0))'), { message: /: D101[12]$/ })
    await t.rejects(run('[1..100000]'), { message: /: D20\d\d$/ })
    await t.rejects(run('$number(secret & "x")'), { message: /: D\d+$/ })
    await t.rejects(run('$error(secret)'), { message: /: D3137$/ })
  }
)

t.test('no mapping reaches anything but the answer', async t => {
  for (const path of ['__proto__', 'constructor', 'constructor.constructor', '$.__proto__.polluted'])
    t.notMatch(String(await mapping(path)({}, 200)), /function/, path)
  await mapping("{ '__proto__': { 'polluted': true } }")({}, 200)
  t.equal(({} as Record<string, unknown>)['polluted'], undefined)
})
