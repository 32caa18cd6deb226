import { Ajv } from 'ajv'
import Type, { type Static } from 'typebox'
import { type CallId, parseCallId } from '../call/ids.ts'
import { reasonOf } from '../operations/errors.ts'
import type { Stop } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import { type RedisLink, ring } from '../operations/redis.ts'
import { RevisedPanel } from '../pop/pop.ts'

interface Parts {
  readonly commands: RedisLink
  readonly subscriber: RedisLink
  readonly keyPrefix: string
  readonly node: string
  /** A panel of a call whose card this node keeps, or kept. */
  readonly onPanel: (callId: CallId, revised: RevisedPanel) => void
  readonly log: Log
}

const Message = Type.Object({ call: Type.String({ maxLength: 36 }), revised: RevisedPanel })
const isMessage = new Ajv({ strict: false }).compile<Static<typeof Message>>(Message)

/**
 * Brings a panel from the worker that made it to the node that keeps the call's card. Only that node knows who has the
 * call on the screen now, so that only it hands a panel to anybody.
 */
export class PanelRelay {
  readonly #parts: Parts
  readonly #channel: string
  #stops: Stop[] = []

  constructor(parts: Parts) {
    this.#parts = parts
    this.#channel = channelOf(parts.keyPrefix, parts.node)
  }

  start(): void {
    const { subscriber, log } = this.#parts
    const onMessage = (channel: string, message: string) => {
      if (channel === this.#channel) this.#onMessage(message)
    }
    const onReady = () => {
      subscriber.subscribe(this.#channel).catch(thrown => log.warn('panel.subscribe', { reason: reasonOf(thrown) }))
    }
    subscriber.on('message', onMessage)
    subscriber.on('ready', onReady)
    if (subscriber.status === 'ready') onReady()
    this.#stops = [() => subscriber.off('message', onMessage), () => subscriber.off('ready', onReady)]
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop()
  }

  /** False when that node does not listen. Rejects when Redis does not take it. */
  send(node: string, callId: CallId, revised: RevisedPanel): Promise<boolean> {
    const { commands, keyPrefix } = this.#parts
    return ring(commands, channelOf(keyPrefix, node), JSON.stringify({ call: callId, revised }))
  }

  #onMessage(text: string): void {
    const message = parse(text)
    const callId = message === undefined ? undefined : parseCallId(message.call)
    if (message === undefined || callId === undefined) this.#parts.log.warn('panel.unreadable', {})
    else this.#parts.onPanel(callId, message.revised)
  }
}

function channelOf(keyPrefix: string, node: string): string {
  return `${keyPrefix}:panels:${node}`
}

function parse(text: string): Static<typeof Message> | undefined {
  try {
    const message: unknown = JSON.parse(text)
    return isMessage(message) ? message : undefined
  } catch {
    // No JSON: of another version, or from elsewhere.
    return undefined
  }
}
