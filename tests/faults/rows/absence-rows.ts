import { readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { DEMO_CONFIG } from '../../../src/operations/config.ts'
import { startSipp } from '../../../src/simulator/sipp-run.ts'
import { scenario, toPlacedCall } from '../rig/load.ts'
import { PingingPeer } from '../rig/pinging-peer.ts'
import { untilAlarm, untilAlarmOver } from '../rig/told-alarms.ts'
import type { FaultContext, Row } from '../row.ts'
import { wallClock } from '../screens/screen-client.ts'
import { screensBackMs, within } from './waits.ts'

/** Where the switch stands that falls silent altogether. */
const PEER = '127.0.0.33'
const PING_MS = 400
const OTHER_LINE_RATE = 10
/** reliability.md 4.3. */
const ALARM_WITHIN_MS = 60_000
const SITE_BACK_WITHIN_MS = 30_000
const SITE_GONE_MS = 12_000

/** The demo's trunks, and one more that carries 101 for the peer that pings. */
function withPeer(): Readonly<Record<string, unknown>> {
  const { trunks } = JSON.parse(readFileSync(DEMO_CONFIG, 'utf8')) as { trunks: Record<string, unknown>[] }
  const [own] = trunks
  const numbers = [{ number: '101', line: '101', force: 'tvp', acdQueue: 'tvp-101' }]
  return { trunks: [...trunks, { ...own, id: 'pinging-switch', peers: [PEER], numbers }] }
}

/** Calls on 101 at all desks, which go on whatever becomes of 999; their calls are judged with the others. */
async function startOtherLine({ rig, addCalls }: FaultContext): Promise<() => Promise<void>> {
  const path = join(rig.folder, 'uac-101-desks.xml')
  const text = await readFile(scenario('uac-999-desks-expect-200'), 'utf8')
  await writeFile(path, text.replaceAll('sip:999@', 'sip:101@'))
  const desks = join(rig.folder, 'desks-101.csv')
  await writeFile(desks, `SEQUENTIAL\n${rig.devices.join('\n')}\n`)
  const where = { host: '127.0.0.1', port: rig.sipPort, rate: OTHER_LINE_RATE, calls: 100_000 }
  const run = startSipp({ scenario: path, ...where, args: ['-inf', desks] })
  rig.onStop(run.stop)
  return async () => {
    run.finish()
    const { calls } = await run.done
    const deviceOf = (number: number) => rig.devices[(number - 1) % rig.devices.length] ?? ''
    addCalls([...calls.values()].map(call => toPlacedCall(call, 'tvp', deviceOf)))
  }
}

/** What does not come, and a site of which nothing comes any more. */
export const ABSENCE_ROWS: readonly Row[] = [
  {
    id: 'F33',
    fault: 'the 999 line falls silent while 101 works, and a switch that pinged stops',
    promise: 'both are told within 60 s, and end by themselves when calls and pings come again',
    shape: { config: withPeer() },
    lastsMs: 60_000,
    allows: {},
    inject: async context => {
      const { rig, load } = context
      const peer = new PingingPeer(PEER, rig.sipPort)
      rig.onStop(() => peer.stop())
      await peer.start(PING_MS)
      const endOtherLine = await startOtherLine(context)
      await pause(5_000)
      const from = wallClock()
      load.finish()
      peer.fallSilent()
      await untilAlarm(context, 'link-gap', from, ALARM_WITHIN_MS)
      await untilAlarm(context, 'quiet-line', from, ALARM_WITHIN_MS)
      await load.again()
      peer.speak(PING_MS)
      for (const code of ['quiet-line', 'link-gap']) await untilAlarmOver(context, code, from, 20_000)
      await endOtherLine()
    }
  },
  {
    id: 'F26',
    fault: 'both gateways of one of two sites are gone at once, as with its power',
    promise: 'the other site has all screens and calls within 30 s, none lost or doubled; the loss of the site is told',
    shape: { gateways: 4, sites: 2 },
    lastsMs: 30_000,
    allows: { lostEnds: true },
    inject: async context => {
      const { rig, random, note } = context
      const site = random.between(0, 1)
      note(`site ${site + 1}`)
      const gone = rig.gateways.slice(site * 2, site * 2 + 2)
      const from = wallClock()
      await Promise.all(gone.map(gateway => gateway.kill()))
      await untilAlarm(context, 'site-lost', from, SITE_BACK_WITHIN_MS)
      await pause(Math.max(0, SITE_GONE_MS - (wallClock() - from)))
      await Promise.all(gone.map(gateway => gateway.start()))
      await untilAlarmOver(context, 'site-lost', from, 20_000)
    },
    also: async ({ note }, history) => {
      const back = screensBackMs(history)
      note(`screens back after ${Math.round(back)} ms`)
      return within('the last screen was back', back, SITE_BACK_WITHIN_MS)
    }
  }
]
