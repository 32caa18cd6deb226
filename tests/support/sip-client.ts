import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { type Answer, parseAnswer } from './sip-text.ts'
import { until } from './until.ts'

/** A switch reduced to its wire: text out, answers in. */
export interface SipClient {
  readonly port: number
  /** Our own. */
  readonly address: string
  readonly answers: Answer[]
  /** Everything that came, as it came. */
  received(): string
  send(text: string | Buffer): Promise<void>
  /** The next answer not yet handed out; rejects after 5 s. */
  next(): Promise<Answer>
  isClosed(): boolean
}

interface Test {
  teardown(run: () => unknown): unknown
}

export async function udpClient(t: Test, to: number, address = '127.0.0.1'): Promise<SipClient> {
  const socket = createSocket('udp4')
  const inbox = makeInbox()
  socket.on('message', bytes => inbox.add(bytes))
  socket.bind(0, address)
  await once(socket, 'listening')
  t.teardown(() => new Promise<void>(done => socket.close(() => done())))
  return {
    ...inbox.face,
    port: socket.address().port,
    address,
    isClosed: () => false,
    send: text =>
      new Promise((done, fail) => {
        socket.send(toBytes(text), to, '127.0.0.1', thrown => (thrown ? fail(thrown) : done()))
      })
  }
}

export async function tcpClient(t: Test, to: number, address = '127.0.0.1'): Promise<SipClient> {
  const socket = connect({ port: to, host: '127.0.0.1', localAddress: address, noDelay: true })
  const inbox = makeInbox()
  let isClosed = false
  let rest = Buffer.alloc(0)
  socket.on('error', () => {})
  socket.on('close', () => {
    isClosed = true
  })
  socket.on('data', chunk => {
    rest = Buffer.concat([rest, chunk])
    for (let size = sizeOfFirst(rest); size > 0; size = sizeOfFirst(rest)) {
      inbox.add(rest.subarray(0, size))
      rest = rest.subarray(size)
    }
  })
  await once(socket, 'connect')
  t.teardown(() => void socket.destroy())
  return {
    ...inbox.face,
    received: () => inbox.face.received() + rest.toString('latin1'),
    port: socket.localPort ?? 0,
    address,
    isClosed: () => isClosed,
    send: text => new Promise(done => socket.write(toBytes(text), () => done()))
  }
}

function makeInbox() {
  const answers: Answer[] = []
  let text = ''
  let taken = 0
  const next = async (): Promise<Answer> => {
    await until(() => (answers.length > taken ? '' : 'no answer has come'))
    const answer = answers[taken++]
    if (answer === undefined) throw new Error('no answer')
    return answer
  }
  return {
    add: (bytes: Buffer) => {
      text += bytes.toString('latin1')
      answers.push(parseAnswer(bytes))
    },
    face: { answers, received: () => text, next }
  }
}

/** Bytes of the first whole answer in a stream; 0 while it is not whole. */
function sizeOfFirst(bytes: Buffer): number {
  const text = bytes.toString('latin1')
  const end = text.indexOf('\r\n\r\n')
  if (end < 0 || !text.startsWith('SIP/')) return 0
  const size = end + 4 + Number(/^content-length: *(\d+)/im.exec(text.slice(0, end))?.[1] ?? 0)
  return bytes.length < size ? 0 : size
}

function toBytes(text: string | Buffer): Buffer {
  return typeof text === 'string' ? Buffer.from(text, 'latin1') : text
}
