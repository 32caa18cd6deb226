import { loadavg } from 'node:os'
import { Fault } from '../operations/errors.ts'
import { after, interval, ReleaseStack } from '../operations/lifecycle.ts'
import { ownVersion } from '../operations/version.ts'
import { CallBook, type Sender } from './call-book.ts'
import { CrowdThreads } from './crowd-threads.ts'
import { fromBook, toAsked, toEnvironment, toGenerator } from './findings.ts'
import { Gauges } from './gauges.ts'
import type { LoadOptions } from './load-options.ts'
import { type Mix, readMix } from './mix.ts'
import { planCalls } from './plan.ts'
import { Probe } from './probe.ts'
import { type Group, lookAtCpu, ProcessWatch } from './processes.ts'
import { Progress } from './progress.ts'
import { measureReference } from './reference.ts'
import { demandReport, type LoadReport } from './report.ts'
import { findSipp, SippLoad } from './sipp-load.ts'
import { demoSite, readSite, type Site } from './site.ts'
import { isSettled } from './stages.ts'
import { checkFrom, openTargets, type Targets } from './targets.ts'
import { judge } from './verdict.ts'
import { WallClock } from './wall-clock.ts'

export interface Say {
  /** Lines that stay. */
  readonly line: (text: string) => void
  /** The one that is written over. */
  readonly progress: (text: string) => void
}

const SHOW_EVERY_MS = 1_000
const SETTLE_EVERY_MS = 100
/** What has not come so long after the last call has ended is lost. */
const SETTLE_MS = 15_000

/** Everything that stays up from one run to the next of a ramp. */
export class LoadRoom {
  readonly #options: LoadOptions
  readonly #say: Say
  readonly #releases = new ReleaseStack()
  #versions = { kit: '', sipp: '' }
  #mix: Mix | undefined
  #site: Site | undefined
  #targets: Targets | undefined
  #crowd: CrowdThreads | undefined
  #probe: Probe | undefined
  #book: CallBook | undefined
  #senders: readonly SippLoad[] = []
  /** Before anything of the load was started: its own gateway is no stranger on the machine. */
  #loadBefore: number | undefined
  #isStopped = false

  constructor(options: LoadOptions, say: Say) {
    this.#options = options
    this.#say = say
  }

