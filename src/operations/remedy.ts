import { readFile } from 'node:fs/promises'
import type { FaultCode } from './errors.ts'

const PAGE = new URL('../../docs/faults.md', import.meta.url)

/** What docs/faults.md tells an operator to do about a fault; empty when the page is not there. */
export async function remedyFor(code: FaultCode): Promise<string> {
  try {
    const page = await readFile(PAGE, 'utf8')
    const row = page.split('\n').find(line => line.startsWith(`| \`${code}\` |`))
    return row?.split(' | ')[2]?.replace(/ \|$/, '') ?? ''
  } catch {
    // The remedy is a help; a missing page must not hide the fault itself.
    return ''
  }
}
