import { readFile } from 'node:fs/promises'
import t from 'tap'
import { FAULTS } from '../../../src/operations/errors.ts'

t.test('every fault has its remedy in docs/faults.md, and every remedy a fault', async t => {
  const text = await readFile(new URL('../../../docs/faults.md', import.meta.url), 'utf8')
  const rows = [...text.matchAll(/^\| `([a-z.-]+)` \| (.+?) \| (.+?) \|$/gm)]
  t.same(rows.map(([, code]) => code).sort(), Object.keys(FAULTS).sort())
  for (const [, code, means, remedy] of rows) {
    t.ok((means?.length ?? 0) > 15 && (remedy?.length ?? 0) > 15, `${code} says what it means and what to do`)
  }
})
