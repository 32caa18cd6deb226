import { readdir, readFile } from 'node:fs/promises'

/** Processes whose parent this is, with their names. */
export async function childrenOf(pid: number): Promise<ReadonlyMap<number, string>> {
  const found = new Map<number, string>()
  for (const name of await readdir('/proc')) {
    const stat = /^\d+$/.test(name) ? await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '') : ''
    const [, command = '', parent] = /\((.*)\) \S (\d+)/.exec(stat) ?? []
    if (Number(parent) === pid) found.set(Number(name), command)
  }
  return found
}

export async function isAlive(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')
  return stat !== '' && !/\) Z /.test(stat)
}
