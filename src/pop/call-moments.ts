import type { CorrectedEvent } from '../call/call-event.ts'
import type { CallRecord } from './call-record.ts'

/** One thing that was said or done of a call, as a line of a list reads it. */
export interface Moment {
  /** Epoch ms. */
  readonly at: number
  /** Which list of the record it is of; `head` of what stands with the call itself. */
  readonly of: keyof CallRecord
  readonly kind: string
  /** A handler, or a gateway or trunk; empty where nobody did it. */
  readonly who: string
  readonly words: string
  /** The row of the record. */
  readonly row: unknown
}

type Row<Name extends 'events' | 'shown' | 'hands' | 'alarms' | 'notes' | 'places'> = CallRecord[Name][number]

/** All that was said of a call, in the order of its times; of one time, in the order in which the export lists them. */
export function toMoments(record: CallRecord): readonly Moment[] {
  const { events, shown, hands, steps, alarms, notes, places, incidents, links, disclosures } = record
  const moments: Moment[] = [
    ...events.map(ofEvent),
    ...shown.flatMap(ofShown),
    ...hands.flatMap(ofHand),
    ...steps.map(row => of('steps', row.at, row.kind, row.handler ?? '', `Passed on, step ${row.step}`, row)),
    ...alarms.flatMap(ofAlarm),
    ...notes.map(ofNote),
    ...places.flatMap(ofPlace),
    ...links.map(row => of('links', row.at, row.act, row.handler, row.reference ?? row.incident, row)),
    // By no hand: the record itself says which contact led to it.
    ...incidents.flatMap(row =>
      row.linkedAt === null ? [of('incidents', record.head.offeredAt, 'linked', '', row.reference, row)] : []
    ),
    ...ofHandovers(record),
    ...ofHandlers(record),
    ...ofLedger(record.ledger),
    ...disclosures.map(row => of('disclosures', row.at, row.kind, row.handler, row.reason ?? '', row))
  ]
  return moments
    .map((moment, place) => ({ moment, place }))
    .sort(byTime)
    .map(({ moment }) => moment)
}

interface Placed {
  readonly moment: Moment
  readonly place: number
}

function byTime(one: Placed, other: Placed): number {
  return one.moment.at - other.moment.at || one.place - other.place
}

function of(list: Moment['of'], at: number, kind: string, who: string, words: string, row: unknown): Moment {
  return { at, of: list, kind, who, words, row }
}

function ofEvent(row: Row<'events'>): Moment {
  const event = row.event as Partial<CorrectedEvent> & { readonly cause?: string }
  const { device, handler, cause = '' } = event
  const said = row.kind === 'corrected' ? correctedWords(event) : ''
  const parts = [device === undefined ? '' : `device ${device}`, cause, said]
  const words = parts.filter(part => part !== '').join(', ')
  return of('events', row.receivedAt, row.kind, handler ?? row.trunk, words, row)
}

/** What of the call was said anew. */
function correctedWords({ isNoteChange, isLinkChange, lateFixes, silent, cli }: Partial<CorrectedEvent>): string {
  if (isNoteChange === true) return 'a note'
  if (isLinkChange === true) return 'a link to an incident'
  if (lateFixes !== undefined) return 'a place'
  if (silent === true) return 'silent'
  return cli === undefined || silent !== undefined ? '' : 'the number'
}

function ofShown(row: Row<'shown'>): readonly Moment[] {
  const { handler, ackedAt, seenAt, paintMs } = row
  return [
    ...(ackedAt === null ? [] : [of('shown', ackedAt, 'received', handler, 'The screen has the pop', row)]),
    ...(seenAt === null
      ? []
      : [of('shown', seenAt, 'seen', handler, paintMs === null ? '' : `painted in ${paintMs} ms`, row)])
  ]
}

function ofHand(row: Row<'hands'>): readonly Moment[] {
  const { handler, hadAt, closedAt } = row
  return [
    of('hands', hadAt, 'taken', handler, '', row),
    ...(closedAt === null ? [] : [of('hands', closedAt, 'written-up', handler, '', row)])
  ]
}

