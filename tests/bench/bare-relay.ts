import { WebSocket } from 'ws'
import { CallBook, type Sender } from '../../src/load/call-book.ts'
import { Latency } from '../../src/load/latency.ts'
import type { Mix } from '../../src/load/mix.ts'
import { planCalls } from '../../src/load/plan.ts'
import { SippLoad } from '../../src/load/sipp-load.ts'
import { demoSite } from '../../src/load/site.ts'
import { WallClock } from '../../src/load/wall-clock.ts'
import { freePort } from '../../src/simulator/free-port.ts'
import { startRelay } from './kamailio.ts'
import { cpuMsOf, memoryOfAll, sum } from './subjects.ts'
import type { Figures } from './table.ts'

const HOST = '127.0.0.1'
const HOLD_MS = 2_000
const MB = 1024 * 1024

export interface RelayLoad {
  readonly cps: number
  readonly seconds: number
  /** Not in the times. */
  readonly warmUpSeconds: number
  readonly desks: number
  readonly mix: Mix
  readonly seed: number
}

/**
 * The calls of a load into Kamailio, which answers them and hands each INVITE to the WebSocket of its desk: the least
 * that brings a call to a screen. Sent by the same SIPp from the same plan, and timed as the load times its own.
 */
export async function measureRelay(load: RelayLoad): Promise<readonly Figures[]> {
  const { cps, seconds, warmUpSeconds, desks, mix, seed } = load
  const [port, webSocketPort] = [await freePort(), await freePort()]
  const relay = await startRelay(port, webSocketPort)
  const { ringLeg: _, ...site } = demoSite(desks)
  const clock = new WallClock()
  const came = new Map<string, number>()
  const sockets: WebSocket[] = []
  try {
    for (const { device } of site.desks) {
      sockets.push(await openDesk(webSocketPort, device, callId => came.set(callId, came.get(callId) ?? clock.now())))
    }
    const calls = cps * (seconds + warmUpSeconds)
    const plan = planCalls({ ...{ calls, mix, desks, holdMs: HOLD_MS, acks: 'at-once', seed } })
    const sender: Sender = { plan, rate: { calls: cps, periodMs: 1_000 } }
    const book = new CallBook({ site, senders: [sender] })
    const sipCallIds: string[] = []
    const sipp = new SippLoad({
      ...{ ...sender, site, to: { host: HOST, port }, from: undefined, transport: 'udp', tls: undefined },
      onLine: line => {
        const before = book.calls.length
        book.onSipp(0, line)
        if (book.calls.length > before) sipCallIds.push(line.sipCallId)
      }
    })
    const cpuBefore = await sum(await relay.pids(), cpuMsOf)
    await sipp.run()
    const cpuMs = (await sum(await relay.pids(), cpuMsOf)) - cpuBefore
    const [answered, screen] = [new Latency(), new Latency()]
    for (const [at, call] of book.calls.entries()) {
      if (call.place < cps * warmUpSeconds) continue
      const dueAt = book.dueAt(call)
      const since = (moment: number | undefined) => (moment === undefined ? undefined : moment - dueAt)
      answered.add(since(call.answeredAt))
      screen.add(since(came.get(sipCallIds[at] ?? '')))
    }
    const each = {
      cpuUs: (cpuMs * 1_000) / Math.max(1, book.calls.length),
      rssMb: (await memoryOfAll(await relay.pids())) / MB
    }
    return [
      { ...toFigures('answered 200', answered), ...each },
      { ...toFigures('INVITE at the screen', screen), ...each }
    ]
  } finally {
    for (const socket of sockets) socket.terminate()
    await relay.stop()
  }
}

function toFigures(what: string, latency: Latency): Figures {
  const { count, lost, p50, p99 } = latency.figures()
  const times = { ...(p50 === undefined ? {} : { p50 }), ...(p99 === undefined ? {} : { p99 }) }
  return { subject: 'Kamailio, bare relay', what, isReference: true, count, lost, ...times }
}

/** Resolves when Kamailio knows which socket is this desk's. */
function openDesk(port: number, device: string, onInvite: (callId: string) => void): Promise<WebSocket> {
  const socket = new WebSocket(`ws://${HOST}:${port}/`, 'sip', { origin: `http://${HOST}`, perMessageDeflate: false })
  return new Promise((done, fail) => {
    socket.on('error', fail)
    socket.on('open', () => socket.send(hello(device)))
    socket.on('message', data => {
      const text = String(data)
      if (text.startsWith('SIP/2.0 200')) done(socket)
      else if (text.startsWith('INVITE ')) onInvite(/^Call-ID: (\S+)/im.exec(text)?.[1] ?? '')
    })
  })
}

function hello(device: string): string {
  const lines = [
    `OPTIONS sip:${HOST} SIP/2.0`,
    `Via: SIP/2.0/WS desk.invalid;branch=z9hG4bK${device}`,
    `From: <sip:${device}@desk.invalid>;tag=a`,
    `To: <sip:${HOST}>`,
    `Call-ID: hello-${device}`,
    'CSeq: 1 OPTIONS',
    'Max-Forwards: 70',
    `X-Device: ${device}`,
    'Content-Length: 0'
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}
