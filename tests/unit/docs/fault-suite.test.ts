import { readFile } from 'node:fs/promises'
import t from 'tap'
import { toRowTable } from '../../faults/report.ts'
import { ROWS } from '../../faults/rows.ts'

t.test('every row of the fault suite stands in its document, as it is in the code', async t => {
  const page = await readFile(new URL('../../../docs/fault-suite.md', import.meta.url), 'utf8')
  const written = page.split('\n## The rows\n')[1]?.split('\n## ')[0] ?? ''
  t.equal(
    written
      .split('\n')
      .filter(line => line.startsWith('|'))
      .join('\n'),
    toRowTable(ROWS)
  )
})

t.test('each row has a name of its own', async t => {
  t.equal(new Set(ROWS.map(({ id }) => id)).size, ROWS.length)
})
