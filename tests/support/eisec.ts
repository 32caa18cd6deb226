import type { Test } from 'tap'
import type { CallId } from '../../src/call/ids.ts'
import { type ClientState, EisecClient, type PasswordBook } from '../../src/lookups/location/eisec/eisec-client.ts'
import type { EisecReport } from '../../src/lookups/location/eisec/eisec-inquiries.ts'
import type { EisecLimits } from '../../src/lookups/location/eisec/eisec-limits.ts'
import { systemClock } from '../../src/operations/lifecycle.ts'
import { silentLog } from '../../src/operations/log.ts'
import { makeMetrics } from '../../src/operations/metrics.ts'
import { EisecSiteSimulator } from '../../src/simulator/eisec.ts'
import { EisecAccounts } from '../../src/simulator/eisec-accounts.ts'
import { type Callers, demoCallers } from '../../src/simulator/eisec-callers.ts'
import { until } from './until.ts'

export const USER = 'CALLBOX'
export const PASSWORD = 'first-secret'
export const NEW_PASSWORD = 'second-secret'

/** Short enough for a test that waits for them, and in the proportion of the real ones. */
export const LIMITS: EisecLimits = {
  connectMs: 2_000,
  logOnMs: 2_000,
  pollSeconds: 60,
  pollSendMs: 200,
  silentMs: 30_000,
  deadlineMs: 300,
  dropMs: 3_000,
  maxAgain: 3,
  lateInARow: 3,
  retryFirstMs: 20,
  retryMaxMs: 200,
  lockedOutMs: 600_000
}

export interface EisecService {
  readonly accounts: EisecAccounts
  readonly sites: readonly [EisecSiteSimulator, EisecSiteSimulator]
}

/** Two sites of a service, ended with the test, which fails when a client broke the tables. */
export async function makeService(
  t: Test,
  { callers = demoCallers }: { callers?: Callers } = {}
): Promise<EisecService> {
  const accounts = new EisecAccounts()
  accounts.add(USER, PASSWORD)
  const sites = [new EisecSiteSimulator({ accounts, callers }), new EisecSiteSimulator({ accounts, callers })] as const
  for (const site of sites) {
    await site.start()
    t.teardown(async () => {
      await site.stop()
      if (site.breaches.length > 0) throw new Error(`a client broke the tables: ${site.breaches.join(', ')}`)
    })
  }
  return { accounts, sites }
}

/** Passwords in memory, in place of files and the record. */
export class FakePasswords implements PasswordBook {
  candidates: string[]
  next: string | undefined
  readonly willChangeTo: string[] = []
  readonly inForce: string[] = []

  constructor(candidates: readonly string[] = [PASSWORD], next?: string) {
    this.candidates = [...candidates]
    this.next = next
  }

  async read() {
    return { candidates: this.candidates, ...(this.next === undefined ? {} : { next: this.next }) }
  }

  async willChange(to: string): Promise<void> {
    this.willChangeTo.push(to)
  }

  async isInForce(password: string): Promise<void> {
    this.inForce.push(password)
  }
}

export interface TestClient {
  readonly client: EisecClient
  readonly reports: EisecReport[]
  readonly states: ClientState[]
  readonly grace: (number | undefined)[]
  readonly metrics: ReturnType<typeof makeMetrics>
  /** The call of this number in a test. */
  readonly ask: (n: number, telephone?: string) => CallId
  readonly of: (callId: CallId) => readonly EisecReport[]
  readonly untilState: (kind: ClientState['kind']) => Promise<void>
  /** The last report of a call, when there is one in this state. */
  readonly untilReport: (callId: CallId, state: EisecReport['state']) => Promise<EisecReport>
}

/** A client of it, started, and stopped with the test. */
export function makeClient(
  t: Test,
  { sites }: Pick<EisecService, 'sites'>,
  over: { limits?: Partial<EisecLimits>; passwords?: PasswordBook; user?: string } = {}
): TestClient {
  const reports: EisecReport[] = []
  const states: ClientState[] = []
  const grace: (number | undefined)[] = []
  const metrics = makeMetrics()
  const client = new EisecClient({
    logOn: 'test',
    user: over.user ?? USER,
    sites: sites.map(({ port }) => ({ host: '127.0.0.1', port })),
    limits: { ...LIMITS, ...over.limits },
    passwords: over.passwords ?? new FakePasswords(),
    onReport: report => reports.push(report),
    onState: state => states.push(state),
    onGrace: left => grace.push(left),
    random: Math.random,
    log: silentLog,
    metrics,
    clock: systemClock
  })
  t.teardown(() => client.stop())
  client.start()
  const of = (callId: CallId) => reports.filter(report => report.callId === callId)
  return {
    ...{ client, reports, states, grace, metrics, of },
    ask: (n, telephone = mobile(n)) => {
      const callId = callOf(n)
      client.ask(callId, telephone)
      return callId
    },
    untilState: kind =>
      until(() => (client.state.kind === kind ? '' : `the client is ${JSON.stringify(client.state)}`)),
    untilReport: async (callId, state) => {
      const found = () => of(callId).find(report => report.state === state)
      await until(() => (found() === undefined ? `of ${callId} is known: ${JSON.stringify(of(callId))}` : ''))
      return found() as EisecReport
    }
  }
}

export function mobile(n: number): string {
  return `07700900${String(n).padStart(3, '0')}`
}

export function callOf(n: number): CallId {
  return `019a0000-0000-7000-8000-${String(n).padStart(12, '0')}` as CallId
}

/** The value of a counter with these labels; 0 where it was never counted. */
export async function counted(
  metrics: ReturnType<typeof makeMetrics>,
  name: string,
  labels: Readonly<Record<string, string>>
): Promise<number> {
  const found = await metrics.registry.getSingleMetric(name)?.get()
  const same = (theirs: object) => Object.entries(labels).every(([key, value]) => Reflect.get(theirs, key) === value)
  return found?.values.filter(each => same(each.labels)).reduce((sum, { value }) => sum + value, 0) ?? 0
}
