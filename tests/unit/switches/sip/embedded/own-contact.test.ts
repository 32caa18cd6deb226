import { isIP } from 'node:net'
import t from 'tap'
import type { SipTransport } from '../../../../../src/operations/sip-transport-schema.ts'
import { contactOf, ownEnd } from '../../../../../src/switches/sip/embedded/own-contact.ts'

t.test('our Contact names the end and the transport a switch came to', async t => {
  const at = (transport: SipTransport, host: string) => contactOf({ transport, local: { host, port: 5061 } })
  t.equal(at('udp', '192.0.2.9'), 'sip:callbox@192.0.2.9:5061')
  t.equal(at('tcp', '192.0.2.9'), 'sip:callbox@192.0.2.9:5061;transport=tcp')
  t.equal(at('tls', '2001:db8::1'), 'sip:callbox@[2001:db8::1]:5061;transport=tls')
  t.equal(at('ws', 'callbox.invalid'), 'sip:callbox@callbox.invalid:5061;transport=ws')
  t.equal(at('wss', 'callbox.invalid'), 'sip:callbox@callbox.invalid:5061;transport=ws')
})

t.test('a dialog of sips has a Contact of sips', async t => {
  const local = { host: '192.0.2.9', port: 5061 }
  t.equal(contactOf({ transport: 'tls', local }, true), 'sips:callbox@192.0.2.9:5061;transport=tcp')
  t.equal(contactOf({ transport: 'wss', local }, true), 'sips:callbox@192.0.2.9:5061;transport=ws')
})

t.test('our address is one the switch can send to, even when we listen on every one', async t => {
  for (const every of ['0.0.0.0', '::']) {
    const { host } = ownEnd(undefined, every, 5060)
    t.not(isIP(host), 0, host)
    t.not(host, every)
  }
  t.same(ownEnd(undefined, '::ffff:192.0.2.9', 5060), { host: '192.0.2.9', port: 5060 })
})

t.test('what the config says goes first, to peers it can be meant for', async t => {
  t.equal(ownEnd('callbox.force.invalid', '0.0.0.0', 5060).host, 'callbox.force.invalid')
  t.equal(ownEnd('198.51.100.1', '192.0.2.9', 5060).host, '198.51.100.1')
  t.equal(ownEnd('198.51.100.1', '2001:db8::9', 5060).host, '2001:db8::9', 'IPv4 is no address to a peer of IPv6')
})
