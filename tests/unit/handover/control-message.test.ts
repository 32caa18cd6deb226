import t from 'tap'
import { toControlMessage } from '../../../src/handover/control-message.ts'
import { findElement, findElements, readXml, type XmlElement } from '../../../src/net/safe-xml.ts'
import { aHandover, HANDOVER_CALL, HANDOVER_ID } from '../../support/handovers.ts'

const PLACE = {
  ...{ title: '117 Weighbridge Road <Oxford>', source: 'AML', latitude: 51.75, longitude: -1.25, easting: 451_800 },
  ...{ northing: 206_100, gridReference: 'SP 51800 06100', radiusMetres: 18, isConfirmed: true }
}
const FULL = aHandover({
  ...{ outcome: 'units', units: ['AB12', 'CD 34'], note: 'Man & dog\u0007, says “help” <now>' },
  job: { ...aHandover().job, place: PLACE, warnings: ['Firearms'], warningCount: 1, warningsStatus: 'found' }
})
const ASSESSED = { about: 'threat', text: 'a knife was seen', by: 'tvp-h02', at: 990_000 }

function texts(root: XmlElement, name: string): readonly string[] {
  return findElements(root, name).map(({ text }) => text)
}

t.test('MAIT says what, for whom, where, by when and who goes, and nothing that is typed can break it', async t => {
  const { contentType, body } = toControlMessage(FULL, 'mait-xml', 'control-room-1')
  t.equal(contentType, 'application/xml; charset=utf-8')
  const read = readXml(body)
  if (read.kind !== 'read') return t.fail(read.reason)
  const { root } = read
  t.equal(findElement(root, 'MessageID')?.text, HANDOVER_ID)
  t.equal(findElement(root, 'SenderSystem')?.text, 'control-room-1')
  t.equal(findElement(root, 'Priority')?.text, '1')
  t.equal(findElement(root, 'Telephone')?.text, '+447700900123')
  t.equal(findElement(root, 'LocationText')?.text, PLACE.title)
  t.equal(findElement(root, 'Easting')?.text, '451800')
  t.equal(findElement(root, 'AttendBy')?.text, new Date(FULL.targetAt).toISOString())
  t.same(texts(root, 'Callsign'), ['AB12', 'CD 34'])
  t.same(texts(root, 'Entry'), ['Warning: Firearms', 'Man & dog , says “help” <now>'])
})

t.test('what is not known is left out, and that nobody could ask for warnings is said', async t => {
  const bare = aHandover({ job: { ...aHandover().job, warningsStatus: 'failed' } })
  const read = readXml(toControlMessage(bare, 'mait-xml', 'site').body)
  if (read.kind !== 'read') return t.fail(read.reason)
  for (const name of ['Location', 'Log', 'ResourcesRequested']) t.notOk(findElement(read.root, name), name)
  t.equal(findElement(read.root, 'WarningsStatus')?.text, 'failed')
  t.same(JSON.parse(toControlMessage(bare, 'eido-json', 'site').body).locationComponent, [])
})

t.test('EIDO says the same in its own words', async t => {
  const { contentType, body } = toControlMessage(FULL, 'eido-json', 'control-room-1')
  t.equal(contentType, 'application/json; charset=utf-8')
  t.match(JSON.parse(body), {
    $id: `urn:callbox:handover:${HANDOVER_ID}`,
    issuingElementIdentifier: 'control-room-1',
    incidentComponent: [
      {
        incidentTrackingIdentifier: HANDOVER_ID,
        incidentCommonPriorityNumber: '1',
        locationReference: [{ $ref: 'location-1' }]
      }
    ],
    locationComponent: [{ $id: 'location-1', geodetic: { latitude: 51.75, longitude: -1.25, radiusMetres: 18 } }],
    callComponent: [{ callIdentifier: HANDOVER_CALL, callBackUri: 'tel:+447700900123' }],
    notesComponent: [{ notesActionComments: 'Warning: Firearms' }, { notesActionComments: FULL.note }],
    callbox: { outcome: 'units', units: ['AB12', 'CD 34'], warningsStatus: 'found' }
  })
})

t.test('where the incident is elsewhere, both bodies say where to go first, and where the caller is', async t => {
  const callerPlace = { title: 'Caller', source: 'AML', latitude: 51.8, isConfirmed: true }
  const apart = aHandover({ job: { ...FULL.job, callerPlace } })
  const { locationComponent, incidentComponent } = JSON.parse(toControlMessage(apart, 'eido-json', 'site').body)
  t.match(locationComponent, [
    { $id: 'location-1', locationTypeDescriptionRegistryText: 'Incident', locationInformationText: PLACE.title },
    { $id: 'location-2', locationTypeDescriptionRegistryText: 'Confirmed', locationInformationText: 'Caller' }
  ])
  t.same(incidentComponent[0].locationReference, [{ $ref: 'location-1' }])
  const read = readXml(toControlMessage(apart, 'mait-xml', 'site').body)
  if (read.kind !== 'read') return t.fail(read.reason)
  t.same(texts(read.root, 'LocationText'), [PLACE.title, 'Caller'])
  t.ok(findElement(read.root, 'CallerLocation'))
})

t.test('what was assessed goes with it, each aspect by whoever wrote it', async t => {
  const assessed = aHandover({ job: { ...FULL.job, assessment: [ASSESSED] } })
  const { notesComponent, agentComponent } = JSON.parse(toControlMessage(assessed, 'eido-json', 'site').body)
  t.match(notesComponent[1], {
    notesActionComments: 'Threat: a knife was seen',
    notesTimestamp: new Date(ASSESSED.at).toISOString(),
    agentReference: { $ref: 'agent-tvp-h02' }
  })
  t.same(
    agentComponent.map(({ $id }: { $id: string }) => $id),
    ['agent-tvp-h01', 'agent-tvp-h02']
  )
  const read = readXml(toControlMessage(assessed, 'mait-xml', 'site').body)
  if (read.kind !== 'read') return t.fail(read.reason)
  t.same(texts(read.root, 'Entry'), ['Warning: Firearms', 'Threat: a knife was seen'])
})
