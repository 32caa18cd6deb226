import t from 'tap'
import { isByShownNumber, matchWords } from '../../../src/console/match-words.ts'

const item = (fields?: Record<string, string | boolean>) => ({ kind: 'person', title: 'x', ...(fields && { fields }) })

t.test('what was found by a number says so where it could be taken for somebody else’s', async t => {
  t.equal(matchWords(item()), undefined)
  t.equal(matchWords(item({ matched: 'network' })), undefined, 'one number, and the network gives it')
  t.same(matchWords(item({ matched: 'network', number: '07700 900123' })), {
    ...{ text: 'Network number 07700 900123', isDoubtful: false }
  })
  t.same(matchWords(item({ matched: 'presentation', number: '01632 960001', unverified: true })), {
    ...{ text: 'Number 01632 960001 not verified', isDoubtful: true }
  })
  t.equal(matchWords(item({ matched: 'presentation', unverified: true })), undefined, 'the panel says it of all')
  t.same(matchWords(item({ wasUnverified: true })), { text: 'Number not verified at the time', isDoubtful: true })
})

t.test('all of a panel is doubtful only when nothing of it is the network’s', async t => {
  t.notOk(isByShownNumber([]))
  t.ok(isByShownNumber([item({ unverified: true }), item({ unverified: true })]))
  t.notOk(isByShownNumber([item({ unverified: true }), item()]))
})

t.test(
  'what was found by a number that the caller only says has that word, and not that of a number shown',
  async t => {
    const item = { kind: 'person', title: 'x', fields: { matched: 'stated', number: '07700 900456', unverified: true } }
    t.same(matchWords(item), { text: 'Number 07700 900456 as the caller says it', isDoubtful: true })
    t.equal(isByShownNumber([item]), false)
  }
)
