/*
 * Writes the pages that are made from the source: `node tests/support/render-docs.ts`. The tests compare.
 */
import { writeFile } from 'node:fs/promises'
import { renderConfigDocument } from '../../src/operations/config-document.ts'

await writeFile(new URL('../../docs/configuration.md', import.meta.url), renderConfigDocument())
