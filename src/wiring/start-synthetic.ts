import { randomBytes } from 'node:crypto'
import { SYNTHETIC } from '../call/synthetic.ts'
import type { TrunkConfig } from '../operations/config-schema.ts'
import { reasonOf } from '../operations/errors.ts'
import { after, type Stop } from '../operations/lifecycle.ts'
import type { SignOn } from '../pop/address.ts'
import { removeSyntheticCalls } from '../records/synthetic-calls.ts'
import { makeSyntheticTrunk, syntheticHost } from '../switches/sip/synthetic-trunk.ts'
import type { Base } from './base.ts'
import type { Stores } from './open-stores.ts'

type Result =
  | { readonly kind: 'popped'; readonly ms: number }
  | { readonly kind: 'failed' | 'refused'; readonly why: string }

/** Places one test call after the other; simulator/synthetic-probe.ts. */
interface Probe {
  start(): Promise<void>
  stop(): Promise<void>
  /** Never rejects. */
  run(): Promise<Result>
}

/** What a gateway must know of its own test calls: how they come in, and who sees them. */
export interface TestLine {
  readonly host: string
  readonly number: string
  readonly trunk: TrunkConfig
  readonly signOn: SignOn
}

/** Undefined where none are placed, or none can be: SIP comes by drachtio-servers, or over IPv6 alone. */
export function makeTestLine({ config, node }: Base): TestLine | undefined {
  const { sip, synthetic } = config
  const host = syntheticHost([sip.host, ...(sip.alsoListen ?? [])])
  if (synthetic.everyMs === 0 || sip.driver !== 'embedded' || host === undefined) return undefined
  const number = `test-${randomBytes(12).toString('hex')}`
  return {
    host,
    number,
    trunk: makeSyntheticTrunk(host, number),
    signOn: {
      handler: `${SYNTHETIC}-${node}`,
      name: 'Test calls',
      role: 'handler',
      force: SYNTHETIC,
      grants: [],
      lines: [SYNTHETIC],
      acdQueues: [],
      position: SYNTHETIC,
      devices: []
    }
  }
}

/** Where our own HTTP port is reached from here, and the origin that its socket lets in. */
export function ownHttp({ http }: Base['config'], port: number): { readonly url: string; readonly origin: string } {
  const host = http.host === '0.0.0.0' ? '127.0.0.1' : http.host === '::' ? '::1' : http.host
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  return { url, origin: http.origins[0] ?? url }
}

/** Told whenever it changes, and once at the first result: whether test calls come back as pops, and why not. */
export type OnSynthetic = (ok: boolean, why?: string) => void

const FIRST_AFTER_MS = 2_000
/** A gateway that has too much to do refuses test calls before any other; this often in a row is something else. */
const REFUSED_IN_A_ROW = 5
/** What a test call leaves in the record is removed when it is this old. */
const KEPT_MS = 600_000

/**
 * Absence of success is what nobody sees: a gateway whose parts all say that they are well, and no pop arrives. So each
 * places test calls to itself and says when none comes back. Undefined probe: there is no way to place one here.
 */
export async function startSynthetic(
  base: Base,
  { pool }: Stores,
  probe: Probe | undefined,
  onSynthetic: OnSynthetic = () => {}
): Promise<void> {
  const { config, releases, health } = base
  const { everyMs } = config.synthetic
  if (everyMs === 0) return
  if (probe === undefined) {
    health.set('synthetic', { ok: true, detail: { placed: 'none: this gateway listens for no SIP over IPv4 itself' } })
    return
  }
  await probe.start()
  const watch = new SyntheticWatch(base, onSynthetic)
  let stop: Stop = () => {}
  let isStopped = false
  const next = async () => {
    const began = base.clock.monotonicMs()
    // A record that is away keeps them a little longer.
    await removeSyntheticCalls(pool, base.clock.now() - KEPT_MS).catch((thrown: unknown) =>
      base.log.debug('synthetic.kept', { reason: reasonOf(thrown) })
    )
    const result = await probe.run()
    if (isStopped) return
    watch.note(result)
    stop = after(Math.max(0, everyMs - (base.clock.monotonicMs() - began)), next)
  }
  stop = after(Math.min(FIRST_AFTER_MS, everyMs), next)
  releases.push('synthetic calls', () => {
    isStopped = true
    stop()
    return probe.stop()
  })
}

/** What the results come to. */
class SyntheticWatch {
  readonly #base: Base
  readonly #onSynthetic: OnSynthetic
  #refused = 0
  #isOk: boolean | undefined

  constructor(base: Base, onSynthetic: OnSynthetic) {
    this.#base = base
    this.#onSynthetic = onSynthetic
  }

  note(result: Result): void {
    const { metrics, health } = this.#base
    metrics.syntheticCalls.inc({ result: result.kind })
    this.#refused = result.kind === 'refused' ? this.#refused + 1 : 0
    if (result.kind === 'popped') {
      metrics.syntheticSeconds.observe(result.ms / 1000)
      health.set('synthetic', { ok: true, detail: { ms: Math.round(result.ms) } })
      this.#become(true)
    } else if (result.kind === 'failed' || this.#refused >= REFUSED_IN_A_ROW) {
      health.set('synthetic', { ok: false, why: `A test call came back without a pop: ${result.why}` })
      this.#become(false, result.why)
    }
  }

  #become(isOk: boolean, why?: string): void {
    if (this.#isOk === isOk) return
    const { log } = this.#base
    if (!isOk) log.error('synthetic.failed', { reason: why ?? '' })
    else if (this.#isOk === false) log.info('synthetic.back', {})
    this.#isOk = isOk
    this.#onSynthetic(isOk, why)
  }
}
