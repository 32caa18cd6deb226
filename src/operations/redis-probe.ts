import type { Redis } from 'ioredis'
import { Fault } from './errors.ts'
import { mastersOf, type RedisLink } from './redis.ts'

/** Longer than between two questions, so that it is written over and not made anew; soon gone with its asker. */
const KEPT_MS = 10_000
/** Keys tried at once for one of a master's slots; the next question goes on from there. */
const TRIES = 16

/**
 * Asks whether Redis takes writes. A server that is full, or lacks the replicas it must have, answers every PING and
 * refuses all that matters: only a write tells. In a Cluster each master is asked, since each may be full alone, and all of it
 * must be there. Rejects with `redis.refuses` when a server said no, with anything else when none answered.
 */
export function makeRedisProbe(link: RedisLink, key: string): () => Promise<void> {
  const places = new WeakMap<Redis, number>()
  return async () => {
    const masters = mastersOf(link)
    if (masters === undefined) await write(link, key)
    else if (masters.length === 0) throw new Fault('redis.lost', {})
    else await Promise.all(masters.map(master => askMaster(master, key, places)))
  }
}

async function askMaster(master: Redis, key: string, places: WeakMap<Redis, number>): Promise<void> {
  const state = await master.cluster('INFO')
  if (!/cluster_state:ok/.test(String(state))) throw new Fault('redis.lost', {})
  const from = places.get(master) ?? 0
  for (let place = from; place < from + TRIES; place++) {
    places.set(master, place)
    if (await write(master, `${key}:${place}`)) return
  }
  // It has next to no slots. That it answered is enough.
  places.set(master, from + TRIES)
}

/** False when the key is another server's. */
async function write(server: RedisLink, key: string): Promise<boolean> {
  try {
    await server.set(key, '1', 'PX', KEPT_MS)
    return true
  } catch (thrown) {
    if (!(thrown instanceof Error) || thrown.name !== 'ReplyError') throw thrown
    const [reason = ''] = thrown.message.split(' ')
    if (reason === 'MOVED' || reason === 'ASK') return false
    throw new Fault('redis.refuses', { reason }, thrown)
  }
}
