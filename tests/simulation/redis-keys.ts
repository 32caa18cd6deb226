import { APPEND, ATTACH, READ, RENEW } from '../../src/delivery/session-log-scripts.ts'

type Hash = Map<string, string>
type Value =
  | { readonly kind: 'text'; text: string; endsAtMs: number }
  | { readonly kind: 'hash'; readonly hash: Hash }
  | { readonly kind: 'list'; readonly list: string[] }

/** An entry that may be a repeat: the keys that say so, the epoch of its log, and what comes with it. */
interface Asked {
  readonly guard: string
  readonly last: string
  readonly epoch: string | undefined
  readonly hadBy: string
  readonly mayComeAgain: string
  readonly rev: string
}

/** What a write publishes: channel and message. */
export type Publish = (channel: string, message: string) => void

/**
 * The keys of one Redis and the commands the gateway uses on them, as the real server answers them (a test runs the
 * same commands against both). Times to live that no simulated world lives long enough to see are left out.
 */
export class RedisKeys {
  readonly #keys = new Map<string, Value>()
  /** A replica whose guards are not looked at would take a repeat for news: the mutant of the self-check. */
  readonly #isGuarded: boolean

  constructor({ isGuarded = true }: { isGuarded?: boolean } = {}) {
    this.#isGuarded = isGuarded
  }

