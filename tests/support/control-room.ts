import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import { DEMO_CONFIG } from '../../src/operations/config.ts'
import type { Alarm, BoardEvent } from '../../src/pop/board.ts'
import { DEMO_PASSWORD } from '../../src/simulator/demo-data.ts'
import type { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import { SipCaller } from '../../src/simulator/sip-caller.ts'
import { RawConsole } from './raw-console.ts'
import { toldOf } from './told.ts'

/*
 * A handler or supervisor whose every word is the test's: it acknowledges nothing unless told to. What it is shown is
 * read from the frames themselves.
 */

const ANSWER_POLL_MS = 5

interface Person {
  readonly handler: string
  readonly position: string
  /** Acknowledges each pop at once. */
  readonly acks?: boolean
}

export class ManualDesk {
  readonly page: RawConsole
  readonly handler: string
  readonly #read: (path: string) => Promise<Response>
  #acked = 0
  #commands = 0

  constructor(page: RawConsole, handler: string, read: (path: string) => Promise<Response>) {
    this.page = page
    this.handler = handler
    this.#read = read
  }

  /** A question by HTTP, as this person. */
  read(path: string): Promise<Response> {
    return this.#read(path)
  }

  /** Calls shown, in their order, each once: as a pop, or by a snapshot. */
  get pops(): readonly string[] {
    const calls = this.page.received.flatMap(message => {
      if (message.t === 'snapshot') return message.cards.map(({ call }) => call)
      return message.t === 'ev' && message.ev.type === 'call.pop' ? [message.ev.call] : []
    })
    return [...new Set(calls)]
  }

  /** The last words about a call. */
  wordsOf(call: string) {
    return toldOf(this.page.events, call).at(-1)
  }

  /** What the board was told, each thing once. */
  get board(): readonly BoardEvent[] {
    const found = new Map<string, BoardEvent>()
    for (const { eventId, ev } of this.page.events) if (!('call' in ev)) found.set(eventId, ev)
    return [...found.values()]
  }

  /** Alarms it was told of, by an event or by a snapshot, in their order. */
  get alarms(): readonly Alarm[] {
    return this.page.received.flatMap(message => {
      if (message.t === 'snapshot') return (message.board?.alarms ?? []).map(({ alarm }) => alarm)
      return message.t === 'ev' && message.ev.type === 'alarm.raised' ? [message.ev.data] : []
    })
  }

  get raised(): readonly string[] {
    return this.alarms.map(({ code }) => code)
  }

  get ended(): readonly string[] {
    return this.board.flatMap(ev => (ev.type === 'alarm.ended' ? [ev.data.code] : []))
  }

  /** The newest alarm of this code that it was told of. */
  alarmOf(code: string): Alarm | undefined {
    return this.alarms.findLast(alarm => alarm.code === code)
  }

  ackAll(): void {
    const events = this.page.events.slice(this.#acked)
    this.#acked += events.length
    const pops = events.flatMap(({ ev }) => (ev.type === 'call.pop' ? [ev.data.popId] : []))
    const seq = Math.max(0, ...events.map(event => event.seq ?? 0))
    if (pops.length > 0) this.page.send({ t: 'ack', seq, pops })
  }

  /** The answer to a command. */
  async command(op: string, args: object) {
    const id = `command-${++this.#commands}`
    this.page.send({ t: 'cmd', id, op, args })
    for (;;) {
      const answer = this.page.received.find(message => message.t === 'res' && message.id === id)
      if (answer?.t === 'res') return answer
      if (this.page.closed !== undefined) throw new Error(`closed with ${this.page.closed}`)
      await pause(ANSWER_POLL_MS)
    }
  }
}

/** Signs on at a gateway and opens a socket; heartbeats are answered, as any live page does. */
export async function sitDown(t: Test, gateway: GatewayProcess, person: Person): Promise<ManualDesk> {
  const { handler, position, acks = false } = person
  const headers = { 'content-type': 'application/json', 'x-callbox': '1' }
  const signedOn = await fetch(`${gateway.url}/api/v1/sign-on`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ handler, password: DEMO_PASSWORD, position })
  })
  if (!signedOn.ok) throw new Error(`${handler} cannot sign on: ${signedOn.status} ${await signedOn.text()}`)
  const cookie = (signedOn.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const answer = await fetch(`${gateway.url}/api/v1/ws-ticket`, {
    method: 'POST',
    headers: { 'x-callbox': '1', cookie }
  })
  const { ticket } = (await answer.json()) as { ticket: string }
  const page = await new RawConsole(t, gateway.place.httpPort).open()
  page.send({ t: 'hello', v: 1, ticket, client: 'tests/1' })
  await page.next('welcome')
  const desk = new ManualDesk(page, handler, path =>
    fetch(`${gateway.url}${path}`, { headers: { 'x-callbox': '1', cookie } })
  )
  page.socket.on('message', data => {
    const { t: kind } = JSON.parse(data.toString()) as { t: string }
    if (kind === 'hb') page.send({ t: 'hb', vis: 'visible' })
    if (acks && kind === 'ev') desk.ackAll()
  })
  return desk
}

/** A handler of Thames Valley at a desk, from 1. */
export function atDesk(
  t: Test,
  gateway: GatewayProcess,
  desk: number,
  over: Partial<Person> = {}
): Promise<ManualDesk> {
  const at = String(desk).padStart(2, '0')
  return sitDown(t, gateway, { handler: `tvp-h${at}`, position: `tvp-d${at}`, ...over })
}

/** The supervisor of a force. */
export function supervisor(t: Test, gateway: GatewayProcess, force = 'tvp'): Promise<ManualDesk> {
  return sitDown(t, gateway, { handler: `${force}-s01`, position: `${force}-sup` })
}

/** The demo's config with other settings, in a file of the test's own. */
export async function demoConfig(t: Test, over: object): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-config-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'demo.json')
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(DEMO_CONFIG, 'utf8')), ...over }))
  return path
}

/** A switch that places calls by hand; hangs up with the test. */
export async function aSwitch(t: Test, gateway: GatewayProcess): Promise<SipCaller> {
  const caller = new SipCaller({ host: '127.0.0.1', port: gateway.place.sipPort })
  await caller.start()
  t.teardown(() => caller.stop())
  return caller
}
