import type { Handover } from '../pop/handover.ts'

/*
 * A hand-over in the manner of an EIDO (NENA-STA-021): an incident, the call behind it, its place, and notes, each with the
 * agent who said so. What an EIDO has no word for stands in `callbox`. It follows the standard's names; no certificate says
 * that it keeps all of it.
 */

const iso = (at: number) => new Date(at).toISOString()

export function toEidoJson(handover: Handover, site: string): string {
  const { force, line, job, by, madeAt, note } = handover
  const agency = `urn:callbox:force:${force}`
  const agent = { $id: `agent-${by}`, agencyReference: { $ref: agency }, agentRoleRegistryText: 'Call Taker' }
  const place = job.place === undefined ? [] : [locationOf(job.place)]
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
        ...(place.length === 0 ? {} : { locationReference: [{ $ref: place[0]?.$id }] })
      }
    ],
    locationComponent: place,
    callComponent: [
      {
        $id: `call-${handover.call}`,
        callIdentifier: handover.call,
        callStartTimestamp: iso(job.offeredAt),
        callBackUri: job.number.e164 === undefined ? undefined : `tel:${job.number.e164}`,
        callTypeDescription: job.access
      }
    ],
    agentComponent: [agent],
    notesComponent: notesOf(handover, note),
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

function locationOf({ title, source, latitude, longitude, radiusMetres, gridReference, isConfirmed }: Placed) {
  return {
    $id: 'location-1',
    locationTypeDescriptionRegistryText: isConfirmed ? 'Confirmed' : 'Caller',
    locationSourceDescriptionText: source,
    locationInformationText: title,
    ...(latitude === undefined || longitude === undefined
      ? {}
      : { geodetic: { latitude, longitude, ...(radiusMetres === undefined ? {} : { radiusMetres }) } }),
    ...(gridReference === undefined ? {} : { gridReference })
  }
}

type Placed = NonNullable<Handover['job']['place']>

function notesOf({ job, by, madeAt }: Handover, note: string | undefined) {
  const texts = [...job.warnings.map(title => `Warning: ${title}`), ...(note === undefined ? [] : [note])]
  return texts.map((noteText, at) => ({
    $id: `note-${at + 1}`,
    notesActionComments: noteText,
    notesTimestamp: iso(madeAt),
    agentReference: { $ref: `agent-${by}` }
  }))
}
