import t from 'tap'
import { countWords, PANEL_TITLES, panelWords, placeWords } from '../../../src/console/panel-words.ts'
import { PANEL_NAMES, type Panel, type PanelName, type PanelStatus } from '../../../src/pop/pop.ts'
import { panelOf } from '../../support/pop-words.ts'

const STATUSES: readonly PanelStatus[] = ['pending', 'found', 'none', 'failed', 'late', 'not-asked']

function words(name: PanelName, over: Partial<Panel>) {
  return panelWords(name, panelOf(1, name, { items: [], ...over }))
}

t.test('every panel of the protocol has its place on the screen, in the same order', async t => {
  t.same(Object.keys(PANEL_TITLES), [...PANEL_NAMES])
})

t.test('no two statuses read alike, and none is silent', async t => {
  for (const name of PANEL_NAMES) {
    const texts = STATUSES.filter(status => status !== 'found').map(status => words(name, { status }).text)
    t.equal(new Set(texts).size, texts.length, name)
    t.notOk(texts.includes(''))
    t.equal(
      new Set(STATUSES.map(status => words(name, { status }).icon)).size,
      STATUSES.length,
      'each has its own shape'
    )
  }
})

t.test('a panel that is not there yet is being looked up, not empty', async t => {
  t.same(panelWords('history', undefined), words('history', { status: 'pending' }))
})

t.test('only an answer says that nothing is held; no answer says that there may be something', async t => {
  t.match(words('history', { status: 'none' }), { status: 'Nothing held', text: /^Asked:/, isTrouble: false })
  for (const status of ['failed', 'late'] as const) {
    t.match(words('history', { status }), { text: /There may be something/, isTrouble: true })
  }
})

t.test('why a source was not asked is said in words, also a reason newer than the console', async t => {
  t.match(words('identity', { status: 'not-asked', why: 'no-cli' }).text, /no number/)
  t.match(words('identity', { status: 'not-asked', why: 'moon-phase' }).text, /not asked/)
  t.match(words('location', { status: 'failed', why: 'lookup.bad-document' }).text, /cannot be read/)
  const whys = ['bad-vehicle-data', 'held-refused', 'held-error', 'held-late', 'held-failed'].map(
    why => `lookup.${why}`
  )
  const texts = whys.map(why => words('location', { status: 'failed', why }).text)
  t.equal(new Set([...texts, words('location', { status: 'failed', why: 'else' }).text]).size, 6)
  t.match(words('location', { status: 'failed', why: 'lookup.unheard-of' }).text, /could not be asked/)
})

t.test(
  'a source that was not asked though there may be something looks like trouble; a caller without a number does not',
  async t => {
    for (const why of ['breaker-open', 'too-many', 'place-unknown'])
      t.match(words('other-custody', { status: 'not-asked', why }), { text: /There may be something/, isTrouble: true })
    for (const why of ['no-cli', 'no-place', 'not-configured'])
      t.match(words('other-custody', { status: 'not-asked', why }), {
        text: /^(?!.*may be something)/,
        isTrouble: false
      })
  }
)

t.test('a panel of a system of the force’s own has words for all it may say', async t => {
  t.match(words('other-custody', { status: 'none' }), { status: 'Nothing held', text: /^Asked:/ })
  const whys = ['unreachable', 'refused', 'redirected', 'too-large', 'unreadable', 'bad-mapping'].map(
    why => `source.${why}`
  )
  t.equal(new Set(whys.map(why => words('other-custody', { status: 'failed', why }).text)).size, 6)
})

t.test('a status newer than the console is never taken for an answer', async t => {
  t.equal(panelWords('history', { ...panelOf(1, 'history'), status: 'guessed' as PanelStatus }).isTrouble, true)
})

t.test('what is not shown is counted', async t => {
  t.equal(countWords({ items: [{ kind: 'contact', title: 'a' }], more: 0 }), '1')
  t.equal(countWords({ items: [{ kind: 'contact', title: 'a' }], more: 11 }), '1 of 12')
})

t.test('a panel about a place says whose it is', async t => {
  const of = (name: 'crimes' | 'warnings' | 'history', over: object) => ({ ...panelOf(1, name, {}), ...over })
  const elsewhere = { place: 'incident' as const, status: 'none' as const }
  t.equal(placeWords(of('warnings', elsewhere)), 'place: the incident’s')
  t.equal(placeWords(of('crimes', { status: 'found' })), 'place: the caller’s')
  t.equal(placeWords(of('crimes', { status: 'late' })), undefined)
  t.equal(placeWords(of('history', { status: 'found' })), undefined)
  t.match(panelWords('warnings', of('warnings', elsewhere)).text, /the incident’s place/)
})
