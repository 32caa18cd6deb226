import { readFile } from 'node:fs/promises'
import t from 'tap'
import { scenario } from '../../support/gateway.ts'
import { scenarioFiles, scenarioIndex } from '../../support/scenario-index.ts'

/** Ofcom's numbers for drama, 07700 900xxx and 01632 960xxx, and a network's stand-in, which is nobody's. */
const FOR_DRAMA = /^(?:\+44|0)(?:7700900|1632960|8979)/
const NUMBER = /(?:\+44|\b0)[1-9]\d{6,9}/g

t.test('the index of scenarios and the folder name the same files, each by who, what and expected answer', async t => {
  const files = await scenarioFiles()
  const rows = await scenarioIndex()
  t.same(rows.map(({ name }) => name).sort(), files)
  for (const { name, expected, transports } of rows) {
    t.match(name, /^uac-[a-z0-9-]+-expect-\d{3}$/)
    t.ok(expected.includes(name.slice(-3)), `the answer in the name of ${name} is the one in its row`)
    t.ok(transports.length > 0, `${name} has a transport`)
  }
})

t.test('no scenario calls from or to a number that somebody may have', async t => {
  let numbers = 0
  for (const name of await scenarioFiles()) {
    const text = await readFile(scenario(name), 'utf8')
    t.ok(text.includes(`<scenario name="${name}">`), `${name} is called as its file`)
    const found = text.match(NUMBER) ?? []
    numbers += found.length
    t.same(
      found.filter(number => !FOR_DRAMA.test(number)),
      [],
      name
    )
  }
  t.ok(numbers > 100, `${numbers} numbers looked at`)
})
