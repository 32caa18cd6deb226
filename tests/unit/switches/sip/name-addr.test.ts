import t from 'tap'
import { parseNameAddr, parseParams, parseUri, splitValues } from '../../../../src/switches/sip/name-addr.ts'

t.test('the ways a switch writes a number', async t => {
  const users: [string, string][] = [
    ['sip:+447700900123@sbc.invalid', '+447700900123'],
    ['sip:07700900123;phone-context=+44@sbc.invalid;user=phone', '07700900123'],
    ['sips:07700900123@sbc.invalid:5061', '07700900123'],
    ['tel:+44-7700-900123', '+44-7700-900123'],
    ['tel:07700900123;phone-context=+44', '07700900123'],
    ['sip:%2B447700900123@sbc.invalid', '+447700900123'],
    ['sip:07700900123:secret@sbc.invalid', '07700900123'],
    ['sip:sbc.invalid', ''],
    ['sip:a?b@host', 'a?b'],
    ['sip:bob@host?Replaces=1%40x', 'bob'],
    ['urn:service:sos.police', 'service:sos.police']
  ]
  for (const [uri, user] of users) t.equal(parseUri(uri)?.user, user, uri)
})

t.test('hosts and ports, IPv6 in brackets', async t => {
  t.match(parseUri('sip:a@[2001:db8::1]:5062;transport=tcp'), { host: '[2001:db8::1]', port: 5062 })
  t.match(parseUri('sip:host_with_underscore'), { host: 'host_with_underscore' })
  t.equal(parseUri('sip:a@'), undefined)
  t.equal(parseUri('sip:2001:db8::1'), undefined)
  t.equal(parseUri('sip:a@h:123456'), undefined)
  t.equal(parseUri('no uri'), undefined)
  t.equal(parseUri(''), undefined)
})

t.test('a name with quotes, commas, angle brackets and escapes in it', async t => {
  t.match(parseNameAddr('"Fox, \\"Ann\\" <desk>" <sip:1@x>;tag=7'), {
    display: 'Fox, "Ann" <desk>',
    uri: { user: '1' },
    params: { tag: '7' }
  })
  t.match(parseNameAddr('Ann Fox <sip:1@x> ; tag = 7'), { display: 'Ann Fox', params: { tag: '7' } })
  t.match(parseNameAddr('sip:1@x;tag=7'), { display: '', uri: { host: 'x' }, params: { tag: '7' } })
  t.match(parseNameAddr('<sip:1@x;user=phone>'), { params: {} }, 'a parameter inside belongs to the URI')
})

t.test('what is no address is none', async t => {
  for (const value of ['', '"Ann', '"Ann" sip:1@x', 'Ann <sip:1@x', '<>', '<sip:>', 'Ann', '"" <x>']) {
    t.equal(parseNameAddr(value), undefined, value)
  }
})

t.test('parameters: first of a name wins, quotes hide semicolons, an open quote takes the rest', async t => {
  t.same(parseParams(';a=1;A=2;b="x;y";c;d="open;e=1'), { a: '1', b: 'x;y', c: '', d: 'open;e=' })
  t.same(parseParams(' ; tag\t=\t7\t;x'), { tag: '7', x: '' })
  t.same(parseParams('nothing'), {})
  t.equal(parseParams(';constructor=1')['constructor'], '1')
})

t.test('values are split at their commas, not at those in quotes and brackets', async t => {
  t.same(splitValues('<sip:1@x>, "b, c" <sip:2@x>,<sip:3,4@x>'), ['<sip:1@x>', '"b, c" <sip:2@x>', '<sip:3,4@x>'])
  t.same(splitValues(',, a ,'), ['a'])
  t.same(splitValues('a, "open, b'), ['a', '"open, b'])
})

t.test('64 KB of anything is read in a few milliseconds', async t => {
  const seeds = ['"', ';', '<', ',', '\\"', ';a="', ' ', '@', '%41', '?', ';\t', '"\\']
  for (const seed of seeds) {
    const text = seed.repeat(Math.ceil(65_536 / seed.length))
    for (const value of [text, `sip:${text}`, `"a" <sip:1@x>${text}`, `<sip:${text}>`]) {
      const startedAt = performance.now()
      parseNameAddr(value)
      parseParams(value)
      splitValues(value)
      const tookMs = performance.now() - startedAt
      if (tookMs > 300) t.fail(`${JSON.stringify(seed)} took ${tookMs} ms`)
    }
  }
  t.pass('all of them')
})

t.test('of a header with more values than any call has, the first are read', async t => {
  const many = Array.from({ length: 10_000 }, (_, n) => `<sip:${n}@x>`).join(',')
  const values = splitValues(many)
  t.same([values.length, values[0], values.at(-1)], [200, '<sip:0@x>', '<sip:199@x>'])
})
