import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { silentLog } from '../../../src/operations/log.ts'
import { endRedis, makeRedis } from '../../../src/operations/redis.ts'
import { failOnLeaks } from '../../support/leaks.ts'
import { until } from '../../support/until.ts'

failOnLeaks(t)

const MASTER = 'callbox'

async function listen(t: Test, onCommand: (words: readonly string[], socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createServer(socket => {
    sockets.add(socket)
    let text = ''
    socket.on('error', () => {})
    socket.on('data', bytes => {
      text += bytes.toString()
      for (let words = takeCommand(); words !== undefined; words = takeCommand()) onCommand(words, socket)
    })
    /** One whole command off the front: an array of bulk strings without line ends in them. */
    const takeCommand = (): string[] | undefined => {
      const [, count] = /^\*(\d+)\r\n/.exec(text) ?? []
      const whole = new RegExp(`^\\*${count}\\r\\n((?:\\$\\d+\\r\\n[^\\r]*\\r\\n){${count}})`).exec(text)
      if (count === undefined || whole === null) return undefined
      text = text.slice(whole[0].length)
      return [...(whole[1] ?? '').matchAll(/\$\d+\r\n([^\r]*)\r\n/g)].map(([, word = '']) => word)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as { port: number }).port
}

const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`

t.test('Redis fails over while a link asks who is master: the link comes up, at the new one', async t => {
  const asked: Socket[] = []
  const hearing: Socket[] = []
  const greeted: string[] = []
  const makeMaster = (name: string) =>
    listen(t, ([command = ''], socket) => {
      if (command === 'info') greeted.push(name)
      socket.write(command === 'info' ? bulk('redis_version:8.0.0') : '+OK\r\n')
    })
  const [oldPort, newPort] = [await makeMaster('old'), await makeMaster('new')]
  const sentinel = await listen(t, ([command = '', what = ''], socket) => {
    if (command === 'subscribe') {
      socket.write(`>3\r\n${bulk('subscribe')}${bulk(what)}:1\r\n`)
      hearing.push(socket)
    } else if (command === 'sentinel' && what === 'get-master-addr-by-name') asked.push(socket)
    else socket.write(command === 'info' ? bulk('redis_version:8.0.0') : '+OK\r\n')
  })
  const say = (socket: Socket | undefined, port: number) =>
    socket?.write(`*2\r\n${bulk('127.0.0.1')}${bulk(String(port))}`)

  const link = makeRedis({ url: `redis+sentinel://127.0.0.1:${sentinel}/${MASTER}`, role: 'commands', log: silentLog })
  t.teardown(() => endRedis(link))
  await until(() => (hearing.length > 0 && asked.length > 0 ? '' : 'not asked yet'))
  const news = `${MASTER} 127.0.0.1 ${oldPort} 127.0.0.1 ${newPort}`
  hearing[0]?.write(`>3\r\n${bulk('message')}${bulk('+switch-master')}${bulk(news)}`)
  // Nothing tells that the news was read; were it not, the test would see nothing amiss.
  await pause(100)
  say(asked.shift(), oldPort)
  await until(() => {
    say(asked.shift(), newPort)
    return greeted.at(-1) === 'new' && link.status === 'ready' ? '' : `${link.status}, after ${greeted}`
  })
  t.same(greeted, ['old', 'new'], 'what it was told before the news is left again')
})
