import { type IncomingMessage, request as requestClear } from 'node:http'
import { request as requestSecure } from 'node:https'
import { findElement, readXml, XML_LIMITS } from '../../net/safe-xml.ts'
import { faultCode, reasonOf } from '../../operations/errors.ts'
import type { HeldConfig } from '../../operations/held-schema.ts'
import { after, type Clock } from '../../operations/lifecycle.ts'
import { type ClientTls, readClientTlsFiles } from '../../operations/tls-files.ts'
import { type PidfLo, readPresence } from './pidf-lo.ts'

/*
 * Asks the location server that a call names for its caller's place (HELD, RFC 5985; by reference, RFC 6753). A
 * reference is an address that somebody else wrote: only hosts of the configuration are ever connected to, nothing is
 * redirected, and no part of it comes out of here again.
 */

/** What asking came to. Reasons are words of ours or codes of the standard, never the reference or an address. */
export type HeldAnswer =
  | Extract<PidfLo, { kind: 'fixes' }>
  /** Not asked: the reference or the configuration does not let us. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Asked, and the server says that it has none (RFC 5985 §6.3). */
  | { readonly kind: 'error'; readonly reason: string }
  | { readonly kind: 'late' }
  | { readonly kind: 'failed'; readonly reason: string }

/** Never rejects. `signal` ends it before its own deadline. */
export type AskHeld = (reference: string, signal: AbortSignal) => Promise<HeldAnswer>

const MAX_BYTES = XML_LIMITS.maxBytes
/** References followed at once; each ends by its deadline. */
const MAX_ASKED = 50
/** Certificates that were changed are in use this long afterwards. */
const TLS_FILES_MS = 60_000
/** A server needs part of the time for the way back. */
const SHARE_FOR_SERVER = 0.8
const HELD = 'application/held+xml'
const ERRORS = new Set([
  'requestError',
  'xmlError',
  'generalLocationFailure',
  'locationUnknown',
  'unsupportedMessage',
  'timeout',
  'cannotProvideLiType',
  'notLocatable'
])

/** Asks the servers of the configuration; one for a process. */
export function makeHeldClient({ config, clock }: { config: HeldConfig; clock: Clock }): AskHeld {
  let asked = 0
  const tlsFiles = makeTlsFiles(config, clock)
  return async (reference, signal) => {
    const url = toUrl(reference, config)
    if (typeof url === 'string') return { kind: 'refused', reason: url }
    if (asked >= MAX_ASKED) return { kind: 'failed', reason: 'too many are being asked' }
    asked += 1
    const deadline = new AbortController()
    const stop = after(config.deadlineMs, () => deadline.abort())
    try {
      const both = AbortSignal.any([signal, deadline.signal])
      const tls = url.protocol === 'https:' ? await tlsFiles() : {}
      const answer = await fetchText({ url, tls, config, signal: both })
      return typeof answer === 'number' ? { kind: 'failed', reason: `HTTP ${answer}` } : readHeld(answer)
    } catch (thrown) {
      return signal.aborted || deadline.signal.aborted ? { kind: 'late' } : { kind: 'failed', reason: codeOf(thrown) }
    } finally {
      stop()
      asked -= 1
    }
  }
}

/** A server's answer: a locationResponse, an error, or the document itself. Never throws. */
export function readHeld(text: string): HeldAnswer {
  const xml = readXml(text)
  if (xml.kind === 'refused') return { kind: 'failed', reason: `its answer ${xml.reason}` }
  const { root } = xml
  if (root.name === 'error') {
    const code = root.attributes['code'] ?? ''
    return { kind: 'error', reason: ERRORS.has(code) ? code : 'an error without a known code' }
  }
  const presence = root.name === 'locationResponse' ? findElement(root, 'presence') : root
  if (presence?.name !== 'presence') return { kind: 'failed', reason: 'its answer holds no location' }
  const read = readPresence(presence, 'held')
  return read.kind === 'fixes' ? read : { kind: 'failed', reason: `its answer: ${read.reason}` }
}

