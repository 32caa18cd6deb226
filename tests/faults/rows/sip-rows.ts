import { createSocket } from 'node:dgram'
import { setTimeout as pause } from 'node:timers/promises'
import { type SippReport, startSipp } from '../../../src/simulator/sipp-run.ts'
import { makeRandom } from '../../support/random.ts'
import { mutate, renamed } from '../../support/sip-mutants.ts'
import { loadSeeds } from '../../support/sip-seeds.ts'
import { until } from '../../support/until.ts'
import { FAIR } from '../rig/bad-network.ts'
import { scenario, startLoad, toPlacedCall } from '../rig/load.ts'
import { OwnSwitch } from '../rig/own-switch.ts'
import { breachOf, type FaultContext, type Row } from '../row.ts'

/** In no trunk's list of peers. */
const STRANGER = '127.0.0.66'
const FLOOD = { perSecond: 2_000, lastsMs: 6_000, burstMs: 10 } as const
/** Scenarios of odd flows, with the force's trunk they come by. */
const ODD = [
  ['uac-bye-at-once-expect-200', 'demo-switch'],
  ['uac-no-ack-expect-200', 'demo-switch'],
  ['uac-retransmit-expect-200', 'demo-switch'],
  ['uac-slow-ack-expect-200', 'demo-switch'],
  ['uac-hold-expect-200', 'demo-switch'],
  ['uac-update-expect-200', 'demo-switch'],
  ['uac-transfer-info-expect-200', 'demo-switch'],
  ['uac-transfer-refer-expect-202', 'demo-switch'],
  ['uac-cancel-expect-487', 'demo-ring'],
  ['uac-cancel-elsewhere-expect-487', 'demo-ring'],
  ['uac-retransmit-cancel-expect-487', 'demo-ring'],
  ['uac-fork-expect-180', 'demo-ring']
] as const
const ODD_EACH = 10
/** A number of the record's own that its table will never take. */
const POISON_NUMBER = '+441632960666'
const POISON_CALLS = 20
const POISON_TRIGGER = `
create function refuse_poison() returns trigger language plpgsql as $$
begin
  if new.event::text like '%1632960666%' then raise exception 'poison' using errcode = '22023'; end if;
  return new;
end $$;
create trigger refuse_poison before insert on journal for each row execute function refuse_poison();`

/** What comes by the wire of the switch, or of somebody who is none. */
export const SIP_ROWS: readonly Row[] = [
  {
    id: 'F24',
    fault: '1,000 hostile calls of a known switch, and 20 that the record refuses for ever',
    promise: 'each has its bare pop; the poison is put aside; nothing else is held up',
    shape: {},
    lastsMs: 12_000,
    allows: {},
    prepare: ({ rig }) => rig.record(client => client.query(POISON_TRIGGER)).then(() => {}),
    inject: placePoison
  },
  {
    id: 'F28',
    fault: 'ten times as many calls for 10 s',
    promise: 'none lost, none refused; pops come all the while',
    shape: {},
    lastsMs: 10_000,
    allows: {},
    inject: async ({ rig, rate, addCalls }) => {
      const { devices, folder, sipPort: port } = rig
      const surge = await startLoad({ port, rate: rate * 9, devices, folder })
      rig.onStop(surge.stop)
      await pause(10_000)
      surge.finish()
      addCalls((await surge.done).calls)
    }
  },
  {
    id: 'F32',
    fault: 'the network to the switch loses 1, 5 or 20 in a hundred, repeats, delays and overtakes, for 8 s',
    promise: 'a repeat is no new call; what was answered pops once',
    shape: { badNetwork: true },
    lastsMs: 8_000,
    allows: { failedCalls: true },
    inject: async ({ rig, random, note }) => {
      const { network } = rig
      if (network === undefined) throw new Error('no network to spoil')
      const lossPercent = random.pick([1, 5, 20])
      const isFar = random.chance(0.5)
      note(`${lossPercent} % lost${isFar ? ', 300 ms away' : ''}`)
      const far = isFar ? { delayMs: 200, jitterMs: 200 } : { delayMs: 0, jitterMs: 5 }
      network.weather = { lossPercent, twicePercent: 5, latePercent: 10, lateMs: 50, ...far }
      await pause(8_000)
      network.weather = FAIR
      // What was sent seven times in vain has ended by then.
      await pause(2_000)
    },
    also: async (_, { calls, fault }) => {
      const after = calls.filter(call => call.inviteAt > fault.to && call.okAt === undefined)
      return after.length === 0 ? [] : [breachOf(`${after.length} calls failed after the network was good again`)]
    }
  },
  {
    id: 'F36',
    fault: 'a stranger sends 2,000 calls, scans and broken messages a second',
    promise: 'no pop, no answer to it; good calls as ever',
    shape: {},
    lastsMs: FLOOD.lastsMs,
    allows: {},
    inject: floodFromAbroad
  },
  {
    id: 'F37',
    fault: 'CANCEL races the 200, BYE at once, repeats, forks, holds, transfers, beside the load',
    promise: 'each is one call in the right state, once',
    shape: {},
    lastsMs: 12_000,
    allows: { failedCalls: true },
    inject: placeOddFlows
  }
]

