import t from 'tap'
import {
  flagOf,
  handoverNews,
  handoversOfCall,
  openHandovers,
  outcomeWords,
  ownHandovers,
  receipts,
  recentHandovers,
  stateWords
} from '../../../src/console/handover-words.ts'
import type { Handover } from '../../../src/pop/handover.ts'
import type { ScreenBoard } from '../../../src/sdk/board.ts'
import { aHandover } from '../../support/handovers.ts'

const NOW = 1_005_000
const boardOf = (...all: readonly Handover[]): ScreenBoard => ({
  ...{ alarms: new Map(), ledger: new Map(), more: 0 },
  handovers: new Map(all.map(handover => [handover.handover, { rev: 1, handover }]))
})
const id = (n: number) => `01890000-0000-7000-8000-00000000000${n}`

t.test('what is due first is on top, a refusal before everything, and what is over is not waited for', async t => {
  const [later, sooner] = [aHandover({ handover: id(1) }), aHandover({ handover: id(2), deliverBy: 1_002_000 })]
  const refused = aHandover({ handover: id(3), state: 'refused', refusedAt: NOW, deliveredAt: 1, controlAt: 1 })
  const over = aHandover({ handover: id(4), state: 'at-scene', overAt: NOW - 1 })
  const old = aHandover({ handover: id(5), state: 'closed', overAt: NOW - 1_800_001 })
  const board = boardOf(later, over, sooner, refused, old)
  const ids = (all: readonly Handover[]) => all.map(({ handover }) => handover)
  t.same(ids(openHandovers(board)), [id(3), id(2), id(1)])
  t.same(ids(recentHandovers(board, NOW)), [id(4)])
  t.equal(handoversOfCall(board, later.call).length, 5)
  t.same(openHandovers(undefined), [])
})

t.test('a handler has what they, or others of their calls, handed over', async t => {
  const board = boardOf(aHandover({ by: 'tvp-h02' }))
  t.equal(ownHandovers(board, { handler: 'tvp-h02', calls: new Set() }).length, 1)
  t.equal(ownHandovers(board, { handler: 'tvp-h01', calls: new Set() }).length, 0)
  t.equal(ownHandovers(board, { handler: 'tvp-h01', calls: new Set([aHandover().call]) }).length, 1)
})

t.test('each state is a word and a shape of its own, with what is waited for and for how long', async t => {
  const there = { deliveredAt: 1_001_000, controlAt: 1_001_000 }
  const accepted = { ...there, seenAt: 1_002_000, seenBy: 'Control 4', acceptedAt: 1_003_000, acceptedBy: 'Control 4' }
  const words = (over: Partial<Handover>, now = NOW) => stateWords(aHandover(over), now)
  t.match(words({}), { text: /nobody has it/, waits: 'Delivery within 0:05', isLate: false })
  t.match(words({}, 1_012_000), { waits: 'Delivery overdue by 0:02', isLate: true })
  t.match(words({ state: 'delivered', deliveredAt: 1 }), { waits: /Delivery/ }, 'command and control does not have it')
  t.match(words({ state: 'delivered', ...there }), { text: /Delivered/, waits: 'Acceptance within 0:10' })
  t.match(words({ state: 'delivered', ...there, seenAt: 1, seenBy: 'tvp-x01' }), { text: /Seen by tvp-x01/ })
  t.match(words({ state: 'accepted', ...accepted }), { text: 'Accepted', waits: 'Setting off within 1:58' })
  t.match(words({ state: 'en-route', ...accepted, enRouteAt: 1 }), { waits: 'Arrival within 14:55' })
  t.match(words({ state: 'refused', ...there }), { text: 'Refused', isLate: true, waits: undefined })
  t.match(words({ state: 'at-scene', overAt: NOW }), { text: 'At the scene', isLate: false, waits: undefined })
  t.match(words({ state: 'newer' as never }), { text: 'newer', icon: 'question' }, 'of a gateway that is newer')
})

t.test('the receipts say who said what and when, and that their system does not have it', async t => {
  t.match(receipts(aHandover({ trouble: 'HTTP 500' })), [
    /^Sent by tvp-h01 \d\d:/,
    'Command and control does not have it yet (HTTP 500)'
  ])
  const full = aHandover({
    ...{ state: 'closed', deliveredAt: 1, controlAt: 2, seenAt: 3, seenBy: 'A', acceptedAt: 4, acceptedBy: 'B' },
    ...{ enRouteAt: 5, atSceneAt: 6, refusedAt: 7, overAt: 8, reason: 'Done' }
  })
  t.match(receipts(full), [
    ...[/^Sent by/, /^On a dispatch screen/, /^With command and control/, /^Seen by A/, /^Accepted by B/],
    ...[/^On the way/, /^At the scene/, /^Refused: taken back since/, /^Closed: Done/]
  ])
  t.match(receipts(aHandover({ state: 'recorded', toControl: false })), [/^Written down by/])
})

t.test('the card says it in one line', async t => {
  const late = flagOf(aHandover({ outcome: 'units', units: ['AB12', 'CD34'], incident: 'CAD-7' }), 1_012_000)
  t.match(late, /^Handed over for AB12, CD34 \(Immediate, CAD-7\): Sent.*, Delivery overdue by 0:02$/)
  t.equal(flagOf(aHandover({ state: 'recorded', outcome: 'advice', overAt: 1 }), NOW), 'Advice given (Immediate)')
  t.equal(outcomeWords({ outcome: 'no-unit', units: [] }), 'Dispatch chooses who goes')
})

t.test('a reader hears what is news', async t => {
  t.equal(handoverNews(aHandover()), '999 call handed over, Immediate')
  t.equal(handoverNews(aHandover({ state: 'delivered' })), undefined)
  t.equal(handoverNews(aHandover({ state: 'delivered', seenBy: 'A' })), 'Hand-over seen by A')
  t.equal(handoverNews(aHandover({ state: 'accepted', acceptedBy: 'A' })), 'Hand-over accepted by A')
  t.equal(handoverNews(aHandover({ state: 'refused', reason: 'No car' })), 'Hand-over refused: No car')
  t.equal(handoverNews(aHandover({ state: 'at-scene' })), 'Hand-over: at the scene')
  t.equal(handoverNews(aHandover({ state: 'closed' })), undefined)
})
