import { createSocket } from 'node:dgram'
import { EventEmitter, once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Test } from 'tap'
import { after } from '../../src/operations/lifecycle.ts'
import { SipFramer } from '../../src/switches/sip/embedded/sip-framer.ts'
import { OpenCalls, type Target } from './fuzz-switch.ts'
import type { makeRandom } from './random.ts'
import { mutate, renamed, withTrueLength } from './sip-mutants.ts'
import type { Seed } from './sip-seeds.ts'
import { type Answer, invite, makeBranch, makeDialog, parseAnswer, request, toTagOf } from './sip-text.ts'
import { until } from './until.ts'

type Random = ReturnType<typeof makeRandom>

const METHODS = ['ACK', 'BYE', 'CANCEL', 'INFO', 'INVITE', 'UPDATE', 'OPTIONS', 'PRACK', 'REFER', 'NOTIFY'] as const
const ANSWER_WITHIN_MS = 15_000
/** So many calls of spoilt messages are kept up, for requests inside them. */
const OPEN_CALLS = 30

/** One message in four is of a call that is up, one in ten is whole; of the others half say their length truly. */
export function makeMutant(
  { random, seeds }: { random: Random; seeds: readonly Seed[] },
  { calls, host, port }: { calls: OpenCalls; host: string; port: number },
  n: number
): string {
  const seed = random.pick(seeds)
  const open = calls.all()
  const call = open.length > 0 && random.below(4) === 0 ? random.pick(open) : undefined
  const text = call?.request(random.pick(METHODS)) ?? renamed(seed.text, { n, host, port })
  const whole = call !== undefined && random.below(2) === 0 ? withBodyOf(text, seed.text) : text
  const mutant = random.below(10) === 0 ? whole : mutate(random, whole, random.pick(seeds).text)
  return random.below(2) === 0 ? withTrueLength(mutant) : mutant
}

function withBodyOf(text: string, other: string): string {
  const at = other.indexOf('\r\n\r\n')
  const type = /^(?:content-type|c)[ \t]*:[^\r\n]*/im.exec(other)?.[0]
  if (at < 0 || type === undefined) return text
  return withTrueLength(text.replace('\r\n\r\n', `\r\n${type}\r\n\r\n${other.slice(at + 4)}`))
}

/** What a switch heard, and what it makes of it: it acknowledges, cancels and hangs up as it should. */
function makeEar(send: (text: string) => void) {
  const calls = new OpenCalls(OPEN_CALLS)
  const heard = { answers: 0, badLines: 0 }
  const hear = (answer: Answer) => {
    heard.answers += 1
    if (/\r[^\n]/.test(answer.text)) heard.badLines += 1
    for (const reply of calls.replies(answer)) send(reply)
  }
  return { calls, heard, hear }
}

/** A switch over UDP that sends whatever it is given. */
export async function udpSwitch(t: Test, target: Pick<Target, 'port'>, host: string) {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 })
  socket.bind(0, host)
  await once(socket, 'listening')
  t.teardown(() => new Promise<void>(done => socket.close(() => done())))
  const send = (text: string) => socket.send(Buffer.from(text, 'latin1'), target.port, '127.0.0.1')
  const ear = makeEar(send)
  socket.on('message', bytes => ear.hear(parseAnswer(bytes)))
  // An answer to a port nobody listens on comes back as an error of this one.
  socket.on('error', () => {})
  return { ...ear, host, port: socket.address().port, send }
}

/** A switch over TCP: a connection for each lot of messages, cut at random, several to a segment. */
export function tcpSwitch(target: Target, host: string, random: Random) {
  let link: Socket | undefined
  const ear = makeEar(text => void link?.write(Buffer.from(text, 'latin1')))
  const sendLot = async (texts: readonly string[]) => {
    const ping = `lot-${random.below(1_000_000_000)}`
    const answered = new EventEmitter()
    const socket = connect({ port: target.port, host: '127.0.0.1', localAddress: host, noDelay: true })
    link = socket
    const answers = new SipFramer(1_000_000)
    socket.on('error', () => {})
    const closed = new Promise<void>(done => {
      socket.on('close', () => done())
    })
    socket.on('data', chunk => {
      for (const message of answers.push(chunk).messages) {
        const answer = parseAnswer(message)
        if (answer.text.includes(ping)) answered.emit('ping')
        else ear.hear(answer)
      }
    })
    await once(socket, 'connect')
    const inStep = texts.filter(isInStep)
    const others = texts.filter(text => !isInStep(text))
    const end = request({ dialog: makeDialog({ callId: ping }), method: 'OPTIONS', via: viaOf('TCP', host, 0) })
    const ponged = once(answered, 'ping', { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })
    await writeCut(socket, random, inStep.join('') + end)
    await Promise.race([ponged, closed])
    // Those that lie about where they end come last: nothing behind them can be told from them.
    await writeCut(socket, random, others.join(''))
    socket.end()
    await closed
  }
  return { ...ear, host, port: 5060, sendLot }
}