async function placePoison({ rig, random, addCalls, note }: FaultContext): Promise<void> {
  const own = new OwnSwitch(rig.sipPort)
  await own.start()
  rig.onStop(() => own.stop())
  const device = () => random.pick(rig.devices)
  const poison = new Set<string>()
  for (let n = 0; n < 1_000; n++) {
    const isPoison = n % (1_000 / POISON_CALLS) === 0
    own.call({ device: device(), headers: isPoison ? POISON_HEADERS : random.pick(HOSTILE) })
    if (isPoison) poison.add(own.placed.at(-1)?.sipCallId ?? '')
    if (n % 10 === 0) await pause(100)
  }
  await until(() => (own.isQuiet ? '' : 'hostile calls are still open'), 20_000).catch(() => {})
  const placed = own.placed.map(call => (poison.has(call.sipCallId) ? { ...call, isPoison: true } : call))
  note(`${placed.filter(({ okAt }) => okAt !== undefined).length} of 1000 answered`)
  addCalls(placed)
}

const POISON_HEADERS = {
  'P-Asserted-Identity': `<sip:${POISON_NUMBER}@switch.invalid>`
}

/** What a caller, or a switch that passes on a caller's words, may send, and a parser, a log, a page or a table may choke on. */
const HOSTILE: readonly Readonly<Record<string, string>>[] = [
  { 'P-Asserted-Identity': '"<script>alert(1)</script>" <sip:+447700900123@switch.invalid>' },
  { 'P-Asserted-Identity': `"${'A'.repeat(4_000)}" <sip:+447700900123@switch.invalid>` },
  { 'P-Asserted-Identity': '"\xed\xa0\x80\xff\xfe\x00" <sip:+447700900123@switch.invalid>' },
  { 'P-Asserted-Identity': '"=cmd|calc" <sip:+447700900123;drop table call@switch.invalid>' },
  { 'User-to-User': `${'00'.repeat(2_000)};encoding=hex` },
  { 'Content-Type': 'application/pidf+xml' },
  { Geolocation: '<cid:nothing@here>', 'Geolocation-Routing': 'yes' },
  { 'History-Info': Array.from({ length: 50 }, (_, at) => `<sip:999@switch.invalid>;index=1.${at}`).join(', ') },
  { Diversion: '<sip:__proto__@constructor>;reason=unconditional' },
  { Subject: '\u202e\u0007\u001b[31m' },
  { Reason: 'SIP;cause=99999999999999999999' },
  { 'Session-Expires': '4294967296' }
]

async function floodFromAbroad({ rig, random, note, breach }: FaultContext): Promise<void> {
  const { seeds } = loadSeeds()
  const dice = makeRandom(random.between(1, 1_000_000))
  const socket = createSocket('udp4')
  rig.onStop(() => socket.close())
  socket.on('error', () => {})
  let answers = 0
  socket.on('message', () => {
    answers += 1
  })
  await new Promise<void>(done => socket.bind(0, STRANGER, () => done()))
  const address = { host: STRANGER, port: socket.address().port }
  const until = performance.now() + FLOOD.lastsMs
  const began = performance.now()
  let sent = 0
  while (performance.now() < until) {
    const due = Math.floor(((performance.now() - began) / 1_000) * FLOOD.perSecond)
    for (; sent < due; sent++) {
      const seed = renamed(dice.pick(seeds).text, { n: sent, ...address })
      const text = random.chance(0.5) ? seed : mutate(dice, seed, dice.pick(seeds).text)
      socket.send(Buffer.from(text, 'latin1'), rig.gateway.plan.sipPort, '127.0.0.1')
    }
    await pause(FLOOD.burstMs)
  }
  note(`${sent} sent, ${answers} answered`)
  if (answers > 0) breach(`a stranger got ${answers} answers`)
}

async function placeOddFlows({ rig, addCalls, note }: FaultContext): Promise<void> {
  const runs = ODD.map(([name, trunk]) => {
    const run = startSipp({
      ...{ scenario: scenario(name), host: '127.0.0.1', port: rig.sipPort, rate: 5, calls: ODD_EACH },
      args: ['-recv_timeout', '20000', ...(name.includes('retransmit') ? ['-nr'] : [])]
    })
    rig.onStop(run.stop)
    return { name, trunk, run }
  })
  for (const { name, trunk, run } of runs) {
    const report: SippReport = await run.done
    if (report.failed > 0) note(`${name}: ${report.failed} failed`)
    // They move from desk to desk: where they ring is not asked.
    addCalls([...report.calls.values()].map(call => toPlacedCall(call, 'tvp', () => 'any', trunk)))
  }
}
