import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import t, { type Test } from 'tap'

const LAUNCHER = resolve(import.meta.dirname, '../../bin/callbox.mjs')

/** The command as an engineer has it, with what comes in on its standard input. */
async function locate(t: Test, args: readonly string[], input = '') {
  const child = spawn(process.execPath, [LAUNCHER, 'locate', ...args])
  t.teardown(() => child.kill('SIGKILL'))
  const said = { out: '', err: '' }
  child.stdout.on('data', chunk => {
    said.out += chunk
  })
  child.stderr.on('data', chunk => {
    said.err += chunk
  })
  // Who refuses the command line reads nothing.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const code = await new Promise<number | null>(done => child.on('close', done))
  return { ...said, code }
}

const TEXT = 'A"ML=2;en=999;et=1772539200;lo=51.75200,-1.25770,30;lt=5;lc=95;ls=G'

t.test('an engineer checks a sample without starting anything', async t => {
  const shown = await locate(t, [TEXT])
  t.match(shown, { code: 0, err: '' })
  t.match(shown.out, /^AML text: 1 fix; .*\n\n.*\n\* {2}aml .*51\.752000, -1\.257700 {2}SP 51338 06183 .*30 m/)
  const read = await locate(t, ['-', '--json'], `${TEXT}\n`)
  t.equal(read.code, 0)
  t.match(JSON.parse(read.out), { sample: 'AML text', fixes: [{ isBest: true, gridReference: 'SP 51338 06183' }] })
})

t.test('a sample that cannot be read ends with 65 and its fault, a wrong command line with 2', async t => {
  const refused = await locate(t, ['A"ML=1;lt=+51.75200;lg=-1.25770;rd=50;ml=10'])
  t.match(refused, {
    code: 65,
    out: '',
    err: /^callbox: locate\.unreadable: AML text: it is not as long as it says\nWhat to do: /
  })
  t.match(await locate(t, []), { code: 2, err: /^callbox: locate\.usage: / })
  t.match(await locate(t, ['--config', '/nowhere/site.json', TEXT]), { code: 78, err: /config\.unreadable/ })
})
