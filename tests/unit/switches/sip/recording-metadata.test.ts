import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { bodyParts } from '../../../../src/switches/sip/body-parts.ts'
import {
  isRecordingMetadata,
  type RecordingMetadata,
  readRecordingMetadata
} from '../../../../src/switches/sip/recording-metadata.ts'
import { sharedData } from '../../../support/shared-data.ts'

const recording = (content: string) => `<recording xmlns="urn:ietf:params:xml:ns:recording:1">${content}</recording>`
const SESSION = '<session session_id="s1=="><sipSessionID>abc;remote=def</sipSessionID></session>'

t.test('sessions, who takes part and what each sends and hears', async t => {
  const content = [
    SESSION,
    '<participant participant_id="p1"><nameID aor="sip:a@x.invalid"><name>Ann</name></nameID></participant>',
    '<participant participant_id="p2"><nameID aor="tel:+447700900123"/></participant>',
    '<stream stream_id="t1" session_id="s1=="><label>1</label></stream><stream stream_id="t2"/>',
    '<participantstreamassoc participant_id="p1"><send>t1</send><recv>t2</recv></participantstreamassoc>'
  ].join('')
  t.same(readRecordingMetadata(`\r\n${recording(content)}`), {
    kind: 'read',
    sessions: [{ id: 's1==', sipSessionId: 'abc;remote=def' }],
    participants: [
      { id: 'p1', aor: 'sip:a@x.invalid', name: 'Ann', sends: ['t1'], hears: ['t2'] },
      { id: 'p2', aor: 'tel:+447700900123', sends: [], hears: [] }
    ],
    streams: [{ id: 't1', session: 's1==', label: '1' }, { id: 't2' }]
  })
})

t.test('what is no metadata is refused with its reason, what is too much is cut off', async t => {
  t.match(readRecordingMetadata(''), { kind: 'unreadable' })
  t.match(readRecordingMetadata('<presence/>'), { reason: 'root is presence' })
  t.match(readRecordingMetadata(recording('<session/>')), { reason: 'no session in it' })
  t.match(readRecordingMetadata(recording('<session session_id="x">')), { kind: 'unreadable' })
  const many = readRecordingMetadata(recording(SESSION + '<stream stream_id="x"/>'.repeat(80)))
  t.equal(many.kind === 'read' ? many.streams.length : 0, 50)
})

/** Of each recorded offer: session, addresses of record, labels. A string is the named fault; undefined: no metadata. */
interface Offer {
  readonly session: string
  readonly aors: readonly string[]
  readonly labels: readonly string[]
}
const CONNECTEL: Offer = {
  session: '2+hKdGY+QvCKu8HYTdBouQ==',
  aors: ['sip:0771121212@52.57.92.239', 'sip:0760516936@sip-cust1.connectel.io'],
  labels: ['1', '2']
}
const OFFERS: Readonly<Record<string, Offer | string | undefined>> = {
  'acme-siprec-offer': {
    session: 'AavRXwIIQj1Q39eJulTipQ==',
    aors: ['sip:9000@192.168.50.102', 'sip:1002@192.168.50.10'],
    labels: ['16777227', '16777228']
  },
  'broadworks-offer': undefined,
  'broadworks-offer-2': {
    session: '00FA0800705D4C5DCAAC41',
    aors: ['sip:9878942259@212.188.68.145', 'sip:ASBCE@asbce.com'],
    labels: ['10', '20']
  },
  'cisco-siprec-offer': {
    session: 'kQNhKFdEEeeJ9tD/VsPGWA==',
    aors: ['sip:7301@35.162.237.204', 'sip:7300@35.162.237.204'],
    labels: ['1', '2']
  },
  'connectel-offer': CONNECTEL,
  'connectel-offer2': CONNECTEL,
  'connectel-offer3': CONNECTEL,
  'inactive-sdp-offer': {
    session: 'GZBIusaXEeuxxK1dFIaIyA==',
    aors: ['sip:0733165805@192.168.40.34', 'sip:+972546136443@192.168.10.140'],
    labels: ['1', '2']
  },
  'non-siprec-payload': undefined,
  'procomm-siprec-offer': {
    session: 'ho9aUhEQTRS+31th7sHStA==',
    aors: ['sip:016190200@87.252.209.116', 'Extension-016190619@speechpath.ie'],
    labels: ['a_leg', 'b_leg']
  },
  'sample-sdp2': undefined,
  'sample-sdp3': undefined,
  'sample-sdps': undefined,
  'sonus-siprec-offer': {
    session: 'MTQ3YzA3YzEtNjdkNy0xMA==',
    aors: ['2249888500@172.16.198.55', '2249888012@172.16.195.72'],
    labels: ['1', '2']
  }
}

function toOffer(metadata: RecordingMetadata): Offer | string {
  if (metadata.kind === 'unreadable') return metadata.reason
  const { sessions, participants, streams } = metadata
  return {
    session: sessions[0]?.id ?? '',
    aors: participants.map(({ aor }) => aor),
    labels: streams.map(({ label = '' }) => label)
  }
}

t.test('each of the 14 recorded offers of six makers gives what it says, or its named fault', async t => {
  const root = sharedData('siprec-metadata')
  if (root === undefined) {
    t.comment('skipped: no ../shared/data')
    t.pass()
    return
  }
  const names = readdirSync(root).filter(name => name.endsWith('.txt'))
  t.same(
    names.sort(),
    Object.keys(OFFERS)
      .map(name => `${name}.txt`)
      .sort(),
    'every file is in the table'
  )
  for (const [name, expected] of Object.entries(OFFERS)) {
    const body = readFileSync(join(root, `${name}.txt`), 'latin1')
    const boundary = /^--([^\r\n]+)/m.exec(body)?.[1]?.trim()
    const type = boundary === undefined ? 'application/sdp' : `multipart/mixed;boundary=${boundary}`
    const part = bodyParts({ header: () => type, body }).find(each => isRecordingMetadata(each.type))
    const found = part === undefined ? undefined : toOffer(readRecordingMetadata(part.content))
    t.same(found, expected, name)
  }
})

t.test('the examples of the RFC give what they say', async t => {
  const root = sharedData('pidf-lo-emergency-data/SipRecMetaDataFiles')
  if (root === undefined) {
    t.comment('skipped: no ../shared/data')
    t.pass()
    return
  }
  const read = (name: string) => toOffer(readRecordingMetadata(readFileSync(join(root, name), 'utf8')))
  t.same(readdirSync(root).sort(), ['Rfc7865-8.1.xml', 'Rfc7865-8.2.xml'])
  t.same(read('Rfc7865-8.1.xml'), {
    ...{ session: 'hVpd7YQgRW2nD22h7q60JQ==', aors: ['sip:bob@biloxi.com', 'sip:Paul@biloxi.com'] },
    labels: ['96', '97', '98', '99']
  })
  t.equal(read('Rfc7865-8.2.xml'), 'no session in it', 'an update of a session says only what has changed')
})
