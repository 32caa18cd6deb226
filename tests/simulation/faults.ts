import type { WorldRandom } from './sim-random.ts'
import type { World } from './world.ts'

/** One kind of trouble: what it does, and what ends it after a while drawn from this range. */
interface FaultKind {
  readonly name: string
  readonly lastsMs: readonly [number, number]
  /** The answer ends it; undefined where nothing has to. */
  readonly begin: (world: World, random: WorldRandom) => (() => void) | undefined
}

type Machine = World['machines'][number]

const KINDS: readonly FaultKind[] = [
  { name: 'gateway killed', lastsMs: [300, 8_000], begin: (world, random) => killed(world, random, true) },
  { name: 'gateway without power', lastsMs: [2_000, 12_000], begin: (world, random) => killed(world, random, false) },
  { name: 'gateway frozen', lastsMs: [1_500, 15_000], begin: frozen },
  { name: 'gateway stalls', lastsMs: [50, 1_500], begin: frozen },
  {
    name: 'clock of a gateway steps',
    lastsMs: [1_000, 30_000],
    begin: (world, random) => {
      const { process } = random.pick(world.machines)
      if (process === undefined) return undefined
      process.clockOffMs += random.pick([-3_600_000, -300_000, -2_000, 2_000, 300_000, 3_600_000])
      return () => {
        process.clockOffMs = 0
      }
    }
  },
  ...(['away', 'standing'] as const).map(state => ({
    name: `Redis ${state}`,
    lastsMs: [200, 15_000] as const,
    begin: (world: World) => {
      world.redis.setState(state)
      return () => world.redis.setState('up')
    }
  })),
  {
    name: 'Redis fails over',
    lastsMs: [0, 0],
    begin: world => {
      world.redis.failOver()
      world.jobs.lose()
      return undefined
    }
  },
  {
    name: 'Redis is flushed',
    lastsMs: [0, 0],
    begin: world => {
      world.redis.flush()
      world.jobs.lose()
      return undefined
    }
  },
  ...(['away', 'standing', 'slow', 'forgetful'] as const).map(state => ({
    name: `PostgreSQL ${state}`,
    lastsMs: [200, 20_000] as const,
    begin: (world: World) => {
      world.postgres.setState(state)
      return () => world.postgres.setState('up')
    }
  })),
  { name: 'PostgreSQL stands still and a gateway is killed', lastsMs: [1_500, 12_000], begin: killedUnwritten },
  ...(['full', 'slow', 'failing'] as const).map(state => ({
    name: `disk ${state}`,
    lastsMs: [1_000, 20_000] as const,
    begin: (world: World, random: WorldRandom) => {
      const { disk } = random.pick(world.machines)
      disk.state = state
      return () => {
        disk.state = 'good'
      }
    }
  })),
  {
    name: 'network between a gateway and a store cut',
    lastsMs: [200, 12_000],
    begin: (world, random) => cut(world, random.pick(world.machines).name, random.pick(['redis', 'postgres']))
  },
  {
    name: 'network between the switch and a gateway cut',
    lastsMs: [200, 12_000],
    begin: (world, random) => cut(world, random.pick(world.machines).name, 'switch')
  },
  {
    name: 'network of a desk cut',
    lastsMs: [200, 20_000],
    begin: (world, random) => {
      const { seat } = random.pick(world.desks)
      const ends = world.machines.map(({ name }) => cut(world, name, seat.handler))
      return () => {
        for (const end of ends) end()
      }
    }
  },
  {
    name: 'desk asleep',
    lastsMs: [500, 30_000],
    begin: (world, random) => {
      const { process } = random.pick(world.desks)
      process.freeze()
      return () => void process.thaw()
    }
  },
  {
    name: 'desk hidden',
    lastsMs: [500, 30_000],
    begin: (world, random) => {
      const desk = random.pick(world.desks)
      desk.setVisibility('hidden')
      return () => desk.setVisibility('visible')
    }
  }
]

export const FAULT_NAMES: readonly string[] = KINDS.map(({ name }) => name)

export interface Plan {
  readonly count: number
  readonly fromMs: number
  readonly untilMs: number
}

/**
 * Faults of some kinds only, so that a seed with many of few kinds is as likely as one with a few of many. All are
 * over at `untilMs`. The answer counts what was injected, by kind.
 */
export function planFaults(world: World, { count, fromMs, untilMs }: Plan): Map<string, number> {
  const random = world.random('faults')
  const kinds = KINDS.filter(() => random.chance(0.35))
  const injected = new Map<string, number>()
  if (kinds.length === 0) return injected
  for (let n = 0; n < count; n++) {
    const kind = random.pick(kinds)
    const atMs = fromMs + random.next() * (untilMs - fromMs)
    const endsAtMs = Math.min(untilMs, atMs + random.between(...kind.lastsMs))
    world.at(atMs, () => {
      world.time.trace(`fault ${kind.name}`)
      injected.set(kind.name, (injected.get(kind.name) ?? 0) + 1)
      const end = kind.begin(world, random)
      if (end === undefined) return
      world.at(endsAtMs, () => {
        world.time.trace(`over ${kind.name}`)
        end()
      })
    })
  }
  return injected
}

function killed(world: World, random: WorldRandom, hasPower: boolean): () => void {
  const machine: Machine = random.pick(world.machines)
  machine.isOn = false
  world.kill(machine, { hasPower })
  return () => world.boot(machine)
}

/** What the gateway has promised by then is nowhere but on its own disk. */
function killedUnwritten(world: World, random: WorldRandom): () => void {
  const machine: Machine = random.pick(world.machines)
  let isOver = false
  world.postgres.setState('standing')
  world.at(world.time.nowMs + random.between(500, 4_000), () => {
    if (isOver) return
    machine.isOn = false
    world.kill(machine)
  })
  return () => {
    isOver = true
    world.postgres.setState('up')
    world.boot(machine)
  }
}

function frozen(world: World, random: WorldRandom): (() => void) | undefined {
  const { process } = random.pick(world.machines)
  process?.freeze()
  return () => void process?.thaw()
}

function cut(world: World, one: string, other: string): () => void {
  world.cut(one, other)
  return () => world.heal(one, other)
}
