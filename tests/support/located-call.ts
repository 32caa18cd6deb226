import type { Test } from 'tap'
import type { GatewayProcess } from '../../src/simulator/gateway-process.ts'
import { udpClient } from './sip-client.ts'
import { invite, makeDialog, OFFER } from './sip-text.ts'

interface Placed {
  readonly device: string
  /** A name-addr, as From and P-Asserted-Identity have it. */
  readonly caller: string
  /** A PIDF-LO document. */
  readonly place?: string
}

/** An INVITE to a desk, with the caller's place in it; answered with 200. */
export async function callLocated(t: Test, gateway: GatewayProcess, { device, caller, place }: Placed): Promise<void> {
  const client = await udpClient(t, gateway.place.sipPort)
  const dialog = makeDialog()
  const parts = [
    `Content-Type: application/sdp\r\n\r\n${OFFER}`,
    `Content-Type: application/pidf+xml\r\nContent-ID: <here@net.invalid>\r\n\r\n${place}`
  ]
  const body = `${parts.map(part => `--outer\r\n${part}\r\n`).join('')}--outer--\r\n`
  const located = { 'Content-Type': 'multipart/mixed;boundary=outer', Geolocation: '<cid:here@net.invalid>' }
  await client.send(
    invite(dialog, {
      body: place === undefined ? OFFER : body,
      uri: 'sip:999@127.0.0.1',
      via: `SIP/2.0/UDP 127.0.0.1:${client.port};branch=z9hG4bK${dialog.fromTag}`,
      headers: {
        From: `${caller};tag=${dialog.fromTag}`,
        'P-Asserted-Identity': caller,
        'X-Device': device,
        ...(place === undefined ? {} : located)
      }
    })
  )
  t.equal((await client.final()).status, 200)
}
