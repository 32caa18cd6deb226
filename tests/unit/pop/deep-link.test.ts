import fc from 'fast-check'
import t from 'tap'
import { checkLinks } from '../../../src/operations/deep-link-schema.ts'
import { makeToLink } from '../../../src/pop/deep-link.ts'

const CRIME = 'https://records.tvp.example.invalid/crime/{key}?from=callbox'
const toLink = makeToLink([
  { id: 'tvp', deepLinks: { crime: CRIME, person: 'http://niche.example.invalid/{key}/{key}' } },
  { id: 'hants' }
])

t.test('a force’s own system by its own key, encoded, wherever the template has it', async t => {
  t.equal(toLink('tvp', 'crime', '43/1234'), 'https://records.tvp.example.invalid/crime/43%2F1234?from=callbox')
  t.equal(toLink('tvp', 'person', 'a b'), 'http://niche.example.invalid/a%20b/a%20b')
  t.equal(toLink('tvp', 'crime', '$&'), 'https://records.tvp.example.invalid/crime/%24%26?from=callbox')
})

t.test('no link without a template, a force or a key', async t => {
  for (const [force, kind, key] of [
    ['tvp', 'incident', 'k'],
    ['hants', 'crime', 'k'],
    ['toString', 'crime', 'k'],
    ['tvp', 'crime', ''],
    ['tvp', 'crime', null],
    ['tvp', 'crime', undefined],
    ['tvp', 'crime', '\ud800'],
    ['tvp', 'crime', 'x'.repeat(1_000)]
  ] as const) {
    t.equal(toLink(force, kind, key), undefined, `${force} ${kind} ${String(key).slice(0, 9)}`)
  }
})

t.test('no key leads anywhere else than its template', async t => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: 'binary' }), key => {
      const link = toLink('tvp', 'crime', key)
      if (link === undefined) return
      const { origin, username, search, hash } = new URL(link)
      t.same([origin, username, search, hash], ['https://records.tvp.example.invalid', '', '?from=callbox', ''])
    })
  )
})

t.test('a template that could lead elsewhere is refused with its path', async t => {
  const bad = [
    'javascript:alert("{key}")',
    'https://records.example.invalid/crime',
    'https://{key}.example.invalid/',
    'https://{key}@records.example.invalid/',
    'records.example.invalid/{key}',
    'file:///{key}'
  ]
  for (const crime of bad) {
    t.match(checkLinks([{}, { deepLinks: { crime } }]), [{ path: 'forces[1].deepLinks.crime' }], crime)
  }
  t.same(checkLinks([{ deepLinks: { crime: CRIME } }, {}]), [])
})
