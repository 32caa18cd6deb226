import { type Call, type CallingNumber, type Cli, devicesOf, type Leg } from '../call/call.ts'
import { formatNumber } from '../call/cli.ts'
import { isVouchedFor } from '../call/correlate.ts'
import { isOwnOffer, type Offer } from './address.ts'
import type { BarePop, PopNumber, PopParty } from './pop.ts'

/** Only what the switch said, in the words of the screen. `sinceOfferedMs` is stamped when it leaves. */
export function toBarePop(call: Call, offer: Offer): BarePop {
  const device = deskOf(call)
  const parties = isOwnOffer(offer) ? partiesOf(call) : undefined
  return {
    popId: call.popId,
    force: call.force,
    homeForce: call.homeForce,
    line: call.line,
    route: call.route,
    access: call.access,
    state: call.state,
    number: toPopNumber(call),
    ddi: call.ddi,
    ...(call.acdQueue === undefined ? {} : { acdQueue: call.acdQueue }),
    ...(call.ivrPath === undefined ? {} : { ivrPath: call.ivrPath }),
    ...(device === undefined ? {} : { device }),
    ...(parties === undefined ? {} : { parties }),
    offer: isOwnOffer(offer) ? 'device' : 'queue',
    flags: call.flags,
    offeredAt: call.offeredAt,
    ...(call.answeredAt === undefined ? {} : { answeredAt: call.answeredAt }),
    ...(call.releasedAt === undefined ? {} : { releasedAt: call.releasedAt }),
    ...(call.cause === undefined ? {} : { cause: call.cause }),
    sinceOfferedMs: 0
  }
}

/** Whoever has it, else where it rings, else who has sent it on. */
function deskOf(call: Call): string | undefined {
  const at = (...states: readonly Leg['state'][]) => call.legs.find(leg => leg.device && states.includes(leg.state))
  return (at('connected', 'held') ?? at('alerting') ?? at('handing-over'))?.device ?? devicesOf(call)[0]
}

const PARTY_STATES: Readonly<Record<Leg['state'], PopParty['state']>> = {
  alerting: 'ringing',
  connected: 'connected',
  held: 'held',
  'handing-over': 'handing-over',
  cleared: 'left'
}

/** A desk that only rang and stopped is no party. */
function partiesOf({ legs }: Call): PopParty[] | undefined {
  const parties = legs.filter(leg => leg.state !== 'cleared' || leg.answeredAt !== undefined)
  if (parties.every(({ device }) => device !== undefined) && parties.length < 2) return undefined
  return parties.map(({ role, device, party, state, sinceAt }) => ({
    role,
    ...(device === undefined ? {} : { device }),
    ...(party === undefined ? {} : { name: party }),
    state: PARTY_STATES[state],
    since: sinceAt
  }))
}

/** A withheld 101 number is not shown at all; a withheld emergency number is, with the word. */
function toPopNumber({ cli, line }: Call): PopNumber {
  const isHidden = cli.trust === 'withheld' && line !== '999'
  const shown = isHidden ? undefined : numberToShow(cli)
  const other = cli.trust === 'conflict' ? cli.presentation : undefined
  return {
    display: display(shown),
    ...(shown?.e164 === undefined ? {} : { e164: shown.e164 }),
    trust: cli.trust,
    ...(shown?.e164 === undefined || isVouchedFor(cli) ? {} : { unverified: true }),
    kind: shown?.kind ?? 'none',
    ...(shown?.area === undefined ? {} : { area: shown.area }),
    ...(other === undefined ? {} : { presentation: display(other), presentationKind: other.kind }),
    ...(other?.area === undefined ? {} : { presentationArea: other.area })
  }
}

/** A number before what is none: where the network has only its own stand-in, the one shown is the better. */
function numberToShow({ network, presentation }: Cli): CallingNumber | undefined {
  if (network?.e164 !== undefined) return network
  return presentation?.e164 === undefined ? (network ?? presentation) : presentation
}

function display(number: { readonly raw: string; readonly e164?: string } | undefined): string {
  if (number === undefined) return ''
  return number.e164 === undefined ? number.raw : formatNumber(number.e164)
}
