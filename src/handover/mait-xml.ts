import type { Handover } from '../pop/handover.ts'
import { aspectWords } from './aspect-words.ts'

/*
 * A hand-over in the manner of MAIT (Multi Agency Incident Transfer): who sends it, the incident, its caller, place, priority
 * and log. The standard's own schema is not free to be carried here, so the element names are ours after its terms; a force
 * that has a MAIT hub maps them in it. docs/handing-over.md lists every element.
 */

const NAMESPACE = 'urn:callbox:mait:1'
const iso = (at: number) => new Date(at).toISOString()

type Child = string | undefined

export function toMaitXml(handover: Handover, site: string): string {
  const { force, line, job, madeAt, by } = handover
  const log = [
    ...job.warnings.map(title => `Warning: ${title}`),
    ...(job.assessment ?? []).map(aspectWords),
    ...(handover.note === undefined ? [] : [handover.note])
  ]
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<IncidentTransfer xmlns="${NAMESPACE}" version="1">`,
    group('Header', [
      element('MessageID', handover.handover),
      element('SenderSystem', site),
      element('SendingOrganisation', force),
      element('SentAt', iso(madeAt)),
      element('Operator', by)
    ]),
    group('Incident', [
      element('IncidentReference', handover.handover),
      element('IncidentType', line),
      element('Priority', handover.grade),
      element('PriorityText', handover.gradeName),
      element('AcceptBy', iso(handover.acceptBy)),
      element('AttendBy', iso(handover.targetAt)),
      group(
        'ResourcesRequested',
        handover.units.map(unit => element('Callsign', unit))
      )
    ]),
    group('Caller', [
      element('CallReference', handover.call),
      element('CallTime', iso(job.offeredAt)),
      element('Telephone', job.number.e164 ?? job.number.display),
      element('TelephoneTrust', job.number.trust),
      element('Access', job.access)
    ]),
    locationXml('Location', job.place),
    locationXml('CallerLocation', job.callerPlace),
    group(
      'Log',
      log.map(text => element('Entry', text))
    ),
    element('WarningsStatus', job.warningsStatus),
    '</IncidentTransfer>'
  ]
    .filter(part => part !== undefined && part !== '')
    .join('\n')
}

function locationXml(name: string, place: Handover['job']['place']): Child {
  if (place === undefined) return undefined
  const { title, source, latitude, longitude, easting, northing, gridReference, radiusMetres, isConfirmed } = place
  return group(name, [
    element('LocationText', title),
    element('LocationSource', source),
    element('Confirmed', String(isConfirmed)),
    element('Latitude', latitude),
    element('Longitude', longitude),
    element('Easting', easting),
    element('Northing', northing),
    element('GridReference', gridReference),
    element('RadiusMetres', radiusMetres)
  ])
}

function group(name: string, children: readonly Child[]): Child {
  const inner = children.filter(child => child !== undefined)
  return inner.length === 0 ? undefined : `<${name}>${inner.join('')}</${name}>`
}

/** Empty ones are left out. */
function element(name: string, value: string | number | undefined): Child {
  if (value === undefined || value === '') return undefined
  return `<${name}>${escaped(String(value))}</${name}>`
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** XML 1.0 has no way to write control characters; what a handler typed goes without them. */
function escaped(text: string): string {
  return (
    text
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML 1.0 cannot hold.
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, ' ')
      .replace(/[&<>"]/g, sign => ESCAPES[sign] ?? sign)
  )
}
