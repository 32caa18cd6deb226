import type { Listener, Place } from './listen.ts'
import { listenStreams } from './listen-streams.ts'
import { SipStream, type StreamParts } from './stream-flow.ts'

/** SIP over TCP. */
export function listenTcp(place: Place, parts: StreamParts): Promise<Listener> {
  return listenStreams('tcp', place, parts, (socket, from) => {
    new SipStream({ socket, from, transport: 'tcp', ownPort: socket.localPort ?? 0 }, parts).start()
    return () => socket.destroySoon()
  })
}
