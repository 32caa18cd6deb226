import type { SeededRandom } from '../../src/simulator/seeded-random.ts'
import type { Allowance, Breach, History, PlacedCall } from './oracle/history.ts'
import type { Lie } from './rig/lying-relay.ts'
import type { Rig } from './rig/rig.ts'

/** What a row needs to stand before its fault can be done to it. */
export interface Shape {
  /** Gateways; several stand behind a dispatcher on one record. 1 unless said. */
  readonly gateways?: number
  /** Site groups the gateways are shared out to; the first ones to the first. */
  readonly sites?: number
  /** Gateways begin as the other revision of this program: its entry, over a record of its own making. */
  readonly otherMain?: () => Promise<string>
  /** Processes that take jobs only. */
  readonly workers?: number
  /** `sentinel`: a master, two replicas and three Sentinels. */
  readonly redis?: 'one' | 'sentinel'
  /** Each gateway reaches the stores through links that can be cut. */
  readonly cutStores?: boolean
  /** The desks reach the gateways through links that can be cut. */
  readonly cutDesks?: boolean
  /** Between switch and gateway lies a network that loses and repeats. */
  readonly badNetwork?: boolean
  /** The gateways' clock can be moved. */
  readonly fakeClock?: boolean
  /** The gateways' data folder holds so much. */
  readonly diskMegabytes?: number
  /** Nobody reads the log. */
  readonly mutePipe?: boolean
  /** The loop can be reached from inside. */
  readonly inspect?: boolean
  /** Most memory of a gateway's heap. */
  readonly heapMegabytes?: number
  readonly transport?: 'udp' | 'tcp'
  readonly sippArgs?: readonly string[]
  /** What the screens of a desk are told in place of the truth, by the desk's handler: to try the oracle. */
  readonly lieTo?: (handler: string) => Lie
  /** Laid over the gateway's config. */
  readonly config?: Readonly<Record<string, unknown>>
}

export interface FaultContext {
  readonly rig: Rig
  readonly random: SeededRandom
  readonly say: (text: string) => void
  /** A figure of this row's own, for the table. */
  readonly note: (text: string) => void
  /** Something that must not be, seen while the fault lasts. */
  readonly breach: (what: string) => void
  /** Calls that the row places beside the load; judged with all others. */
  readonly addCalls: (calls: readonly PlacedCall[]) => void
  /** Calls a second of this run. */
  readonly rate: number
  /** The load of the run: it can be ended before its time, and begun anew. */
  readonly load: { readonly finish: () => void; readonly again: () => Promise<void> }
  /** One fault of several has just struck: what only those a moment before it may lose is judged by this. */
  readonly struck: () => void
}

/** One row of the fault matrix. */
export interface Row {
  /** As in the matrix: F06. */
  readonly id: string
  /** What happens. */
  readonly fault: string
  /** What must be so all the same. */
  readonly promise: string
  readonly shape: Shape
  /** About how long the fault lasts; the load lasts longer. */
  readonly lastsMs: number
  /** So many calls that a screen's journal keeps of each frame only what is judged. */
  readonly isLong?: boolean
  /** Over the load of the run. */
  readonly rate?: number
  readonly allows: Allowance
  /** Before the load begins. */
  readonly prepare?: (context: FaultContext) => Promise<void>
  /** Does the fault, waits while it lasts, and ends it. */
  readonly inject: (context: FaultContext) => Promise<void>
  /** What this row asks beyond the invariants. Called when all is settled, with everything still running. */
  readonly also?: (context: FaultContext, history: History) => Promise<readonly Breach[]>
}

/** A breach of what the row itself promises. */
export function breachOf(what: string): Breach {
  return { invariant: 'row', what }
}
