import { Ajv } from 'ajv'
import t from 'tap'
import { Snapshot } from '../../../src/delivery/protocol.ts'
import { toSnapshotTexts } from '../../../src/delivery/snapshot-texts.ts'
import { toBarePop } from '../../../src/pop/bare-pop.ts'
import { PANEL_NAMES, type Panel, type PanelName, type PopCard } from '../../../src/pop/pop.ts'
import { anOffer, callAfter } from '../../support/call-events.ts'

const HEAD = { epoch: 'one', seq: 7, eventId: 'state:x' }

function aCard(name: string, panelWords = 10): PopCard {
  const call = callAfter(anOffer({ name }))
  const panel = (of: PanelName): Panel => ({
    panel: of,
    status: 'found',
    source: 'Force record',
    sinceOfferedMs: 5,
    items: [{ kind: 'note', title: 'é'.repeat(panelWords) }],
    more: 0
  })
  const panels = PANEL_NAMES.map(of => ({ rev: 3, panel: panel(of) }))
  return { call: call.callId, rev: 1, pop: toBarePop(call, 'device'), panels }
}

const isSnapshot = new Ajv({ strict: false }).compile<Snapshot>(Snapshot)

function read(texts: readonly string[]) {
  return texts.map(text => JSON.parse(text) as { epoch: string; seq: number; cards: PopCard[]; more: boolean })
}

t.test('a screen with nothing on it is told so, in one message', async t => {
  t.same(read(toSnapshotTexts([], HEAD)), [{ t: 'snapshot', ...HEAD, cards: [], more: false }])
})

t.test('calls that had no room are counted in every part, and nothing is said where there are none', async t => {
  const texts = toSnapshotTexts([aCard('one', 300), aCard('two', 300)], HEAD, { left: 7, maxBytes: 32 * 1024 })
  t.same(
    texts.map(text => JSON.parse(text).left),
    texts.map(() => 7)
  )
  for (const text of texts) t.ok(isSnapshot(JSON.parse(text)))
  t.notOk(toSnapshotTexts([aCard('one')], HEAD).some(text => text.includes('"left"')))
})

t.test(
  'a hundred cards come in messages that a client takes, none of them lost, the last one said to be the last',
  async t => {
    const cards = Array.from({ length: 100 }, (_, at) => aCard(`call-${at}`, 300))
    const texts = toSnapshotTexts(cards, HEAD)
    t.ok(texts.length > 1, `${texts.length} messages`)
    t.same(
      texts.filter(text => Buffer.byteLength(text) > 64 * 1024),
      []
    )
    const parts = read(texts)
    t.same(
      parts.flatMap(part => part.cards),
      cards
    )
    t.same(
      parts.map(part => part.more),
      [...parts.slice(1).map(() => true), false]
    )
    t.same(new Set(parts.map(part => part.seq)), new Set([7]))
  }
)

t.test('a card with more words than a message holds comes in several, each with some of its panels', async t => {
  const card = aCard('long', 9_000)
  const parts = read(toSnapshotTexts([aCard('short'), card], HEAD, { maxBytes: 32 * 1024 }))
  const of = parts.flatMap(part => part.cards).filter(each => each.call === card.call)
  t.ok(of.length > 1)
  t.same(
    of.flatMap(each => each.panels),
    card.panels
  )
})

t.test('a supervisor’s board comes in parts of its own, before the cards', async t => {
  const alarm = {
    rev: 1,
    alarm: {
      ...{ alarm: 'a-1', code: 'nobody-signed-on', priority: 1 as const, words: 'w'.repeat(300), remedy: 'r' },
      ...{ endsBy: 'itself' as const, raisedAt: 1 }
    }
  }
  const board = { alarms: Array.from({ length: 200 }, () => alarm), ledger: [], more: 3 }
  const texts = toSnapshotTexts([aCard('short')], HEAD, { board, maxBytes: 32 * 1024 })
  t.ok(texts.every(text => Buffer.byteLength(text) <= 32 * 1024))
  const parts = texts.map(text => JSON.parse(text) as Snapshot)
  t.equal(parts.flatMap(part => part.board?.alarms ?? []).length, 200)
  t.same(parts.map(part => part.more).at(-1), false)
  t.equal(parts.at(-1)?.cards.length, 1)
  t.ok(
    parts.every(part => isSnapshot(part)),
    'each as the schema says'
  )
})
