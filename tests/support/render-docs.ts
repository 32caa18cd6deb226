/*
 * Writes the pages that are made from the source: `node tests/support/render-docs.ts`. The tests compare.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { toAsyncApi } from '../../src/http/asyncapi-document.ts'
import { toOpenApi } from '../../src/http/openapi-document.ts'
import { renderColumnsDocument } from '../../src/import/columns-document.ts'
import { renderConfigDocument } from '../../src/operations/config-document.ts'
import { makeHttpBench } from './http-bench.ts'

const DOCS = new URL('../../docs/', import.meta.url)

/** Each page that is made, by its path in docs/, with what the source gives. */
export function renderDocs(): Readonly<Record<string, string>> {
  return {
    'configuration.md': renderConfigDocument(),
    'import-columns.md': renderColumnsDocument(),
    'api/openapi.json': `${JSON.stringify(toOpenApi(makeHttpBench().routes), null, 2)}\n`,
    'api/asyncapi.json': `${JSON.stringify(toAsyncApi(), null, 2)}\n`
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await mkdir(new URL('api/', DOCS), { recursive: true })
  for (const [path, text] of Object.entries(renderDocs())) await writeFile(new URL(path, DOCS), text)
}
