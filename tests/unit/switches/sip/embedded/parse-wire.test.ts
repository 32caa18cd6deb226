import t from 'tap'
import { parseWire } from '../../../../../src/switches/sip/embedded/parse-wire.ts'

const parse = (text: string, max = 200) => parseWire(Buffer.from(text, 'latin1'), max)
const MIN = 'OPTIONS sip:a SIP/2.0\r\n'

t.test('start line, headers in long lower-case names, body by length', async t => {
  const result = parse(`${MIN}V: x\r\nl: 3\r\ni:c1\r\nX-Odd : 1\r\nx-odd:2\r\n\r\nabcdef`)
  t.match(result, { kind: 'request', message: { method: 'OPTIONS', uri: 'sip:a', version: 'SIP/2.0', body: 'abc' } })
  if (result.kind !== 'request') return
  t.same(
    [...result.message.headers],
    [
      ['via', ['x']],
      ['content-length', ['3']],
      ['call-id', ['c1']],
      ['x-odd', ['1', '2']]
    ]
  )
})

t.test('empty lines before the message, bare line feeds and folded headers', async t => {
  const result = parse('\r\n\n\r\nOPTIONS sip:a SIP/2.0\nTo:\n  <sip:a>\n\t;tag=1\n\nbody')
  t.match(result, { message: { body: 'body' } })
  if (result.kind === 'request')
    t.same(
      result.message.headers.get('to'),
      ['<sip:a> ;tag=1'].map(to => ` ${to}`)
    )
})

t.test('what is no message at all', async t => {
  t.match(parse('\r\n\r\n'), { kind: 'keep-alive' })
  t.match(parse(''), { kind: 'keep-alive' })
  t.match(parse('SIP/2.0 200 OK\r\n\r\n'), { kind: 'response' })
  for (const text of [
    'INVITE',
    'INVITE sip:a',
    'INVITE  SIP/2.0',
    'IN VITE',
    '@ sip:a SIP/2.0',
    `${'M'.repeat(65)} sip:a SIP/2.0`
  ]) {
    t.match(parse(`${text}\r\n\r\n`), { kind: 'not-sip', fault: 'no-start-line' }, text)
  }
})

t.test('what can still be answered comes back with its fault', async t => {
  t.match(parse('OPTIONS sip:a SIP/3.0\r\n\r\n'), { kind: 'request', fault: 'bad-version' })
  t.match(parse(`${MIN}a:1\r\nb:1\r\nc:1\r\n\r\n`, 2), { kind: 'request', fault: 'too-many-headers' })
  t.match(parse(`${MIN}l: -1\r\n\r\n`), { fault: 'bad-content-length' })
  t.match(parse(`${MIN}l: 1e3\r\n\r\n`), { fault: 'bad-content-length' })
  t.match(parse(`${MIN}l: 1\r\nl: 1\r\n\r\na`), { fault: 'bad-content-length' })
  t.match(parse(`${MIN}l: 2\r\n\r\na`), { fault: 'truncated-body' })
})

t.test('a line that is no header, or that hides a line of its own, is left out', async t => {
  const result = parse(`${MIN}no colon\r\n: no name\r\na b: 1\r\nevil: a\rb: c\r\nok: 1\r\n\r\n`)
  if (result.kind === 'request') t.same([...result.message.headers.keys()], ['ok'])
  t.match(result, { kind: 'request' })
})

t.test('names of JavaScript’s own are headers like any other', async t => {
  const result = parse(`${MIN}__proto__: 1\r\nconstructor: 2\r\n\r\n`)
  if (result.kind === 'request') t.same([...result.message.headers.keys()], ['__proto__', 'constructor'])
  t.match(result, { kind: 'request' })
})

t.test('64 KB of anything is read in a few milliseconds', async t => {
  for (const seed of [' ', 'a ', 'a:\r\n', ':', '\r\n ', '\r', 'SIP/2.0 ', '\r\na: b']) {
    for (const before of ['', 'INVITE ', MIN, `${MIN}a: `]) {
      const bytes = Buffer.from(before + seed.repeat(Math.ceil(65_536 / seed.length)))
      const startedAt = performance.now()
      parseWire(bytes, 100_000)
      if (performance.now() - startedAt > 300) t.fail(JSON.stringify([before, seed]))
    }
  }
  t.pass('all of them')
})
