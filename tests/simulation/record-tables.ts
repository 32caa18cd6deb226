import type { Call } from '../../src/call/call.ts'

export interface ContactRow {
  readonly callId: string
  owner: string | null
  generation: number
  seq: number
  call: Call
  dialog: Readonly<Record<string, unknown>> | null
  offeredAt: number
  takenBy: string | null
  closedAt: number | null
}

export interface JournalRow {
  readonly eventId: string
  readonly callId: string
  readonly generation: number
  readonly seq: number
  readonly kind: string
}

export interface DeskRow {
  readonly handler: string
  readonly name: string
  readonly force: string
  readonly grants: readonly string[]
  readonly lines: readonly string[]
  readonly acd_queues: readonly string[]
  readonly position: string
  readonly position_name: string
  readonly devices: readonly string[]
  readonly since_at: number
}

interface NodeRow {
  readonly node: string
  readonly siteGroup: string
  readonly isDraining: boolean
  readonly leaseUntilMs: number
  readonly hasLeft: boolean
}

interface PresenceRow {
  readonly handler: string
  readonly presence: string
  readonly presence_since: number
  readonly node: string
}

export interface LocationFixRow {
  readonly fixId: string
  readonly source: string
  readonly fix: unknown
  state: string | null
  cameAt: number
  readonly typedBy: string | null
  confirmedAt: number | null
  confirmedBy: string | null
  change: number
}

/** The rows of the record, as far as the gateway's statements on them go. What was committed is never lost. */
export class RecordTables {
  readonly contacts = new Map<string, ContactRow>()
  readonly journal = new Map<string, JournalRow>()
  /** By pop id and handler. */
  readonly deliveries = new Map<string, { ackedAt: number | null; seenAt: number | null }>()
  readonly nodes = new Map<string, NodeRow>()
  readonly presences = new Map<string, PresenceRow>()
  readonly desks = new Map<string, DeskRow>()

  /** The last number given to a change of a late fix. */
  lastChange = 0

  readonly #fixes = new Map<string, LocationFixRow[]>()
  readonly #hands = new Map<string, Map<string, number | null>>()

  /** Who has had a part in the call, and when it was written up. */
  hands(callId: string): Map<string, number | null> {
    const hands = this.#hands.get(callId) ?? new Map<string, number | null>()
    this.#hands.set(callId, hands)
    return hands
  }

  /** Late fixes of the call. */
  fixes(callId: string): LocationFixRow[] {
    const fixes = this.#fixes.get(callId) ?? []
    this.#fixes.set(callId, fixes)
    return fixes
  }

  delivery(popId: string, handler: string): { ackedAt: number | null; seenAt: number | null } {
    const key = `${popId} ${handler}`
    const row = this.deliveries.get(key) ?? { ackedAt: null, seenAt: null }
    this.deliveries.set(key, row)
    return row
  }
}
