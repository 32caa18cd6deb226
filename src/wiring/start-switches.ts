import type { CallRegistry } from '../call/call-registry.ts'
import { makeEventId } from '../call/ids.ts'
import type { SwitchPorts } from '../http/switch-routes.ts'
import { interval } from '../operations/lifecycle.ts'
import { isSigned } from '../operations/signature.ts'
import type { SwitchConfig } from '../operations/switch-schema.ts'
import type { TakeEvent } from '../switches/switch-driver.ts'
import { makeBatchReader } from '../switches/webhook/switch-batch.ts'
import { WebhookLink } from '../switches/webhook/webhook-link.ts'
import type { Base } from './base.ts'
import type { OnLinkGap } from './start-quiet.ts'

/** Switches that are attached by a link of their own. */
export interface Switches {
  readonly ports: SwitchPorts
  start(take: TakeEvent): Promise<void>
  /** From now on nothing more is taken: what they post they post to another gateway. */
  drain(): void
}

interface Parts {
  readonly registry: Pick<CallRegistry, 'callOf' | 'calls'>
  readonly onLinkGap: OnLinkGap
}

const TICK_MS = 1_000

export function makeSwitches(base: Base, parts: Parts): Switches {
  const { config, loaded, clock, releases } = base
  const readBatch = config.switches.length === 0 ? () => undefined : makeBatchReader()
  const links = new Map(config.switches.map(link => [link.id, makeLink(base, link, { ...parts, readBatch })]))
  const drain = () => {
    for (const link of links.values()) void link.stop()
  }
  return {
    ports: {
      takeSwitchEvents: async (name, { body, signature, receivedAt }) => {
        if (links.size === 0) return { kind: 'off' }
        const link = links.get(name)
        const secrets = loaded.switchSecrets?.get(name) ?? []
        const signed = isSigned(secrets, { about: name, body }, { header: signature, now: clock.now() })
        return link === undefined || !signed ? { kind: 'unsigned' } : link.receive(body, receivedAt)
      }
    },
    start: async take => {
      if (links.size === 0) return
      for (const link of links.values()) await link.start(take)
      say(base, links)
      const stop = interval(() => {
        for (const link of links.values()) link.tick()
        say(base, links)
      }, TICK_MS)
      releases.push('switches', () => {
        stop()
        drain()
      })
    },
    drain
  }
}

function makeLink(
  { log, metrics, clock }: Base,
  link: SwitchConfig,
  { registry, onLinkGap, readBatch }: Parts & { readonly readBatch: ReturnType<typeof makeBatchReader> }
): WebhookLink {
  const trunk = link.id
  return new WebhookLink({
    ...{ link, readBatch, registry, makeEventId, log, metrics, clock },
    onGap: why => onLinkGap({ trunk, isGap: why !== undefined, why: why ?? '' })
  })
}

/** A switch that never spoke here may speak to another gateway: only one that has stopped is a fault. */
function say({ health }: Base, links: ReadonlyMap<string, WebhookLink>): void {
  const states = [...links].map(([id, link]) => ({ id, ...link.state() }))
  const broken = states.filter(({ state }) => state === 'retrying')
  health.set('switches', {
    ok: broken.length === 0,
    detail: Object.fromEntries(states.map(({ id, state }) => [id, state])),
    ...(broken.length === 0 ? {} : { why: broken.map(({ id, why }) => `Switch ${id}: ${why}`).join(' ') })
  })
}
