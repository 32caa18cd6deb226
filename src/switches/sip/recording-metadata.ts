import { findElement, readXml, type XmlElement } from '../../net/safe-xml.ts'

/*
 * What a recorder is told of the call it records (SIPREC, RFC 7865). Only its session's id is kept with the contact;
 * the rest is for whoever looks at a sample. Makers of before the RFC wrote `id` and `session` where it has
 * `session_id`, and an older namespace.
 */

export interface RecordedSession {
  readonly id: string
  /** RFC 7989, where the session says it. */
  readonly sipSessionId?: string
}

export interface RecordedParticipant {
  readonly id: string
  /** Address of record, as the recorder has it. */
  readonly aor: string
  readonly name?: string
  /** Ids of the streams it sends and hears. */
  readonly sends: readonly string[]
  readonly hears: readonly string[]
}

export interface RecordedStream {
  readonly id: string
  readonly session?: string
  /** The label of its m-line in the SDP beside. */
  readonly label?: string
}

export type RecordingMetadata =
  | {
      readonly kind: 'read'
      readonly sessions: readonly RecordedSession[]
      readonly participants: readonly RecordedParticipant[]
      readonly streams: readonly RecordedStream[]
    }
  | { readonly kind: 'unreadable'; readonly reason: string }

/** Of each kind so many are read: a conference of more is recorded all the same. */
const MAX_EACH = 50

/** Some makers leave the `+xml` away. */
export function isRecordingMetadata(mediaType: string): boolean {
  return mediaType === 'application/rs-metadata+xml' || mediaType === 'application/rs-metadata'
}

/** Never throws. */
export function readRecordingMetadata(text: string): RecordingMetadata {
  const xml = readXml(text.trimStart())
  if (xml.kind === 'refused') return { kind: 'unreadable', reason: xml.reason }
  const { root } = xml
  if (root.name !== 'recording') return { kind: 'unreadable', reason: `root is ${root.name.slice(0, 40)}` }
  const each = (name: string) => root.children.filter(child => child.name === name).slice(0, MAX_EACH)
  const sessions = each('session').flatMap(toSession)
  if (sessions.length === 0) return { kind: 'unreadable', reason: 'no session in it' }
  const associations = each('participantstreamassoc')
  return {
    kind: 'read',
    sessions,
    participants: each('participant').flatMap(participant => toParticipant(participant, associations)),
    streams: each('stream').flatMap(toStream)
  }
}

function toSession(session: XmlElement): readonly RecordedSession[] {
  const id = idOf(session, 'session_id')
  const sipSessionId = findElement(session, 'sipSessionID')?.text ?? ''
  return id === undefined ? [] : [{ id, ...(sipSessionId === '' ? {} : { sipSessionId }) }]
}

function toParticipant(participant: XmlElement, associations: readonly XmlElement[]): readonly RecordedParticipant[] {
  const id = idOf(participant, 'participant_id')
  const nameId = findElement(participant, 'nameID')
  const aor = nameId?.attributes['aor']
  if (id === undefined || aor === undefined) return []
  const name = nameId === undefined ? '' : (findElement(nameId, 'name')?.text ?? '')
  // The RFC has the streams beside, makers of before it within.
  const around = [participant, ...associations.filter(({ attributes }) => attributes['participant_id'] === id)]
  const streams = (kind: string) =>
    around.flatMap(({ children }) => children.filter(child => child.name === kind && child.text !== ''))
  const texts = (kind: string) => streams(kind).map(({ text }) => text)
  return [{ id, aor, ...(name === '' ? {} : { name }), sends: texts('send'), hears: texts('recv') }]
}

function toStream(stream: XmlElement): readonly RecordedStream[] {
  const id = idOf(stream, 'stream_id')
  const session = stream.attributes['session_id'] ?? stream.attributes['session']
  const label = findElement(stream, 'label')?.text ?? ''
  if (id === undefined) return []
  return [{ id, ...(session === undefined ? {} : { session }), ...(label === '' ? {} : { label }) }]
}

function idOf({ attributes }: XmlElement, name: string): string | undefined {
  const id = attributes[name] ?? attributes['id'] ?? ''
  return id === '' ? undefined : id
}
