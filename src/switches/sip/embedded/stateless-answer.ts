const REASONS: ReadonlyMap<number, string> = new Map([
  [200, 'OK'],
  [302, 'Moved Temporarily'],
  [400, 'Bad Request'],
  [405, 'Method Not Allowed'],
  [406, 'Not Acceptable'],
  [415, 'Unsupported Media Type'],
  [416, 'Unsupported URI Scheme'],
  [420, 'Bad Extension'],
  [481, 'Call/Transaction Does Not Exist'],
  [482, 'Loop Detected'],
  [483, 'Too Many Hops'],
  [489, 'Bad Event'],
  [500, 'Server Internal Error'],
  [503, 'Service Unavailable'],
  [505, 'Version Not Supported'],
  [603, 'Decline']
])

/**
 * An answer without a transaction (RFC 3261 §8.2.6, §8.2.7): what the request says of itself goes back byte for byte,
 * even where it is wrong, so that its sender can find what it sent. What is missing stays missing.
 */
export function statelessAnswer(
  { headers }: { headers: ReadonlyMap<string, readonly string[]> },
  { status, toTag, headers: extra = [] }: { status: number; toTag: string; headers?: readonly string[] }
): string {
  const echo = (name: string, as: string) => (headers.get(name) ?? []).slice(0, 1).map(value => `${as}: ${value}`)
  const [to] = headers.get('to') ?? []
  const isTagged = to === undefined || /;\s*tag\s*=/i.test(to.slice(to.lastIndexOf('>') + 1))
  return [
    `SIP/2.0 ${status} ${REASONS.get(status) ?? 'Error'}`,
    ...(headers.get('via') ?? []).map(via => `Via: ${via}`),
    ...echo('from', 'From'),
    ...(to === undefined ? [] : [`To: ${to}${isTagged ? '' : `;tag=${toTag}`}`]),
    ...echo('call-id', 'Call-ID'),
    ...echo('cseq', 'CSeq'),
    ...extra,
    'Server: Callbox',
    'Content-Length: 0',
    '',
    ''
  ].join('\r\n')
}
