import { readdir, readFile, readlink } from 'node:fs/promises'

const LISTENING = '0A'
/** UDP sockets have no listening state; a bound one is in state 7. */
const BOUND = '07'

/**
 * Who holds a port, as ` by redis-server (pid 812)`; empty where the system does not say (other systems than Linux,
 * other users' processes).
 */
export async function whoHolds(port: number, protocol: 'tcp' | 'udp'): Promise<string> {
  try {
    const inodes = await inodesAt(port, protocol)
    if (inodes.size === 0) return ''
    for (const pid of await readdir('/proc')) {
      if (!/^\d+$/.test(pid) || !(await hasSocket(pid, inodes))) continue
      return ` by ${(await readFile(`/proc/${pid}/comm`, 'utf8')).trim()} (pid ${pid})`
    }
    return ''
  } catch {
    // A hint only: the fault itself says that the port is taken.
    return ''
  }
}

async function inodesAt(port: number, protocol: 'tcp' | 'udp'): Promise<ReadonlySet<string>> {
  const inodes = new Set<string>()
  const wanted = protocol === 'tcp' ? LISTENING : BOUND
  for (const family of ['', '6']) {
    const table = await readFile(`/proc/net/${protocol}${family}`, 'latin1').catch(() => '')
    for (const line of table.split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/)
      if (state === wanted && Number.parseInt(local.split(':')[1] ?? '', 16) === port) inodes.add(`socket:[${inode}]`)
    }
  }
  return inodes
}

async function hasSocket(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    const target = await readlink(`${folder}/${name}`).catch(() => '')
    if (inodes.has(target)) return true
  }
  return false
}
