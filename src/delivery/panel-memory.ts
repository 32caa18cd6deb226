import { type CallId, parseCallId } from '../call/ids.ts'
import { reasonOf } from '../operations/errors.ts'
import type { Clock, Stop } from '../operations/lifecycle.ts'
import type { Log } from '../operations/log.ts'
import type { RedisLink } from '../operations/redis.ts'
import type { RevisedPanel } from '../pop/pop.ts'

/** As long as the guard of a session log: a call still open after that has its lookups run again. */
const KEEP_S = 14_400

interface Parts {
  readonly commands: RedisLink
  readonly subscriber: RedisLink
  readonly keyPrefix: string
  /** A panel of a call whose card this node may keep. */
  readonly onPanel: (callId: CallId, revised: RevisedPanel) => void
  /** Those on the card of a call that this node has. */
  readonly panelsOf: (callId: CallId) => Iterable<RevisedPanel>
  readonly log: Log
  readonly clock: Pick<Clock, 'monotonicMs'>
}

/** A node that lacks panels asks for those of one call this often. */
const WANT_EVERY_MS = 1_000
const MAX_WANTED = 10_000
const WANT = 'want '

/**
 * The last panels of each call, where every node finds them. The queue gives a call's lookups to any node, and the
 * answers belong on the card of the one that owns the call; a node that adopts a call, or shows another's, need not ask
 * every source again. Beside the session logs and as lasting as they are: what a Redis that came back empty has not got
 * any more, the node that has the call's card puts there again when another wants it.
 */
export class PanelMemory {
  readonly #parts: Parts
  readonly #channel: string
  /** When each call's panels were last asked for. */
  readonly #wanted = new Map<CallId, number>()

  constructor(parts: Parts) {
    this.#parts = parts
    this.#channel = `${parts.keyPrefix}:panels`
  }

  start(): Stop {
    const { subscriber, onPanel } = this.#parts
    const onMessage = (channel: string, message: string) => {
      if (channel !== this.#channel) return
      const panel = readPanel(message)
      if (panel !== undefined) onPanel(panel.callId, panel.revised)
      else if (message.startsWith(WANT)) this.#answer(message.slice(WANT.length))
    }
    const onReady = () => this.#subscribe()
    subscriber.on('message', onMessage)
    subscriber.on('ready', onReady)
    if (subscriber.status === 'ready') onReady()
    return () => {
      subscriber.off('message', onMessage)
      subscriber.off('ready', onReady)
    }
  }

  /** Kept, and told to the nodes when it is not of a call of ours. Rejects when Redis does not take it. */
  async keep(callId: CallId, revised: RevisedPanel, isOurs: boolean): Promise<void> {
    const { commands } = this.#parts
    const key = this.#key(callId)
    const json = JSON.stringify(revised)
    await Promise.all([
      commands.hset(key, revised.panel.panel, json),
      commands.expire(key, KEEP_S),
      isOurs ? 0 : commands.publish(this.#channel, `${callId} ${json}`)
    ])
  }

  /** Rejects when Redis does not answer. */
  async read(callId: CallId): Promise<readonly RevisedPanel[]> {
    const kept = await this.#parts.commands.hgetall(this.#key(callId))
    return Object.values(kept).map(json => JSON.parse(json) as RevisedPanel)
  }

  /** Panels of a call that are not here and may be on the card of another node, which puts them here then. */
  want(callId: CallId): void {
    const { commands, clock, log } = this.#parts
    const now = clock.monotonicMs()
    if (now - (this.#wanted.get(callId) ?? Number.NEGATIVE_INFINITY) < WANT_EVERY_MS) return
    if (this.#wanted.size >= MAX_WANTED) this.#wanted.clear()
    this.#wanted.set(callId, now)
    commands
      .publish(this.#channel, `${WANT}${callId}`)
      .catch(thrown => log.debug('panels.want', { callId, reason: reasonOf(thrown) }))
  }

  #answer(wanted: string): void {
    const { panelsOf, log } = this.#parts
    const callId = parseCallId(wanted)
    for (const revised of callId === undefined ? [] : panelsOf(callId)) {
      if (callId === undefined) return
      this.keep(callId, revised, true).catch(thrown => log.debug('panels.keep', { callId, reason: reasonOf(thrown) }))
    }
  }

  #subscribe(): void {
    const { subscriber, log } = this.#parts
    subscriber.subscribe(this.#channel).catch(thrown => log.warn('panels.subscribe', { reason: reasonOf(thrown) }))
  }

  #key(callId: CallId): string {
    return `${this.#parts.keyPrefix}:panels:{${callId}}`
  }
}

/** Undefined for what a node of another version says. */
function readPanel(message: string): { readonly callId: CallId; readonly revised: RevisedPanel } | undefined {
  const callId = parseCallId(message.slice(0, 36))
  if (callId === undefined) return undefined
  try {
    return { callId, revised: JSON.parse(message.slice(37)) as RevisedPanel }
  } catch {
    return undefined
  }
}
