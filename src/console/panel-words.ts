import type { Panel, PanelName, PanelStatus } from '../pop/pop.ts'
import type { IconName } from './icons.tsx'

/** Every panel of the screen, in its order; the compiler says when the protocol has a new one. */
export const PANEL_TITLES = {
  identity: 'Caller',
  location: 'Location',
  history: 'Earlier contacts'
} as const satisfies Record<PanelName, string>

export interface PanelWords {
  /** One or two words: the status. */
  readonly status: string
  readonly icon: IconName
  /** What stands in the panel when it has no items. */
  readonly text: string
  /** Whether something did not work as it should. */
  readonly isTrouble: boolean
}

const NONE: Readonly<Record<PanelName, string>> = {
  identity: 'Asked: nobody is held for this number.',
  location: 'Asked: no location was sent and no address is held.',
  history: 'Asked: no earlier contact from this number is held.'
}

const WHY_NOT_ASKED: Readonly<Record<string, string>> = {
  'no-cli': 'There is no number that may be asked for.',
  'breaker-open': 'The source has failed repeatedly and is being left alone for a moment.',
  'not-configured': 'No source is set up for this.'
}

const WHY_FAILED: Readonly<Record<string, string>> = {
  'lookup.bad-document': 'The network sent a location that cannot be read, and no address is held.',
  'lookup.bad-vehicle-data': 'The vehicle sent data that cannot be read, and no address is held.',
  'lookup.held-refused': 'The network named a location server that is not asked, and no address is held.',
  'lookup.held-error': 'The network’s location server knows no place, and no address is held.',
  'lookup.held-late': 'The network’s location server has not answered in time, and no address is held.',
  'lookup.held-failed': 'The network’s location server could not be asked, and no address is held.',
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
  return { ...words, text: textOf(name, status, panel?.why ?? '') }
}

function textOf(name: PanelName, status: PanelStatus, why: string): string {
  switch (status) {
    case 'pending':
      return 'Being looked up.'
    case 'none':
      return NONE[name]
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