/** Whether a stream goes on after it, as our own framer has it. */
function isInStep(text: string): boolean {
  const bytes = Buffer.from(text, 'latin1')
  const { messages, fault } = new SipFramer(65_536).push(bytes)
  return fault === undefined && messages.reduce((sum, each) => sum + each.length, 0) === bytes.length
}

async function writeCut(socket: Socket, random: Random, text: string): Promise<void> {
  const bytes = Buffer.from(text, 'latin1')
  for (let at = 0; at < bytes.length; ) {
    const to = Math.min(bytes.length, at + 1 + random.below(random.below(3) === 0 ? 60 : 6_000))
    if (socket.destroyed || !socket.writable) return
    await new Promise<void>(done => socket.write(bytes.subarray(at, to), () => done()))
    at = to
  }
}

/** Call-ID and CSeq. */
function namesOf(text: string): readonly (string | undefined)[] {
  return [/^Call-ID: (.*)$/m.exec(text)?.[1], /^CSeq: (.*)$/m.exec(text)?.[1]]
}

const viaOf = (protocol: string, host: string, port: number, branch = makeBranch()) =>
  `SIP/2.0/${protocol} ${host}:${port === 0 ? 5060 : port};branch=${branch}`

/** The switch beside it all whose calls are good, over UDP. Answers are waited for by event: polls would take the time. */
export async function goodSwitch(t: Test, target: Target, host: string) {
  const socket = createSocket('udp4')
  socket.bind(0, host)
  await once(socket, 'listening')
  t.teardown(() => new Promise<void>(done => socket.close(() => done())))
  /** The answer to this request; a 200 that came twice, because its ACK was read late, is none to the next. */
  const say = async (text: string): Promise<Answer> => {
    const [wantedId, wantedCseq] = namesOf(text)
    const answered = new Promise<Answer>((done, fail) => {
      const stop = after(ANSWER_WITHIN_MS, () => fail(new Error(`no answer to ${text}`)))
      const hear = (bytes: Buffer) => {
        const [id, cseq] = namesOf(bytes.toString('latin1'))
        if (id !== wantedId || cseq !== wantedCseq) return
        stop()
        socket.off('message', hear)
        done(parseAnswer(bytes))
      }
      socket.on('message', hear)
    })
    socket.send(text, target.port, '127.0.0.1')
    return answered
  }
  const via = () => viaOf('UDP', host, socket.address().port)
  return {
    /** Everything sent over UDP before it has been read. */
    ping: async () => (await say(request({ dialog: makeDialog(), method: 'OPTIONS', via: via() }))).status,
    /** Answers to INVITE and BYE. */
    call: async (name: string) => {
      const dialog = makeDialog({ callId: name })
      const answer = await say(invite(dialog, { via: via() }))
      const known = { ...dialog, toTag: toTagOf(answer) }
      socket.send(request({ dialog: known, method: 'ACK', via: via() }), target.port, '127.0.0.1')
      const ended = await say(request({ dialog: known, method: 'BYE', cseq: 2, via: via() }))
      return `${answer.status},${ended.status}`
    }
  }
}

const QUIET_WITHIN_MS = 90_000
const HALF_A_DAY_MS = 13 * 3_600_000

/** After the last message: every call ends, every timer runs out, and the memory is given back. */
export async function endsClean(t: Test, target: Target, { heapMb, timers }: { heapMb: number; timers: number }) {
  const open = await target.report()
  t.comment(`figure: ${open.held['legs']} calls are up whose switch never said their end; their time is set to be over`)
  await target.later(HALF_A_DAY_MS)
  await until(async () => {
    const { held, timers: now } = await target.report()
    const isEmpty = Object.values(held).every(each => each === 0)
    return isEmpty && now <= timers ? '' : `${JSON.stringify(held)}, ${now} timers, ${timers} before`
  }, QUIET_WITHIN_MS)
  const end = await target.weigh()
  t.comment(`figure: heap ${heapMb.toFixed(1)} MB before, ${end.heapMb.toFixed(1)} MB when all is quiet`)
  t.ok(end.heapMb < heapMb + 8, 'memory is as it was, but for compiled code')
  t.equal(end.receiveFaults, 0, 'nothing was left to the last-resort catch')
  t.ok(target.isAlive())
}