  /** Rejects with the fault of whatever is not as it must be; nothing has been measured then. */
  async open(): Promise<void> {
    const { transport, mix, site, handlers, acks, seed } = this.#options
    this.#loadBefore = loadavg()[0]
    this.#versions = { kit: await ownVersion(), sipp: await findSipp(transport) }
    this.#mix = await readMix(mix)
    const allDesks = handlers + (this.#options.probe?.desks ?? 0)
    this.#site = site === undefined ? demoSite(allDesks) : await readSite(site, allDesks)
    await checkFrom(this.#options)
    const targets = await openTargets(this.#options, this.#say.line)
    this.#targets = targets
    this.#releases.push('gateways', targets.stop)
    const desks = this.#site.desks.map((desk, at) => ({ at, desk }))
    const urls = targets.addresses.map(({ url }) => url)
    const ofThreads = desks.slice(0, handlers)
    const crowd = new CrowdThreads({ desks: ofThreads, urls, acks, seed }, rows => this.#book?.onCrowd(rows))
    this.#crowd = crowd
    this.#releases.push('handlers', () => crowd.stop())
    this.#say.line(`${handlers} handlers sign on …\n`)
    await crowd.untilLive()
    if (this.#options.probe !== undefined)
      await this.#openProbe(this.#options.probe, desks.slice(handlers), urls[0] ?? '')
  }

  /** Waits for people: a desk that nobody has is no desk of the load. */
  async #openProbe(
    { host, port }: { host: string; port: number },
    desks: Probe['desks'],
    target: string
  ): Promise<void> {
    const probe = new Probe({ host, port, target, desks, onRows: rows => this.#book?.onCrowd(rows) })
    this.#releases.push('probe', () => probe.stop())
    this.#probe = probe
    const address = await probe.start()
    const who = desks.map(({ desk: { handler, position } }) => `${handler} at ${position}`).join(', ')
    this.#say.line(`open ${address} in a desk's browser and sign on as ${who}; waiting …\n`)
    await probe.untilSignedOn(() => this.#isStopped)
  }

  get isStopped(): boolean {
    return this.#isStopped
  }

  /** One load at this rate, to its report. */
  async run(cps: number, seed: number): Promise<LoadReport> {
    const [mix, site, targets] = [this.#mix, this.#site, this.#targets]
    if (mix === undefined || site === undefined || targets === undefined) throw new Error('the room is not open')
    const options = { ...this.#options, cps, seed }
    const hasReference = options.hasReference && options.transport !== 'tls'
    const [startedAt, loadBefore] = [new Date().toISOString(), this.#loadBefore ?? loadavg()[0] ?? 0]
    this.#loadBefore = undefined
    if (hasReference) this.#say.line('SIPp answers itself for a moment, as the reference …\n')
    const before = hasReference ? await measureReference(options, site) : undefined
    const senders = toSenders(options, mix, targets.addresses.length)
    const book = new CallBook({ site, senders })
    const { ends, watched, stealPercent } = await this.#place(options, site, senders, book)
    const after = before === undefined || this.#isStopped ? undefined : await measureReference(options, site)
    const planned = senders.reduce((sum, { plan }) => sum + plan.length, 0)
    const findings = {
      ...{ schema: 'callbox-load/1' as const, startedAt, asked: toAsked(options, mix) },
      environment: toEnvironment({ ...this.#versions, gateways: targets.versions }, loadBefore, stealPercent),
      ...fromBook(book, options.warmUpSeconds),
      generator: toGenerator(book, ends, options, planned),
      ...(before === undefined || after === undefined ? {} : { reference: { before, after } }),
      ...watched,
      ...(this.#probe === undefined ? {} : { probes: this.#probe.figures() })
    }
    const report: unknown = { ...findings, verdict: judge(findings) }
    demandReport(report)
    return report
  }

  /** Every call of the plan, until nothing more is awaited; watched from outside meanwhile. */
  async #place(options: LoadOptions, site: Site, senders: readonly Sender[], book: CallBook) {
    const targets = this.#targets
    if (targets === undefined) throw new Error('the room is not open')
    this.#book = book
    this.#probe?.forget()
    const loads = senders.map((sender, at) => this.#makeSipp(options, site, book, sender, at))
    this.#senders = loads
    if (this.#isStopped) this.interrupt()
    const watch = await this.#watch(targets, loads)
    const cpuBefore = lookAtCpu()
    const lostBefore = this.#crowd?.lostLinks ?? 0
    const stopShowing = this.#show(book)
    const ends = await Promise.all(loads.map(load => load.run()))
      .catch(thrown => {
        for (const load of loads) load.stop()
        throw thrown
      })
      .finally(stopShowing)
    if (book.calls.length === 0 && !this.#isStopped) {
      await watch()
      throw new Fault('load.sipp-failed', { reason: complaint(ends[0]?.lastWords) })
    }
    await settle(book, () => this.#isStopped)
    const cpuAfter = lookAtCpu()
    const stealPercent = (100 * (cpuAfter.steal - cpuBefore.steal)) / Math.max(1, cpuAfter.all - cpuBefore.all)
    const lostLinks = (this.#crowd?.lostLinks ?? 0) - lostBefore
    const linksAway = this.#options.handlers - (this.#crowd?.live ?? 0)
    return { ends, stealPercent, watched: { ...(await watch()), lostLinks, linksAway } }
  }

  /** No more calls; a run that is under way ends with what it has, and says that it is not whole. */
  interrupt(): void {
    this.#isStopped = true
    for (const load of this.#senders) load.stop()
  }

  close(): Promise<void> {
    return this.#releases.release(60_000)
  }

  #makeSipp(options: LoadOptions, site: Site, book: CallBook, { plan, rate }: Sender, at: number): SippLoad {
    const address = this.#targets?.addresses[at]
    const to = { host: address?.sipHost ?? '', port: address?.sipPort ?? 0 }
    // The second sender would find the port of the first taken.
    const from = options.from && { ...options.from, ...(at === 0 ? {} : { port: undefined }) }
    const { transport, tls } = options
    return new SippLoad({ plan, site, rate, to, from, transport, tls, onLine: line => book.onSipp(at, line) })
  }

  async #watch(
    targets: Targets,
    loads: readonly SippLoad[]
  ): Promise<() => Promise<Pick<LoadReport, 'processes' | 'gauges'>>> {
    const sipp = async () => loads.flatMap(({ pid }) => (pid === undefined ? [] : [pid]))
    const others: Group[] = [
      { name: 'SIPp', pids: sipp },
      { name: 'handlers and this load', pids: async () => [process.pid] }
    ]
    const processes = new ProcessWatch([...targets.groups, ...others])
    const gauges = targets.addresses.map(({ url }) => new Gauges(url))
    await processes.start()
    await Promise.all(gauges.map(each => each.start()))
    return async () => ({
      processes: [...(await processes.stop())],
      gauges: (await Promise.all(gauges.map(each => each.stop()))).map(report => ({
        ...report,
        seconds: [...report.seconds]
      })) as LoadReport['gauges']
    })
  }

  #show(book: CallBook): () => void {
    const progress = new Progress(book)
    const clock = new WallClock()
    return interval(() => {
      clock.follow()
      this.#say.progress(progress.line(clock.now()))
    }, SHOW_EVERY_MS)
  }
}

/** Calls go to the gateways in turn, each from a SIPp of its own at its share of the rate. */
function toSenders(options: LoadOptions, mix: Mix, targets: number): readonly Sender[] {
  const { cps, seconds, warmUpSeconds, handlers, holdMs, acks, seed, probe } = options
  const calls = cps * (seconds + warmUpSeconds)
  const plan = planCalls({ calls, mix, desks: handlers + (probe?.desks ?? 0), holdMs, acks, seed })
  return Array.from({ length: targets }, (_, target) => ({
    plan: plan.filter((_, at) => at % targets === target),
    rate: { calls: cps, periodMs: 1_000 * targets }
  }))
}

/** The first thing that SIPp complained of, without its clock before it. */
function complaint(words = ''): string {
  const lines = words.split('\n').map(line => line.replace(/^[\d-]+\t[\d:.]+\t[\d.]+: /, '').trim())
  return lines.find(line => line !== '' && !line.startsWith('Resolving ')) ?? 'it said nothing'
}

async function settle(book: CallBook, isStopped: () => boolean): Promise<void> {
  const until = performance.now() + SETTLE_MS
  while (!isSettled(book) && performance.now() < until && !isStopped()) {
    await new Promise<void>(done => {
      after(SETTLE_EVERY_MS, done)
    })
  }
}
