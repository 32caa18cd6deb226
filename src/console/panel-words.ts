import type { EveryCallPanel, Panel, PanelName, PanelStatus } from '../pop/pop.ts'
import type { IconName } from './icons.tsx'

/** Every panel that each call has, in the order of the screen; the compiler says when the protocol has a new one. */
export const PANEL_TITLES = {
  warnings: 'Warnings',
  identity: 'Caller',
  location: 'Location',
  'incidents-nearby': 'Incidents nearby',
  history: 'Earlier contacts',
  crimes: 'Crimes nearby'
} as const satisfies Record<EveryCallPanel, string>

/** Panels that are about a place. */
const AROUND: ReadonlySet<PanelName> = new Set(['warnings', 'incidents-nearby', 'crimes', 'units'])

/** Which place the answer is about; undefined where it is about none. */
export function placeWords(panel: Pick<Panel, 'panel' | 'place' | 'status'>): string | undefined {
  if (panel.place === 'incident') return 'place: the incident’s'
  const isAnswer = panel.status === 'found' || panel.status === 'none'
  return isAnswer && AROUND.has(panel.panel) ? 'place: the caller’s' : undefined
}

export interface PanelWords {
  /** One or two words: the status. */
  readonly status: string
  readonly icon: IconName
  /** What stands in the panel when it has no items. */
  readonly text: string
  /** Whether something did not work as it should. */
  readonly isTrouble: boolean
}

const NONE: Readonly<Record<EveryCallPanel, string>> = {
  warnings: 'Asked: no warning is held for the number, its people, its address or the place.',
  identity: 'Asked: nobody is held for this number.',
  location: 'Asked: no location was sent and no address is held.',
  'incidents-nearby': 'Asked: no open incident is held near the caller.',
  history: 'Asked: no earlier contact from this number is held.',
  crimes: 'Asked: no crime is held around this place.'
}

const NONE_OF_INCIDENT: Partial<Record<PanelName, string>> = {
  warnings: 'Asked: no warning is held for the number, its people, its address or the incident’s place.',
  'incidents-nearby': 'Asked: no open incident is held near the incident’s place.'
}

const WHY_NOT_ASKED: Readonly<Record<string, string>> = {
  'no-cli': 'There is no number that may be asked for.',
  'breaker-open': 'The source has failed repeatedly and is being left alone for a moment. There may be something.',
  'too-many': 'More calls than it can answer wait for the source. There may be something.',
  'no-place': 'The caller is at no place on the map, so that nothing around it could be asked for.',
  'place-unknown': 'Where the caller is could not be found out. There may be something.',
  'place-coarse': 'The caller’s place is too coarse to say what is near.',
  'not-configured': 'No source is set up for this.',
  'not-kept': 'What this panel showed is kept for some hours, and is gone. It may have shown something.'
}

const MAY_BE_SOMETHING = new Set(['breaker-open', 'too-many', 'place-unknown'])

const WHY_FAILED: Readonly<Record<string, string>> = {
  'lookup.bad-document': 'The network sent a location that cannot be read, and no address is held.',
  'lookup.bad-vehicle-data': 'The vehicle sent data that cannot be read, and no address is held.',
  'lookup.held-refused': 'The network named a location server that is not asked, and no address is held.',
  'lookup.held-error': 'The network’s location server knows no place, and no address is held.',
  'lookup.held-late': 'The network’s location server has not answered in time, and no address is held.',
  'lookup.held-failed': 'The network’s location server could not be asked, and no address is held.',
  'source.unreachable': 'The other system could not be reached.',
  'source.refused': 'The other system refused the question.',
  'source.redirected': 'The other system is not where it should be.',
  'source.too-large': 'The other system answered with more than can be read.',
  'source.unreadable': 'What the other system answered cannot be read.',
  'source.bad-mapping': 'What the other system answered is not what was expected.',
  'queue.job-failed': 'The lookups could not be run.'
}

const STATUS: Readonly<Record<PanelStatus, Omit<PanelWords, 'text'>>> = {
  pending: { status: 'Looking', icon: 'hourglass', isTrouble: false },
  found: { status: 'Found', icon: 'check', isTrouble: false },
  none: { status: 'Nothing held', icon: 'empty', isTrouble: false },
  failed: { status: 'Could not check', icon: 'failed', isTrouble: true },
  late: { status: 'No answer in time', icon: 'late', isTrouble: true },
  'not-asked': { status: 'Not asked', icon: 'not-asked', isTrouble: false }
}

/** A panel in words. Not there yet is pending; "nothing held" is said only after a source has answered so. */
export function panelWords(name: PanelName, panel: Panel | undefined): PanelWords {
  const status = panel?.status ?? 'pending'
  const words = STATUS[status] ?? STATUS.failed
  const why = panel?.why ?? ''
  // That there may be something must not look like a caller there is nothing to ask about.
  const isTrouble = words.isTrouble || (status === 'not-asked' && MAY_BE_SOMETHING.has(why))
  // Of a replay: it was asked then, and nothing is wrong now.
  const said = why === 'not-kept' ? { ...words, status: 'Not kept' } : words
  return { ...said, isTrouble, text: textOf(name, status, why, panel?.place) }
}

function textOf(name: PanelName, status: PanelStatus, why: string, place: Panel['place']): string {
  switch (status) {
    case 'pending':
      return 'Being looked up.'
    case 'none':
      return (
        (place === 'incident' ? NONE_OF_INCIDENT[name] : undefined) ??
        NONE[name as EveryCallPanel] ??
        'Asked: nothing is held there.'
      )
    case 'late':
      return 'The source has not answered in time. There may be something.'
    case 'not-asked':
      return WHY_NOT_ASKED[why] ?? 'The source was not asked.'
    case 'failed':
      return `${WHY_FAILED[why] ?? 'The source could not be asked.'} There may be something.`
    default:
      return ''
  }
}

/** How many there are, said with the ones that are not shown. */
export function countWords({ items, more }: Pick<Panel, 'items' | 'more'>): string {
  return more === 0 ? String(items.length) : `${items.length} of ${items.length + more}`
}
