/** What `npm run bench` runs, and what of each is written down. */
import { fileURLToPath } from 'node:url'
import type { Table } from './table.ts'
import { fromLoad, fromSip, fromSockets } from './to-table.ts'

export type Size = 'full' | 'quick'

export interface Bench {
  readonly name: string
  readonly title: string
  /** What is measured and what stands beside it, for the page. */
  readonly words: string
  /** For Node, with the file its figures go to. Without it the thing itself is not built yet. */
  readonly args?: (size: Size, json: string) => readonly string[]
  /** Exit codes of a bench that has figures. */
  readonly ends?: readonly number[]
  /** From what it wrote, where that is no table already. */
  readonly toTable?: (json: unknown) => Table
  /** Lines that stand in the summary too, by who and of what. */
  readonly headline?: RegExp
}

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** A script of this folder with its options, small where it is only to be seen that it runs. */
function script(name: string, quick: readonly string[], full: readonly string[] = []): NonNullable<Bench['args']> {
  return (size, json) => [file(name), ...(size === 'full' ? full : quick), '--json', json]
}

const SIP: Bench = {
  name: 'sip',
  title: 'The SIP driver alone',
  words:
    'Every event durable at once; beside it Kamailio’s `tm` module, and a bare Node process that answers and reads ' +
    'nothing. Calls lost are those that SIPp could not complete; times are INVITE to 200.',
  args: script('sip.ts', ['--rates', '100', '--seconds', '5'], ['--rates', '500,1000,2000', '--seconds', '12']),
  toTable: fromSip,
  headline: /^Callbox/
}

const RELAY: Bench = {
  name: 'relay',
  title: 'The whole pipeline beside a bare relay',
  words:
    'The same calls by the same SIPp, timed from the moment each INVITE was due: into a gateway with its stores, journal, ' +
    'lookups and acknowledgements, and into Kamailio, which answers and hands each INVITE to the WebSocket of its desk ' +
    'and does nothing else.',
  args: script('relay.ts', ['--cps', '20', '--seconds', '5'], ['--cps', '200', '--seconds', '30']),
  headline: /bare pop/
}

const JOURNAL: Bench = {
  name: 'journal',
  title: 'The journal',
  words:
    'Events until PostgreSQL has them: as the journal writes them, with the call beside each event and commits shared; as ' +
    'bare INSERTs of the journal’s row; and as one COPY, the ceiling.',
  args: script('journal.ts', ['--events', '1000']),
  headline: /at once/
}

const POP_JOB: Bench = {
  name: 'pop-job',
  title: 'The pop job',
  words:
    'From added to taken: the job as a gateway adds it and its worker takes it, and an entry of a bare Redis stream read ' +
    'by a group and acknowledged.',
  args: script('pop-job.ts', ['--jobs', '500']),
  headline: /a second/
}

const LOOKUPS: Bench = {
  name: 'lookups',
  title: 'The lookups, and how they grow with the record',
  words: 'Each lookup as a worker asks it, one after the other; beside it a prepared SELECT of one contact by its key.',
  args: script('lookups.ts', ['--contacts', '1000', '--asks', '200']),
  headline: /× 16/
}

const RECOMMENDATION: Bench = {
  name: 'recommendation',
  title: 'Recommendation of units',
  words:
    'Whom to send to an immediate job, with every reason: forces of three sizes over the same ground; beside it all units ' +
    'sorted by their distance and nothing else.',
  args: script('recommendation.ts', ['--asks', '50']),
  headline: /units$/
}

const UNITS_FEED: Bench = {
  name: 'units-feed',
  title: 'Calls while all units speak',
  words:
    'The load kit’s calls into a gateway, in turn with a silent radio and with one that says over one connection where ' +
    '10,000 units are, every second.',
  args: script('units-feed.ts', ['--pairs', '1', '--cps', '5', '--seconds', '5', '--units', '1000']),
  headline: /bare pop|words of units/
}

const SWITCH_EVENTS: Bench = {
  name: 'switch-events',
  title: 'Calls of a switch that posts them',
  words:
    'By the clock, signed, one post after another with all that has happened since, from when a call is due until its pop is at ' +
    'a handler’s client; beside it a bare process that hands what is posted to a WebSocket, and checks and keeps nothing.',
  args: script('switch-events.ts', ['--cps', '20', '--seconds', '4', '--desks', '4']),
  headline: /post to pop/
}

function load(cps: number): Bench {
  const handlers = String(Math.max(40, Math.ceil(cps / 6)))
  return {
    name: `load-${cps}`,
    title: `The whole pipeline at ${cps.toLocaleString('en-GB')} calls a second`,
    words:
      'A gateway with its stores, SIPp and the handlers on one machine, the mix of an ordinary day, times from the moment ' +
      'each INVITE was due ([loading](load.md)). Beside it SIPp answering itself.',
    args: (size, json) => [
      ...[file('../../src/main.ts'), 'load'],
      ...(size === 'full'
        ? ['--cps', String(cps), '--handlers', handlers, '--seconds', '60', '--warm-up', '10']
        : ['--cps', '20', '--handlers', '20', '--seconds', '5', '--warm-up', '2']),
      ...['--out', json.replace(/\/[^/]+$/, '')]
    ],
    // A run that failed or is void has figures too, and says so.
    ends: [0, 1, 3],
    toTable: fromLoad,
    headline: /bare pop|all panels/
  }
}

const FAN_OUT: Bench = {
  name: 'fan-out',
  title: 'One call to a whole room',
  words:
    'A call to 999 at no desk, offered to all who take the line, by way of the log of each; beside it a bare `ws` server ' +
    'that sends a text of the same length to as many sockets. CPU is that of the sender, for each console; of the gateway ' +
    'it is the whole call with its end.',
  args: script('fan-out.ts', ['--sockets', '100', '--calls', '3'], ['--sockets', '1000,10000', '--calls', '5']),
  headline: /Callbox/
}

const SOCKETS: Bench = {
  name: 'sockets',
  title: 'A reconnect storm',
  words:
    'Consoles of the SDK that are all cut at once and come back with what they missed, spread out on purpose so that calls ' +
    'go on; beside them as many bare sockets that come back as fast as they can. And the pops of calls meanwhile, beside ' +
    'those before the cut.',
  args: script('sockets.ts', ['--sockets', '500', '--steady', '20', '--pops', '10']),
  toTable: fromSockets,
  headline: /that were|Callbox/
}

const GROWTH: Bench = {
  name: 'growth',
  title: 'How the cost of a gateway grows',
  words:
    'Short loads, from the moment each INVITE was due to the bare pop; each line beside the smallest of its kind. Where ' +
    'cost grows with the calls and nothing else, CPU each stays the same.',
  args: script('growth.ts', ['--cps', '5', '--handlers', '12', '--seconds', '4']),
  headline: /calls a second|handlers/
}

export const BENCHES: readonly Bench[] = [
  ...[SIP, RELAY, JOURNAL, POP_JOB, LOOKUPS, RECOMMENDATION, UNITS_FEED, SWITCH_EVENTS],
  ...[load(50), load(200), load(1_000), FAN_OUT, SOCKETS, GROWTH]
]

/** The table of a bench from what it wrote. */
export function tableOf(bench: Bench, json: unknown): Table {
  return bench.toTable?.(json) ?? (json as Table)
}
