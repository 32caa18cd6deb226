import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import type { Snapshot } from '../../../src/delivery/protocol.ts'
import { type Audience, isOwnOffer, type Offer } from '../../../src/pop/address.ts'
import { type Card, cardRevision, closeCard, makeCard, putPanel, readdress } from '../../../src/pop/card.ts'
import { PANEL_NAMES, type PanelName, type PopCard } from '../../../src/pop/pop.ts'
import type { Send } from '../../../src/pop/screen-sender.ts'
import { EMPTY_SCREEN, reduce, type Screen } from '../../../src/sdk/screen.ts'
import { anOffer, callAfter } from '../../support/call-events.ts'
import { barePop, callId, panelOf } from '../../support/pop-words.ts'
import { runSeed } from '../../support/random.ts'

/*
 * The gateway's own steps write a handler's log; a console reads it over a link that cuts, repeats, sends past the log
 * and starts again from snapshots. Whatever happened on the way, it ends with what the cards say.
 */

const CALLS = 5
const ME = 'tvp-h01'

type Move =
  | { readonly kind: 'mine' | 'queue' | 'elsewhere' | 'close'; readonly call: number }
  | { readonly kind: 'panel'; readonly call: number; readonly panel: PanelName; readonly run: number }

const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('mine' as const, 'mine' as const, 'queue' as const, 'elsewhere' as const, 'close' as const),
    call: fc.nat(CALLS - 1)
  }),
  fc.record({
    kind: fc.constant('panel' as const),
    call: fc.nat(CALLS - 1),
    panel: fc.constantFrom(...PANEL_NAMES),
    run: fc.integer({ min: 1, max: 6 })
  })
)

/** How the link behaves at one place of the log. */
const weather = fc.constantFrom(
  'fine',
  'fine',
  'fine',
  'late-repeat',
  'late-repeat',
  'direct-first',
  'snapshot',
  'newer-snapshot'
)

interface Entry {
  readonly ev: Send['ev']
  readonly eventId: string
}

/** The log of one handler, and the cards as they stood behind each entry. */
function play(moves: readonly Move[]): { readonly log: Entry[]; readonly shown: PopCard[][] } {
  const cards = new Map<number, Card>()
  const log: Entry[] = []
  const shown: PopCard[][] = [[]]
  const write = (sends: readonly Send[]) => {
    const first = log.length
    for (const { handlers, ev, eventId } of sends) {
      if (!handlers.includes(ME) || log.some(entry => entry.eventId === eventId)) continue
      log.push({ ev, eventId })
    }
    // Cards have taken the whole step before its first message leaves: no snapshot shows half of one.
    const now = [...cards.values()].flatMap(toPopCard)
    for (let at = Math.min(first + 1, log.length); at <= log.length; at++) shown[at] = now
  }
  for (const each of moves) {
    const card = cards.get(each.call) ?? makeCard({ ...callAfter(anOffer()), callId: callId(each.call) as never })
    if (each.kind === 'close') {
      if (!cards.delete(each.call)) continue
      // It stays known, so that its number goes on counting.
      write(closeCard(card, [...card.audience.keys()], 0))
      cards.set(each.call, { ...card, audience: new Map(), changes: card.changes + 1 })
      continue
    }
    const step =
      each.kind === 'panel'
        ? putPanel(card, { rev: each.run, panel: panelOf(each.call, each.panel, { source: `run ${each.run}` }) }, 0)
        : readdress(card, card.call, audienceOf(each.kind), 0, (_, offer) => barePop(each.call, { offer: wire(offer) }))
    cards.set(each.call, step.card)
    write(step.sends)
  }
  return { log, shown }
}

function audienceOf(kind: 'mine' | 'queue' | 'elsewhere'): Audience {
  if (kind === 'mine') return new Map([[ME, 'device']])
  return kind === 'queue'
    ? new Map([
        [ME, 'queue'],
        ['tvp-h02', 'queue']
      ])
    : new Map([['tvp-h02', 'device']])
}

