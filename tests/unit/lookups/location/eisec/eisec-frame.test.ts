import t from 'tap'
import { encodeFrame, FrameDecoder, MAX_FRAME_BYTES } from '../../../../../src/lookups/location/eisec/eisec-frame.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')
const said = (decoder: FrameDecoder, text: string) =>
  decoder.push(bytes(text)).map(each => (each.kind === 'body' ? each.body : each.reason))

t.test('a frame is STX, four digits, a body and ETX', async t => {
  t.same(encodeFrame('PO'), bytes('\x020002PO\x03'))
  t.equal(encodeFrame('x'.repeat(10_000)), undefined)
  t.equal(encodeFrame('a\x03b'), undefined, 'what would break a frame is not sent')
})

t.test('frames come in any pieces', async t => {
  const all = '\x020002LA\x03\x020003LG2\x03\x020002PO\x03'
  for (let cut = 1; cut < all.length; cut++) {
    const decoder = new FrameDecoder()
    t.same(
      [...said(decoder, all.slice(0, cut)), ...said(decoder, all.slice(cut))],
      ['LA', 'LG2', 'PO'],
      `cut at ${cut}`
    )
  }
  const single = new FrameDecoder()
  t.same(
    [...all].flatMap(each => said(single, each)),
    ['LA', 'LG2', 'PO']
  )
  t.equal(single.held, 0)
})

t.test('what is no frame is said once, and the next frame is found', async t => {
  t.same(said(new FrameDecoder(), 'HTTP/1.1 400 Bad\r\n\x020002PO\x03'), ['garbage', 'PO'])
  t.same(said(new FrameDecoder(), '\x0200x2PO\x03\x020002LA\x03'), ['length', 'garbage', 'LA'])
  t.same(said(new FrameDecoder(), '\x020005PO\x03\x020002LA\x03'), ['end', 'LA'], 'a length that is too long')
  t.same(said(new FrameDecoder(), '\x020002LA1\x03\x020002PO\x03'), ['end', 'garbage', 'PO'], 'one that is too short')
})

t.test('a frame that breaks off in the middle does not swallow those after it', async t => {
  const decoder = new FrameDecoder()
  t.same(said(decoder, '\x020332QP07NA056*MOB* '), [])
  t.same(said(decoder, '\x020002PO\x03'), ['cut', 'PO'])
})

t.test('no more than one frame is ever held', async t => {
  const decoder = new FrameDecoder()
  t.same(said(decoder, `\x029999${'x'.repeat(9_999)}`), [])
  t.ok(decoder.held <= MAX_FRAME_BYTES)
  t.same(said(decoder, 'y'), ['end', 'garbage'])
  t.equal(decoder.held, 0)
})
