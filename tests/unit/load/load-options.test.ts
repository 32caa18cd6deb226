import t from 'tap'
import { type LoadOptions, parseLoadArgs } from '../../../src/load/load-options.ts'
import { Fault } from '../../../src/operations/errors.ts'

function options(...args: string[]): LoadOptions {
  const command = parseLoadArgs(args)
  if (command.kind === 'compare') throw new Error('not a run')
  return command.options
}

function refusal(...args: string[]): string {
  try {
    parseLoadArgs(args)
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.code === 'load.options') return thrown.message
    throw thrown
  }
  return 'taken'
}

t.test('without options a gateway of its own gets fifty calls a second of an ordinary day', async t => {
  t.match(options(), { cps: 50, seconds: 60, mix: 'day', handlers: 40, acks: 'at-once', targets: [], transport: 'udp' })
  t.equal(options('--cps', '100', '--seconds', '600').warmUpSeconds, 20, 'two thousand calls warm up')
  t.equal(options('--seconds', '10', '--warm-up', '0').warmUpSeconds, 0)
})

t.test('gateways that run already are named by their HTTP address, and by SIP where it is another', async t => {
  t.same(options('--target', 'http://10.0.0.5:8080').targets, [
    { url: 'http://10.0.0.5:8080', sipHost: '10.0.0.5', sipPort: 5060 }
  ])
  const two = options('--target', 'http://one:80,https://two', '--sip', '10.0.0.1:5070,10.0.0.2:5080').targets
  t.same(
    two.map(({ sipHost, sipPort }) => `${sipHost}:${sipPort}`),
    ['10.0.0.1:5070', '10.0.0.2:5080']
  )
  t.same(options('--from', '10.0.0.9:5090').from, { host: '10.0.0.9', port: 5090 })
})

t.test('everything that is wrong is said at once', async t => {
  const said = refusal('--cps', 'many', '--acks', 'slowly', '--target', 'gateway', '--transport', 'tls')
  t.match(said, /--cps takes a whole number from 1 to 5000, not many/)
  t.match(said, /--acks takes people or at-once, not slowly/)
  t.match(said, /--target takes addresses as http/)
  t.match(said, /--transport tls needs --tls-cert and --tls-key/)
  t.match(refusal('--loud'), /Unknown option '--loud'/)
  t.match(refusal('more'), /unexpected: more/)
})

t.test('more calls than the handlers’ sockets may carry is refused, with the number that would do', async t => {
  t.match(refusal('--cps', '200', '--acks', 'people'), /--handlers 67 for --cps 200/)
  t.equal(options('--cps', '200', '--acks', 'people', '--handlers', '67').handlers, 67)
  t.match(refusal('--handlers', '1001'), /at most 1000 desks/)
  t.match(refusal('--site', 'site.json'), /--site is for gateways that run already/)
  t.match(refusal('--target', 'http://a:1', '--sip', 'a:1,b:2'), /--sip names one address for each --target/)
})

t.test('two reports are compared, not one and not three', async t => {
  t.same(parseLoadArgs(['--compare', 'a.json', 'b.json']), {
    kind: 'compare',
    files: ['a.json', 'b.json'],
    out: 'report/load'
  })
  t.match(refusal('--compare', 'a.json'), /--compare takes two reports/)
  t.match(refusal('--compare', 'a', 'b', 'c'), /--compare takes two reports/)
})
