import { createServer, type Socket } from 'node:net'
import type { Test } from 'tap'

export interface FakeSentinel {
  /** Of a link that asks this Sentinel, and finds it to be the master too. */
  readonly url: string
  /** How often the master was asked for and has not been named yet. */
  readonly asked: () => number
  /** How many connections want to hear of another master. */
  readonly listening: () => number
  /** Names the master to whoever asked, and from now on at once. */
  readonly answer: () => void
  /** Tells everybody who listens that there is another master. */
  readonly switchMaster: () => void
}

/** A Sentinel that takes its time, and a master that says yes to everything, in one: a real one cannot be held up so exactly. */
export async function makeFakeSentinel(t: Test): Promise<FakeSentinel> {
  const sockets = new Set<Socket>()
  const listeners = new Set<Socket>()
  const waiting: (() => void)[] = []
  let isHeld = true
  let port = 0
  const reply = (socket: Socket, words: readonly string[]) => {
    const said = words.join(' ').toLowerCase()
    if (said.startsWith('sentinel get-master-addr-by-name')) {
      const name = () => void socket.write(array('127.0.0.1', String(port)))
      if (isHeld) waiting.push(name)
      else name()
    } else if (said.startsWith('subscribe')) {
      listeners.add(socket)
      socket.write(`>3\r\n${bulk('subscribe')}${bulk('+switch-master')}:1\r\n`)
    } else if (said.startsWith('sentinel')) socket.write('*0\r\n')
    else if (said.startsWith('info')) socket.write(bulk('# Server\r\nredis_version:7.0.15\r\nloading:0\r\nrole:master'))
    else if (said.startsWith('role')) socket.write(`*3\r\n${bulk('master')}:0\r\n*0\r\n`)
    else socket.write('+PONG\r\n')
  }
  const server = createServer(socket => {
    let text = ''
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      sockets.delete(socket)
      listeners.delete(socket)
    })
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
      for (let next = takeCommand(text); next !== undefined; next = takeCommand(text)) {
        text = next.rest
        reply(socket, next.words)
      }
    })
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  port = typeof address === 'object' && address !== null ? address.port : 0
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise(done => server.close(done))
  })
  return {
    url: `redis+sentinel://127.0.0.1:${port}/here`,
    asked: () => waiting.length,
    listening: () => listeners.size,
    answer: () => {
      isHeld = false
      for (const name of waiting.splice(0)) name()
    },
    switchMaster: () => {
      const news = array('message', '+switch-master', `here 127.0.0.1 1 127.0.0.1 ${port}`).replace('*', '>')
      for (const socket of listeners) socket.write(news)
    }
  }
}

/** The first whole command of what was received, and what follows it; all arguments are bulk strings. */
function takeCommand(text: string): { readonly words: readonly string[]; readonly rest: string } | undefined {
  const head = /^\*(\d+)\r\n/.exec(text)
  if (head === null) return undefined
  let at = head[0].length
  const words: string[] = []
  for (let left = Number(head[1]); left > 0; left--) {
    const size = /^\$(\d+)\r\n/.exec(text.slice(at, at + 16))
    if (size === null) return undefined
    const from = at + size[0].length
    at = from + Number(size[1]) + 2
    if (text.length < at) return undefined
    words.push(text.slice(from, at - 2))
  }
  return { words, rest: text.slice(at) }
}

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`
}

function array(...texts: string[]): string {
  return `*${texts.length}\r\n${texts.map(bulk).join('')}`
}
