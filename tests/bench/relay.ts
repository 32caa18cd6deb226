/*
 * The whole pipeline beside the least that brings a call to a screen: `node tests/bench/relay.ts [options]`. The same
 * calls by the same SIPp, first into Kamailio as a bare relay from INVITE to WebSocket, then into a gateway with its
 * stores, journal, lookups and acknowledgements.
 *
 *   --cps 200 --seconds 30 --handlers 40
 *   --json FILE   the figures; default report/bench-relay.json
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { measureRelay } from './bare-relay.ts'
import { lacksKamailio } from './kamailio.ts'
import { noteOf, ofStage, runCallboxLoad } from './load-figures.ts'
import type { Table } from './table.ts'

const WARM_UP_SECONDS = 5
const SEED = 7
/** Callers who give up and rings at several desks are left out: a relay knows nothing of either. */
const MIX = { name: 'plain', emergency: 0.44, withLocation: 0.5, withheld: 0.05, abandoned: 0, repeat: 0.2, ringAll: 0 }

const { values } = parseArgs({
  options: {
    cps: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '30' },
    handlers: { type: 'string', default: '40' },
    json: { type: 'string', default: 'report/bench-relay.json' }
  }
})
const [cps, seconds, desks] = [Number(values.cps), Number(values.seconds), Number(values.handlers)]
const folder = dirname(values.json)
await mkdir(folder, { recursive: true })

const missing = lacksKamailio('Kamailio, bare relay', { name: 'websocket', of: 'kamailio-websocket-modules' })
if (missing !== undefined) process.stdout.write(`${missing.subject}: reference not here: ${missing.install}\n`)
else process.stdout.write(`Kamailio relays ${cps} calls/s for ${seconds} s …\n`)
const relay =
  missing === undefined
    ? await measureRelay({ cps, seconds, desks, mix: MIX, seed: SEED, warmUpSeconds: WARM_UP_SECONDS })
    : []

const mixPath = join(folder, 'mix.json')
await writeFile(mixPath, JSON.stringify(MIX))
const load = [
  ...['--cps', String(cps), '--seconds', String(seconds), '--warm-up', String(WARM_UP_SECONDS)],
  ...['--handlers', String(desks), '--mix', mixPath, '--seed', String(SEED), '--no-reference']
]
const report = await runCallboxLoad(load, join(folder, 'gateway'))
const [subject, screen] = ['Callbox', 'INVITE at the screen']
const table: Table = {
  rows: [
    ofStage(report, 'answered', { subject, what: 'answered 200' }),
    ofStage(report, 'pop', { subject: `${subject}, bare pop`, what: screen }),
    ofStage(report, 'panels', { subject: `${subject}, all panels`, what: screen }),
    ...relay
  ],
  notes: [noteOf(`${cps} calls/s for ${seconds} s`, report)],
  ...(missing === undefined ? {} : { missing: [missing] })
}
await writeFile(values.json, `${JSON.stringify(table, null, 1)}\n`)
