import { createRequire } from 'node:module'
import Srf from 'drachtio-srf'
import t from 'tap'
import packageJson from '../../../../../package.json' with { type: 'json' }

/*
 * What of drachtio-srf is private and we lean on. A new version that moves one of these fails here, by name, before it
 * fails a call.
 */

const load = createRequire(import.meta.url)
const Agent = load('drachtio-srf/lib/drachtio-agent') as { prototype: object }
const Wire = load('drachtio-srf/lib/wire-protocol') as { prototype: object }
const Response = load('drachtio-srf/lib/response') as { prototype: object }
const source = (of: object, name: string) => String(Reflect.get(of, name))

t.test('the version is the one that was read', async t => {
  t.equal(packageJson.dependencies['drachtio-srf'], '5.0.29')
})

t.test('the agent is found from the outside, and its wire from there', async t => {
  const srf = new Srf()
  t.type(Reflect.get(srf, 'app'), 'function')
  t.match(source(Agent.prototype, 'connect'), 'this.wp = new WireProtocol(opts)')
})

t.test('a socket is told of before the server is asked, and has one reader', async t => {
  t.match(source(Wire.prototype, 'installListeners'), "this.emit('connect', socket)")
  t.match(source(Wire.prototype, 'installListeners'), "socket.on('data', this._onData.bind(this, socket))")
  t.match(source(Wire.prototype, '_onData'), 'this.mapIncomingMsg.set(socket, {')
  t.match(source(Wire.prototype, '_onData'), 'else throw err', 'what it cannot read it throws, so we catch')
})

t.test('what it cannot parse it drops, and says all of it', async t => {
  t.match(source(Agent.prototype, 'connect'), "this.wp.on('msg', this._onMsg.bind(this))")
  t.match(source(Agent.prototype, '_onMsg'), 'unable to parse incoming message')
})

t.test('an answer to a ping is given to whoever waits under its id', async t => {
  t.match(source(Wire.prototype, 'send'), 'return msgId')
  t.match(source(Agent.prototype, '_onMsg'), 'obj.pendingRequests.get(rId)')
  t.match(source(Wire.prototype, '_evalPingOpts'), 'MIN_PING_INTERVAL', 'its own ping asks every 5 s at most')
})

t.test('an INVITE is kept by its Call-ID until its final answer', async t => {
  t.match(source(Agent.prototype, '_onMsg'), 'obj.pendingNetworkInvites.set(callId, { req, res })')
  t.match(source(Agent.prototype, '_onMsg'), "obj.pendingNetworkInvites.get(callId).req.emit('cancel', sipMsg)")
})

t.test('it copies four headers of a request into its answer', async t => {
  const copies = String(Object.getOwnPropertyDescriptor(Response.prototype, 'req')?.set)
  t.match(copies, "['call-id', 'cseq', 'from', 'to'].forEach")
})

t.test('reconnecting ends with two words of its own', async t => {
  t.match(source(Wire.prototype, '_onConnectionGone'), 'if (this.closing)')
  t.match(source(Wire.prototype, '_onConnectionGone'), 'this.reconnectVars.retryTimer = setTimeout')
})

t.test('a status it has no words for is refused before anything is sent', async t => {
  t.match(source(Response.prototype, 'send'), '!(status in status_codes)')
  t.match(source(Agent.prototype, 'sendResponse'), 'this.sendMessage(res.socket, res.msg')
})

t.test('its own reading of a number knows no tel: identity, which is why ours is used', async t => {
  const SipMessage = load('drachtio-srf/lib/sip-parser/message') as new (raw: string) => { callingNumber: string }
  const raw = [
    'INVITE sip:999@callbox.invalid SIP/2.0',
    'From: <sip:anonymous@anonymous.invalid>;tag=1',
    'P-Asserted-Identity: <tel:+447700900123>',
    '\r\n'
  ].join('\r\n')
  t.equal(new SipMessage(raw).callingNumber, '')
})
