import { readFile } from 'node:fs/promises'

const PACKAGE = new URL('../../package.json', import.meta.url)

/** The version of this Callbox, as package.json has it. */
export async function ownVersion(): Promise<string> {
  return (await readPackage()).version
}

/** What a gateway's process is started with, so that it takes no more memory than it needs (docs/measuring.md). */
export async function ownEnvironment(): Promise<Readonly<Record<string, string>>> {
  return (await readPackage()).environment
}

async function readPackage() {
  return JSON.parse(await readFile(PACKAGE, 'utf8')) as {
    readonly version: string
    readonly environment: Readonly<Record<string, string>>
  }
}
