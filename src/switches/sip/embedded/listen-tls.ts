import type { Listener, Place } from './listen.ts'
import { listenStreams } from './listen-streams.ts'
import { SipStream, type StreamParts } from './stream-flow.ts'
import type { TlsDoor } from './tls-door.ts'

/** SIP over TLS, both sides with a certificate. */
export function listenTls(place: Place, parts: StreamParts, door: TlsDoor): Promise<Listener> {
  return listenStreams('tls', place, parts, (link, from) =>
    door.open(link, from, (socket, admitted) => {
      new SipStream({ socket, from: admitted, transport: 'tls', ownPort: link.localPort ?? 0 }, parts).start()
      return () => socket.destroySoon()
    })
  )
}
