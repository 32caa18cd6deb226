import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'
import { Value } from 'typebox/value'
import { FromClient, ToClient } from '../../../src/delivery/protocol.ts'
import { CLOSE, SOCKET_LIMITS } from '../../../src/delivery/protocol-limits.ts'
import { parseMessage } from '../../../src/sdk/parse-message.ts'
import { EMPTY_SCREEN, reduce, type Screen } from '../../../src/sdk/screen.ts'

/* docs/protocol.md is what others write their clients by: it must say what the code does. */

const page = readFileSync(join(resolve(import.meta.dirname, '../../..'), 'docs/protocol.md'), 'utf8')
const lines = [...page.matchAll(/```transcript\n(.*?)```/gs)].flatMap(([, block = '']) => block.trim().split('\n'))

/** First cells of the table rows under a heading, with the cell that follows each. */
function table(heading: string): Map<string, string> {
  const section = page.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  const rows = [...section.matchAll(/^\| *`?(\w+)`? *\| *([^|]+?) *\|/gm)]
  return new Map(rows.map(([, name = '', value = '']) => [name, value]))
}

t.test('every line of the transcripts is a message of the protocol', async t => {
  t.ok(lines.length > 20, `${lines.length} lines`)
  for (const line of lines) {
    const message: unknown = JSON.parse(line.slice(2))
    t.ok(Value.Check(line.startsWith('C ') ? FromClient : ToClient, message), line.slice(0, 60))
  }
})

t.test('the transcripts show every type of message, both ways', async t => {
  const typesOf = (side: string) =>
    new Set(lines.filter(line => line.startsWith(side)).map(line => JSON.parse(line.slice(2)).t as string))
  const named = (schema: { anyOf: readonly { properties: { t: { const: string } } }[] }) =>
    schema.anyOf.map(each => each.properties.t.const)
  for (const type of named(ToClient)) t.ok(typesOf('S').has(type), `S ${type}`)
  for (const type of named(FromClient)) t.ok(typesOf('C').has(type) || type === 'bye', `C ${type}`)
})

t.test('a client that follows the transcripts ends where they say: the late panel answered, the card gone', async t => {
  const shown: Screen[] = [EMPTY_SCREEN]
  for (const line of lines.filter(each => each.startsWith('S '))) {
    const message = parseMessage(line.slice(2))
    if (typeof message !== 'object' || (message.t !== 'ev' && message.t !== 'snapshot')) continue
    shown.push(reduce(shown.at(-1) ?? EMPTY_SCREEN, message))
  }
  const [beforeLast, last] = shown.slice(-2)
  t.equal([...(beforeLast?.cards.values() ?? [])][0]?.panels.location?.panel.status, 'none')
  t.equal(last?.cards.size, 0)
})

t.test('every close code stands in the page, with whether to come back', async t => {
  const rows = table('Close codes')
  for (const { code, retry } of Object.values(CLOSE)) t.equal(rows.get(String(code)), retry ? 'yes' : 'no', `${code}`)
  const known = new Set(Object.values(CLOSE).map(({ code }) => String(code)))
  t.same(
    [...rows.keys()].filter(code => /^\d+$/.test(code) && !known.has(code)),
    [],
    'and no other'
  )
})

t.test('every limit stands in the page with its value, and no other', async t => {
  const rows = table('Limits')
  rows.delete('name')
  t.same(Object.fromEntries([...rows].map(([name, value]) => [name, Number(value)])), SOCKET_LIMITS)
})
