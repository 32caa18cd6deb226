import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { Fault, reasonOf } from './errors.ts'
import type { TlsSettings } from './sip-transport-schema.ts'

export type TlsFiles = Pick<TlsSettings, 'certFile' | 'keyFile' | 'caFile'>

/** What the three files of a TLS listener hold, checked to belong together. */
export interface TlsMaterial {
  readonly cert: Buffer
  readonly key: Buffer
  readonly ca: Buffer
  /** Epoch ms at which our own certificate ends. */
  readonly notAfter: number
}

const MAX_BYTES = 1024 * 1024
const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** Rejects with `tls.unusable` or `config.secret-exposed`: a file that cannot be read or a key of another certificate. */
export async function readTlsFiles({ certFile, keyFile, caFile }: TlsFiles): Promise<TlsMaterial> {
  const [cert, key, ca] = await Promise.all([readBounded(certFile), readBounded(keyFile, true), readBounded(caFile)])
  const [own] = readCertificates(certFile, cert)
  readCertificates(caFile, ca)
  const isFitting = attempt(keyFile, () => own?.checkPrivateKey(createPrivateKey(key)))
  if (own === undefined || isFitting !== true) {
    throw new Fault('tls.unusable', { path: keyFile, reason: `is not the key of ${certFile}` })
  }
  return { cert, key, ca, notAfter: Date.parse(own.validTo) }
}

/** What a client shows and believes; each only where a file is named. */
export interface ClientTls {
  readonly ca?: Buffer
  readonly cert?: Buffer
  readonly key?: Buffer
}

/** The same for a client, whose files are all optional; certificate and key come together. Rejects as above. */
export async function readClientTlsFiles(files: Partial<TlsFiles>): Promise<ClientTls> {
  const { caFile, certFile, keyFile } = files
  const ca = caFile === undefined ? undefined : await readBounded(caFile)
  if (caFile !== undefined && ca !== undefined) readCertificates(caFile, ca)
  if (certFile === undefined || keyFile === undefined) return ca === undefined ? {} : { ca }
  const [cert, key] = await Promise.all([readBounded(certFile), readBounded(keyFile, true)])
  const [own] = readCertificates(certFile, cert)
  if (attempt(keyFile, () => own?.checkPrivateKey(createPrivateKey(key))) !== true) {
    throw new Fault('tls.unusable', { path: keyFile, reason: `is not the key of ${certFile}` })
  }
  return { cert, key, ...(ca === undefined ? {} : { ca }) }
}

function readCertificates(path: string, pem: Buffer): readonly X509Certificate[] {
  const found = pem.toString('latin1').match(PEM_CERTIFICATE) ?? []
  if (found.length === 0) throw new Fault('tls.unusable', { path, reason: 'holds no certificate in PEM' })
  return attempt(path, () => found.map(each => new X509Certificate(each)))
}

async function readBounded(path: string, isSecret = false): Promise<Buffer> {
  try {
    const { mode, size } = await stat(path)
    if (isSecret && ((mode & 0o007) !== 0 || (mode & 0o020) !== 0)) {
      throw new Fault('config.secret-exposed', { path })
    }
    if (size > MAX_BYTES) throw new Error(`is larger than ${MAX_BYTES} bytes`)
    return await readFile(path)
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown
    throw new Fault('tls.unusable', { path, reason: reasonOf(thrown) }, thrown)
  }
}

function attempt<T>(path: string, run: () => T): T {
  try {
    return run()
  } catch (thrown) {
    throw new Fault('tls.unusable', { path, reason: reasonOf(thrown) }, thrown)
  }
}
