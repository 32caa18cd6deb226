import type { Call } from '../call/call.ts'
import { markerWords } from '../lookups/marker-kinds.ts'
import type { Marker, Unchecked, Warnings } from '../lookups/warnings.ts'
import { cut, DETAIL_MAX, numberMatched, TITLE_MAX, type ToItems } from './panel-items.ts'
import type { PanelItem } from './pop.ts'

const UNCHECKED: Readonly<Record<Unchecked, string>> = {
  'no-number': 'Not by number: there is none that may be asked for.',
  nowhere: 'Not by place: no place of the caller is known.',
  'too-coarse': 'Not by place: the fix is too coarse.',
  'place-unknown': 'Not by place: where the caller is could not be asked in time. There may be something.',
  'place-pending': 'Not by place yet: where the caller is, is being asked.',
  'place-failed': 'Not by place: the record could not be asked. There may be something.'
}

/** Markers as they stand in the lookup's order; whatever could not be asked is said before them. */
export const toWarningItems: ToItems<Warnings> = ({ markers, total, unchecked, risk }, call) => ({
  items: markers.map(marker => toMarkerItem(marker, call)),
  notes: unchecked.map(code => ({ kind: 'note', title: UNCHECKED[code], fields: { unchecked: code } })),
  total,
  ...(risk === undefined ? {} : { risk: { kind: cut(risk.kind, 40), of: risk.e164 === undefined ? 'place' : risk.of } })
})

function toMarkerItem(marker: Marker, call: Call): PanelItem {
  const { kind, text, madeAt, e164 } = marker
  return {
    kind: 'marker',
    title: cut(markerWords(kind), TITLE_MAX),
    ...(text === '' ? {} : { detail: cut(text, DETAIL_MAX) }),
    at: madeAt,
    fields: { marker: cut(kind, 40), ...worthOf(marker), ...(e164 === undefined ? {} : numberMatched(e164, call)) }
  }
}

/** Whose it is, who says so, how far they are trusted, and until when it holds. */
function worthOf(marker: Marker): NonNullable<PanelItem['fields']> {
  const { of, whose, isEarlier, distanceMetres, source, grade, reviewAt, expiresAt } = marker
  return {
    of,
    ...(whose === undefined ? {} : { whose: cut(whose, 200) }),
    ...(isEarlier ? { earlier: true } : {}),
    ...(distanceMetres === undefined ? {} : { distanceMetres: Math.round(distanceMetres) }),
    source: cut(source, 80),
    ...(grade === undefined ? {} : { grade: cut(grade, 40) }),
    ...(reviewAt === undefined ? {} : { reviewAt }),
    ...(expiresAt === undefined ? {} : { expiresAt })
  }
}
