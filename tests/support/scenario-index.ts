import { readdir, readFile } from 'node:fs/promises'

/** One row of sipp-scenarios/README.md. */
export interface ScenarioRow {
  readonly name: string
  readonly transports: readonly ('udp' | 'tcp')[]
  readonly expected: string
  readonly rate: number
  readonly calls: number
  /** What stands in its command beside file, address, `-r` and `-m`. */
  readonly args: readonly string[]
}

const FOLDER = new URL('../../sipp-scenarios/', import.meta.url)
const ROW =
  /^\| \[(?<name>[^\]]+)\]\((?<file>[^)]+)\) \|[^|]*\| (?<over>[^|]+) \| (?<expected>[^|]+) \| `(?<command>[^`]+)` \|$/
const DEFAULT_RATE = 10

/** The names of all files, in order. */
export async function scenarioFiles(): Promise<string[]> {
  const files = await readdir(FOLDER)
  return files.flatMap(file => (file.endsWith('.xml') ? [file.slice(0, -'.xml'.length)] : [])).sort()
}

/** The index as it is written, commands taken apart. */
export async function scenarioIndex(): Promise<ScenarioRow[]> {
  const text = await readFile(new URL('README.md', FOLDER), 'utf8')
  const lines = text.split('\n').filter(line => line.startsWith('| ['))
  return lines.map(line => {
    const { name = '', file, over = '', expected = '', command = '' } = ROW.exec(line)?.groups ?? {}
    const start = `sipp -sf sipp-scenarios/${name}.xml 127.0.0.1:5060 `
    if (file !== `${name}.xml` || !command.startsWith(start)) throw new Error(`not a row of the index: ${line}`)
    const words = command.slice(start.length).split(' ')
    const numberOf = (option: string) => {
      const at = words.indexOf(option)
      return at < 0 ? undefined : Number(words.splice(at, 2)[1])
    }
    const rate = numberOf('-r') ?? DEFAULT_RATE
    const calls = numberOf('-m') ?? 1
    return { name, transports: toTransports(over), expected, rate, calls, args: words }
  })
}

function toTransports(over: string): ('udp' | 'tcp')[] {
  const names = over.toLowerCase().split(', ')
  return (['udp', 'tcp'] as const).filter(name => names.includes(name))
}
