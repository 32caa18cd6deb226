import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { ADMIN_SECRET } from './drachtio-server.ts'
import { until } from './until.ts'

/** A response of the driver, as its server would put it on the wire. */
export interface Responded {
  readonly transaction: string
  readonly status: number
  readonly text: string
}

/** The admin port of a drachtio-server, with its switches in the test's hand. */
export interface FakeDrachtio {
  readonly port: number
  readonly responses: readonly Responded[]
  /** Requests the driver wants to send inside a dialog. */
  readonly requests: readonly string[]
  /** Methods the driver asked for. */
  readonly routes: readonly string[]
  /** Transactions whose responses were refused. */
  readonly refused: readonly string[]
  /** From now on every response is refused with these words, or taken again. */
  refuseResponses(why?: string): void
  /** Answers nothing more: frozen. */
  freeze(is: boolean): void
  /** A request of a switch; its transaction is its name in `responses`. */
  request(raw: string, over?: Partial<{ address: string; transaction: string; dialog: string; source: string }>): string
  /** A record of an ended call. */
  over(raw: string, reason: string): void
  /** Bytes as they are. */
  write(bytes: string | Buffer): void
  /** Several messages in one piece. */
  together(run: () => void): void
  answered(transaction: string): Promise<Responded>
  cut(): void
  /** Ends its connection and takes no other. */
  close(): void
  /** Now, and ever. */
  connections(): number
  accepted(): number
}

interface Test {
  teardown(run: () => unknown): unknown
}

export async function fakeDrachtio(t: Test): Promise<FakeDrachtio> {
  const responses: Responded[] = []
  const requests: string[] = []
  const routes: string[] = []
  const refused: string[] = []
  let socket: Socket | undefined
  let refusal: string | undefined
  let isFrozen = false
  const say = (message: string) => {
    const text = `${randomUUID()}|${message}`
    socket?.write(`${Buffer.byteLength(text)}#${text}`)
  }
  const onMessage = (id: string, message: string) => {
    const [head = '', ...rest] = message.split('\r\n')
    const [kind, first = '', dialog = ''] = head.split('|')
    if (kind === 'authenticate')
      say(`response|${id}|${first === ADMIN_SECRET ? 'OK|udp/127.0.0.1:5060|v0.9.10' : 'NOK'}`)
    else if (kind === 'route') routes.push(first)
    else if (kind === 'ping') say(`response|${id}|OK`)
    else if (kind === 'sip' && rest[0]?.startsWith('SIP/2.0')) {
      const text = rest.join('\r\n')
      if (refusal !== undefined) {
        refused.push(first)
        say(`response|${id}|NOK|${refusal}`)
        return
      }
      responses.push({ transaction: first, status: Number(text.slice(8, 11)), text })
      say(`response|${id}|OK|application|100|udp|127.0.0.1|5060|12:00:00|${first}|dialog-${first}|\r\n${text}`)
    } else if (kind === 'sip') requests.push(`${dialog} ${rest.join('\r\n')}`)
  }
  let open = 0
  let accepted = 0
  const server = createServer(each => {
    socket = each
    open += 1
    accepted += 1
    each.on('close', () => {
      open -= 1
    })
    let unread = Buffer.alloc(0)
    each.on('error', () => {})
    each.on('data', chunk => {
      if (isFrozen) return
      unread = Buffer.concat([unread, chunk])
      for (let hash = unread.indexOf('#'); hash > 0; hash = unread.indexOf('#')) {
        const end = hash + 1 + Number(unread.toString('utf8', 0, hash))
        if (unread.length < end) return
        const text = unread.toString('utf8', hash + 1, end)
        unread = unread.subarray(end)
        onMessage(text.slice(0, text.indexOf('|')), text.slice(text.indexOf('|') + 1))
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    socket?.destroy()
    server.close()
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    ...{ responses, requests, routes, refused },
    refuseResponses: why => {
      refusal = why
    },
    freeze: is => {
      isFrozen = is
    },
    request: (raw, over = {}) => {
      const all = { address: '127.0.0.1', transaction: randomUUID(), dialog: '', source: 'network', ...over }
      const size = Buffer.byteLength(raw)
      const meta = `${all.source}|${size}|udp|${all.address}|5060|12:00:00|${all.transaction}|${all.dialog}`
      say(`sip|${meta}|127.0.0.1|5060\r\n${raw}`)
      return all.transaction
    },
    over: (raw, reason) => say(`cdr:stop|network|12:00:00|${reason}\r\n${raw}`),
    write: bytes => void socket?.write(bytes),
    together: run => {
      socket?.cork()
      run()
      socket?.uncork()
    },
    answered: async transaction => {
      const find = () => responses.findLast(each => each.transaction === transaction && each.status !== 100)
      await until(() => (find() === undefined ? 'no response' : ''))
      return find() as Responded
    },
    cut: () => void socket?.destroy(),
    close: () => {
      server.close()
      socket?.destroy()
    },
    connections: () => open,
    accepted: () => accepted
  }
}
