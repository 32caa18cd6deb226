import type { HandlerId } from '../call/ids.ts'
import { after } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { ScreenEvent, SessionLog } from './session-log.ts'

/** One message to the logs of several handlers. `receivedAt`: when the switch's event behind it reached us. */
export interface Send {
  readonly handlers: readonly HandlerId[]
  readonly eventId: string
  readonly ev: ScreenEvent
  readonly receivedAt: number
}

interface Parts {
  readonly sessionLog: Pick<SessionLog, 'append'>
  /** Straight to this node's sockets, without a place in the log. */
  readonly sendDirect: (handlers: readonly HandlerId[], eventId: string, ev: ScreenEvent, receivedAt: number) => void
  /** The session log has this long; then the message goes straight to the sockets as well (design §3 step 3). */
  readonly directPopMs: number
  readonly log: Log
}

/** Takes messages to screens: through each handler's log, and past it when the log does not answer in time. */
export class ScreenSender {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Resolves when each message is in its logs or went straight to the sockets; the append then goes on by itself. */
  async send(sends: readonly Send[]): Promise<void> {
    await Promise.all(sends.map(send => this.#sendOne(send)))
  }

  #sendOne({ handlers, eventId, ev, receivedAt }: Send): Promise<void> {
    const { sessionLog, sendDirect, directPopMs, log } = this.#parts
    return new Promise(resolve => {
      const direct = () => {
        sendDirect(handlers, eventId, ev, receivedAt)
        resolve()
      }
      const stop = after(directPopMs, direct)
      const logged = () => {
        stop()
        resolve()
      }
      const notLogged = (thrown: unknown) => {
        stop()
        direct()
        log.fault('pop.not-logged', thrown, 'call' in ev ? { callId: ev.call } : {})
      }
      sessionLog.append(handlers, eventId, ev, receivedAt).then(logged, notLogged)
    })
  }
}
