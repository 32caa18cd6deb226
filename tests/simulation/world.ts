import { takeRandom } from '../../src/call/ids.ts'
import type { LoadedConfig } from '../../src/operations/config.ts'
import type { Metrics } from '../../src/operations/metrics.ts'
import { type Seat, SimDesk } from './sim-desk.ts'
import { SimDisk } from './sim-disk.ts'
import { SimJobs } from './sim-jobs.ts'
import { type NodeMutant, type SimNode, startSimNode } from './sim-node.ts'
import { SimPostgres } from './sim-postgres.ts'
import { SimProcess } from './sim-process.ts'
import { makeWorldRandom, type WorldRandom } from './sim-random.ts'
import { SimRedis } from './sim-redis.ts'
import { type Route, SimSwitch } from './sim-switch.ts'
import { VirtualTime } from './virtual-time.ts'

export interface WorldOptions {
  readonly seed: number
  readonly nodes: number
  readonly loaded: LoadedConfig
  readonly metrics: Metrics
  readonly say?: ((line: string) => void) | undefined
  readonly mutant?: Mutant | undefined
}

/** What is wrong on purpose, to see that it is found. */
export interface Mutant {
  /** The session log takes a repeat for news. */
  readonly hasNoGuard?: boolean
  /** The record lets this handler see calls of a force that is none of theirs. */
  readonly stranger?: { readonly handler: string; readonly force: string }
  readonly node?: NodeMutant
}

/** A gateway's machine: its disk stays, its processes come and go. */
interface Machine {
  readonly name: string
  readonly disk: SimDisk
  process: SimProcess | undefined
  node: SimNode | undefined
  /** It shall run: when its process ends, another is started. */
  isOn: boolean
}

const SEATS: readonly Seat[] = [
  { handler: 'h-tvp-1', force: 'tvp', grants: [], lines: ['999', '101'], device: 'tvp-1' },
  { handler: 'h-tvp-2', force: 'tvp', grants: [], lines: ['999', '101'], device: 'tvp-2' },
  { handler: 'h-tvp-3', force: 'tvp', grants: [], lines: ['101'], device: 'tvp-3' },
  { handler: 'h-hants-1', force: 'hants', grants: [], lines: ['999', '101'], device: 'hants-1' },
  { handler: 'h-hants-2', force: 'hants', grants: ['tvp'], lines: ['999'], device: 'hants-2' }
]
const RESTART_MS = 1_000
const PAGE_BYTES = 4_096

/** Everything of one seed: machines, stores, switch, desks, and the one clock. */
export class World {
  readonly time: VirtualTime
  readonly postgres: SimPostgres
  readonly redis: SimRedis
  readonly jobs: SimJobs
  readonly machines: readonly Machine[]
  readonly desks: readonly SimDesk[]
  readonly callers: SimSwitch
  /** What no run may do: bugs that were caught and logged, and throws that nobody caught. */
  readonly bugs: string[] = []
  /** What each desk was sent, before its client read it: handler and frame. */
  readonly frames: [string, string][] = []
  readonly #options: WorldOptions
  readonly #cuts = new Set<string>()
  readonly #ground: SimProcess

