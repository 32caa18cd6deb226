import { PANEL_NAMES } from '../../src/pop/pop.ts'
import type { ScreenCard } from '../../src/sdk/screen.ts'
import type { ContactRow } from './record-tables.ts'
import type { Seat, SimDesk } from './sim-desk.ts'
import { untoldFixes } from './sim-sources.ts'
import { type SwitchCall, TRUNK } from './sim-switch.ts'
import type { World } from './world.ts'

/** One promise that was not kept, named as in the list of docs/simulation.md. */
export interface Breach {
  readonly rule: string
  readonly text: string
}

/**
 * Judges a world in which everything has settled, by what the switch was told and what stood on the screens. The
 * gateways' own counters are not asked.
 */
export function judge(world: World): Breach[] {
  const breaches: Breach[] = []
  const say = (rule: string, text: string) => breaches.push({ rule, text })
  for (const bug of world.bugs) say('no bug', bug)
  const contacts = [...world.postgres.tables.contacts.values()]
  const byId = new Map<string, ContactRow[]>()
  for (const row of contacts) {
    for (const id of row.call.switchCallIds) byId.set(id, [...(byId.get(id) ?? []), row])
  }
  for (const call of world.callers.calls) judgeCall(world, call, byId.get(call.id) ?? [], say)
  judgePhantoms(world, contacts, say)
  for (const desk of world.desks) judgeDesk(world, desk, say)
  judgeFrames(world, say)
  for (const { callId, node } of untoldFixes(world)) say('late places', `${node} does not know a place of ${callId}`)
  judgeRest(world, say)
  return breaches
}

/** A card that stood less long was not read. */
const READ_MS = 2_000

type Say = (rule: string, text: string) => void

function judgeCall(world: World, call: SwitchCall, rows: readonly ContactRow[], say: Say): void {
  // What a person had closed before its switch, which had not heard that it was refused, offered it anew is a contact of its own.
  const again = rows.slice(1).filter((next, at) => !(Number(rows[at]?.closedAt ?? Infinity) < next.offeredAt))
  if (again.length > 0) say('one call', `${call.id} stands ${rows.length} times in the record`)
  const row = rows.at(-1)
  if (!call.isAccepted) return
  if (row === undefined) {
    say('nothing lost', `${call.id} was answered 200 and is not in the record`)
    return
  }
  const entitled = world.desks.filter(({ seat }) => isEntitled(seat, call))
  const saw = world.desks.filter(({ sights }) => sights.has(row.callId))
  if (saw.length === 0) say('seen', `${call.id} (${row.callId}) never stood on any of ${entitled.length} screens`)
  const takers = world.desks.filter(({ sights }) => sights.get(row.callId)?.hasTaken)
  const isMoved = call.answeredAt.length > 0
  if (takers.length > 1 && !isMoved) say('one taker', `${row.callId} was taken by ${names(takers)}`)
  const [taker] = takers
  if (taker !== undefined && !isMoved && row.takenBy !== taker.seat.handler) {
    say('one taker', `${row.callId} was taken by ${names(takers)}, the record says ${row.takenBy}`)
  }
  judgeEnd(world, call, row, say)
}

/** What stands on the screens in the end is what the switch said last, as far as it was told that we know. */
function judgeEnd(world: World, call: SwitchCall, row: ContactRow, say: Say): void {
  const cards = world.desks.flatMap(desk => {
    const card = desk.screen.cards.get(row.callId)
    return card === undefined ? [] : [{ desk, card }]
  })
  const closers = world.desks.filter(({ sights }) => sights.get(row.callId)?.hasClosed)
  const hands = world.postgres.tables.hands(row.callId)
  for (const { seat, screen } of closers) {
    if (typeof hands.get(seat.handler) !== 'number')
      say('closed', `${seat.handler} closed ${row.callId}, the record does not know`)
    if (screen.cards.has(row.callId)) say('closed', `${row.callId} was closed and is still before ${seat.handler}`)
  }
  const hasTried = world.desks.some(({ sights }) => sights.get(row.callId)?.hasTriedToClose)
  if (row.closedAt !== null && !hasTried) say('closed', `${row.callId} is closed in the record, and nobody closed it`)
  // Who was told to try again need not have been too late.
  if (row.closedAt !== null) return
  // Whoever had a part in it has written it up, as far as anybody knows.
  if (cards.length === 0 && closers.length === 0)
    say('nothing lost', `${row.callId} of ${call.id} is on no screen in the end`)
  for (const { desk, card } of cards) judgeCard(call, row, { desk, card }, say)
}

function judgeCard(
  call: SwitchCall,
  row: ContactRow,
  { desk, card }: { desk: SimDesk; card: ScreenCard },
  say: Say
): void {
  const { handler } = desk.seat
  const { state, unheard } = card.pop
  if (call.isOver && state !== 'released' && unheard !== true) {
    say('freshness', `${row.callId} of ${call.id} ended and is ${state} before ${handler}, with no mark`)
  }
  if (state !== row.call.state)
    say('as recorded', `${row.callId} is ${state} before ${handler}, ${row.call.state} in the record`)
  if (card.pop.offer === 'device' && Object.keys(card.panels).length < PANEL_NAMES.length) {
    say('panels', `${row.callId} has ${Object.keys(card.panels).length} panels before ${handler}`)
  }
}

