import { setTimeout as pause } from 'node:timers/promises'
import { makeDesk, signOn } from '../rig/rig.ts'
import { breachOf, type Row } from '../row.ts'
import { ScreenClient } from '../screens/screen-client.ts'
import { screensBackMs } from './waits.ts'

const RSS = 'process_resident_memory_bytes'

/** What happens to the handlers’ networks and consoles. */
export const SCREEN_ROWS: readonly Row[] = [
  {
    id: 'F18',
    fault: 'the network of every second desk is gone for 6 s, or swallows everything for as long',
    promise: 'they go on where they were, without a gap; the others notice nothing',
    shape: { cutDesks: true },
    lastsMs: 6_000,
    allows: { level: 0 },
    inject: async ({ rig, random, note }) => {
      const how = random.pick(['gone', 'silent'] as const)
      note(how)
      const cut = rig.deskLinks.filter((_, at) => at % 2 === 0)
      for (const link of cut) {
        if (how === 'silent') link.silent()
        else await link.away()
      }
      await pause(6_000)
      for (const link of cut) await link.pass()
    },
    also: async ({ rig, note }, history) => {
      note(`screens back after ${Math.round(screensBackMs(history))} ms`)
      const disturbed = rig.screens.filter(
        (screen, at) =>
          at % 2 === 1 && screen.lines.some(line => line.way === 'closed' && line.at >= history.fault.from)
      )
      return disturbed.length === 0 ? [] : [breachOf(`${disturbed.length} desks with a good network were cut off`)]
    }
  },
  {
    id: 'F20',
    fault: 'one console never acknowledges and one never reads, for 15 s',
    promise: 'both are let go within 10 s of falling behind; memory stays; nobody else is disturbed',
    shape: {},
    lastsMs: 15_000,
    allows: { missingPanels: true, missingAcks: true },
    inject: async ({ rig, random, note }) => {
      const before = (await rig.gateway.metric(RSS)) ?? 0
      const gateways = [rig.gateway.url]
      const places = [1, 2]
      for (const [at, place] of places.entries()) {
        const taken = rig.screens.findIndex(({ desk }) => desk.handler === makeDesk('tvp', place).handler)
        rig.screens[taken]?.stop()
        const desk = makeDesk('tvp', place)
        const cookie = await signOn(rig.gateway.url, desk.handler)
        const bad = new ScreenClient({ desk, gateways, cookie, random, acks: false })
        const [old] = rig.screens.splice(taken, 1, bad)
        // What the good one had received still counts.
        if (old !== undefined) bad.lines.push(...old.lines)
        rig.onStop(() => bad.stop())
        await bad.start()
        if (at === 1) bad.socket?.pause()
      }
      await pause(15_000)
      const after = (await rig.gateway.metric(RSS)) ?? 0
      note(`memory ${Math.round((after - before) / 1_048_576)} MB more`)
    },
    also: async ({ rig }, { fault }) => {
      const others = rig.screens.filter(screen => screen.history.isOutOfOrder !== true)
      const disturbed = others.filter(screen =>
        screen.lines.some(line => line.way === 'closed' && line.at >= fault.from)
      )
      const letGo = (await rig.gateway.metric('gw_socket_closes_total', 'code="4429"')) ?? 0
      return [
        ...(disturbed.length === 0 ? [] : [breachOf(`${disturbed.length} good consoles were cut off`)]),
        ...(letGo > 0 ? [] : [breachOf('nobody was let go for being slow')])
      ]
    }
  }
]
