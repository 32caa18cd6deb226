/*
 * The least that can answer a call in Node: each request of a datagram gets 200 with the headers it came by, and nothing
 * is read, kept, checked or told to anybody. What the SIP driver costs above this is what it does. Started by
 * subjects.ts with the port.
 */
import { createSocket } from 'node:dgram'

const HOST = '127.0.0.1'
const ECHOED = /^(?:via|from|call-id|cseq):/i
const [port = '0'] = process.argv.slice(2)
const BODY = `v=0\r\no=- 1 1 IN IP4 ${HOST}\r\ns=-\r\nc=IN IP4 ${HOST}\r\nt=0 0\r\nm=audio 9 RTP/AVP 8\r\na=inactive\r\n`

const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 })
socket.on('message', (bytes, peer) => {
  const lines = bytes.toString('latin1').split('\r\n')
  const first = lines[0] ?? ''
  if (first.startsWith('ACK ')) return
  const head: string[] = []
  for (const line of lines.slice(1)) {
    if (line === '') break
    if (ECHOED.test(line)) head.push(line)
    else if (/^to:/i.test(line)) head.push(line.includes(';tag=') ? line : `${line};tag=echo`)
  }
  const isInvite = first.startsWith('INVITE ')
  const contact = `Contact: <sip:${HOST}:${port}>\r\nContent-Type: application/sdp\r\n`
  const answer = (status: string, more: string, body: string) =>
    socket.send(
      Buffer.from(
        `SIP/2.0 ${status}\r\n${head.join('\r\n')}\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`,
        'latin1'
      ),
      peer.port,
      peer.address
    )
  answer('200 OK', isInvite ? contact : '', isInvite ? BODY : '')
})
socket.bind(Number(port), HOST, () => process.send?.('ready'))
process.on('disconnect', () => process.exit(0))
