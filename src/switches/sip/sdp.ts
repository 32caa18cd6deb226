/** Whether media flows both ways as the switch describes it: hold is a change of this (RFC 3264 §8.4). */
export function isHeld(sdp: string): boolean {
  return /^a=(?:sendonly|inactive)\r?$/m.test(sdp) || /^c=IN IP4 0\.0\.0\.0\r?$/m.test(sdp)
}

/**
 * Our answer: every stream of the offer accepted with its first format and no media (RFC 3264 §6.1), because an
 * event leg hears nothing. Without an offer, an offer of our own that wants none.
 */
export function inactiveAnswer(offer: string | undefined, host: string, sessionId: number): string {
  const family = host.includes(':') ? 'IP6' : 'IP4'
  const head = ['v=0', `o=callbox ${sessionId} 1 IN ${family} ${host}`, 's=-', `c=IN ${family} ${host}`, 't=0 0']
  const streams = (offer ?? '').match(/^m=[^\r\n]+/gm) ?? ['m=audio 9 RTP/AVP 8']
  const answers = streams.flatMap(toAnswer)
  return `${[...head, ...answers].join('\r\n')}\r\n`
}

function toAnswer(stream: string): readonly string[] {
  const [media = 'm=audio', port = '0', proto = 'RTP/AVP', format = '8'] = stream.split(' ')
  // Port 9 (discard) keeps the stream and says that nothing listens; 0 would refuse it.
  return port === '0' ? [`${media} 0 ${proto} ${format}`] : [`${media} 9 ${proto} ${format}`, 'a=inactive']
}
