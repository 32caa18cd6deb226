import crypto from 'node:crypto'
import files from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'
import { running, type SimProcess } from './sim-process.ts'

/*
 * The system as simulated code finds it. Clocks, timers, random numbers, files and locks of the whole process are put
 * behind a switch: code of a simulated process gets its world's, all other code (the test runner, the simulation
 * itself) the real ones. So the code under simulation needs no seam and cannot reach past its world by mistake.
 */

type Clear = (timer: object | undefined) => void

let isInstalled = false

/** Once for this process; harmless to code outside of a simulated world. */
export function installWorld(): void {
  if (isInstalled) return
  isInstalled = true
  installTimers()
  installClocks()
  installRandom()
  installFiles()
  installLocks()
  // Named imports of these modules follow what their default export has now.
  syncBuiltinESMExports()
}

function installTimers(): void {
  const real = { setTimeout, setInterval, setImmediate, clearTimeout, clearInterval, clearImmediate }
  const set = (repeats: boolean, orReal: typeof setTimeout) =>
    ((run: (...args: unknown[]) => void, ms: number, ...args: unknown[]) =>
      running.getStore()?.setTimer(() => run(...args), ms, repeats) ?? orReal(run, ms, ...args)) as typeof setTimeout
  const clear =
    (orReal: (timer: never) => void): Clear =>
    timer => {
      const owner = running.getStore()
      if (owner === undefined || timer === undefined) orReal(timer as never)
      else owner.clearTimer(timer)
    }
  const immediate = (run: (...args: unknown[]) => void, ...args: unknown[]) => {
    const owner = running.getStore()
    return owner === undefined ? real.setImmediate(run, ...args) : owner.time.schedule(owner, 0, () => run(...args))
  }
  Object.assign(globalThis, {
    setTimeout: set(false, real.setTimeout),
    setInterval: set(true, real.setInterval as unknown as typeof setTimeout),
    setImmediate: immediate,
    clearTimeout: clear(real.clearTimeout as (timer: never) => void),
    clearInterval: clear(real.clearInterval as (timer: never) => void),
    clearImmediate: (taken: unknown) => (typeof taken === 'function' ? taken() : real.clearImmediate(taken as never))
  })
}

function installClocks(): void {
  const RealDate = Date
  const realNow = Date.now
  const wall = (owner: SimProcess) => owner.time.wallMs() + owner.clockOffMs
  Date.now = () => {
    const owner = running.getStore()
    return owner === undefined ? realNow() : wall(owner)
  }
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, made) => {
      const owner = running.getStore()
      return Reflect.construct(target, owner !== undefined && args.length === 0 ? [wall(owner)] : args, made)
    }
  })
  const realPerformanceNow = performance.now.bind(performance)
  performance.now = () => running.getStore()?.time.nowMs ?? realPerformanceNow()
  const hrtime = process.hrtime
  process.hrtime = Object.assign((since?: [number, number]) => refuse('process.hrtime') ?? hrtime(since), {
    bigint: () => refuse('process.hrtime') ?? hrtime.bigint()
  })
}

function installRandom(): void {
  const real = {
    random: Math.random,
    randomBytes: crypto.randomBytes,
    randomFillSync: crypto.randomFillSync,
    randomUUID: crypto.randomUUID
  }
  const ofWorld = () => running.getStore()?.random
  Math.random = () => ofWorld()?.next() ?? real.random()
  const randomBytes = (count: number) => ofWorld()?.bytes(count) ?? real.randomBytes(count)
  const randomFillSync = (into: Buffer) => {
    const random = ofWorld()
    if (random === undefined) return real.randomFillSync(into)
    random.bytes(into.length).copy(into)
    return into
  }
  const randomUUID = () => {
    const hex = ofWorld()?.bytes(16).toString('hex')
    return hex === undefined ? real.randomUUID() : hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
  }
  Object.assign(crypto, { randomBytes, randomFillSync, randomUUID })
  const getRandomValues = globalThis.crypto.getRandomValues.bind(globalThis.crypto)
  globalThis.crypto.getRandomValues = <T extends ArrayBufferView | null>(into: T): T => {
    const random = ofWorld()
    if (random === undefined || !(into instanceof Uint8Array)) return getRandomValues(into as never) as T
    into.set(random.bytes(into.length))
    return into
  }
}

/** What the spool uses of `node:fs/promises`; anything else a simulated process asks for is refused. */
const OF_DISK = ['open', 'mkdir', 'unlink', 'readdir', 'readFile', 'writeFile', 'rename'] as const
const REFUSED = ['appendFile', 'stat', 'rm', 'copyFile', 'truncate', 'access'] as const

function installFiles(): void {
  const module = files as unknown as Record<string, (...args: unknown[]) => unknown>
  for (const name of OF_DISK) {
    const real = module[name]
    module[name] = (...args) => {
      const owner = running.getStore()
      if (owner === undefined) return real?.(...args)
      if (owner.disk === undefined) return refuse(`a file, as ${owner.name}`)
      return (owner.disk[name] as (...args: unknown[]) => unknown)(...args)
    }
  }
  for (const name of REFUSED) {
    const real = module[name]
    module[name] = (...args) => refuse(`fs.${name}`) ?? real?.(...args)
  }
}

/** Abstract unix sockets, as the data folders' locks use them: one holder on a machine. */
function installLocks(): void {
  const real = net.createServer
  const createServer = (...args: unknown[]) => {
    const owner = running.getStore()
    if (owner === undefined) return (real as (...args: unknown[]) => unknown)(...args)
    let onError = (_: Error) => {}
    let held = ''
    return {
      once: (_: 'error', listener: (thrown: Error) => void) => {
        onError = listener
      },
      listen: (name: string, done: () => void) => {
        const isHeld = owner.disk?.holders().some(holder => holder.locks.has(name)) === true
        if (!isHeld) owner.locks.add(name)
        if (!isHeld) held = name
        owner.time.schedule(owner, 0, () => (isHeld ? onError(new Error('EADDRINUSE')) : done()))
      },
      close: (done: () => void) => {
        owner.locks.delete(held)
        owner.time.schedule(owner, 0, done)
      }
    }
  }
  Object.assign(net, { createServer })
}

/** Throws inside a simulated world; undefined outside. */
function refuse(what: string): undefined {
  if (running.getStore() !== undefined) throw new Error(`simulated code reached for ${what} of the real system`)
  return undefined
}
