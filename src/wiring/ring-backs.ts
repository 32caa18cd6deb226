import type { Call } from '../call/call.ts'
import { cleanText, formatNumber, toNumber } from '../call/cli.ts'
import type { CallId, HandlerId } from '../call/ids.ts'
import type { CallerWords } from '../lookups/caller-words.ts'
import type { Clock } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { SignOn } from '../pop/address.ts'
import { toBarePop } from '../pop/bare-pop.ts'
import type { RingBackCount, RingBacks } from '../pop/board.ts'
import { type Done, refused } from '../pop/command-result.ts'
import { entryCallId, numberKey } from '../pop/ledger.ts'
import type { LedgerBook } from '../pop/ledger-book.ts'
import type { PopNumber } from '../pop/pop.ts'
import type { PopCourier } from '../pop/pop-courier.ts'
import {
  countByLine,
  countOf,
  isOnList,
  type LateRingBacks,
  type RingBackRecord,
  type RingBackRules,
  ringBacksOf
} from '../pop/ring-back.ts'
import type { OpenCall } from '../records/journal-rows.ts'
import { ownCall } from './own-call.ts'

/** What a screen says of a call that must be rung back. */
export interface RingBackSaid {
  /** Epoch ms. */
  readonly dueAt: number
  readonly why: string
}

/**
 * `ring-back.mark`, `ring-back.take`, `ring-back.give-back`. What was done about one is said by `ledger.close`. `open`: of a
 * call that another gateway has. All reject as the record does.
 */
export interface RingBackCommands {
  markRingBack(by: HandlerId, callId: CallId, said: RingBackSaid, open?: OpenCall): Promise<Done>
  takeRingBack(by: HandlerId, entry: string, rev: number): Promise<Done>
  giveBackRingBack(by: HandlerId, entry: string): Promise<Done>
}

interface Parts {
  readonly courier: () => Pick<PopCourier, 'card' | 'foreignCard'>
  readonly signOnOf: (handler: HandlerId) => SignOn | undefined
  readonly book: Pick<LedgerBook, 'known' | 'open' | 'wrote'>
  readonly record: RingBackRecord
  readonly readWords: (callId: CallId) => Promise<CallerWords>
  readonly rules: RingBackRules
  readonly log: Pick<Log, 'info'>
  readonly clock: Clock
}

/** Entries one list shows; how many more there are is said. */
const LIST_MAX = 100
/** Nobody rings back later than this: what has to wait longer is another system's. */
const LATEST_MS = 14 * 86_400_000
/** All screens are told by one count of this age at most. */
const COUNT_MS = 1_000

/** Calls to be rung back: the ledger by when each is due, for everybody whose line it is. */
export function makeRingBacks(parts: Parts): RingBackCommands & {
  listOf(signOn: SignOn): RingBacks
  countFor(handler: HandlerId): RingBackCount | undefined
  /** Of every line that this gateway knows of. */
  late(): readonly LateRingBacks[]
} {
  const { signOnOf, book, rules, clock } = parts
  let counted: { readonly at: number; readonly counts: ReturnType<typeof countByLine> } | undefined
  const counts = () => {
    const now = clock.monotonicMs()
    if (counted === undefined || now - counted.at >= COUNT_MS) {
      counted = { at: now, counts: countByLine(book.open(), rules, clock.now()) }
    }
    return counted.counts
  }
  return {
    markRingBack: (handler, callId, said, open) => mark(parts, { handler, callId, said, open }),
    takeRingBack: async (handler, entry, rev) => {
      const found = await onList(parts, handler, entry)
      if ('ok' in found) return found
      return done(parts, 'taken', await parts.record.take({ ...found, rev, at: clock.now() }), found)
    },
    giveBackRingBack: async (handler, entry) => {
      const found = await onList(parts, handler, entry)
      if ('ok' in found) return found
      return done(parts, 'given-back', await parts.record.giveBack({ ...found, at: clock.now() }), found)
    },
    listOf: signOn => {
      const all = ringBacksOf(book.open(), signOn, rules)
      return { items: all.slice(0, LIST_MAX), more: Math.max(0, all.length - LIST_MAX) }
    },
    countFor: handler => {
      const signOn = signOnOf(handler)
      return signOn === undefined ? undefined : countOf(counts(), signOn)
    },
    late: () => [...counts().values()].filter(({ overdue }) => overdue > 0)
  }
}

