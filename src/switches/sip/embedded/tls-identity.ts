import { constants } from 'node:crypto'
import { stat } from 'node:fs/promises'
import type { SecureContextOptions } from 'node:tls'
import { Fault, reasonOf } from '../../../operations/errors.ts'
import { type Clock, interval, type Stop } from '../../../operations/lifecycle.ts'
import type { Log } from '../../../operations/log.ts'
import type { Metrics } from '../../../operations/metrics.ts'
import type { TlsSettings } from '../../../operations/sip-transport-schema.ts'
import { readTlsFiles, type TlsMaterial } from '../../../operations/tls-files.ts'

interface Parts {
  readonly settings: TlsSettings
  readonly transport: 'tls' | 'wss'
  readonly log: Log
  readonly metrics: Metrics
  readonly clock: Clock
  readonly everyMs?: number
}

/** Watching a file is not reliable on every mount, so its time is asked for. */
const LOOK_EVERY_MS = 60_000
const DAY_MS = 86_400_000
const WARN_DAYS = 30

/**
 * Our certificate, its key and the roots of the switches', as the files say, read again when they change. Files that
 * cannot be used leave the last good ones in force: a switch must not be cut off by a half-written renewal.
 */
export class TlsIdentity {
  readonly #parts: Parts
  readonly #onChange: ((context: SecureContextOptions) => void)[] = []
  #material: TlsMaterial | undefined
  #stamp = ''
  #badStamp = ''
  #saidDays = Number.POSITIVE_INFINITY
  #isLooking = false
  #stop: Stop = () => {}

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Rejects where the files cannot be used at the start. */
  async start(): Promise<void> {
    const { settings, everyMs = LOOK_EVERY_MS } = this.#parts
    this.#stamp = await stampOf(settings)
    this.#use(await readTlsFiles(settings))
    this.#stop = interval(() => void this.#look(), everyMs)
  }

  stop(): void {
    this.#stop()
  }

  /** Called with each new context; connections that are open keep the old one. */
  onChange(run: (context: SecureContextOptions) => void): void {
    this.#onChange.push(run)
  }

  get context(): SecureContextOptions {
    if (this.#material === undefined) throw new Error('the certificate is asked for before it was read')
    const { cert, key, ca } = this.#material
    return {
      ...{ cert, key, ca },
      minVersion: this.#parts.settings.minVersion,
      // Renegotiation costs us more than the peer. A resumed session would be taken on the word of an old certificate.
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET
    }
  }

  /** Nothing may leave it: it runs in a timer. */
  async #look(): Promise<void> {
    if (this.#isLooking) return
    this.#isLooking = true
    try {
      await this.#readAgain()
      this.#tellEnd()
    } finally {
      this.#isLooking = false
    }
  }

  async #readAgain(): Promise<void> {
    const { settings, transport, log } = this.#parts
    const stamp = await stampOf(settings)
    if (stamp === this.#stamp) return
    try {
      const material = await readTlsFiles(settings)
      // Written while it was read: the next look has it whole.
      if ((await stampOf(settings)) !== stamp) return
      this.#stamp = stamp
      this.#use(material)
      for (const run of this.#onChange) run(this.context)
      log.info('sip.certificate-loaded', { what: transport, path: settings.certFile })
    } catch (thrown) {
      if (stamp !== this.#badStamp) {
        log.fault('sip.certificate', new Fault('sip.certificate-kept', { reason: reasonOf(thrown) }, thrown))
      }
      this.#badStamp = stamp
    }
  }

  #use(material: TlsMaterial): void {
    const { metrics, transport } = this.#parts
    this.#material = material
    this.#saidDays = Number.POSITIVE_INFINITY
    metrics.sipCertificateEnds.set({ transport }, Math.floor(material.notAfter / 1000))
    this.#tellEnd()
  }

  /** Once a day. */
  #tellEnd(): void {
    const { settings, log, clock } = this.#parts
    const days = Math.floor(((this.#material?.notAfter ?? Number.POSITIVE_INFINITY) - clock.now()) / DAY_MS)
    if (days >= WARN_DAYS || days === this.#saidDays) return
    this.#saidDays = days
    log.fault('sip.certificate', new Fault('sip.certificate-ends', { path: settings.certFile, days }))
  }
}

/** Changes whenever one of the files does; a file that is gone has a stamp too. */
async function stampOf({ certFile, keyFile, caFile }: TlsSettings): Promise<string> {
  const stamps = [certFile, keyFile, caFile].map(async path => {
    // Why it cannot be read is said when its content is; here only that it changed.
    const found = await stat(path).catch(() => undefined)
    return found === undefined ? 'gone' : `${found.ino}:${found.size}:${found.mtimeMs}`
  })
  return (await Promise.all(stamps)).join(' ')
}
