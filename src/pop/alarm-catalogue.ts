import { HANDOVER_ALARMS } from './handover-alarm-rules.ts'

/*
 * Every alarm a supervisor can hear, once. docs/alarms.md has a row for each; a test compares the two both ways.
 * Only priority 1 makes a sound. `{names}` in the words are filled from the cause's data: ids, lines, counts and
 * times, never a caller's number, name or place.
 */

export interface Rule {
  readonly priority: 1 | 2 | 3
  /** In its place where the cause says that it is urgent, as for a 999 call. */
  readonly urgent?: 1 | 2
  /**
   * `force`: supervisors of the call's force; an alarm that names handlers is theirs too. `all`: of every force.
   * `administrators`: those who run Callbox.
   */
  readonly hears: 'force' | 'all' | 'administrators'
  readonly endsBy: 'itself' | 'person'
  /**
   * What keeps it open. `call`: the record says when it is over. `node`: some gateway goes on saying so; when none
   * does it is over. `word`: whoever raised it says that its cause is gone, or a person does.
   */
  readonly heldBy: 'call' | 'node' | 'word'
  readonly words: string
  /** What to do next. */
  readonly remedy: string
}

export const ALARMS = {
  'pop-unacked': {
    priority: 2,
    urgent: 1,
    hears: 'force',
    endsBy: 'itself',
    heldBy: 'call',
    words: 'A {line} call is on no screen: nothing has acknowledged its pop for {seconds} s. {next}',
    remedy: 'See that somebody takes the call on the telephone. Then look at the screen of {from}.'
  },
  'pop-not-taken': {
    priority: 2,
    urgent: 1,
    hears: 'force',
    endsBy: 'itself',
    heldBy: 'call',
    words: 'A {line} call has not been taken for {seconds} s. {next}',
    remedy: 'Look whether anybody sits at {from}, and have somebody take the call.'
  },
  'nobody-signed-on': {
    priority: 2,
    urgent: 1,
    hears: 'force',
    endsBy: 'itself',
    heldBy: 'node',
    words: 'A {line} call waits and nobody who may take it is signed on.',
    remedy: 'Have somebody with this line sign on at a position; the call comes onto their screen at once.'
  },
  'nothing-acknowledged': {
    priority: 1,
    hears: 'force',
    endsBy: 'itself',
    heldBy: 'node',
    words: 'Calls come in, and no screen of the force has acknowledged one for {seconds} s.',
    remedy: 'Work from the telephones’ own displays, and look whether the consoles still reach Callbox.'
  },
  'abandoned-999': {
    priority: 2,
    hears: 'force',
    endsBy: 'person',
    heldBy: 'word',
    words: 'A 999 caller left before anybody answered.',
    remedy: 'Open its entry in the ledger and deal with it; the one who rings back may not be the caller.'
  },
  'silent-999': {
    priority: 2,
    hears: 'force',
    endsBy: 'person',
    heldBy: 'word',
    words: 'A 999 caller cannot speak.',
    remedy: 'See that a handler stays on the line and that the call is dealt with as a call for help.'
  },
  'ring-backs-late': {
    priority: 3,
    urgent: 2,
    hears: 'force',
    endsBy: 'itself',
    heldBy: 'node',
    words: 'Callers of {line} wait to be rung back past their time: {count}.',
    remedy: 'Open the list of calls to ring back: have somebody take those that are due, or put them off with a reason.'
  },
  'risk-unheard': {
    priority: 2,
    urgent: 1,
    hears: 'force',
    endsBy: 'person',
    heldBy: 'word',
    words: 'A {line} caller {what}, and a high risk of domestic abuse is on record for {of}.',
    remedy:
      'Deal with it as an immediate response though nobody has said a word: see that officers go. Then say here what was done.'
  },
  'officer-emergency': {
    priority: 1,
    hears: 'force',
    endsBy: 'person',
    heldBy: 'word',
    words: 'Unit {callsign} has sent the code of an officer in danger.',
    remedy: 'Listen to its channel, find where it is, and send help. Then say here what was done.'
  },
  ...HANDOVER_ALARMS,
  'console-silent': {
    priority: 2,
    hears: 'force',
    endsBy: 'itself',
    heldBy: 'word',
    words: 'The screen of {handler} at {position} is {state}.',
    remedy: 'Ask the handler to bring the window to the front or load the page again, or to sign off.'
  },
  'quiet-line': {
    priority: 1,
    hears: 'force',
    endsBy: 'itself',
    heldBy: 'word',
    words: 'Trunk {trunk} has brought no 999 call for {minutes} min, longer than it ever is at this hour.',
    remedy: 'Place a test call, then ask the emergency call handling agent and the telephone provider.'
  },
  'link-gap': {
    priority: 2,
    urgent: 1,
    hears: 'all',
    endsBy: 'itself',
    heldBy: 'word',
    words: 'The link to {trunk} is broken or lost messages: {why}',
    remedy: 'Check the switch and the network to it; calls still ring at the desks, without a pop.'
  },
  'node-lost': {
    priority: 2,
    hears: 'all',
    endsBy: 'person',
    heldBy: 'word',
    words: 'Gateway {node} is gone; the others have taken over its calls.',
    remedy: 'Find out why it ended and start it again: the next loss has fewer to take over.'
  },
  'site-lost': {
    priority: 1,
    hears: 'all',
    endsBy: 'itself',
    heldBy: 'word',
    words: 'Every gateway of site {site} is gone.',
    remedy: 'Check power and network of the site; calls go to the other site as long as the switches send them there.'
  },
  'synthetic-failed': {
    priority: 1,
    hears: 'all',
    endsBy: 'itself',
    heldBy: 'node',
    words: 'A test call through gateway {node} came back without a pop: {why}',
    remedy: 'Place a call by hand. If it does not pop either, take the gateway out of service.'
  },
  'messages-lost': {
    priority: 1,
    hears: 'all',
    endsBy: 'itself',
    heldBy: 'node',
    words: 'More comes from the switches than gateway {node} can read: messages are lost, perhaps 999 calls.',
    remedy:
      'Work from the telephones’ own displays; calls ring there. Then see what keeps its machine busy, or add a gateway.'
  },
  level: {
    priority: 2,
    urgent: 1,
    hears: 'all',
    endsBy: 'itself',
    heldBy: 'node',
    words: 'Gateway {node} is at level {level}: {why}',
    remedy: 'Bring back what is away; docs/operating.md says for each level what handlers notice meanwhile.'
  },
  'queue-silent': {
    priority: 2,
    hears: 'all',
    endsBy: 'itself',
    heldBy: 'node',
    words: 'The job queue of gateway {node} does no work; panels come late.',
    remedy: 'Callbox makes its worker anew by itself. If this stays, look at Redis and its log.'
  },
  'eisec-away': {
    priority: 2,
    hears: 'all',
    endsBy: 'itself',
    heldBy: 'node',
    words: 'No site of EISEC lets log-on {logOn} in: 999 calls come without BT’s name, address and place ({why}).',
    remedy: 'Have handlers ask every caller where they are. Then check the network to BT, and ask BT.'
  },
  'eisec-refused': {
    priority: 2,
    hears: 'all',
    endsBy: 'itself',
    heldBy: 'node',
    words: 'EISEC does not let log-on {logOn} in: {why}. 999 calls come without BT’s name, address and place.',
    remedy:
      'Have handlers ask every caller where they are. Put the right password into the file at every gateway; ask BT to unlock the log-on.'
  },
  'eisec-password': {
    priority: 3,
    urgent: 2,
    hears: 'administrators',
    endsBy: 'itself',
    heldBy: 'node',
    words: 'The password of EISEC log-on {logOn} must be changed: {count} log-ons are left.',
    remedy: 'Put a new password into its nextPasswordFile at every gateway; docs/connecting-eisec.md has the steps.'
  },
  'events-quarantined': {
    priority: 2,
    hears: 'administrators',
    endsBy: 'person',
    heldBy: 'word',
    words: 'PostgreSQL will never take {count} events of gateway {node}; they are in its quarantine file.',
    remedy: 'Report it with the log line journal.quarantine; the calls themselves popped and were answered.'
  },
  'spool-filling': {
    priority: 2,
    urgent: 1,
    hears: 'all',
    endsBy: 'itself',
    heldBy: 'node',
    words: 'The spool of gateway {node} is {percent} % full: events wait there for PostgreSQL.',
    remedy: 'Bring PostgreSQL back before it is full; after that new calls are refused to the switch.'
  },
  'records-filling': {
    priority: 3,
    urgent: 2,
    hears: 'administrators',
    endsBy: 'itself',
    heldBy: 'node',
    words: '{what} of gateway {node} is {percent} % full.',
    remedy: 'Make room, or raise its limit; docs/configuration.md has the limits by name.'
  },
  'record-upkeep': {
    priority: 3,
    hears: 'administrators',
    endsBy: 'itself',
    heldBy: 'node',
    words: 'The record is not kept up: {what} ({why})',
    remedy: 'Calls are kept all the same. See docs/operating.md, "Months of the record" and "Retention", and the log.'
  },
  'alarm-rate': {
    priority: 2,
    hears: 'force',
    endsBy: 'itself',
    heldBy: 'node',
    words: '{count} alarms in ten minutes: more than anybody can follow.',
    remedy: 'Look for the one cause behind them; the oldest alarms come first.'
  }
} as const satisfies Readonly<Record<string, Rule>>

export type AlarmCode = keyof typeof ALARMS

/** What an alarm of another version is treated as. */
const UNKNOWN: Rule = {
  priority: 2,
  hears: 'all',
  endsBy: 'person',
  heldBy: 'word',
  words: '',
  remedy: 'Another version of Callbox raised this; its own docs/alarms.md says what to do.'
}

export function ruleOf(code: string): Rule {
  return Object.hasOwn(ALARMS, code) ? ALARMS[code as AlarmCode] : UNKNOWN
}

export type AlarmData = Readonly<Record<string, string | number>>

const MAX_WORDS = 300

/** A text of the catalogue with its names filled in; no longer than the protocol takes. */
export function fillWords(text: string, data: AlarmData): string {
  return text
    .replace(/\{(\w+)\}/g, (_, name: string) => String(data[name] ?? ''))
    .replace(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, MAX_WORDS)
    .toWellFormed()
}
