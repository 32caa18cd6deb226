import type { makeRandom } from './random.ts'

type Random = ReturnType<typeof makeRandom>
type Mutator = (random: Random, text: string, other: string) => string

/** What a UDP datagram of ours may hold; a few mutants are longer, to meet that limit too. */
const LONGEST = 20_000
const TOKENS = [
  ...['"', '<', '>', ';', ',', ':', '@', '\r\n', '\r', '\n', '\n ', '\0', '%00', ' ', '\t', '=', '?', '[', ']', '\\'],
  ...[
    'tag=',
    ';tag=x',
    ';tag=',
    'sip:',
    'tel:',
    'urn:service:sos',
    '__proto__',
    'constructor',
    '\r\n\r\n',
    '\r\n ',
    '--'
  ],
  ...[
    'SIP/2.0',
    'INVITE',
    'CANCEL',
    'ACK',
    'BYE',
    'UPDATE',
    'INFO',
    'OPTIONS',
    'PRACK',
    'REFER',
    'SUBSCRIBE',
    'NOTIFY'
  ],
  // UTF-8 cut short, too long, of a surrogate, and bytes that never occur in it.
  ...['\xc3', '\xe2\x82', '\xc0\xaf', '\xed\xa0\x80', '\xff\xfe', '\xf4\x90\x80\x80', '\xef\xbb\xbf']
]
const LINES = [
  ...['Content-Length: 0', 'Content-Length: 99999', 'l: -1', 'Max-Forwards: 0', 'Max-Forwards: -1', 'Via:', 'v: x'],
  ...['Contact: *', 'm: <sip:a>, <sip:b>', 'To: <sip:x@y>;tag=z', 'From: "', 'Call-ID:', 'CSeq: 4294967296 INVITE'],
  ...['Require: 100rel, timer, siprec', 'k: replaces', 'Supported: timer', 'Session-Expires: 0', 'Min-SE: 99999999999'],
  ...['Record-Route: <sip:x;lr>', 'Route: <sip:', 'Replaces: a;to-tag=b;from-tag=c', 'Refer-To: <sip:x?Replaces=%00>'],
  ...[
    'RAck: 1 1 INVITE',
    'RSeq: 4294967296',
    'Reason: SIP;cause=200;text="',
    'Privacy: id;header;none',
    'Expires: 1e9'
  ],
  ...[
    'Content-Type: multipart/mixed;boundary=',
    'c: multipart/mixed',
    'Content-Encoding: gzip',
    'Content-Disposition: x;'
  ],
  ...['History-Info: <sip:999@x>;index=1', 'Diversion: <tel:101>', 'Resource-Priority: esnet.9', 'User-to-User: 00;x'],
  ...[
    'P-Asserted-Identity: "<sip:',
    'X-Device: <sip:4001@x>',
    'X-Call-State: held',
    'X-Party: fire;state=left, "<sip:',
    'Geolocation: <cid:>',
    'Event: dialog'
  ],
  ...[
    'Accept: text/plain',
    'Timestamp: 9e99',
    'Accept-Language: \xff',
    'Call-Info: <http://[::1',
    'Identity: a.b.c;info=<'
  ]
]
const NUMBERS = [
  '-1',
  '0',
  '00',
  '1e9',
  '255',
  '256',
  '65535',
  '65536',
  '2147483648',
  '4294967296',
  '9'.repeat(40),
  '0x10',
  '1.5'
]
const URIS = [
  ...['sip:', 'sip:@', 'sip:x', 'sips:999@[::1]:5061', 'sip:%00@%00', 'tel:+447700900123;phone-context=+44', 'tel:;;'],
  ...[
    'urn:service:sos.police',
    'urn:service:sos.',
    'http://x/',
    'sip:999@[::ffff:192.0.2.1',
    'sip:a@b:99999',
    'mailto:x'
  ],
  ...[
    'sip:999@x?Replaces=a%3bb&Require=x',
    'sip:999;x=<y>@z;lr',
    `sip:${'9'.repeat(3_000)}@x`,
    'sip:101@x',
    'sip:999@x'
  ]
]
const LONG_NAMES: Readonly<Record<string, string>> = {
  via: 'v',
  from: 'f',
  to: 't',
  'call-id': 'i',
  contact: 'm',
  'content-type': 'c',
  'content-length': 'l',
  subject: 's',
  supported: 'k',
  'content-encoding': 'e'
}

