/** A stream of a session description: its m-line and the lines below it (RFC 8866 §5). */
interface Stream {
  readonly media: string
  readonly lines: readonly string[]
}

/** Names a description of ours: the id stays for the whole dialog, the version rises with each change (RFC 3264 §8). */
export interface SdpOrigin {
  readonly id: number
  readonly version: number
}

/** Streams beyond what any switch offers are not answered one by one; such an offer is answered as far as here. */
const MAX_STREAMS = 16
/** RFC 3551: formats from here on mean nothing without their rtpmap. */
const FIRST_DYNAMIC = 96

/**
 * Whether media is on hold as the switch describes it: no stream that is in use flows both ways or towards us
 * (RFC 3264 §8.4, and the older 0.0.0.0 of RFC 2543).
 */
export function isHeld(sdp: string): boolean {
  const { head, streams } = read(sdp)
  const used = streams.filter(({ media }) => media.split(' ')[1] !== '0')
  const ofSession = directionOf(head) ?? 'sendrecv'
  const held = (lines: readonly string[]) => {
    const direction = directionOf(lines) ?? ofSession
    return (
      direction === 'sendonly' || direction === 'inactive' || nowhere(lines) || (!hasAddress(lines) && nowhere(head))
    )
  }
  return used.length === 0 ? held(head) : used.every(stream => held(stream.lines))
}

/**
 * Our answer: every stream of the offer accepted with its first format and no media (RFC 3264 §6.1), because an
 * event leg hears nothing. Without an offer, an offer of our own that wants none.
 */
export function inactiveAnswer(offer: string | undefined, host: string, { id, version }: SdpOrigin): string {
  const family = host.includes(':') ? 'IP6' : 'IP4'
  const head = ['v=0', `o=callbox ${id} ${version} IN ${family} ${host}`, 's=-', `c=IN ${family} ${host}`, 't=0 0']
  const streams = offer === undefined ? [] : read(offer).streams
  const answers = streams.length === 0 ? ['m=audio 9 RTP/AVP 8', 'a=inactive'] : streams.flatMap(toAnswer)
  return `${[...head, ...answers].join('\r\n')}\r\n`
}

/** As much of an offer as `inactiveAnswer` reads of it: no address, no key, no name. */
export function streamsOf(offer: string): string {
  const streams = read(offer).streams.flatMap(({ media, lines }) => {
    const [, , , format = ''] = media.split(' ')
    return [media, ...lines.filter(line => line.startsWith(`a=rtpmap:${format} `)).slice(0, 1)]
  })
  return `${['v=0', ...streams].join('\r\n')}\r\n`
}

function toAnswer({ media, lines }: Stream): readonly string[] {
  const [kind = 'm=audio', port = '0', proto = 'RTP/AVP', format = '8'] = media.split(' ')
  // A stream whose keys we would have to answer with keys of our own (RFC 4568 §5.1.2) is refused instead.
  const isRefused = port === '0' || !/^(?:RTP\/AVPF?|udptl|TCP\/MSRP)$/i.test(proto)
  if (isRefused) return [`${kind} 0 ${proto} ${format}`]
  const rtpmap = lines.find(line => line.startsWith(`a=rtpmap:${format} `))
  const isDynamic = Number(format) >= FIRST_DYNAMIC && rtpmap !== undefined
  // Port 9 (discard) keeps the stream and says that nothing listens; 0 would refuse it.
  return [`${kind} 9 ${proto} ${format}`, ...(isDynamic ? [rtpmap] : []), 'a=inactive']
}

/** Only what is plain text: an answer repeats parts of it. */
function read(sdp: string): { head: readonly string[]; streams: readonly Stream[] } {
  const head: string[] = []
  const streams: { media: string; lines: string[] }[] = []
  for (const raw of sdp.split('\n')) {
    const line = raw.trim()
    if (!/^[a-z]=[\x20-\x7e]*$/.test(line)) continue
    if (line.startsWith('m=')) {
      if (streams.length === MAX_STREAMS) break
      streams.push({ media: line, lines: [] })
    } else (streams.at(-1)?.lines ?? head).push(line)
  }
  return { head, streams }
}

function directionOf(lines: readonly string[]): string | undefined {
  return lines.find(line => /^a=(?:sendrecv|sendonly|recvonly|inactive)$/.test(line))?.slice(2)
}

function hasAddress(lines: readonly string[]): boolean {
  return lines.some(line => line.startsWith('c='))
}

function nowhere(lines: readonly string[]): boolean {
  return lines.some(line => /^c=IN IP4 0\.0\.0\.0\b/.test(line))
}
