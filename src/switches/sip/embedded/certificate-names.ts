import type { X509Certificate } from 'node:crypto'

/** What a certificate says of its holder, in lower case, as far as a trunk can pin it. */
export interface CertificateNames {
  readonly names: readonly string[]
  /** SHA-256 of the whole, hex without colons. */
  readonly fingerprint: string
}

type Certificate = Pick<X509Certificate, 'subject' | 'subjectAltName' | 'fingerprint256'>

/** RFC 5922 §7.1: the names of the SAN, `sip:` URIs as their host; the CN only where there is none of them. */
export function certificateNames(certificate: Certificate): CertificateNames {
  const alternative = splitNames(certificate.subjectAltName ?? '').flatMap(toName)
  const names = alternative.length > 0 ? alternative : commonNames(certificate.subject)
  return {
    names: names.map(name => name.toLowerCase()),
    fingerprint: toFingerprint(certificate.fingerprint256)
  }
}

export function toFingerprint(text: string): string {
  return text.replaceAll(':', '').toLowerCase()
}

/** Node joins names by comma and quotes, as JSON, any that could be taken for two. */
function splitNames(text: string): readonly string[] {
  return text.match(/[A-Za-z ]{1,20}:(?:"(?:[^"\\]|\\.)*"|[^",]*)/g)?.map(each => each.trim()) ?? []
}

function toName(entry: string): readonly string[] {
  const [, kind = '', value = ''] = /^([A-Za-z ]+):(.*)$/.exec(entry) ?? []
  // Quoted is what no host name is.
  if (value.startsWith('"')) return []
  if (kind === 'DNS' || kind === 'IP Address') return [value]
  const [, host] = /^sips?:(?:[^@]*@)?([A-Za-z0-9.-]+)$/i.exec(value) ?? []
  return kind === 'URI' && host !== undefined ? [host] : []
}

/** One line for each part of the subject. */
function commonNames(subject: string | undefined): readonly string[] {
  const lines = (subject ?? '').split('\n')
  return lines.flatMap(line => (line.startsWith('CN=') ? [line.slice('CN='.length)] : []))
}