/** A string says why it is not followed. */
function toUrl(reference: string, { servers }: HeldConfig): URL | string {
  const scheme = /^([a-z][a-z0-9+.-]{0,20}):/i.exec(reference)?.[1]?.toLowerCase()
  if (scheme === 'sip' || scheme === 'sips' || scheme === 'pres') return 'it asks for a subscription, which is not made'
  if (scheme !== 'https' && scheme !== 'http') return 'it is no web address'
  if (!URL.canParse(reference)) return 'it is no web address'
  const url = new URL(reference)
  if (url.username !== '' || url.password !== '') return 'it holds a password'
  const isClear = url.protocol === 'http:'
  const port = url.port === '' ? (isClear ? 80 : 443) : Number(url.port)
  const isKnown = servers.some(
    server =>
      hostOf(server) === url.hostname && (server.port ?? (server.clear ? 80 : 443)) === port && server.clear === isClear
  )
  return isKnown ? url : 'its server is none of the configuration'
}

/** As a URL would have it: an address of version 6 may be written in many ways. */
function hostOf({ host }: HeldConfig['servers'][number]): string {
  const address = `https://${host}/`
  return URL.canParse(address) ? new URL(address).hostname : host
}

/** Read when they are needed, and again a while later. */
function makeTlsFiles(config: HeldConfig, clock: Clock): () => Promise<ClientTls> {
  let read: { readonly at: number; readonly files: Promise<ClientTls> } | undefined
  return () => {
    const now = clock.monotonicMs()
    if (read === undefined || now - read.at > TLS_FILES_MS) {
      const files = readClientTlsFiles(config)
      read = { at: now, files }
      files.catch(() => {
        if (read?.files === files) read = undefined
      })
    }
    return read.files
  }
}

interface Asking {
  readonly url: URL
  readonly tls: ClientTls
  readonly config: HeldConfig
  readonly signal: AbortSignal
}

/** The text of a 200, or the status of anything else. */
function fetchText({ url, tls, config, signal }: Asking): Promise<string | number> {
  const body = config.method === 'POST' ? locationRequest(config.deadlineMs) : undefined
  const options = {
    ...{ method: config.method, signal, agent: false, ...tls, minVersion: 'TLSv1.2' as const },
    headers: {
      accept: `${HELD}, application/pidf+xml`,
      ...(body === undefined
        ? {}
        : { 'content-type': `${HELD};charset=utf-8`, 'content-length': Buffer.byteLength(body) })
    }
  }
  return new Promise((done, fail) => {
    const request = (url.protocol === 'https:' ? requestSecure : requestClear)(url, options)
    request.on('error', fail)
    request.on('response', response => {
      if (response.statusCode !== 200) {
        response.destroy()
        done(response.statusCode ?? 0)
        return
      }
      readBounded(response).then(done, fail)
    })
    request.end(body)
  })
}

async function readBounded(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > MAX_BYTES) throw new TooLong()
    chunks.push(chunk)
  }
  if (!response.complete) throw new CutOff()
  return Buffer.concat(chunks).toString('utf8')
}

/** RFC 5985 §6.1: in the time there is, a place and an address if both are known, else whichever is. */
function locationRequest(deadlineMs: number): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<locationRequest xmlns="urn:ietf:params:xml:ns:geopriv:held" responseTime="${Math.floor(deadlineMs * SHARE_FOR_SERVER)}">`,
    '<locationType exact="false">geodetic civic</locationType>',
    '</locationRequest>'
  ].join('')
}

class TooLong extends Error {
  override readonly message = 'its answer is larger than 64 KiB'
}

class CutOff extends Error {
  override readonly message = 'its answer broke off'
}

/** What Node says of a link holds names and addresses; its code does not. */
function codeOf(thrown: unknown): string {
  if (thrown instanceof TooLong || thrown instanceof CutOff) return thrown.message
  if (faultCode(thrown) !== undefined) return reasonOf(thrown)
  const code = (thrown as { code?: unknown }).code
  return typeof code === 'string' && /^[A-Z_0-9]{3,60}$/.test(code) ? code : 'the link broke'
}
