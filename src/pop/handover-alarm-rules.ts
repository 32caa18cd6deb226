import type { Rule } from './alarm-catalogue.ts'

/** The part of the catalogue about calls that were handed over and stand still. */
export const HANDOVER_ALARMS = {
  'handover-not-delivered': {
    priority: 2,
    urgent: 1,
    hears: 'force',
    endsBy: 'person',
    heldBy: 'word',
    words: 'A {line} call was handed over ({grade}) {seconds} s ago, and the other side does not have it.',
    remedy: 'Tell command and control by telephone now. Callbox goes on trying; look why it cannot reach them.'
  },
  'handover-not-accepted': {
    priority: 2,
    urgent: 1,
    hears: 'force',
    endsBy: 'person',
    heldBy: 'word',
    words: 'A {line} call was handed over ({grade}) {seconds} s ago, and nobody has accepted it.',
    remedy: 'Ring the dispatcher and see that somebody takes it. Then say here what was done.'
  },
  'handover-idle': {
    priority: 2,
    hears: 'force',
    endsBy: 'person',
    heldBy: 'word',
    words: 'A hand-over of a {line} call ({grade}) was accepted {seconds} s ago, and nobody is on the way.',
    remedy: 'Ask the dispatcher who goes. Then say here what was done.'
  },
  'handover-past-target': {
    priority: 2,
    hears: 'force',
    endsBy: 'person',
    heldBy: 'word',
    words: 'A {line} call was handed over ({grade}), and nobody has arrived within {minutes} min.',
    remedy: 'Ask the dispatcher how it stands, and ring the caller back. Then say here what was done.'
  },
  'handover-refused': {
    priority: 2,
    urgent: 1,
    hears: 'force',
    endsBy: 'person',
    heldBy: 'word',
    words: 'A hand-over of a {line} call ({grade}) is refused by the other side.',
    remedy: 'Read why on the call’s card, and hand it over again, or to somebody else. Then say here what was done.'
  }
} as const satisfies Readonly<Record<string, Rule>>