const char = (random: Random) => String.fromCharCode(random.below(256))
const cut = (random: Random, text: string, longest: number) => {
  const at = random.below(text.length + 1)
  return { at, to: Math.min(text.length, at + random.below(longest)) }
}

/** Works on one line of the head, chosen at random. */
const onLine =
  (change: (random: Random, line: string) => string | string[]): Mutator =>
  (random, text) => {
    const end = text.indexOf('\r\n\r\n')
    const lines = (end < 0 ? text : text.slice(0, end)).split('\r\n')
    const at = random.below(lines.length)
    const changed = change(random, lines[at] ?? '')
    return (
      [...lines.slice(0, at), ...[changed].flat(), ...lines.slice(at + 1)].join('\r\n') +
      (end < 0 ? '' : text.slice(end))
    )
  }

/** Replaces one of the places that fit. */
const onMatch =
  (pattern: RegExp, change: (random: Random, found: string) => string): Mutator =>
  (random, text) => {
    const found = [...text.matchAll(pattern)]
    if (found.length === 0) return text
    const one = random.pick(found)
    return text.slice(0, one.index) + change(random, one[0]) + text.slice(one.index + one[0].length)
  }

const onBody =
  (change: (random: Random, body: string, other: string) => string): Mutator =>
  (random, text, other) => {
    const at = text.indexOf('\r\n\r\n')
    return at < 0
      ? text
      : text.slice(0, at + 4) + change(random, text.slice(at + 4), other.slice(other.indexOf('\r\n\r\n') + 4))
  }