function ofAlarm(row: Row<'alarms'>): readonly Moment[] {
  const { raisedAt, endedAt, endedBy, priority, words, reason } = row
  return [
    of('alarms', raisedAt, 'alarm-raised', '', `Priority ${priority}: ${words}`, row),
    ...(endedAt === null ? [] : [of('alarms', endedAt, 'alarm-ended', endedBy ?? '', reason ?? '', row)])
  ]
}

function ofNote(row: Row<'notes'>): Moment {
  const { savedAt, about, handler, text, why } = row
  return of('notes', savedAt, about, handler, why === null ? text : `${text} (because: ${why})`, row)
}

function ofPlace(row: Row<'places'>): readonly Moment[] {
  const { cameAt, source, state, typedBy, confirmedAt, confirmedBy } = row
  return [
    of('places', cameAt, typedBy === null ? 'place' : 'place-typed', typedBy ?? source, state ?? placeWords(row), row),
    ...(confirmedAt === null
      ? []
      : [of('places', confirmedAt, 'place-confirmed', confirmedBy ?? '', placeWords(row), row)])
  ]
}

function placeWords({ fix }: { readonly fix: unknown }): string {
  const { address, latitude, longitude, radiusMetres } = (fix ?? {}) as Readonly<Record<string, unknown>>
  const point = typeof latitude === 'number' && typeof longitude === 'number' ? `${latitude}, ${longitude}` : ''
  const within = typeof radiusMetres === 'number' ? `within ${Math.round(radiusMetres)} m` : ''
  return [typeof address === 'string' ? address : '', point, within].filter(part => part !== '').join(', ')
}

/** What was decided and handed over; of its timers and sendings what was done. */
function ofHandovers(record: CallRecord): readonly Moment[] {
  const { decisions, handovers, handoverSteps, handoverAlarms, handoverSendings, jobChoices } = record
  return [
    ...decisions.map(row => {
      const words = [`grade ${row.grade}`, row.chosen.join(', '), row.note ?? ''].filter(part => part !== '').join(': ')
      return of('decisions', row.decidedAt, `decided-${row.outcome}`, row.decidedBy, words, row)
    }),
    ...handovers.map(row => of('handovers', row.madeAt, 'hand-over', '', `now ${row.state}`, row)),
    ...handoverSteps.map(row => of('handoverSteps', row.at, `hand-over-${row.signal}`, row.saidBy, row.state, row)),
    ...handoverAlarms.map(row => of('handoverAlarms', row.at, 'hand-over-late', row.node, row.step, row)),
    ...handoverSendings.map(row =>
      of(
        'handoverSendings',
        row.doneAt ?? row.dueAt,
        row.doneAt === null ? 'to-send' : 'sent',
        '',
        `${row.attempts} tries`,
        row
      )
    ),
    ...jobChoices.map(row => {
      const words = [row.grade ?? '', row.type ?? ''].filter(part => part !== '').join(', ')
      return of('jobChoices', row.at, 'job-chosen', row.handler, words, row)
    })
  ]
}

/** What handlers said of the incident's place, of the caller, and of ringing back. */
function ofHandlers({ incidentPlaces, callerWords, ledgerActs }: CallRecord): readonly Moment[] {
  return [
    ...incidentPlaces.map(row => {
      const kind = row.fix === null ? 'incident-place-back' : 'incident-place'
      return of('incidentPlaces', row.at, kind, row.handler, placeWords(row), row)
    }),
    ...callerWords.map(row => of('callerWords', row.at, `caller-${row.act}`, row.handler, '', row)),
    ...ledgerActs.map(row => {
      const words = [row.why ?? '', row.reason ?? '', row.note ?? ''].filter(part => part !== '').join(': ')
      return of('ledgerActs', row.at, `ring-back-${row.act}`, row.handler, words, row)
    })
  ]
}

function ofLedger(entry: CallRecord['ledger']): readonly Moment[] {
  if (entry === null) return []
  const { kind, openedAt, closedAt, closedBy, reason, note, later } = entry
  const why = [reason ?? '', note ?? ''].filter(part => part !== '').join(': ')
  return [
    of('ledger', openedAt, `ledger-${kind}`, '', 'Somebody must deal with it', entry),
    ...later.map(row => of('ledger', row.at, row.kind, row.by ?? '', row.call, row)),
    ...(closedAt === null ? [] : [of('ledger', closedAt, 'ledger-closed', closedBy ?? '', why, entry)])
  ]
}
