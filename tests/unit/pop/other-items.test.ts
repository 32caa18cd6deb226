import t from 'tap'
import type { OtherItem } from '../../../src/lookups/other/mapped-answer.ts'
import { NO_LINKS } from '../../../src/pop/deep-link.ts'
import { toOtherItems } from '../../../src/pop/other-items.ts'
import { anOffer, callAfter } from '../../support/call-events.ts'

const call = callAfter(anOffer())
const [network, other] = ['+447700900123', '+441632960001']
const shows = { ...call, cli: { ...call.cli, presentation: { raw: other, e164: other } } } as typeof call
const onlyShown = { ...shows, cli: { trust: 'presentation-only', presentation: shows.cli.presentation } } as typeof call
const item: OtherItem = { kind: 'x', title: 'a' }
const fieldsOf = (items: readonly OtherItem[], asked: readonly string[], of = call) =>
  toOtherItems({ items, total: items.length, asked }, of, NO_LINKS).items.map(({ fields }) => fields)

t.test('by which of the caller’s numbers an item was found stands with it, and what nobody vouches for says so', t => {
  t.same(fieldsOf([item], [network]), [{ matched: 'network' }])
  t.same(fieldsOf([item], [other], onlyShown), [{ matched: 'presentation', unverified: true }])
  t.match(fieldsOf([{ ...item, e164: network }], [network, other], shows), [{ matched: 'network' }])
  t.match(fieldsOf([{ ...item, e164: other }], [network, other], shows), [
    { matched: 'presentation', unverified: true }
  ])
  t.same(fieldsOf([item], [network, other], shows), [{ unverified: true }], 'it may be by the weaker of the two')
  t.same(fieldsOf([item], []), [undefined], 'what is of a place is of no number')
  t.end()
})

t.test('texts of another system are cleaned and cut, and no more are taken than a panel shows', t => {
  const long = {
    kind: 'k'.repeat(99),
    title: 't\u0007'.repeat(400),
    detail: 'd'.repeat(2_000),
    fields: { ['n'.repeat(99)]: 'v'.repeat(999) }
  }
  const { items, total } = toOtherItems(
    { items: Array.from({ length: 60 }, () => long), total: 75, asked: [] },
    call,
    NO_LINKS
  )
  t.same([items.length, total], [20, 75])
  const [first] = items
  t.same([first?.kind.length, first?.title.length, first?.detail?.length], [40, 300, 1_000])
  t.notOk(first?.title.includes('\u0007'))
  t.same(
    Object.entries(first?.fields ?? {}).map(([name, value]) => [name.length, String(value).length]),
    [[40, 200]]
  )
  t.end()
})
