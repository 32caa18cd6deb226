import { readFile } from 'node:fs/promises'
import t from 'tap'
import { serviceWords } from '../../../src/console/service-words.ts'
import { ALARMS } from '../../../src/pop/alarm-catalogue.ts'

const page = await readFile(new URL('../../../docs/failures.md', import.meta.url), 'utf8')

t.test('every alarm has its place in the picture of what breaks', async t => {
  t.same(
    Object.keys(ALARMS).filter(code => !page.includes(`\`${code}\``)),
    []
  )
})

t.test('each level stands there in the words of the handler’s screen', async t => {
  for (const level of [0, 1, 2, 3, 4, 5]) {
    t.ok(page.includes(`| ${level} | "${serviceWords({ level }).text}" |`), `level ${level}`)
  }
})
