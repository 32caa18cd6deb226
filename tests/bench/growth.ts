/*
 * How a gateway's cost grows: `node tests/bench/growth.ts [options]`. Short loads into gateways of their own, at one, four
 * and sixteen times the calls a second with the same handlers, and at one, four and sixteen times the handlers with the
 * same calls. Linear growth is the same CPU for each call; each line stands beside the smallest of its kind.
 *
 *   --cps 25 --handlers 60   the smallest of each
 *   --seconds 15
 *   --json FILE              the figures; default report/bench-growth.json
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { noteOf, ofStage, runCallboxLoad } from './load-figures.ts'
import type { Figures, Table } from './table.ts'

const TIMES = [1, 4, 16] as const
const WARM_UP_SECONDS = 5

const { values } = parseArgs({
  options: {
    cps: { type: 'string', default: '25' },
    handlers: { type: 'string', default: '60' },
    seconds: { type: 'string', default: '15' },
    json: { type: 'string', default: 'report/bench-growth.json' }
  }
})
const [cps, handlers] = [Number(values.cps), Number(values.handlers)]
const folder = dirname(values.json)
await mkdir(folder, { recursive: true })

const notes: string[] = []
const smallest = await measure(cps, handlers)
const rows: Figures[] = []
for (const [what, base, at] of [
  ['calls a second', cps, (times: number) => [cps * times, handlers] as const],
  ['handlers', handlers, (times: number) => [cps, handlers * times] as const]
] as const) {
  rows.push(named(smallest, what, base, true))
  for (const times of TIMES.slice(1)) rows.push(named(await measure(...at(times)), what, base * times))
}
const table: Table = { rows, notes: [...notes, 'Not built yet, and so not here: crimes and units.'] }
await writeFile(values.json, `${JSON.stringify(table, null, 1)}\n`)

async function measure(callsASecond: number, signedOn: number): Promise<Figures> {
  const name = `${callsASecond} calls/s, ${signedOn} handlers`
  process.stdout.write(`${name} …\n`)
  const report = await runCallboxLoad(
    [
      ...['--cps', String(callsASecond), '--handlers', String(signedOn), '--no-reference'],
      ...['--seconds', values.seconds, '--warm-up', String(WARM_UP_SECONDS)]
    ],
    join(folder, `${callsASecond}-${signedOn}`)
  )
  notes.push(noteOf(name, report))
  return ofStage(report, 'pop', { subject: '', what: '' })
}

function named(figures: Figures, what: string, count: number, isReference = false): Figures {
  return { ...figures, what, subject: `${count.toLocaleString('en-GB')} ${what}`, isReference }
}
