import Type, { type Static } from 'typebox'

/*
 * One call as the record has it, whole: what an export holds, and what a replay plays. Each list is the rows of one table in
 * the order of their times; what a row does not have is null. Times are epoch ms.
 */

const text = Type.String()
const textOrNull = Type.Union([Type.String(), Type.Null()])
const at = Type.Integer()
const atOrNull = Type.Union([Type.Integer(), Type.Null()])

export const CallHead = Type.Object({
  callId: text,
  force: text,
  homeForce: text,
  line: text,
  state: text,
  cause: textOrNull,
  generation: Type.Integer(),
  seq: Type.Integer(),
  offeredAt: at,
  answeredAt: atOrNull,
  releasedAt: atOrNull,
  takenBy: textOrNull,
  takenAt: atOrNull,
  closedAt: atOrNull,
  closedBy: textOrNull,
  result: textOrNull,
  summary: textOrNull,
  switchCallIds: Type.Array(text),
  /** As it stood last: number, DDI, legs, flags, what its switch said besides. */
  call: Type.Unknown()
})

/** What a switch said, or a gateway of a correction; `event` is the whole of it. */
export const RecordedEvent = Type.Object({
  eventId: text,
  receivedAt: at,
  durableAt: at,
  kind: text,
  generation: Type.Integer(),
  seq: Type.Integer(),
  trunk: text,
  node: text,
  event: Type.Unknown()
})
/** A pop on one handler's screen: received by it, and painted there in a visible window. */
const Shown = Type.Object({
  handler: text,
  ackedAt: atOrNull,
  seenAt: atOrNull,
  paintMs: Type.Union([Type.Number(), Type.Null()])
})
/** Somebody had the call as their own, and has written it up. */
const Hand = Type.Object({ handler: text, hadAt: at, closedAt: atOrNull })
const Step = Type.Object({ kind: text, step: Type.Integer(), handler: textOrNull, node: text, at })
export const RecordedAlarm = Type.Object({
  alarm: text,
  code: text,
  priority: Type.Integer(),
  words: text,
  remedy: text,
  raisedAt: at,
  endedAt: atOrNull,
  endedBy: textOrNull,
  reason: textOrNull,
  handlers: Type.Union([Type.Array(text), Type.Null()])
})
/** One piece of writing by one person; of an aspect of the assessment the last holds, and each earlier one is a row. */
export const RecordedNote = Type.Object({
  note: text,
  about: text,
  text,
  why: textOrNull,
  handler: text,
  version: Type.Integer(),
  isDone: Type.Boolean(),
  begunAt: at,
  savedAt: at
})
/** A place that came later than the call or was typed, or how a source stood. */
export const RecordedPlace = Type.Object({
  fixId: text,
  source: text,
  fix: Type.Unknown(),
  state: textOrNull,
  cameAt: at,
  typedBy: textOrNull,
  confirmedAt: atOrNull,
  confirmedBy: textOrNull
})
const Link = Type.Object({ incident: text, reference: textOrNull, act: text, handler: text, at })
const Incident = Type.Object({ incident: text, reference: text, type: text, linkedBy: textOrNull, linkedAt: atOrNull })
/** What was decided of the call, beside what was offered then. */
const Decision = Type.Object({
  deployment: text,
  outcome: text,
  grade: text,
  offered: Type.Unknown(),
  chosen: Type.Array(text),
  note: textOrNull,
  decidedBy: text,
  decidedAt: at
})
/** What was handed over, as it stands; each change of it is a row of `handoverSteps`. */
const Handover = Type.Object({
  handover: text,
  rev: Type.Integer(),
  state: text,
  body: Type.Unknown(),
  dueAt: Type.Unknown(),
  madeAt: at,
  overAt: atOrNull
})
const HandoverStep = Type.Object({
  handover: text,
  rev: Type.Integer(),
  signal: text,
  state: text,
  saidBy: text,
  via: text,
  at,
  /** Units that it names, what was offered then, and what is done in place of them; null of most words. */
  said: Type.Unknown()
})
const HandoverAlarm = Type.Object({ handover: text, step: text, node: text, at })
/** What went to command and control, and when it had it. */
const HandoverSending = Type.Object({ handover: text, dueAt: at, attempts: Type.Integer(), doneAt: atOrNull })
/** What a handler chose of the call for whoever is sent. */
const JobChoice = Type.Object({ grade: textOrNull, type: textOrNull, handler: text, at })
/** Where the incident is, where a handler said that it is elsewhere than the caller; without `fix` that was taken back. */
const IncidentPlace = Type.Object({ fix: Type.Unknown(), handler: text, at })
/** What a handler said of who is calling: another number, none of the people held, or that either is taken back. */
const CallerWord = Type.Object({
  act: text,
  number: Type.Unknown(),
  e164s: Type.Union([Type.Array(text), Type.Null()]),
  handler: text,
  at
})
/** What was done about its entry in the ledger. */
const LedgerAct = Type.Object({
  act: text,
  handler: text,
  at,
  dueAt: atOrNull,
  why: textOrNull,
  reason: textOrNull,
  note: textOrNull
})
const LedgerRow = Type.Object({
  kind: text,
  line: text,
  dueAt: atOrNull,
  why: textOrNull,
  markedBy: textOrNull,
  takenBy: textOrNull,
  takenAt: atOrNull,
  openedAt: at,
  closedAt: atOrNull,
  closedBy: textOrNull,
  reason: textOrNull,
  note: textOrNull,
  later: Type.Array(Type.Object({ call: text, kind: text, at, by: textOrNull }))
})
/** Who was shown this call that was not theirs, or took it out, and when: those before this export. */
const Disclosed = Type.Object({
  kind: text,
  handler: text,
  position: text,
  force: text,
  format: textOrNull,
  reason: textOrNull,
  at,
  untilAt: at
})

export const CallRecord = Type.Object({
  format: Type.Literal('callbox-call/1'),
  head: CallHead,
  events: Type.Array(RecordedEvent),
  shown: Type.Array(Shown),
  hands: Type.Array(Hand),
  steps: Type.Array(Step),
  alarms: Type.Array(RecordedAlarm),
  notes: Type.Array(RecordedNote),
  places: Type.Array(RecordedPlace),
  incidents: Type.Array(Incident),
  links: Type.Array(Link),
  decisions: Type.Array(Decision),
  handovers: Type.Array(Handover),
  handoverSteps: Type.Array(HandoverStep),
  handoverAlarms: Type.Array(HandoverAlarm),
  handoverSendings: Type.Array(HandoverSending),
  jobChoices: Type.Array(JobChoice),
  incidentPlaces: Type.Array(IncidentPlace),
  callerWords: Type.Array(CallerWord),
  ledgerActs: Type.Array(LedgerAct),
  ledger: Type.Union([LedgerRow, Type.Null()]),
  disclosures: Type.Array(Disclosed)
})
export type CallRecord = Static<typeof CallRecord>

/** The lists of a record, each named as in the export. */
export const RECORD_LISTS = [
  'events',
  'shown',
  'hands',
  'steps',
  'alarms',
  'notes',
  'places',
  'incidents',
  'links',
  'decisions',
  'handovers',
  'handoverSteps',
  'handoverAlarms',
  'handoverSendings',
  'jobChoices',
  'incidentPlaces',
  'callerWords',
  'ledgerActs',
  'disclosures'
] as const satisfies readonly (keyof CallRecord)[]
