import t from 'tap'
import { readMapped } from '../../../../src/lookups/other/mapped-answer.ts'

t.test('nothing, an item, a list, or an object with its items, its total and its age', t => {
  const item = { kind: 'other', title: 'a' }
  t.same(readMapped(undefined), { items: [], total: 0 })
  t.same(readMapped(null), { items: [], total: 0 })
  t.same(readMapped([]), { items: [], total: 0 })
  t.same(readMapped({ title: 'a' }), { items: [item], total: 1 })
  t.same(readMapped([{ title: 'a' }, { title: 'a' }]), { items: [item, item], total: 2 })
  t.same(readMapped({ items: { title: 'a' } }), { items: [item], total: 1 }, 'a list of one, as JSONata has it')
  t.same(readMapped({ items: [{ title: 'a' }], total: 40, asOf: '2026-11-25T12:00:00Z' }), {
    ...{ items: [item], total: 40, asOf: Date.UTC(2026, 10, 25, 12) }
  })
  t.same(readMapped({}), { items: [], total: 0 })
  t.end()
})

t.test('an item with all there may be; what is null is not there', t => {
  const all = {
    kind: 'x',
    title: 'a',
    detail: 'b',
    at: '2026-11-25',
    e164: '+447700900123',
    fields: { n: 1, y: true, z: null }
  }
  t.same(readMapped(all).items, [{ ...all, at: Date.UTC(2026, 10, 25), fields: { n: 1, y: true } }])
  t.same(readMapped({ title: 'a', kind: null, detail: null, at: null, e164: null, fields: null }).items, [
    { kind: 'other', title: 'a' }
  ])
  t.end()
})

t.test('what is no item is a fault, and never "nothing held"', t => {
  const wrong: readonly unknown[] = [
    ...['a text', 7, true, [7], [null], [[]], [{}], [{ title: '' }], [{ title: ' ' }], [{ title: 7 }]],
    ...[
      { title: 'a', detail: 7 },
      { title: 'a', at: 'soon' },
      { title: 'a', at: Number.NaN },
      { title: 'a', fields: [] }
    ],
    ...[
      { title: 'a', fields: { n: [] } },
      { title: 'a', fields: { n: Number.POSITIVE_INFINITY } }
    ],
    ...[
      { items: [], total: -1 },
      { items: [{ title: 'a' }], total: 0 },
      { items: [], total: 'many' },
      { items: [], asOf: {} }
    ],
    ...[{ items: 'none' }, { title: 'a', fields: { number: '12' } }, { title: 'a', fields: { unverified: false } }]
  ]
  for (const each of wrong) t.throws(() => readMapped(each), { code: 'source.bad-mapping' }, JSON.stringify(each))
  t.end()
})
