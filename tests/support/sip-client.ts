import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type ConnectionOptions, connect as tlsConnect } from 'node:tls'
import { WebSocket } from 'ws'
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
  /** The next answer not yet handed out; rejects when none has come in 15 s. */
  next(): Promise<Answer>
  /** The next that is not provisional: a slow record has 100 said first. */
  final(): Promise<Answer>
  isClosed(): boolean
  /** At once, without a word. */
  close(): void
  /** Nothing more is sent; what comes is still read. */
  end(): void
}

interface Test {
  teardown(run: () => unknown): unknown
}

export async function udpClient(t: Test, to: number, address = '127.0.0.1'): Promise<SipClient> {
  const isV6 = address.includes(':')
  const socket = createSocket(isV6 ? 'udp6' : 'udp4')
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
    close: () => {},
    end: () => {},
    send: text =>
      new Promise((done, fail) => {
        socket.send(toBytes(text), to, isV6 ? '::1' : '127.0.0.1', thrown => (thrown ? fail(thrown) : done()))
      })
  }
}

export async function tcpClient(t: Test, to: number, address = '127.0.0.1'): Promise<SipClient> {
  const host = address.includes(':') ? '::1' : '127.0.0.1'
  const socket = connect({ port: to, host, localAddress: address, noDelay: true })
  const client = streamClient(t, socket)
  await once(socket, 'connect')
  return client()
}

/** Rejects where the handshake fails; a server that closes afterwards is seen by `isClosed`. */
export async function tlsClient(t: Test, to: number, options: ConnectionOptions): Promise<SipClient> {
  const socket = tlsConnect({ port: to, host: '127.0.0.1', checkServerIdentity: () => undefined, ...options })
  const client = streamClient(t, socket)
  await once(socket, 'secureConnect')
  return client()
}

export async function wsClient(t: Test, url: string, options: ConnectionOptions = {}): Promise<SipClient> {
  // Node takes whatever is returned for the reason of a refusal; the type of ws says otherwise.
  const checkServerIdentity = (() => undefined) as unknown as () => boolean
  const socket = new WebSocket(url, 'sip', { ...options, checkServerIdentity })
  const inbox = makeInbox()
  socket.on('message', data => inbox.add(Buffer.from(data as Buffer)))
  socket.on('error', () => {})
  t.teardown(() => socket.terminate())
  await once(socket, 'open')
  return {
    ...inbox.face,
    port: 0,
    address: '127.0.0.1',
    isClosed: () => socket.readyState === WebSocket.CLOSED,
    close: () => socket.terminate(),
    end: () => socket.close(),
    send: text => new Promise((done, fail) => socket.send(text, thrown => (thrown ? fail(thrown) : done())))
  }
}

/** The client of an open connection, once `port` is known. */
function streamClient(t: Test, socket: Socket): () => SipClient {
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
  t.teardown(() => void socket.destroy())
  return () => ({
    ...inbox.face,
    received: () => inbox.face.received() + rest.toString('latin1'),
    port: socket.localPort ?? 0,
    address: socket.localAddress ?? '',
    isClosed: () => isClosed,
    close: () => void socket.destroy(),
    end: () => void socket.end(),
    send: text => new Promise(done => socket.write(toBytes(text), () => done()))
  })
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
  const final = async (): Promise<Answer> => {
    for (;;) {
      const answer = await next()
      if (answer.status >= 200) return answer
    }
  }
  return {
    add: (bytes: Buffer) => {
      text += bytes.toString('latin1')
      answers.push(parseAnswer(bytes))
    },
    face: { answers, received: () => text, next, final }
  }
}

/** Bytes of the first whole message in a stream; 0 while it is not whole. */
function sizeOfFirst(bytes: Buffer): number {
  const text = bytes.toString('latin1')
  const end = text.indexOf('\r\n\r\n')
  if (end < 0 || !/^[A-Z]+[ /]/.test(text)) return 0
  const size = end + 4 + Number(/^content-length: *(\d+)/im.exec(text.slice(0, end))?.[1] ?? 0)
  return bytes.length < size ? 0 : size
}

function toBytes(text: string | Buffer): Buffer {
  return typeof text === 'string' ? Buffer.from(text, 'latin1') : text
}
