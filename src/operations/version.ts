import { readFile } from 'node:fs/promises'

const PACKAGE = new URL('../../package.json', import.meta.url)

/** The version of this Callbox, as package.json has it. */
export async function ownVersion(): Promise<string> {
  return (JSON.parse(await readFile(PACKAGE, 'utf8')) as { readonly version: string }).version
}
