import t from 'tap'
import { compileJson, compileText, compileUrl } from '../../../src/operations/source-template.ts'

const VALUES = { e164: '+447700900123', e164s: ['+447700900123', '+441632960001'], easting: 471_500, force: 'tvp' }

t.test('in a URL whatever is filled in stays one piece', t => {
  const { names, fill } = compileUrl('https://x.invalid/{force}/of?n={e164}&all={e164s}&p={postcode}')
  t.same(names, ['force', 'e164', 'e164s', 'postcode'])
  t.equal(fill(VALUES), 'https://x.invalid/tvp/of?n=%2B447700900123&all=%2B447700900123%2C%2B441632960001&p=')
  t.equal(fill({ force: '../?#' }), 'https://x.invalid/..%2F%3F%23/of?n=&all=&p=')
  t.end()
})

t.test(
  'in JSON a lone placeholder is its value, and null where the call does not say; in a text it is written out',
  t => {
    const body = {
      a: '{e164}',
      all: ['{e164s}', '{easting}'],
      text: 'near {easting}',
      none: '{postcode}',
      n: 1,
      b: null
    }
    t.same(compileJson(body)?.fill(VALUES), {
      ...{ a: VALUES.e164, all: [VALUES.e164s, 471_500], text: 'near 471500', none: null, n: 1, b: null }
    })
    t.same(compileJson('{"{e164}"}')?.fill({ e164: '" , "x": "y' }), '{"" , "x": "y"}', 'a text, and never JSON')
    t.end()
  }
)

t.test('braces that hold no word are braces', t => {
  t.equal(compileText('{} {a b} {').fill(VALUES), '{} {a b} {')
  t.end()
})

t.test('a body that nests without end is refused', t => {
  let deep: unknown = 'x'
  for (let n = 0; n < 20; n++) deep = { deep }
  t.equal(compileJson(deep), undefined)
  t.end()
})
