import { applyEvent, makeCall } from '../call/apply-event.ts'
import type { Call } from '../call/call.ts'
import type { CallEvent } from '../call/call-event.ts'
import type { CallId, HandlerId } from '../call/ids.ts'
import type { CallNote, NoteSubject } from '../lookups/call-notes.ts'
import { PLAIN_GAZETTEER } from '../lookups/location/gazetteer.ts'
import type { HeldFix, LateRecord, LateSource, SourceState } from '../lookups/location/late-fix.ts'
import type { LocationFix } from '../lookups/location/location.ts'
import { placeFixes } from '../lookups/location/placed-fix.ts'
import { fromDocument, fromVehicle } from '../lookups/location/sent-sources.ts'
import type { Alarm } from './board.ts'
import type { CallRecord } from './call-record.ts'
import { makeCard, type ToBarePop } from './card.ts'
import { withCard } from './card-words.ts'
import { NO_LINKS } from './deep-link.ts'
import { toLocationItems } from './location-items.ts'
import { toNoteItems } from './note-items.ts'
import type { Items } from './panel-items.ts'
import { type EveryCallPanel, PANEL_NAMES, type Panel, type RevisedPanel } from './pop.ts'
import { revisionOf } from './revision.ts'
import type { ScreenEvent } from './session-log.ts'

/** What a screen was told at a moment, as whoever had the call was told it. */
export interface ReplayStep {
  /** Epoch ms. */
  readonly at: number
  readonly ev: ScreenEvent
}

interface Asked {
  readonly record: CallRecord
  /** Each panel as it was shown, as far as they are still kept; of one panel there may be several, one after the other. */
  readonly panels: readonly RevisedPanel[]
  readonly toBarePop: ToBarePop
}

const SOURCE = 'Record of the call'

/** What moves the screen, in the order of time. */
interface Cue {
  readonly at: number
  readonly run: (state: State) => readonly ScreenEvent[]
}

interface State {
  call: Call | undefined
  takenBy: HandlerId | undefined
  /** Rises with each thing said. */
  changes: number
}

/**
 * The messages by which the screen of whoever had the call is drawn again: its states from the events in the journal, who
 * took it, its places and notes as the record has them, alarms about it, and the panels that are still kept, each at the time
 * at which it left. Of a panel that is not kept it is said so: nothing is asked again, because today's answer is not what was
 * shown then.
 */
export function toReplay(asked: Asked): readonly ReplayStep[] {
  const state: State = { call: undefined, takenBy: undefined, changes: 0 }
  const cues = cuesOf(asked).map((cue, place) => ({ cue, place }))
  cues.sort((one, other) => one.cue.at - other.cue.at || one.place - other.place)
  return cues.flatMap(({ cue }) => cue.run(state).map(ev => ({ at: cue.at, ev })))
}

/** Panels that every call has and of which nothing is known any more. */
export function panelsNotKept({ record, panels }: Pick<Asked, 'record' | 'panels'>): readonly EveryCallPanel[] {
  const known = new Set<string>(panels.map(({ panel }) => panel.panel))
  const isPlaced = record.places.length > 0 || hasSentPlace(record)
  return PANEL_NAMES.filter(name => !known.has(name) && !(name === 'location' && isPlaced))
}

function cuesOf({ record, panels, toBarePop }: Asked): Cue[] {
  const { events, hands, notes, places, alarms, head } = record
  const callId = head.callId as CallId
  const tell = (state: State): readonly ScreenEvent[] => toldOf(state, toBarePop)
  const placedAt = places.flatMap(({ cameAt, confirmedAt }) => [cameAt, ...(confirmedAt === null ? [] : [confirmedAt])])
  return [
    ...events.map(
      ({ receivedAt, event }): Cue => ({
        at: receivedAt,
        run: state => (stepped(state, event as CallEvent, callId) ? tell(state) : [])
      })
    ),
    ...panelsNotKept({ record, panels }).map((name): Cue => ({ at: head.offeredAt, run: said(callId, notKept(name)) })),
    ...(hasSentPlace(record) ? [head.offeredAt] : [])
      .concat(placedAt)
      .map((at): Cue => ({ at, run: state => placed(state, record, at) })),
    ...hands.map(
      ({ handler, hadAt }): Cue => ({
        at: hadAt,
        run: state => {
          state.takenBy = handler
          return tell(state)
        }
      })
    ),
    ...notes.map(({ savedAt }): Cue => ({ at: savedAt, run: said(callId, notesAt(record, savedAt)) })),
    ...panels.map(
      ({ panel }): Cue => ({ at: head.offeredAt + Math.max(0, panel.sinceOfferedMs), run: said(callId, panel) })
    ),
    ...alarms.flatMap(row => alarmCues(row, callId))
  ]
}

/** False: it changed nothing. */
function stepped(state: State, event: CallEvent, callId: CallId): boolean {
  if (state.call === undefined) {
    if (event.kind !== 'offered') return false
    state.call = makeCall(event, callId)
    return true
  }
  const applied = applyEvent(state.call, event)
  if (applied.kind === 'ignored') return false
  state.call = applied.call
  return true
}