interface Marked {
  readonly handler: HandlerId
  readonly callId: CallId
  readonly said: RingBackSaid
  readonly open: OpenCall | undefined
}

/** By whoever has the call as their own, or has its entry on their list. A later word takes the place of an earlier one. */
async function mark(parts: Parts, { handler, callId, said, open }: Marked): Promise<Done> {
  const { courier, signOnOf, book, record, readWords, log, clock } = parts
  const signOn = signOnOf(handler)
  const own = ownCall(courier(), handler, callId, open)
  const entry = typeof own === 'object' ? undefined : (await book.known(callId))?.entry
  const isListed = entry !== undefined && signOn !== undefined && isOnList(entry, signOn)
  if (typeof own !== 'object' && !isListed) {
    return own === 'unknown'
      ? refused('call.unknown', 'This call is no longer open.')
      : refused('call.not-entitled', 'This call is not yours to mark.')
  }
  const at = clock.now()
  const why = cleanText(said.why).trim()
  if (why === '') return refused('ring-back.why', 'Say why it must be rung back.')
  if (said.dueAt > at + LATEST_MS) return refused('ring-back.too-late', 'Nobody is rung back so late from here.')
  const of =
    typeof own === 'object'
      ? numberOf(own, await readWords(callId))
      : { force: entry?.force ?? '', line: entry?.line ?? '', number: entry?.number ?? NO_NUMBER }
  const marked = await record.mark({ callId, ...of, dueAt: Math.max(said.dueAt, at), why, by: handler, at })
  log.info('ring-back.marked', { callId, handler })
  book.wrote([marked])
  return { ok: true }
}

const NO_NUMBER: PopNumber = { display: '', trust: 'unavailable', kind: 'none' }

/** The number to ring: what the caller says is theirs, else what the switch gave. */
function numberOf(call: Call, { number: said }: CallerWords) {
  const { force, line } = call
  const key = numberKey(call)
  const e164 = said?.number.e164 ?? key?.slice(force.length + 1)
  const number: PopNumber =
    said?.number.e164 === undefined
      ? toBarePop(call, 'device').number
      : {
          ...{ display: formatNumber(said.number.e164), e164: said.number.e164, trust: 'presentation-only' },
          ...{ unverified: true, kind: toNumber(said.number.e164).kind }
        }
  return { force, line, number, ...(e164 === undefined ? {} : { e164 }) }
}

type Found = { readonly callId: CallId; readonly by: HandlerId }

async function onList({ signOnOf, book }: Parts, handler: HandlerId, entry: string): Promise<Found | Done> {
  const callId = entryCallId(entry)
  const known = callId === undefined ? undefined : await book.known(callId)
  const signOn = signOnOf(handler)
  if (callId === undefined || known === undefined) return refused('ledger.unknown', 'This entry is no longer open.')
  if (signOn === undefined || !isOnList(known.entry, signOn)) {
    return refused('ledger.not-entitled', 'This entry is not of your line.')
  }
  return { callId, by: handler }
}

function done(
  { book, log }: Parts,
  what: 'taken' | 'given-back',
  known: Parameters<LedgerBook['wrote']>[0][number] | undefined,
  { callId, by: handler }: Found
): Done {
  if (known === undefined) {
    return refused('ring-back.changed', 'Somebody has changed this entry meanwhile. Look at it again.')
  }
  if (what === 'taken') log.info('ring-back.taken', { callId, handler })
  else log.info('ring-back.given-back', { callId, handler })
  book.wrote([known])
  return { ok: true }
}
