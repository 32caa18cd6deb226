import { join } from 'node:path'
import type { RedisBinary } from '../../src/operations/embedded/redis-server.ts'
import { freePort } from '../../src/simulator/free-port.ts'
import { RedisProcess } from '../../src/simulator/redis-process.ts'
import { until } from './until.ts'

const SLOTS = 16_384
const NODE_TIMEOUT_MS = '1500'

/** A Redis Cluster on free loopback ports: three masters, and a replica of each where there are to be six. */
export class RedisCluster {
  readonly nodes: readonly RedisProcess[]

  private constructor(nodes: readonly RedisProcess[]) {
    this.nodes = nodes
  }

  get url(): string {
    return `redis+cluster://${this.nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`
  }

  /** Resolves when every node says that all of the Cluster is there. */
  static async start(binary: RedisBinary, folder: string, size: 3 | 6): Promise<RedisCluster> {
    const nodes: Node[] = []
    for (let n = 0; n < size; n++) nodes.push(await startNode(binary, join(folder, `node-${n}`)))
    const cluster = new RedisCluster(nodes.map(({ node }) => node))
    try {
      await introduce(nodes)
      await cluster.untilOk()
      return cluster
    } catch (thrown) {
      await cluster.stop()
      throw thrown
    }
  }

  /** Every node that answers says that all slots are served. */
  async untilOk(): Promise<void> {
    await until(async () => {
      for (const node of this.nodes) {
        const info = await node.ask('CLUSTER INFO').catch(() => '')
        if (!info.includes('cluster_state:ok')) return `node ${node.port} says ${info.slice(0, 60)}`
      }
      return ''
    }, 30_000)
  }

  /** The node that serves the slot of this key now. */
  async masterOf(key: string): Promise<RedisProcess> {
    const found = await this.findMasterOf(key)
    if (found === undefined) throw new Error(`nobody serves ${key}`)
    return found
  }

  /** Undefined while nobody serves it. */
  async findMasterOf(key: string): Promise<RedisProcess | undefined> {
    for (const node of this.nodes) {
      const slot = Number(/:(\d+)/.exec(await node.ask(`CLUSTER KEYSLOT ${key}`).catch(() => ''))?.[1])
      if (!Number.isInteger(slot)) continue
      const text = await node.ask('CLUSTER NODES').catch(() => '')
      for (const line of text.split('\n')) {
        const [, address = '', flags = '', , , , , , ...ranges] = line.trim().split(' ')
        const holds = ranges.some(range => {
          const [from = '', to = from] = range.split('-')
          return Number(from) <= slot && slot <= Number(to)
        })
        const port = Number(/:(\d+)@/.exec(address)?.[1])
        const found = this.nodes.find(each => each.port === port)
        if (holds && flags.includes('master') && !flags.includes('fail') && found !== undefined) return found
      }
    }
    return undefined
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map(node => node.end()))
  }
}

interface Node {
  readonly node: RedisProcess
  readonly bus: number
}

async function startNode(binary: RedisBinary, folder: string): Promise<Node> {
  const data = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', '', '--maxmemory-policy', 'noeviction']
  const port = await freePort()
  const bus = await freePort()
  const own = ['--cluster-enabled', 'yes', '--cluster-node-timeout', NODE_TIMEOUT_MS, '--cluster-port', String(bus)]
  const sync = ['--repl-diskless-sync-delay', '0', '--cluster-replica-validity-factor', '0']
  const node = new RedisProcess({ binary, folder, port, args: [...data, ...own, ...sync] })
  await node.start()
  return { node, bus }
}

/** What `redis-cli --cluster create` does: slots shared out, nodes introduced, replicas given their masters. */
async function introduce(all: readonly Node[]): Promise<void> {
  const masters = all.slice(0, 3)
  const share = Math.ceil(SLOTS / masters.length)
  for (const [n, { node }] of masters.entries()) {
    const end = Math.min(SLOTS, (n + 1) * share) - 1
    await order(node, `CLUSTER ADDSLOTSRANGE ${n * share} ${end}`)
    await order(node, `CLUSTER SET-CONFIG-EPOCH ${n + 1}`)
  }
  for (const { node, bus } of all.slice(1)) {
    await order(all[0]?.node, `CLUSTER MEET 127.0.0.1 ${node.port} ${bus}`)
  }
  for (const [n, { node }] of all.slice(3).entries()) {
    const id = /\r\n([0-9a-f]{40})/.exec((await masters[n]?.node.ask('CLUSTER MYID')) ?? '')?.[1] ?? ''
    await until(async () => ((await node.ask('CLUSTER NODES')).includes(id) ? '' : 'not met yet'))
    await order(node, `CLUSTER REPLICATE ${id}`)
  }
  for (const { node } of all.slice(3)) {
    const isUp = async () => /master_link_status:up/.test(await node.ask('INFO replication'))
    await until(async () => ((await isUp()) ? '' : `replica ${node.port} is not in step`), 30_000)
  }
}

async function order(node: RedisProcess | undefined, command: string): Promise<void> {
  const answer = await node?.ask(command)
  if (answer?.startsWith('+OK') !== true) throw new Error(`${command}: ${answer}`)
}