function judgePhantoms(world: World, contacts: readonly ContactRow[], say: Say): void {
  const said = new Set<string>(world.callers.calls.map(({ id }) => id))
  for (const { call, callId } of contacts) {
    if (call.trunk !== TRUNK || !call.switchCallIds.every(id => said.has(id))) say('no phantom', callId)
  }
  const known = new Set(contacts.map(({ callId }) => callId))
  for (const { seat, screen } of world.desks) {
    for (const callId of screen.cards.keys()) {
      // A call that was never answered may be lost with its node; then it must not stay on a screen either.
      if (!known.has(callId)) say('as recorded', `${callId} stands before ${seat.handler} and is not in the record`)
    }
  }
}

function judgeDesk(world: World, { seat, sights, link }: SimDesk, say: Say): void {
  if (link.kind !== 'live') say('all back', `${seat.handler} is ${link.kind}`)
  for (const [callId, { revs, states, stoodMs, againMs }] of sights) {
    if (revs.some((rev, at) => at > 0 && rev < (revs[at - 1] ?? 0))) {
      say('order', `${callId} went back before ${seat.handler}: ${revs.join(' ')}`)
    }
    // A node that adopts a call may know less of it than the one before, until that one's last word is in the record.
    if (againMs > READ_MS) say('order', `${callId} ended and lived again before ${seat.handler}: ${states.join(' ')}`)
    if (!world.postgres.tables.contacts.has(callId)) continue
    const delivery = world.postgres.tables.deliveries.get(`p_${callId} ${seat.handler}`)
    // What came and went while a console caught up needs no receipt: nobody can have read it.
    if (delivery?.ackedAt == null && stoodMs > READ_MS)
      say('acknowledged', `${callId} stood before ${seat.handler}, the record has no ack`)
  }
}

/** Of all that ever reached a console's socket: only what that person may see, first pops only once. */
function judgeFrames(world: World, say: Say): void {
  const seats = new Map(world.desks.map(({ seat }) => [seat.handler, seat]))
  const places = new Map<string, number>()
  const epochs = new Map<string, string>()
  for (const [handler, text] of world.frames) {
    const seat = seats.get(handler)
    const frame = JSON.parse(text) as Frame
    const pops = [...(frame.cards ?? []).map(card => card.pop), ...(isPop(frame) ? [frame.ev.data] : [])]
    for (const pop of pops) {
      if (seat !== undefined && !isEntitled(seat, pop)) say('no stranger', `${handler} was sent ${pop.popId}`)
    }
    const { seq, eventId } = frame
    // A log that became another one is another log.
    if (frame.epoch !== undefined) epochs.set(handler, frame.epoch)
    if (frame.ev === undefined || seq === undefined || eventId === undefined || world.redis.hasLost) continue
    const key = `${handler} ${epochs.get(handler)} ${eventId}`
    const place = places.get(key) ?? seq
    places.set(key, place)
    if (place !== seq) say('once', `${eventId} stands twice in the log of ${handler}`)
  }
}

interface Shown {
  readonly popId: string
  readonly force: string
  readonly line: string
}
interface Frame {
  readonly epoch?: string
  readonly seq?: number
  readonly eventId?: string
  readonly cards?: readonly { readonly pop: Shown }[]
  readonly ev?: { readonly type: string; readonly data: Shown }
}

function isPop(frame: Frame): frame is Frame & { ev: { data: Shown } } {
  return frame.ev?.type === 'call.pop' || frame.ev?.type === 'call.state'
}

/** Nothing is left waiting, and nothing grows. */
function judgeRest(world: World, say: Say): void {
  for (const { name, node, disk } of world.machines) {
    if (node === undefined) {
      say('all back', `${name} does not run`)
      continue
    }
    if (disk.spooledBytes > 0) say('nothing left', `${disk.spooledBytes} bytes are left on the disk of ${name}`)
    const { receiptsPending, size } = node.consoles
    if (receiptsPending > 0) say('nothing left', `${receiptsPending} receipts wait in ${name}`)
    if (size > world.desks.length) say('nothing left', `${size} consoles hang on ${name}`)
    const { timers } = node.process
    if (timers > 40 + 10 * world.desks.length) say('nothing left', `${timers} timers in ${name}`)
  }
}

function isEntitled({ force, grants, lines }: Seat, call: { readonly force: string; readonly line: string }): boolean {
  return (force === call.force || grants.includes(call.force)) && lines.includes(call.line)
}

function names(desks: readonly SimDesk[]): string {
  return desks.map(({ seat }) => seat.handler).join(', ')
}
