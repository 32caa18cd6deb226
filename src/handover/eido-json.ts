import type { Handover } from '../pop/handover.ts'
import { aspectWords } from './aspect-words.ts'

/*
 * A hand-over in the manner of an EIDO (NENA-STA-021): an incident, the call behind it, its place, and notes, each with the
 * agent who said so. What an EIDO has no word for stands in `callbox`. It follows the standard's names; no certificate says
 * that it keeps all of it.
 */

const iso = (at: number) => new Date(at).toISOString()

export function toEidoJson(handover: Handover, site: string): string {
  const { force, line, job, by, madeAt } = handover
  const agency = `urn:callbox:force:${force}`
  const agents = new Set([by, ...(job.assessment ?? []).map(assessed => assessed.by)])
  const places = placesOf(job)
  return JSON.stringify({
    eidoMessageType: 'EmergencyIncidentDataObject',
    $id: `urn:callbox:handover:${handover.handover}`,
    issuingAgencyIdentification: agency,
    issuingElementIdentifier: site,
    updateTimestamp: iso(madeAt),
    incidentComponent: [
      {
        $id: `incident-${handover.handover}`,
        incidentTrackingIdentifier: handover.handover,
        updateTimestamp: iso(madeAt),
        incidentTypeCommonRegistryText: line,
        incidentCommonPriorityNumber: handover.grade,
        internalIncidentPriorityText: handover.gradeName,
        incidentStatusCommonRegistryText: 'New',
        ...(places.length === 0 ? {} : { locationReference: [{ $ref: places[0]?.$id }] })
      }
    ],
    locationComponent: places,
    callComponent: [
      {
        $id: `call-${handover.call}`,
        callIdentifier: handover.call,
        callStartTimestamp: iso(job.offeredAt),
        callBackUri: job.number.e164 === undefined ? undefined : `tel:${job.number.e164}`,
        callTypeDescription: job.access
      }
    ],
    agentComponent: [...agents].map(each => ({
      $id: `agent-${each}`,
      agencyReference: { $ref: agency },
      agentRoleRegistryText: 'Call Taker'
    })),
    notesComponent: notesOf(handover),
    callbox: {
      outcome: handover.outcome,
      units: handover.units,
      numberTrust: job.number.trust,
      warningsStatus: job.warningsStatus,
      targetAt: iso(handover.targetAt),
      acceptBy: iso(handover.acceptBy)
    }
  })
}

/** First where somebody must go; the caller's own, where it is another, is said to be that. */
function placesOf({ place, callerPlace }: Handover['job']) {
  const isElsewhere = callerPlace !== undefined
  const goTo = place === undefined ? [] : [locationOf(place, 1, isElsewhere ? 'Incident' : 'Caller')]
  return [...goTo, ...(callerPlace === undefined ? [] : [locationOf(callerPlace, 2, 'Caller')])]
}

function locationOf(place: Placed, at: number, what: 'Caller' | 'Incident') {
  const { title, source, latitude, longitude, radiusMetres, gridReference, isConfirmed } = place
  return {
    $id: `location-${at}`,
    locationTypeDescriptionRegistryText: what === 'Caller' && isConfirmed ? 'Confirmed' : what,
    locationSourceDescriptionText: source,
    locationInformationText: title,
    ...(latitude === undefined || longitude === undefined
      ? {}
      : { geodetic: { latitude, longitude, ...(radiusMetres === undefined ? {} : { radiusMetres }) } }),
    ...(gridReference === undefined ? {} : { gridReference })
  }
}

type Placed = NonNullable<Handover['job']['place']>

function notesOf({ job, by, madeAt, note }: Handover) {
  const written = [
    ...job.warnings.map(title => ({ text: `Warning: ${title}`, at: madeAt, by })),
    ...(job.assessment ?? []).map(assessed => ({ ...assessed, text: aspectWords(assessed) })),
    ...(note === undefined ? [] : [{ text: note, at: madeAt, by }])
  ]
  return written.map(({ text, ...said }, at) => ({
    $id: `note-${at + 1}`,
    notesActionComments: text,
    notesTimestamp: iso(said.at),
    agentReference: { $ref: `agent-${said.by}` }
  }))
}
