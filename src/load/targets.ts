import { createSocket } from 'node:dgram'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Fault, reasonOf } from '../operations/errors.ts'
import { whoHolds } from '../operations/port-holder.ts'
import { ownVersion } from '../operations/version.ts'
import { GatewayProcess } from '../simulator/gateway-process.ts'
import { label, readMetrics } from './gauges.ts'
import type { LoadOptions, TargetAddress } from './load-options.ts'
import { descendantsOf, type Group } from './processes.ts'
import { checkRoom } from './write-report.ts'

/** The gateways of a load: those that were named, or one of its own. */
export interface Targets {
  readonly addresses: readonly TargetAddress[]
  readonly versions: readonly string[]
  /** Gateways that run on this machine, and the stores of its own one. */
  readonly groups: readonly Group[]
  readonly stop: () => Promise<void>
}

const ASK_MS = 3_000
const START_TRIES = 3
/** What a gateway of its own has on the disk before its first call, and some room for calls. */
const OWN_GATEWAY_BYTES = 300 * 1024 * 1024

/** Rejects with `load.target-down`, `load.other-version` or `load.no-room`, before a call is placed. */
export async function openTargets(options: LoadOptions, say: (text: string) => void): Promise<Targets> {
  if (options.targets.length > 0) {
    const versions: string[] = []
    for (const target of options.targets) versions.push(await checkTarget(target, options.anyVersion))
    return { addresses: options.targets, versions, groups: await localGroups(options.targets), stop: async () => {} }
  }
  await checkRoom(tmpdir(), OWN_GATEWAY_BYTES, 'a gateway with its own stores')
  say('starting a gateway with its own stores and demo data …\n')
  return openOwn(options, START_TRIES)
}

/** A port that was free may be taken by whoever else asks for one; then others are tried. */
async function openOwn(options: LoadOptions, triesLeft: number): Promise<Targets> {
  const folder = await mkdtemp(join(tmpdir(), 'callbox-load-'))
  // Run as root, the embedded PostgreSQL is another user, who must get in.
  await chmod(folder, 0o755)
  const gateway = await GatewayProcess.at(join(folder, 'data'))
  const stop = async () => {
    await gateway.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await gateway.start({ desks: options.handlers + (options.probe?.desks ?? 0), isDetached: true })
    const address = { url: gateway.url, sipHost: '127.0.0.1', sipPort: gateway.place.sipPort }
    const version = await checkTarget(address, false)
    return { addresses: [address], versions: [version], groups: groupsOf(gateway), stop }
  } catch (thrown) {
    await stop()
    const reason = reasonOf(thrown)
    if (reason.includes('listen.port-taken') && triesLeft > 1) return openOwn(options, triesLeft - 1)
    throw thrown instanceof Fault ? thrown : new Fault('load.target-down', { where: 'this machine', reason })
  }
}

function groupsOf(gateway: GatewayProcess): readonly Group[] {
  const { pid = 0 } = gateway
  return [
    { name: 'gateway', pids: async () => [pid] },
    { name: 'its PostgreSQL and Redis', pids: () => descendantsOf(pid) }
  ]
}

/** Gateways that others started here, by who has their port; their stores are nobody's that could be told. */
async function localGroups(targets: readonly TargetAddress[]): Promise<readonly Group[]> {
  const found: Group[] = []
  for (const { url } of targets) {
    const { hostname, port } = new URL(url)
    if (hostname !== 'localhost' && !hostname.startsWith('127.')) continue
    const pid = Number(/\(pid (\d+)\)/.exec(await whoHolds(Number(port), 'tcp'))?.[1])
    if (pid > 0) found.push({ name: `gateway ${found.length + 1}`, pids: async () => [pid] })
  }
  return found
}

/** Its version. */
async function checkTarget({ url }: TargetAddress, isAnyVersion: boolean): Promise<string> {
  const down = (reason: string, cause?: unknown) => new Fault('load.target-down', { where: url, reason }, cause)
  let answer: Response
  try {
    answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(ASK_MS) })
  } catch (thrown) {
    throw down(reasonOf((thrown as { readonly cause?: unknown }).cause ?? thrown), thrown)
  }
  if (!answer.ok) throw down(`its /readyz says ${answer.status}: ${(await answer.text()).slice(0, 300)}`)
  const samples = (await readMetrics(url)) ?? []
  if (samples.length === 0) throw down('it gives no /metrics')
  const ours = await ownVersion()
  const theirs = label(samples, 'gw_build_info', 'version') ?? 'unknown'
  if (theirs !== ours && !isAnyVersion) throw new Fault('load.other-version', { where: url, theirs, ours })
  return theirs
}

/** Rejects with `listen.port-taken` when SIPp could not call from there. */
export async function checkFrom({ from }: LoadOptions): Promise<void> {
  if (from?.port === undefined) return
  const { host, port } = from
  await new Promise<void>((done, fail) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    socket.once('error', (thrown: NodeJS.ErrnoException) => {
      const isTaken = thrown.code === 'EADDRINUSE'
      whoHolds(port, 'udp').then(
        by =>
          fail(
            isTaken
              ? new Fault('listen.port-taken', { port, what: 'SIPp', by }, thrown)
              : new Fault('listen.failed', { host, port, what: 'SIPp', reason: thrown.message }, thrown)
          ),
        fail
      )
    })
    socket.bind(port, host, () => socket.close(() => done()))
  })
}
