import { toNumber } from '../call/cli.ts'
import type { CallId } from '../call/ids.ts'
import type { PanelMemory } from '../delivery/panel-memory.ts'
import type { DisclosureRefused } from '../http/disclosure-routes.ts'
import type { PastCallsAsk, Peeked, WatchedCallPorts } from '../http/watched-call-routes.ts'
import type { DisclosuresConfig } from '../operations/disclosure-schema.ts'
import { within } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { SignOn } from '../pop/address.ts'
import type { Card, ToBarePop } from '../pop/card.ts'
import { isForRole, lacksReason, mayDisclose, maySeeForce } from '../pop/disclosure-rules.ts'
import { toPeekedCard } from '../pop/peeked-card.ts'
import type { PopCard, RevisedPanel } from '../pop/pop.ts'
import type { PopCourier } from '../pop/pop-courier.ts'
import { recordedCard } from '../pop/recorded-card.ts'
import type { SignOnDirectory } from '../pop/sign-on-directory.ts'
import type { LiveCalls, PastCalls } from '../pop/watched-calls.ts'
import type { Disclosure, extendPeek } from '../records/disclosures.ts'
import type { OpenCall } from '../records/journal-rows.ts'
import type { Searcher } from '../records/search-audit.ts'
import type { PastAsk } from '../records/watched-calls.ts'

interface Parts {
  readonly rules: DisclosuresConfig
  readonly courier: Pick<PopCourier, 'card'>
  readonly signOns: SignOnDirectory
  readonly toBarePop: ToBarePop
  readonly memory: Pick<PanelMemory, 'read' | 'want'>
  readonly readOpen: (callId: CallId) => Promise<OpenCall | undefined>
  readonly readLive: (forces: readonly string[], now: number) => Promise<LiveCalls>
  readonly findPast: (by: Searcher, ask: PastAsk) => Promise<PastCalls>
  readonly add: (disclosure: Disclosure) => Promise<string>
  readonly extend: (ask: Parameters<typeof extendPeek>[1]) => Promise<CallId | undefined>
  readonly mayAsk: (handler: string) => boolean
  /** A peek asks on every second or two. */
  readonly mayAskOn: (handler: string) => boolean
  readonly log: Pick<Log, 'info'>
  readonly now: () => number
}

const PAGE = 50
const PANELS_MS = 500

/** Which calls there are and who has them, and one of them read along; judged by roles of their own. */
export function makeWatchedCallDesk(parts: Parts): WatchedCallPorts {
  const { rules, readLive, findPast, extend, mayAsk, mayAskOn, log, now } = parts
  return {
    liveCalls: async (by, force) => {
      const forces = forcesAsked(by, force)
      if (forces.length === 0 || !isForRole('peek', by.role, rules)) return 'not-entitled'
      return mayAskOn(by.handler) ? readLive(forces, now()) : 'too-many'
    },
    pastCalls: async (by, ask) => {
      const forces = forcesAsked(by, ask.force)
      if (forces.length === 0 || !isForRole('replay', by.role, rules)) return 'not-entitled'
      if (!mayAsk(by.handler)) return 'too-many'
      const { handler, position, force } = by
      return findPast({ handler, position, force, at: now() }, toPastAsk(ask, forces))
    },
    beginPeek: (by, callId, reason) => beginPeek(parts, by, callId, reason),
    goOnPeeking: async (by, peek) => {
      if (!mayAskOn(by.handler)) return 'too-many'
      const callId = await extend({ peek, handler: by.handler, at: now(), isOver: false })
      const card = callId === undefined ? undefined : await cardOf(parts, callId)
      if (card === undefined) return 'unknown'
      // They may have been moved to another force or role since it began.
      return mayPeek(parts, by, card.pop.force) ? { peek, card } : 'not-entitled'
    },
    endPeek: async (by, peek) => {
      const callId = await extend({ peek, handler: by.handler, at: now(), isOver: true })
      if (callId !== undefined) log.info('call.peek-ended', { callId, handler: by.handler })
    }
  }
}

async function beginPeek(
  parts: Parts,
  by: SignOn,
  callId: CallId,
  reason: string | undefined
): Promise<Peeked | DisclosureRefused> {
  const { rules, add, mayAsk, log, now } = parts
  if (!mayAsk(by.handler)) return 'too-many'
  const card = await cardOf(parts, callId)
  if (card === undefined) return 'unknown'
  const ofForce = card.pop.force
  if (!mayPeek(parts, by, ofForce)) return 'not-entitled'
  if (lacksReason('peek', reason, rules)) return 'needs-reason'
  const { handler, position, force } = by
  const whose = { kind: 'peek', callId, ofForce, handler, position, force, at: now() } as const
  const peek = await add({ ...whose, ...(reason === undefined ? {} : { reason }) })
  log.info('call.disclosed', { callId, handler, what: 'peek' })
  return { peek, card }
}

function mayPeek({ rules }: Parts, by: SignOn, force: string): boolean {
  return mayDisclose('peek', by, { force, hands: [] }, rules)
}

/** As this gateway has it; of a call that another has, by the record, with its panels as far as Redis has them. */
async function cardOf(parts: Parts, callId: CallId): Promise<PopCard | undefined> {
  const { courier, toBarePop, readOpen, signOns, memory } = parts
  const own = courier.card(callId)
  if (own !== undefined) return toPeekedCard(own, own.panels.values(), toBarePop)
  const open = await readOpen(callId)
  if (open === undefined) return undefined
  const { card }: { readonly card: Card } = recordedCard(open.call, open, signOns)
  const panels = await panelsOf(memory, callId)
  return toPeekedCard({ ...card, isUnheard: open.call.isUnheard === true }, panels, toBarePop)
}

async function panelsOf(memory: Parts['memory'], callId: CallId): Promise<readonly RevisedPanel[]> {
  const panels = await within(
    PANELS_MS,
    // Redis is away: what was kept there is said to be missing.
    memory.read(callId).catch(() => undefined)
  )
  // The next question finds what the gateway that has the call puts there now.
  if (panels === undefined || panels.length === 0) memory.want(callId)
  return panels ?? []
}

/** The force that was asked for, else the person's own; none where it is not theirs to see. */
function forcesAsked(by: SignOn, force: string | undefined): readonly string[] {
  const asked = force ?? by.force
  return maySeeForce(by, asked) ? [asked] : []
}

function toPastAsk({ from, until, line, handler, number, after }: PastCallsAsk, forces: readonly string[]): PastAsk {
  // What is no number of anybody's finds nothing, and no call at all may be taken for its.
  const e164 = number === undefined ? undefined : (toNumber(number).e164 ?? '-')
  return {
    ...{ forces, from, until, limit: PAGE },
    ...(line === undefined ? {} : { line }),
    ...(handler === undefined ? {} : { handler }),
    ...(number === undefined || e164 === undefined ? {} : { typed: number, e164 }),
    ...(after === undefined ? {} : { after })
  }
}
