import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { DEMO_CONFIG } from '../../src/operations/config.ts'
import type { Handover, HandoverMakeArgs } from '../../src/pop/handover.ts'
import { CommandAndControl, type ControlMood } from '../../src/simulator/command-and-control.ts'
import { freePort } from '../../src/simulator/free-port.ts'
import type { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import type { PlacedCall, SipCaller } from '../../src/simulator/sip-caller.ts'
import { type ManualDesk, sitDown } from './control-room.ts'
import { until } from './until.ts'

/* A force with a command and control of the test's own, and what both sides' screens show of its hand-overs. */

const SECRET = 'the-secret-of-one-control-room-only'

/** Short, so that the tests are; the order of the alarms is what they look at. */
export const QUICK = {
  ...{ id: '1', name: 'Immediate', targetMinutes: 15 },
  ...{ deliverSeconds: 2, acceptSeconds: 3, moveSeconds: 3 }
}

export interface ControlRoom {
  /** For gateways of this force. */
  readonly config: string
  readonly control: CommandAndControl
  /** It ends without a word, and a new one is at the same place when it is started again, with what the old one had. */
  kill(): Promise<void>
  start(): Promise<void>
}

interface Options {
  readonly mood?: ControlMood
  readonly grades?: readonly object[]
  readonly body?: 'mait-xml' | 'eido-json'
  readonly deadlineMs?: number
  /** No command and control: dispatchers' screens alone. */
  readonly isOnScreensOnly?: boolean
  /** Not there when the gateway starts. */
  readonly isDown?: boolean
  readonly over?: object
}

/** The demo's config in which Thames Valley hands over to a command and control on this machine; ended with the test. */
export async function makeControlRoom(t: Test, options: Options = {}): Promise<ControlRoom> {
  const { mood = 'takes', grades = [QUICK], body = 'eido-json', deadlineMs = 1_000, isDown = false } = options
  const folder = await mkdtemp(join(tmpdir(), 'callbox-control-'))
  const control = new CommandAndControl({ secret: SECRET, mood })
  const port = await freePort()
  await writeFile(join(folder, 'control-secret'), `${SECRET}\n`, { mode: 0o600 })
  const commandAndControl = {
    ...{ url: `http://127.0.0.1:${port}/jobs`, secretFile: 'control-secret', body, deadlineMs },
    ...{ retryFirstMs: 100, retryMaxMs: 1_000 }
  }
  const demo = JSON.parse(await readFile(DEMO_CONFIG, 'utf8')) as { forces: { id: string }[] }
  const forces = demo.forces.map(force => {
    if (force.id !== 'tvp') return force
    return { ...force, units: undefined, grades, ...(options.isOnScreensOnly === true ? {} : { commandAndControl }) }
  })
  const config = join(folder, 'demo.json')
  await writeFile(config, JSON.stringify({ ...demo, forces, ...options.over }))
  let isUp = false
  const room: ControlRoom = {
    ...{ config, control },
    kill: async () => {
      if (isUp) await control.stop()
      isUp = false
    },
    start: async () => {
      await control.start(port)
      isUp = true
    }
  }
  t.teardown(async () => {
    await room.kill()
    await rm(folder, { recursive: true, force: true })
  })
  if (!isDown) await room.start()
  return room
}

/** The dispatcher of a force. */
export function dispatcher(t: Test, gateway: GatewayProcess, force = 'tvp'): Promise<ManualDesk> {
  return sitDown(t, gateway, { handler: `${force}-x01`, position: `${force}-dsp` })
}

/** What a screen was told of this hand-over last, by events and snapshots. */
export function shownAt(desk: ManualDesk, id: string): Handover | undefined {
  let newest: { readonly rev: number; readonly handover: Handover } | undefined
  for (const message of desk.page.received) {
    const told = message.t === 'snapshot' ? (message.board?.handovers ?? []) : []
    const event = message.t === 'ev' && message.ev.type === 'handover.changed' ? message.ev : undefined
    const all = event === undefined ? told : [{ rev: event.rev, handover: event.data }]
    for (const each of all) if (each.handover.handover === id && each.rev > (newest?.rev ?? 0)) newest = each
  }
  return newest?.handover
}

/** Waits until a screen shows the hand-over in this state. */
export async function untilShown(desk: ManualDesk, id: string, state: Handover['state']): Promise<Handover> {
  await until(() => (shownAt(desk, id)?.state === state ? '' : `${desk.handler} shows ${shownAt(desk, id)?.state}`))
  return shownAt(desk, id) as Handover
}

/** A 999 call at this handler's desk, taken. */
export async function takenCall(
  desk: ManualDesk,
  caller: SipCaller,
  { device = '4001', number = '+447700900321' } = {}
): Promise<{ readonly id: string; readonly placed: PlacedCall }> {
  const before = new Set(desk.pops)
  const placed = caller.place({ ddi: '999', asserted: number, shown: number, device })
  await placed.answered
  await until(() => (desk.pops.some(call => !before.has(call)) ? '' : 'no pop'))
  const id = desk.pops.find(call => !before.has(call)) ?? ''
  await until(async () => {
    const answer = await desk.command('call.take', { call: id })
    return answer.ok ? '' : JSON.stringify(answer.error)
  })
  return { id, placed }
}

/** Hands a call over; its id. A record that has not the call yet is asked again, as a screen does. */
export async function handOver(desk: ManualDesk, call: string, over: Partial<HandoverMakeArgs> = {}): Promise<string> {
  const handover = randomUUID()
  const args = { call, handover, outcome: 'no-unit', grade: '1', units: [], ...over }
  await until(async () => {
    const answer = await desk.command('handover.make', args)
    if (answer.ok) return ''
    if (answer.error?.code !== 'call.try-again') throw new Error(JSON.stringify(answer.error))
    return 'the record does not have the call yet'
  })
  return args.handover
}
