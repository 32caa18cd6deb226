import { type Fault, faultCode } from '../operations/errors.ts'
import type { PartState } from '../operations/health.ts'
import type { Base } from './base.ts'

export interface RedisState {
  readonly isUp: () => boolean
  /** Of the link: whether there is a server at the other end. */
  readonly onLink: (isThere: boolean) => void
  /** Of the write that is tried each second, with what it failed by. */
  readonly onProbe: (ok: boolean, thrown?: unknown) => void
}

/**
 * Whether Redis can be counted on. A link that breaks tells at once that it cannot; one that comes back tells that it
 * can, unless the last server refused to be written to: then only a write tells that this is over.
 */
export function makeRedisState(
  { health, log }: Pick<Base, 'health' | 'log'>,
  detail: NonNullable<PartState['detail']>
): RedisState {
  let isUp = false
  let refusal: Fault | undefined
  const say = (ok: boolean, what = 'Redis is away') => {
    isUp = ok
    const why = ok ? {} : { why: `${what}: pops go straight to the screens of this node` }
    health.set('redis', { ok, detail, ...why })
  }
  const onProbe = (ok: boolean, thrown?: unknown) => {
    if (faultCode(thrown) === 'redis.refuses') {
      if (refusal === undefined) log.fault('redis.refuses', thrown)
      refusal = thrown as Fault
      say(false, refusal.message)
      return
    }
    if (ok && refusal !== undefined) log.info('redis.takes')
    if (ok) refusal = undefined
    say(ok)
  }
  const onLink = (isThere: boolean) => {
    if (isThere && refusal !== undefined) say(false, refusal.message)
    else say(isThere)
  }
  say(false)
  return { isUp: () => isUp, onLink, onProbe }
}