  /** The same keys, to go its own way from here. */
  clone(): RedisKeys {
    const copy = new RedisKeys({ isGuarded: this.#isGuarded })
    for (const [key, value] of this.#keys) copy.#keys.set(key, structuredClone(value))
    return copy
  }

  hget(key: string, field: string): string | null {
    return this.#hash(key).get(field) ?? null
  }

  hset(key: string, field: string, text: string): number {
    const hash = this.#hash(key)
    const isNew = !hash.has(field)
    hash.set(field, text)
    return isNew ? 1 : 0
  }

  hgetall(key: string): Record<string, string> {
    return Object.fromEntries(this.#hash(key))
  }

  lrange(key: string, from: number, to: number): string[] {
    const list = this.#list(key)
    const first = from < 0 ? Math.max(0, list.length + from) : from
    const last = to < 0 ? list.length + to : to
    return list.slice(first, last + 1)
  }

  setOnce(key: string, text: string, ttlMs: number, nowMs: number): 'OK' | null {
    const known = this.#keys.get(key)
    if (known?.kind === 'text' && known.endsAtMs > nowMs) return null
    return this.setFor(key, text, ttlMs, nowMs)
  }

  setFor(key: string, text: string, ttlMs: number, nowMs: number): 'OK' {
    this.#keys.set(key, { kind: 'text', text, endsAtMs: nowMs + ttlMs })
    return 'OK'
  }

  /** The script of this text; the model of any other is not written yet, which must not go unseen. */
  script(lua: string, keys: readonly string[], args: readonly string[], nowMs: number, publish: Publish): unknown[] {
    if (lua === APPEND) return this.#append(keys, args, nowMs, publish)
    if (lua === ATTACH) return this.#attach(keys, args)
    if (lua === READ) return this.#read(keys, args)
    if (lua === RENEW) return this.#renew(keys, args)
    throw new Error('the simulated Redis does not know this script')
  }

  #append(keys: readonly string[], args: readonly string[], nowMs: number, publish: Publish): unknown[] {
    const [log = '', meta = ''] = keys
    const [freshEpoch = '', kept = '', , lastTtl = '', node = '', prefix = '', handler = ''] = args
    const seqs: number[] = []
    const entries: string[] = []
    let epoch = this.#keys.has(meta) ? this.#hash(meta).get('epoch') : undefined
    for (let at = 0; at < (keys.length - 2) / 2; at++) {
      const [guard = '', last = ''] = keys.slice(2 + 2 * at)
      const given = args.slice(7 + 7 * at)
      const [eventId = '', receivedAt = '', event = '', hadBy = '', mayComeAgain = '', rev = '', guardTtl = ''] = given
      if (!this.#isNews({ guard, last, epoch, hadBy, mayComeAgain, rev }, nowMs)) {
        seqs.push(0)
        continue
      }
      epoch ??= freshEpoch
      const endsAtMs = (seconds: string) => nowMs + Number(seconds) * 1_000
      if (rev !== '') this.#keys.set(last, { kind: 'text', text: `${epoch} ${rev}`, endsAtMs: endsAtMs(lastTtl) })
      this.#keys.set(guard, { kind: 'text', text: epoch, endsAtMs: endsAtMs(guardTtl) })
      const hash = this.#hash(meta)
      const seq = Number(hash.get('seq') ?? '0') + 1
      seqs.push(seq)
      entries.push(`${seq} ${eventId} ${receivedAt} ${event}`)
      hash.set('epoch', epoch).set('seq', String(seq)).set('eventId', eventId)
    }
    const holder = this.#keys.has(meta) ? (this.#hash(meta).get('node') ?? '') : ''
    if (entries.length > 0) {
      const list = this.#list(log)
      list.push(...entries)
      list.splice(0, list.length - Number(kept))
    }
    const isFar = holder !== '' && holder !== node
    for (const entry of isFar ? entries : []) publish(`${prefix}${holder}`, `${handler} ${epoch} ${entry}`)
    return [epoch ?? '', holder, seqs]
  }

  #isNews({ guard, last, epoch, hadBy, mayComeAgain, rev }: Asked, nowMs: number): boolean {
    if (hadBy !== '' && epoch !== hadBy) return false
    const before = this.#text(guard, nowMs)
    if (this.#isGuarded && before !== undefined && (before === epoch || mayComeAgain !== '1')) return false
    const [saidIn, said = ''] = (this.#text(last, nowMs) ?? '').split(' ')
    return !(rev !== '' && epoch !== undefined && saidIn === epoch && Number(said) > Number(rev))
  }

  #attach([meta = '']: readonly string[], [freshEpoch = '', node = '']: readonly string[]): unknown[] {
    const hash = this.#hash(meta)
    const epoch = hash.get('epoch')
    if (epoch === undefined) hash.set('epoch', freshEpoch).set('seq', '0')
    const before = hash.get('node') ?? ''
    hash.set('node', node)
    return [epoch ?? freshEpoch, hash.get('seq') ?? '0', hash.get('eventId') ?? '', before]
  }

  #read(
    [log = '', meta = '']: readonly string[],
    [epochOfReader, own = '', wanted = '']: readonly string[]
  ): unknown[] {
    const hash = this.#hash(meta)
    const [epoch, seq, eventId] = [hash.get('epoch') ?? '', hash.get('seq') ?? '0', hash.get('eventId') ?? '']
    if (epoch !== epochOfReader || Number(own) >= Number(seq)) return [epoch, seq, eventId, []]
    const first = Number(seq) - this.#list(log).length + 1
    const from = Math.max(0, Number(own) - first)
    return [epoch, seq, eventId, this.lrange(log, from, from + Number(wanted))]
  }

  #renew([meta = '']: readonly string[], [epoch = '', node = '']: readonly string[]): unknown[] {
    if (!this.#keys.has(meta)) return [0]
    const hash = this.#hash(meta)
    const without = hash.get('without') ?? ''
    if (without.includes(node)) return [0]
    hash.set('epoch', epoch).set('without', `${node} ${without}`.slice(0, 400))
    return [1]
  }

  #text(key: string, nowMs: number): string | undefined {
    const known = this.#keys.get(key)
    return known?.kind === 'text' && known.endsAtMs > nowMs ? known.text : undefined
  }

  #hash(key: string): Hash {
    const known = this.#keys.get(key)
    if (known?.kind === 'hash') return known.hash
    const hash: Hash = new Map()
    this.#keys.set(key, { kind: 'hash', hash })
    return hash
  }

  #list(key: string): string[] {
    const known = this.#keys.get(key)
    if (known?.kind === 'list') return known.list
    const list: string[] = []
    this.#keys.set(key, { kind: 'list', list })
    return list
  }
}
