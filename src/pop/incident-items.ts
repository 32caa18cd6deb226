import type { IncidentsNearby, NearbyIncident, NotNear } from '../lookups/incidents-nearby.ts'
import { cut, DETAIL_MAX, TITLE_MAX, type ToItems } from './panel-items.ts'
import type { PanelItem } from './pop.ts'

const NOT_NEAR: Readonly<Record<NotNear, string>> = {
  'no-place': 'Where the caller is, is not known: what else is open near there was not asked.',
  'place-unknown': 'Where the caller is could not be asked: there may be others open near there.',
  'place-coarse': 'The caller’s place is too coarse to say what else is open near there.'
}

/**
 * `linked`: a handler said that the call is about it. `maybe-same`: open and near, and no more than that. `note`: what a
 * reader must know of the whole list.
 */
export const toIncidentItems: ToItems<IncidentsNearby> = ({ items, total, notNear, isByAddress }) => {
  const notes: PanelItem[] = []
  if (notNear !== undefined) notes.push({ kind: 'note', title: NOT_NEAR[notNear] })
  if (isByAddress === true) {
    notes.push({ kind: 'note', title: 'Near the address on record: the caller may be elsewhere.' })
  }
  return { items: [...notes, ...items.map(toIncidentItem)], total: total + notes.length }
}

function toIncidentItem(incident: NearbyIncident): PanelItem {
  const { id, reference, force, type, isOpen, grade, summary, source, openedAt, point, metres, calls, linked } =
    incident
  return {
    kind: linked === undefined ? 'maybe-same' : 'linked',
    title: cut(type, TITLE_MAX),
    ...(summary === undefined ? {} : { detail: cut(summary, DETAIL_MAX) }),
    at: openedAt,
    fields: {
      ...{
        id,
        reference: cut(reference, 40),
        force,
        status: isOpen ? 'open' : 'closed',
        source: cut(source, 80),
        calls
      },
      ...(grade === undefined ? {} : { grade: cut(grade, 40) }),
      ...(point === undefined ? {} : { easting: Math.round(point.easting), northing: Math.round(point.northing) }),
      ...(metres === undefined ? {} : { metres: Math.round(metres) }),
      ...(linked?.by === undefined ? {} : { linkedBy: linked.by }),
      ...(linked?.at === undefined ? {} : { linkedAt: linked.at })
    }
  }
}