  constructor(options: WorldOptions) {
    this.#options = options
    this.time = new VirtualTime(options.say)
    this.#ground = this.process('ground')
    this.#ground.enter(() => takeRandom(PAGE_BYTES))
    this.postgres = new SimPostgres({ process: this.process('postgres'), random: this.random('postgres') })
    const isGuarded = options.mutant?.hasNoGuard !== true
    this.redis = new SimRedis({ process: this.process('redis'), random: this.random('redis'), isGuarded })
    this.jobs = new SimJobs({ redis: this.redis, random: this.random('jobs') })
    this.machines = Array.from({ length: options.nodes }, (_, n) => this.#makeMachine(`gateway-${n + 1}`))
    this.desks = SEATS.map(seat => this.#makeDesk(seat))
    const process = this.process('switch')
    const reach = (to: SimProcess) => this.isReachable(process, to)
    this.callers = new SimSwitch({ process, random: this.random('switch'), routes: this.routes(), isReachable: reach })
  }

  get seed(): number {
    return this.#options.seed
  }

  random(of: string): WorldRandom {
    return makeWorldRandom(this.#options.seed, of)
  }

  process(name: string, disk?: SimDisk): SimProcess {
    const random = this.random(`process ${name}`)
    return new SimProcess({ name, time: this.time, random, ...(disk === undefined ? {} : { disk }) })
  }

  /** Something of the world's own, at a time. */
  at(ms: number, run: () => void): void {
    this.time.schedule(this.#ground, ms - this.time.nowMs, run)
  }

  routes(): readonly Route[] {
    return this.machines.map(machine => ({
      name: machine.name,
      process: () => machine.process,
      node: () => machine.node
    }))
  }

  /** Both ways, by the names of machines, desks and stores; a process is known by the first word of its name. */
  cut(one: string, other: string): void {
    this.#cuts.add(pair(one, other))
  }

  heal(one: string, other: string): void {
    this.#cuts.delete(pair(one, other))
  }

  isReachable(one: SimProcess, other: SimProcess): boolean {
    return this.#cuts.size === 0 || !this.#cuts.has(pair(placeOf(one), placeOf(other)))
  }

  /** A process is started, and another when that one could not. */
  boot(machine: Machine): void {
    machine.isOn = true
    if (machine.process !== undefined) return
    const process = this.process(`${machine.name} ${this.time.nowMs}`, machine.disk)
    machine.disk.attach(process)
    machine.process = process
    const { loaded, metrics, mutant } = this.#options
    const isReachable = (to: SimProcess) => this.isReachable(process, to)
    process
      .enter(() =>
        startSimNode({
          ...{ process, loaded, metrics, isReachable, postgres: this.postgres, redis: this.redis, jobs: this.jobs },
          random: this.random(`node ${process.name}`),
          secret: Buffer.alloc(48, 7),
          mutant: mutant?.node ?? {},
          onBug: text => this.bugs.push(text)
        })
      )
      .then(
        node => {
          if (machine.process === process) machine.node = node
        },
        thrown => {
          this.time.trace(`${process.name} did not start: ${thrown}`)
          this.kill(machine)
          this.at(this.time.nowMs + RESTART_MS, () => machine.isOn && this.boot(machine))
        }
      )
  }

  /** `kill -9`: what was on its way to it, and in it, is gone. */
  kill(machine: Machine, { hasPower = true }: { hasPower?: boolean } = {}): void {
    const { process } = machine
    if (process === undefined) return
    machine.process = undefined
    machine.node = undefined
    process.kill()
    if (!hasPower) machine.disk.powerCut()
    for (const desk of this.desks) desk.reset(process)
  }

  #makeMachine(name: string): Machine {
    const disk = new SimDisk(this.random(`disk ${name}`))
    return { name, disk, process: undefined, node: undefined, isOn: false }
  }

  #makeDesk(seat: Seat): SimDesk {
    const { handler, force, grants, lines, device } = seat
    const { stranger } = this.#options.mutant ?? {}
    const allowed = stranger?.handler === handler ? [...grants, stranger.force] : grants
    const desk = { name: handler, role: 'handler', acd_queues: [], position: device, position_name: device }
    this.postgres.tables.desks.set(handler, {
      ...{ ...desk, handler, force, grants: allowed, lines, devices: [device], since_at: this.time.wallMs() }
    })
    const process = this.process(handler)
    return new SimDesk({
      ...{ process, seat, routes: this.routes(), random: this.random(`desk ${handler}`), isBusy: true },
      isReachable: to => this.isReachable(process, to),
      onFrame: text => this.frames.push([handler, text])
    })
  }
}

function placeOf({ name }: SimProcess): string {
  const at = name.indexOf(' ')
  return at < 0 ? name : name.slice(0, at)
}

function pair(one: string, other: string): string {
  return one < other ? `${one}|${other}` : `${other}|${one}`
}
