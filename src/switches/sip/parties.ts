import type { PartyRole } from '../../call/call.ts'
import type { CallEvent, PartyJoinedEvent } from '../../call/call-event.ts'
import { cleanText } from '../../call/cli.ts'
import type { EventId } from '../../call/ids.ts'
import type { TrunkConfig } from '../../operations/config-schema.ts'
import { parseNameAddr, parseParams, splitValues } from './name-addr.ts'
import { type SipHead, toText } from './sip-head.ts'
import type { SipCallContext } from './sip-to-event.ts'
import { headerRows, inTable } from './trunk-headers.ts'

/** Values read of one request; a conference of more is no call of a contact centre. */
const MAX_PARTIES = 8
/** As long as the model keeps a party's name. */
const MAX_NAME = 64
const DEVICE = /^[A-Za-z0-9._+-]{1,64}$/

/** Who can come to a call; the caller is there from its beginning. */
const ROLES: readonly string[] = [
  'operator',
  'handler',
  'dispatcher',
  'ambulance',
  'fire',
  'coastguard',
  'other'
] satisfies PartyRole[]

/** One value of a party header, taken apart: `word;role=…;state=…;name=…;device=…`, or a name-addr with the same. */
interface SaidParty {
  readonly word: string
  readonly name?: string
  readonly params: Readonly<Record<string, string>>
}

/** Who has come to the call, or left it, by a mapped header; what its table does not know is nobody. Pure; never throws. */
export function toPartyEvents(head: SipHead, context: SipCallContext, makeId: () => EventId): readonly CallEvent[] {
  const { trunk } = context.match
  const common = { trunk: trunk.id, force: context.match.number.force, switchCallId: context.switchCallId }
  return partiesOf(head, trunk).map(({ kind, ...party }) => {
    const event = { ...common, ...party, receivedAt: head.receivedAt, eventId: makeId() }
    return kind === 'party-joined' ? { ...event, kind } : { ...event, kind }
  })
}

type Party = Pick<PartyJoinedEvent, 'role' | 'party' | 'device'> & { readonly kind: 'party-joined' | 'party-left' }

function partiesOf(head: SipHead, trunk: TrunkConfig): readonly Party[] {
  for (const { header, values } of headerRows(trunk, 'party')) {
    const said = head.all(header.toLowerCase()).flatMap(splitValues)
    // The first header of the list that is there speaks for the request.
    if (said.length > 0) return said.slice(0, MAX_PARTIES).flatMap(value => toParty(value, values) ?? [])
  }
  return []
}

function toParty(value: string, words: Readonly<Record<string, string>> | undefined): Party | undefined {
  const said = takeApart(value)
  if (said === undefined) return undefined
  const { word, name, params } = said
  const state = (params['state'] ?? 'joined').toLowerCase()
  const role = roleOf(params['role'] ?? word, words)
  if (role === undefined || (state !== 'joined' && state !== 'left')) return undefined
  const device = role === 'handler' && DEVICE.test(params['device'] ?? '') ? params['device'] : undefined
  // A word that is itself no role is the only name there is.
  const unnamed = words === undefined && role === 'other' && word.toLowerCase() !== role ? word : undefined
  const party = cleanText(toText(params['name'] ?? name ?? unnamed ?? '')).slice(0, MAX_NAME)
  return {
    kind: state === 'left' ? 'party-left' : 'party-joined',
    role,
    ...(party === '' ? {} : { party }),
    ...(device === undefined ? {} : { device })
  }
}

function takeApart(value: string): SaidParty | undefined {
  const text = value.trim()
  if (text.startsWith('"') || text.includes('<')) {
    const address = parseNameAddr(text)
    if (address === undefined) return undefined
    const { display, uri, params } = address
    return { word: uri.user, name: display === '' ? uri.user : display, params }
  }
  const semicolon = text.indexOf(';')
  const word = (semicolon < 0 ? text : text.slice(0, semicolon)).trim()
  return word === '' ? undefined : { word, params: semicolon < 0 ? {} : parseParams(text.slice(semicolon)) }
}

/** With a table only its words mean anybody; without one our own words do, and any other is somebody else. */
function roleOf(word: string, words: Readonly<Record<string, string>> | undefined): PartyRole | undefined {
  const ours = words === undefined ? word.toLowerCase() : inTable(words, word)
  if (ours === undefined || ours === 'caller') return undefined
  if (ROLES.includes(ours)) return ours as PartyRole
  return words === undefined ? 'other' : undefined
}
