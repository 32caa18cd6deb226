import type { SipHead } from '../../src/switches/sip/sip-head.ts'

/** Headers by lower-case long name; several values of one in their order. */
export type HeadersOf = Record<string, string | string[]>

/** A request as the translation sees it: an INVITE to 999 from the event-leg switch unless said otherwise. */
export function makeHead(headers: HeadersOf, over: Partial<SipHead> = {}): SipHead {
  return {
    method: 'INVITE',
    uri: 'sip:999@x',
    callId: 'c1',
    fromTag: 'f1',
    header: name => [headers[name] ?? []].flat()[0],
    all: name => [headers[name] ?? []].flat(),
    body: '',
    peer: '192.0.2.1',
    receivedAt: 1_000,
    ...over
  }
}