/** Every way in which a message is spoilt, by name. */
export const MUTATORS: Readonly<Record<string, Mutator>> = {
  'token inserted': (random, text) => {
    const { at } = cut(random, text, 1)
    return text.slice(0, at) + random.pick(TOKENS) + text.slice(at)
  },
  'bytes dropped': (random, text) => {
    const { at, to } = cut(random, text, 60)
    return text.slice(0, at) + text.slice(to)
  },
  'bytes repeated': (random, text) => {
    const { at, to } = cut(random, text, 40)
    return text.slice(0, at) + text.slice(at, to).repeat(1 + random.below(60)) + text.slice(to)
  },
  'byte changed': (random, text) => {
    const { at } = cut(random, text, 1)
    return text.slice(0, at) + char(random) + text.slice(at + 1)
  },
  'bit flipped': (random, text) => {
    const at = random.below(Math.max(1, text.length))
    const flipped = (text.charCodeAt(at) || 0) ^ (1 << random.below(8))
    return text.slice(0, at) + String.fromCharCode(flipped & 255) + text.slice(at + 1)
  },
  'noise inserted': (random, text) => {
    const { at } = cut(random, text, 1)
    return text.slice(0, at) + Array.from({ length: random.below(80) }, () => char(random)).join('') + text.slice(at)
  },
  truncated: (random, text) => text.slice(0, random.below(text.length + 1)),
  'line dropped': onLine(() => []),
  'line doubled': onLine((_, line) => [line, line]),
  'line inserted': onLine((random, line) => [line, random.pick(LINES)]),
  'line emptied': onLine((_, line) => line.slice(0, line.indexOf(':') + 1)),
  'line folded': onLine((random, line) => {
    const { at } = cut(random, line, 1)
    return `${line.slice(0, at)}\r\n${random.pick([' ', '\t', '   '])}${line.slice(at)}`
  }),
  'line without its colon': onLine((_, line) => line.replace(':', '')),
  'line ended otherwise': (random, text) => {
    const at = text.indexOf('\r\n', random.below(text.length))
    return at < 0 ? text : text.slice(0, at) + random.pick(['\n', '\r', '\r\r\n', '\n\n', '']) + text.slice(at + 2)
  },
  'lines swapped': (random, text) => {
    const lines = text.split('\r\n')
    const [a, b] = [random.below(lines.length), random.below(lines.length)]
    const [first = '', second = ''] = [lines[a], lines[b]]
    return lines.with(a, second).with(b, first).join('\r\n')
  },
  'header shortened or of other case': onLine((random, line) => {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon)).toLowerCase()
    const other = random.below(2) === 0 ? (LONG_NAMES[name] ?? name) : name.toUpperCase()
    return other + line.slice(Math.max(0, colon))
  }),
  'value huge': onLine((random, line) => line + 'x'.repeat(random.below(5_000))),
  'headers without end': onLine((random, line) => [line, ...Array<string>(random.below(260)).fill(random.pick(LINES))]),
  'value of many parts': onLine(
    (random, line) => line + random.pick([',', ';a=b', ';a="b"', ' ', '""', '<>']).repeat(random.below(900))
  ),
  'number changed': onMatch(/\d+/g, random => random.pick(NUMBERS)),
  'address changed': onMatch(/(?:sips?|tel|urn|http):[^\s>;,"]*/gi, random => random.pick(URIS)),
  'parameter changed': onMatch(/;[^;\r\n,]*/g, (random, found) =>
    random.pick(['', ';', `${found}${found}`, ';tag', ';=x', ';rport=', ';oc=', `${found}"`])
  ),
  'method changed': onMatch(/\b(?:INVITE|ACK|BYE|CANCEL|OPTIONS|INFO|UPDATE)\b/g, random =>
    random.pick(['INVITE', 'ACK', 'BYE', 'CANCEL', 'PRACK', 'UPDATE', 'INFO', 'OPTIONS', 'REFER', 'invite', 'X'])
  ),
  'length changed': onMatch(/^(?:content-length|l)[ \t]*:.*$/gim, (random, found) =>
    random.pick([
      `Content-Length: ${random.pick(NUMBERS)}`,
      '',
      `${found}0`,
      `${found}\r\n${found}`,
      'Content-Length: x'
    ])
  ),
  'body cut': onBody((random, body) => body.slice(0, random.below(body.length + 1))),
  'body doubled': onBody((_, body) => body + body),
  'body of another': onBody((_, _body, other) => other),
  'boundary changed': onMatch(
    /boundary="?[^\s";]*"?/gi,
    random => `boundary=${random.pick(['', '"', 'x', '=', 'b'.repeat(80), '"a b"', '--'])}`
  ),
  'media changed': onMatch(/^[a-z]=[^\r\n]*/gm, random =>
    random.pick([
      'm=',
      'm=audio',
      'm=audio 0 x',
      'c=IN IP4 0.0.0.0',
      'a=inactive',
      'm=audio 9 RTP/AVP 8\r\n'.repeat(30),
      'a=\xff'
    ])
  ),
  'two joined': (random, text, other) => {
    const { at } = cut(random, text, 1)
    return random.below(2) === 0 ? text + other : text.slice(0, at) + other + text.slice(at)
  },
  'half of two': (random, text, other) =>
    text.slice(0, random.below(text.length + 1)) + other.slice(random.below(other.length + 1))
}

const NAMES = Object.keys(MUTATORS)

/** `text` spoilt in one to four ways; `other` is what may be mixed into it. */
export function mutate(random: Random, text: string, other: string): string {
  let mutant = text
  for (let times = 1 + random.below(4); times > 0; times--) {
    mutant = (MUTATORS[random.pick(NAMES)] ?? (() => mutant))(random, mutant, other).slice(0, LONGEST)
  }
  return mutant
}

/** With a Content-Length that is right, so that what is wrong lies deeper. */
export function withTrueLength(text: string): string {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return text
  const head = text.slice(0, end).replace(/\r\n(?:content-length|l)[ \t]*:[^\r\n]*/gi, '')
  return `${head}\r\nContent-Length: ${text.length - end - 4}${text.slice(end)}`
}

/** The same message as of another call, whose answers come to `port`: else most would be repeats that nobody hears. */
export function renamed(text: string, { n, host, port }: { n: number; host: string; port: number }): string {
  return text
    .replace(/branch=z9hG4bK[^;,\s]*/, `branch=z9hG4bKf${n}`)
    .replace(/^(call-id|i)[ \t]*:.*$/im, `$1: fuzz-${n}`)
    .replace(/^((?:via|v)[ \t]*:[ \t]*SIP[ \t]*\/[ \t]*2\.0[ \t]*\/[ \t]*\w+[ \t]+)[^;,\s]+/im, `$1${host}:${port}`)
}