function toPopCard(card: Card): PopCard[] {
  const offer = card.audience.get(ME)
  if (offer === undefined) return []
  const number = Number(card.call.callId.slice(-12))
  const panels = offer === 'device' ? [...card.panels.values()] : []
  return [{ call: card.call.callId, rev: cardRevision(card), pop: barePop(number, { offer: wire(offer) }), panels }]
}

function wire(offer: Offer): 'device' | 'queue' {
  return isOwnOffer(offer) ? 'device' : 'queue'
}

function toSnapshot(cards: readonly PopCard[], seq: number): Snapshot {
  return { t: 'snapshot', epoch: 'one', seq, cards: [...cards], more: false }
}

/** Cards by call, panels by name: the same shape for both sides. */
function plain(cards: Iterable<{ call: string; rev: number; pop: unknown; panels: object }>) {
  return [...cards]
    .map(({ call, rev, pop, panels }) => ({
      call,
      rev,
      pop,
      panels: Object.values(panels).sort((one, other) => (one.panel.panel < other.panel.panel ? -1 : 1))
    }))
    .sort((one, other) => (one.call < other.call ? -1 : 1))
}

function watch(log: readonly Entry[], shown: readonly PopCard[][], weathers: readonly string[]): Screen {
  let screen = EMPTY_SCREEN
  let sinceSnapshot = 0
  const show = (at: number, direct: boolean) => {
    const entry = log[at]
    if (entry === undefined) return
    const place = direct ? {} : { seq: at + 1 }
    screen = reduce(screen, { t: 'ev', ...place, eventId: entry.eventId, ts: 0, ev: entry.ev })
    assertUnmixed(screen)
  }
  for (let at = 0; at < log.length; at++) {
    const now = weathers[at % weathers.length]
    if (now?.includes('snapshot')) sinceSnapshot = at
    if (now === 'snapshot') screen = reduce(screen, toSnapshot(shown[at] ?? [], at))
    // Made from the cards of the moment: newer than the place in the log it is sent for.
    if (now === 'newer-snapshot') screen = reduce(screen, toSnapshot(shown[Math.min(at + 4, log.length)] ?? [], at))
    // Redis is away: the next few go straight to the screen, and come again with their place.
    if (now === 'direct-first') for (let next = at; next < at + 4; next++) show(next, true)
    show(at, false)
    // One that was sent since the last snapshot comes late by another way, when what followed it has been seen.
    if (now === 'late-repeat') show(Math.max(sinceSnapshot, at - 3), true)
  }
  return screen
}

function assertUnmixed(screen: Screen): void {
  for (const { call, pop, panels } of screen.cards.values()) {
    const number = Number(call.slice(-12))
    const isOwn =
      pop.popId === `p_${call}` &&
      Object.values(panels).every(({ panel }) => panel.items.every(item => item.title === `Caller of call ${number}`))
    if (!isOwn) throw new Error(`card of ${call} shows what is another call's`)
    if (pop.offer === 'queue' && Object.keys(panels).length > 0)
      throw new Error(`${call} is offered to many, with panels`)
  }
}

t.test(
  'rule 14: whatever cuts, repeats and snapshots come between, the screen ends as the log says and cards never mix',
  async t => {
    const seed = runSeed()
    t.comment(`seed ${seed}`)
    const moves = fc.array(move, { minLength: 1, maxLength: 60 })
    const weathers = fc.array(weather, { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(moves, weathers, (made, over) => {
        const { log, shown } = play(made)
        const screen = watch(log, shown, over)
        const [found, wanted] = [plain(screen.cards.values()), plain(shown[log.length] ?? [])]
        if (isDeepStrictEqual(found, wanted)) return
        throw new Error(JSON.stringify({ log: log.map(entry => entry.eventId), over, found, wanted }))
      }),
      { seed, numRuns: 1_000 }
    )
  }
)