function toldOf(state: State, toBarePop: ToBarePop): readonly ScreenEvent[] {
  const { call, takenBy } = state
  if (call === undefined) return []
  state.changes += 1
  const card = { ...makeCard(call), ...(takenBy === undefined ? {} : { takenBy }) }
  const data = { ...withCard(toBarePop(call, 'device'), card, 'device') }
  const type = state.changes === 1 ? 'call.pop' : 'call.state'
  return [{ type, call: call.callId, rev: revisionOf(1, state.changes), data }]
}

function said(callId: CallId, data: Panel): Cue['run'] {
  return state => {
    state.changes += 1
    return [{ type: 'call.panel', call: callId, rev: revisionOf(1, state.changes), data }]
  }
}

function notKept(panel: EveryCallPanel): Panel {
  return { panel, status: 'not-asked', why: 'not-kept', source: SOURCE, sinceOfferedMs: 0, items: [], more: 0 }
}

function foundPanel(panel: Panel['panel'], at: number, { items, total }: Items, offeredAt: number): Panel {
  return {
    ...{ panel, status: 'found', source: SOURCE, asOf: at, sinceOfferedMs: at - offeredAt },
    ...{ items: [...items], more: Math.max(0, total - items.length) }
  }
}

function hasSentPlace({ head }: CallRecord): boolean {
  const { locationDocument, vehicleData } = (head.call ?? {}) as Partial<Call>
  return locationDocument !== undefined || vehicleData !== undefined
}

/** Where the caller was by all that was known then. */
function placed(state: State, { places, head }: CallRecord, at: number): readonly ScreenEvent[] {
  const { call } = state
  if (call === undefined) return []
  const brought = [fromDocument(call), fromVehicle(call)].flatMap(answer => answer?.fixes ?? [])
  const late = lateAt(places, at)
  const fixes = placeFixes({ fixes: brought, late: late.fixes }, PLAIN_GAZETTEER, at)
  const items = toLocationItems({ fixes, states: late.states }, call, NO_LINKS)
  if (items.total === 0) return []
  return said(call.callId, foundPanel('location', at, items, head.offeredAt))(state)
}

function lateAt(places: CallRecord['places'], at: number): LateRecord {
  const known = places.filter(({ cameAt }) => cameAt <= at)
  const confirmed = known
    .filter(({ confirmedAt }) => confirmedAt !== null && confirmedAt <= at)
    .reduce<CallRecord['places'][number] | undefined>(
      (last, row) => ((row.confirmedAt ?? 0) >= (last?.confirmedAt ?? 0) ? row : last),
      undefined
    )
  return {
    fixes: known.flatMap((row): HeldFix[] =>
      row.fix === null
        ? []
        : [
            {
              ...{ id: row.fixId, fix: row.fix as LocationFix, cameAt: row.cameAt },
              ...(row.typedBy === null ? {} : { by: row.typedBy }),
              ...(row === confirmed && row.confirmedAt !== null && row.confirmedBy !== null
                ? { confirmed: { by: row.confirmedBy, at: row.confirmedAt } }
                : {})
            }
          ]
    ),
    states: known.flatMap(({ source, state, cameAt }) =>
      state === null ? [] : [{ source: source as LateSource, state: state as SourceState, at: cameAt }]
    )
  }
}

/** Notes stand as they were saved last: what they said before that, the record does not have. */
function notesAt({ notes, head }: CallRecord, at: number): Panel {
  const saved = notes.filter(({ savedAt }) => savedAt <= at)
  const last = new Map(saved.map(row => [row.about, row.note]))
  const shown = saved.filter(row => (row.about === 'note' ? row.text !== '' : last.get(row.about) === row.note))
  const items = shown.map(
    (row): CallNote => ({
      ...{ id: row.note, about: row.about as NoteSubject, text: row.text, by: row.handler, version: row.version },
      ...(row.why === null ? {} : { why: row.why }),
      ...{ isDone: row.isDone, begunAt: row.begunAt, savedAt: row.savedAt },
      versions: saved.filter(({ about }) => about === row.about).length
    })
  )
  items.sort((one, other) => other.begunAt - one.begunAt)
  const call = (head.call ?? {}) as Call
  return foundPanel('notes', at, toNoteItems({ items, total: items.length }, call, NO_LINKS), head.offeredAt)
}

function alarmCues(row: CallRecord['alarms'][number], callId: CallId): readonly Cue[] {
  const { alarm, code, priority, words, remedy, raisedAt, endedAt, endedBy, reason } = row
  const raised: Alarm = {
    ...{ alarm, code, priority: priority as Alarm['priority'], call: callId },
    ...{ words, remedy, endsBy: 'person', raisedAt }
  }
  const ended = {
    ...{ ...raised, endedAt: endedAt ?? raisedAt },
    ...(endedBy === null ? {} : { endedBy }),
    ...(reason === null ? {} : { reason })
  }
  const end: Cue = { at: endedAt ?? raisedAt, run: () => [{ type: 'alarm.ended', rev: 2, data: ended }] }
  return [
    { at: raisedAt, run: () => [{ type: 'alarm.raised', rev: 1, data: raised }] },
    ...(endedAt === null ? [] : [end])
  ]
}
