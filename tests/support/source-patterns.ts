import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const SRC = resolve(import.meta.dirname, '../../src')

export interface SourcePattern {
  /** `switches/sip/via.ts: /…/` */
  readonly name: string
  readonly pattern: RegExp
}

/** Comments, strings and regular expressions, in the order in which they can begin. A slash behind a value divides. */
const TOKEN =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|(?<=(?:^|[(,=:[!&|?{};>]|\breturn|\bcase)\s*)\/((?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+)\/([a-z]*)/g

/** Every regular expression that stands in the files of these folders. */
export function patternsIn(folders: readonly string[]): SourcePattern[] {
  return folders.flatMap(folder =>
    readdirSync(join(SRC, folder), { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.ts'))
      .sort()
      .flatMap(name => inFile(`${folder}/${name}`))
  )
}

function inFile(name: string): SourcePattern[] {
  const found: SourcePattern[] = []
  // A line that is a template holds text of a pattern, whose slashes are its own.
  const text = readFileSync(join(SRC, name), 'utf8').replace(/^\s*`.*`,?$/gm, '')
  for (const [, source, flags] of text.matchAll(TOKEN)) {
    if (source === undefined) continue
    const pattern = new RegExp(source, flags)
    found.push({ name: `${name}: ${pattern}`, pattern })
  }
  return found
}

/** Those that are put together when a file is loaded: `run` loads them. */
export async function patternsMade(run: () => Promise<unknown>): Promise<SourcePattern[]> {
  const found: SourcePattern[] = []
  const plain = globalThis.RegExp
  globalThis.RegExp = new Proxy(plain, {
    construct: (target, args: ConstructorParameters<RegExpConstructor>) => {
      const pattern = new target(...args)
      found.push({ name: `made: ${pattern}`, pattern })
      return pattern
    }
  })
  try {
    await run()
  } finally {
    globalThis.RegExp = plain
  }
  return found
}
