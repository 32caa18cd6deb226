import type { Ev, ServiceLevel, Snapshot, SourcePanel } from '../delivery/protocol.ts'
import type { RingBackCount } from '../pop/board.ts'
import type { Ticket } from './link.ts'
import type { LinkState } from './link-state.ts'
import type { Screen } from './screen.ts'
import type { SocketConstructor } from './socket-like.ts'
import type { Time } from './time.ts'

/** A message that changed the screen, and when its frame was received (monotonic ms), to measure the paint from. */
export interface News {
  readonly message: Ev | Snapshot
  readonly receivedAtMs: number
}

export interface ConsoleClientParts {
  /** As `wss://host/api/v1/ws`; of several gateways, and those they name, the next is tried when one does not serve. */
  readonly url: string | readonly string[]
  readonly WebSocketImpl: SocketConstructor
  /** A fresh ticket for each try, for the gateway of this url. */
  readonly getTicket: (url: string) => Promise<Ticket>
  /** Name and version of the program, for the gateway's log. */
  readonly client: string
  readonly onLink?: (link: LinkState) => void
  readonly onScreen?: (screen: Screen, news: News) => void
  /** With each welcome: the panels that come beside the built-in ones, and of which forces’ calls. */
  readonly onSources?: (sources: readonly SourcePanel[]) => void
  readonly onService?: (service: ServiceLevel) => void
  /** With each heartbeat: how many calls are to be rung back. */
  readonly onRingBacks?: (counts: RingBackCount) => void
  readonly time?: Time
  readonly random?: () => number
  readonly makeId?: () => string
}
