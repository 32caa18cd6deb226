import t from 'tap'
import { bodyParts } from '../../../../src/switches/sip/body-parts.ts'

const parts = (type: string | undefined, body: string) => bodyParts({ header: () => type, body })

t.test('a body of one type is itself', async t => {
  t.same(parts('Application/SDP; charset=utf-8', 'v=0'), [{ type: 'application/sdp', content: 'v=0' }])
  t.same(parts(undefined, 'v=0'), [])
  t.same(parts('application/sdp', ''), [])
})

t.test('the parts of a body of several, with and without a type, CR or not', async t => {
  const body = [
    'preamble',
    '--b',
    'Content-ID: <loc@x>',
    'content-type : application/pidf+xml;charset=utf-8',
    '',
    '<presence/>',
    '--b',
    '',
    'plain',
    '--b--',
    'epilogue'
  ]
  const found = [
    { type: 'application/pidf+xml', content: '<presence/>', id: 'loc@x' },
    { type: 'text/plain', content: 'plain' }
  ]
  t.same(parts('multipart/mixed;boundary=b', body.join('\r\n')), found)
  t.same(parts('multipart/mixed; Boundary="b"', body.join('\n')), found)
})

t.test('bytes of a part stay as they are', async t => {
  const bytes = '\u0000\u00ff\u0080--a'
  t.same(parts('multipart/related;boundary=xyz', `--xyz\r\nContent-Type: a/b\r\n\r\n${bytes}\r\n--xyz--`), [
    { type: 'a/b', content: bytes }
  ])
})

t.test('what is no body of parts has none, and nobody makes us cut thousands', async t => {
  t.same(parts('multipart/mixed', '--b\r\n\r\nx'), [])
  t.same(parts('multipart/mixed;boundary=""', '--\r\n\r\nx'), [])
  t.same(parts(`multipart/mixed;boundary=${'b'.repeat(71)}`, 'x'), [])
  t.same(parts('multipart/mixed;boundary=b', 'no boundary in it'), [])
  t.same(parts('multipart/mixed;boundary=b', '--b\r\nno blank line'), [])
  t.equal(parts('multipart/mixed;boundary=b', '--b\r\n\r\nx\r\n'.repeat(5_000)).length, 10)
})

t.test('parts within parts are found, as a recorder wraps a location into its own body', async t => {
  const inner = ['--i', 'Content-Type: application/pidf+xml', '', '<presence/>', '--i--', ''].join('\r\n')
  const outer = [
    '--o',
    'Content-Type: application/sdp',
    '',
    'v=0',
    '--o',
    'Content-Type: multipart/mixed;boundary=i',
    ''
  ]
  t.same(parts('multipart/mixed;boundary=o', [...outer, inner, '--o--'].join('\r\n')), [
    { type: 'application/sdp', content: 'v=0' },
    { type: 'application/pidf+xml', content: '<presence/>' }
  ])
})

t.test('a delimiter inside a line, or with more behind it, is the part’s own text', async t => {
  const body = ['--b', 'Content-Type: a/b', '', 'x --b y', '--bc', 'z', '--b--'].join('\r\n')
  t.same(parts('multipart/mixed;boundary=b', body), [{ type: 'a/b', content: 'x --b y\r\n--bc\r\nz' }])
})

t.test('a part that a mail library packed is unpacked, and a header that goes on in the next line is one', async t => {
  const packed = (encoding: string, content: string) =>
    parts(
      'multipart/mixed;boundary=b',
      `--b\r\nContent-Type: a/b\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${content}\r\n--b--`
    )[0]?.content
  t.equal(packed('base64', 'PHAv\r\nPg=='), '<p/>')
  t.equal(packed('Quoted-Printable', '<p x=3D"=C3=\r\n=A9"/>'), '<p x="\u00c3\u00a9"/>')
  t.equal(packed('binary', '=3D'), '=3D')
  t.equal(packed('base64', '\u0000!!'), '')
  const folded = '--b\r\nContent-Type:\r\n application/sdp\r\nContent-ID:\r\n\t<a@x>\r\n\r\nv=0\r\n--b--'
  t.same(parts('multipart/mixed;boundary=b', folded), [{ type: 'application/sdp', content: 'v=0', id: 'a@x' }])
})
