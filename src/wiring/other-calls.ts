import { movedAt } from '../call/call.ts'
import type { CallRegistry } from '../call/call-registry.ts'
import type { CallId, HandlerId } from '../call/ids.ts'
import { lacksPanels, type OtherCards, type RecordedPop } from '../delivery/other-cards.ts'
import type { PanelMemory } from '../delivery/panel-memory.ts'
import { type Clock, pause, within } from '../operations/lifecycle.ts'
import type { PopCard } from '../pop/pop.ts'
import { type PopCourier, SNAPSHOT_CARDS } from '../pop/pop-courier.ts'
import { generationOf } from '../pop/revision.ts'
import type { LogEntry } from '../pop/session-log.ts'
import type { OpenCall } from '../records/journal-rows.ts'

interface Parts {
  readonly hasOthers: () => boolean
  /** Open calls that this node does not own. */
  readonly callsOfOthers: () => Promise<readonly OpenCall[]>
  /** Of these calls, those that are closed by the record. */
  readonly closedOf: (callIds: readonly CallId[]) => Promise<readonly CallId[]>
  readonly tail: (handler: HandlerId, max: number) => Promise<readonly LogEntry[]>
  readonly memory: Pick<PanelMemory, 'read' | 'want'>
  readonly registry: CallRegistry
  readonly courier: Pick<PopCourier, 'foreignCard'>
  readonly clock: Clock
}

/** A screen that opens waits this long for what other nodes hold; then it is shown what this node knows. */
const WITHIN_MS = 500
/** One answer of the record serves every screen that opens within this: thousands may open at once. */
const SHARE_MS = 200
/** The node that has a call answers for its panels in less than this. */
const WANTED_MS = 50
/** More than is said to one handler before the record has it. */
const TAIL = 300

interface Recorded {
  readonly cards: readonly RecordedPop[]
  /** How many more there are. */
  readonly left: number
}

/** What other nodes hold of a handler's calls, for a screen that opens here. */
export function makeOtherCards(parts: Parts): (handler: HandlerId) => Promise<OtherCards | undefined> {
  const { hasOthers, callsOfOthers, closedOf, tail, memory, registry, courier, clock } = parts
  let shared: { readonly at: number; readonly calls: Promise<readonly OpenCall[]> } | undefined

  const allCalls = () => {
    const now = clock.monotonicMs()
    if (shared === undefined || now - shared.at > SHARE_MS) shared = { at: now, calls: callsOfOthers() }
    return shared.calls
  }
  const withPanels = async (card: RecordedPop): Promise<RecordedPop> => {
    if (!lacksPanels(card)) return card
    const callId = card.call as CallId
    const first = { ...card, panels: [...(await memory.read(callId))] }
    if (!lacksPanels(first)) return first
    memory.want(callId)
    await pause(WANTED_MS)
    return { ...card, panels: [...(await memory.read(callId))] }
  }

  const recorded = async (handler: HandlerId): Promise<Recorded> => {
    const theirs = (await allCalls()).flatMap(({ call, ...known }) => {
      // Ours meanwhile: our own card says more.
      if ((registry.get(call.callId)?.generation ?? 0) >= call.generation) return []
      const card = courier.foreignCard(call, known, handler)
      return card === undefined ? [] : [{ ...card, changedAt: movedAt(call) }]
    })
    const cards = theirs.slice(0, SNAPSHOT_CARDS)
    const whole = await inTime(WITHIN_MS / 2, Promise.all(cards.map(card => withPanels(card).catch(() => card))))
    return { cards: whole ?? cards, left: theirs.length - cards.length }
  }

  /** Of a call that is ours our own card knows whose screen it is on; what was said of it since is not ours. */
  const isOurs = ({ ev }: LogEntry): boolean => {
    const own = 'call' in ev && ev.type !== 'call.panel' ? registry.get(ev.call as CallId) : undefined
    return own !== undefined && 'rev' in ev && generationOf(ev.rev) <= own.generation
  }

  /** Of the calls that the log alone has: its gateway may have died before it could say there that they are closed. */
  const closedAlone = async (entries: readonly LogEntry[], cards: readonly PopCard[]): Promise<ReadonlySet<string>> => {
    const alone = shownBy(entries)
    for (const { call } of cards) alone.delete(call)
    return new Set(alone.size === 0 ? [] : await inTime(WITHIN_MS / 2, closedOf([...alone] as CallId[])))
  }

  return async handler => {
    if (!hasOthers()) return undefined
    const askedAt = clock.now()
    const [known, entries] = await Promise.all([
      inTime(WITHIN_MS, recorded(handler)),
      inTime(WITHIN_MS, tail(handler, TAIL))
    ])
    const { cards, left = 0 } = known ?? {}
    const theirs = entries?.filter(entry => !isOurs(entry))
    if (theirs === undefined || cards === undefined) return { recorded: cards, left, tail: theirs, askedAt }
    const closed = await closedAlone(theirs, cards)
    return { recorded: cards, left, tail: theirs.filter(({ ev }) => !('call' in ev && closed.has(ev.call))), askedAt }
  }
}

/** Calls that by these entries are on the screen. */
function shownBy(entries: readonly LogEntry[]): Set<string> {
  const shown = new Set<string>()
  for (const { ev } of entries) {
    if (ev.type === 'call.pop' || ev.type === 'call.state') shown.add(ev.call)
    else if (ev.type === 'call.gone') shown.delete(ev.call)
  }
  return shown
}

/** A record that does not answer is one that answers too late: the screen gets what this node has. */
function inTime<T>(ms: number, work: Promise<T>): Promise<T | undefined> {
  return within(
    ms,
    work.catch(() => undefined)
  )
}
