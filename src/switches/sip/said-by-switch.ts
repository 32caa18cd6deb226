import type { EarlierTarget, SaidBySwitch } from '../../call/call.ts'
import { type SwitchCallId, toSipSwitchCallId } from '../../call/ids.ts'
import type { TrunkConfig } from '../../operations/config-schema.ts'
import { bodyParts } from './body-parts.ts'
import { geolocationValues } from './location-parts.ts'
import { type NameAddr, parseNameAddr, parseParams, splitValues } from './name-addr.ts'
import { isRecordingMetadata, readRecordingMetadata } from './recording-metadata.ts'
import { type SipHead, toText } from './sip-head.ts'

/** Values kept of one header, and characters of one value; what a switch sends beyond is not kept. */
const MAX_VALUES = 8
const MAX_TEXT = 256

/** What an INVITE says beyond who calls whom; undefined when it says nothing of the kind, as most do. */
export function readSaid(head: SipHead, trunk: TrunkConfig): SaidBySwitch | undefined {
  const targets = earlierTargets(head)
  const reasons = readReasons(head)
  const userToUser = texts(head, 'user-to-user')
  const priority = texts(head, 'resource-priority')
  const callInfo = withAddress(head, 'call-info', ({ params }) => params['purpose'] ?? '')
  const geolocation = geolocationValues(head).map(({ uri, locSrc }) =>
    cut(locSrc === undefined ? uri : `${uri} loc-src=${locSrc}`)
  )
  const geolocationRouting = head.header('geolocation-routing')?.trim().toLowerCase()
  const service = serviceOf(head.uri)
  const recordingSession = recordingSessionOf(head)
  const headers = keptHeaders(head, trunk)
  const said: SaidBySwitch = {
    ...(targets.length === 0 ? {} : { earlierTargets: targets }),
    ...(reasons.length === 0 ? {} : { reasons }),
    ...(userToUser.length === 0 ? {} : { userToUser }),
    ...(priority.length === 0 ? {} : { priority }),
    ...(callInfo.length === 0 ? {} : { callInfo }),
    ...(geolocation.length === 0 ? {} : { geolocation }),
    ...(geolocationRouting === 'yes' || geolocationRouting === 'no' ? { geolocationRouting } : {}),
    ...(service === undefined ? {} : { service }),
    ...(recordingSession === undefined ? {} : { recordingSession }),
    ...(headers === undefined ? {} : { headers })
  }
  return Object.keys(said).length === 0 ? undefined : said
}

/** RFC 3326: protocol and cause of each Reason, as `sip 200`; its text says nothing to us. */
export function readReasons(head: SipHead): readonly string[] {
  return values(head, 'reason').flatMap(value => {
    const semicolon = value.indexOf(';')
    const protocol = (semicolon < 0 ? value : value.slice(0, semicolon)).trim().toLowerCase()
    const cause = semicolon < 0 ? undefined : parseParams(value.slice(semicolon))['cause']
    return protocol === '' ? [] : [cut(cause === undefined ? protocol : `${protocol} ${cause}`)]
  })
}

/** RFC 3891 §3: the leg of this switch whose place the new one takes; undefined without one, or with half of one. */
export function readReplaces(head: SipHead): SwitchCallId | undefined {
  const value = head.header('replaces') ?? ''
  const semicolon = value.indexOf(';')
  if (semicolon <= 0) return undefined
  const params = parseParams(value.slice(semicolon))
  const callId = value.slice(0, semicolon).trim()
  // from-tag is the tag of whoever opened the old dialog, and that was the switch.
  const fromTag = params['from-tag']
  return fromTag === undefined || params['to-tag'] === undefined ? undefined : toSipSwitchCallId(callId, fromTag)
}

/** RFC 5031: the emergency service a Request-URI asks for, in lower case. */
export function serviceOf(uri: string): string | undefined {
  const service = uri.trim().toLowerCase()
  return /^urn:service:sos(?:\.[a-z0-9-]{1,40}){0,4}$/.test(service) ? service : undefined
}

/** History-Info first, in its order, then Diversion; both name the target a call had before. */
function earlierTargets(head: SipHead): readonly EarlierTarget[] {
  const history = values(head, 'history-info').flatMap(value => {
    const target = parseNameAddr(value)
    if (target === undefined) return []
    const { index } = target.params
    // RFC 7044 §10.2: why it went on stands as a Reason header inside the URI.
    const reason = /[?&]reason=sip%3b([^&>]*)/i.exec(value)?.[1] ?? ''
    const cause = /(?:^|%3b)cause%3d(\d{3})/i.exec(reason)?.[1] ?? target.params['cause']
    return [
      {
        number: numberOf(target),
        ...(index === undefined ? {} : { index: cut(index) }),
        ...(cause === undefined ? {} : { reason: cut(cause) })
      }
    ]
  })
  const diversions = values(head, 'diversion').flatMap(value => {
    const target = parseNameAddr(value)
    if (target === undefined) return []
    const { reason } = target.params
    return [{ number: numberOf(target), ...(reason === undefined ? {} : { reason: cut(reason) }) }]
  })
  return [...history, ...diversions].filter(({ number }) => number !== '').slice(0, MAX_VALUES)
}

/** The session's id; the recording itself is the recorder's. */
function recordingSessionOf(head: SipHead): string | undefined {
  const type = head.header('content-type') ?? ''
  if (!/multipart|rs-metadata/i.test(type)) return undefined
  const part = bodyParts(head).find(each => isRecordingMetadata(each.type))
  if (part === undefined) return undefined
  const metadata = readRecordingMetadata(toText(part.content))
  const id = metadata.kind === 'read' ? metadata.sessions[0]?.id : undefined
  return id === undefined ? undefined : cut(id)
}

function keptHeaders(head: SipHead, { headers }: TrunkConfig): Readonly<Record<string, string>> | undefined {
  const kept = headers.flatMap(({ header, sets, values: words }): [string, string][] => {
    const value = sets === 'said' ? head.header(header.toLowerCase())?.trim() : undefined
    if (value === undefined || value === '') return []
    return [[header, cut(toText(words?.[value] ?? value))]]
  })
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}

function withAddress(head: SipHead, name: string, wordOf: (each: NameAddr) => string): readonly string[] {
  return values(head, name).flatMap(value => {
    const address = /<([^<>\s]+)>/.exec(value)?.[1]
    const read = parseNameAddr(value)
    if (address === undefined || read === undefined) return []
    return [cut(`${wordOf(read)} ${address}`.trim())]
  })
}

function texts(head: SipHead, name: string): readonly string[] {
  return values(head, name).map(value => cut(toText(value)))
}

function values(head: SipHead, name: string): readonly string[] {
  const all = head.all(name)
  return all.length === 0 ? all : all.flatMap(splitValues).slice(0, MAX_VALUES)
}

function numberOf({ uri }: NameAddr): string {
  return cut(uri.user)
}

function cut(text: string): string {
  return text.slice(0, MAX_TEXT)
}
