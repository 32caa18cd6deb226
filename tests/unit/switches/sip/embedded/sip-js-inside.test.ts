import {
  Dialog,
  InviteServerTransaction,
  InviteUserAgentServer,
  SessionDialog,
  TransactionState,
  UserAgentCore,
  UserAgentServer
} from 'sip.js/lib/core/index.js'
import { AllowedMethods } from 'sip.js/lib/core/user-agent-core/allowed-methods.js'
import t from 'tap'
import packageJson from '../../../../../package.json' with { type: 'json' }
import { METHODS } from '../../../../../src/switches/sip/embedded/edge.ts'
import '../../../../../src/switches/sip/embedded/gateway-core.ts'

/*
 * What of sip.js is private and we lean on (docs/decisions/0004). A new version that moves one of these fails here,
 * by name, before it fails a call.
 */

const source = (of: object, name: string) => String(Reflect.get(of, name))

t.test('the version is the one that was read', async t => {
  t.equal(packageJson.dependencies['sip.js'], '0.21.2')
})

t.test('the core hands every new request to receiveRequest, as a method that can be shadowed', async t => {
  t.type(Reflect.get(UserAgentCore.prototype, 'receiveRequest'), 'function')
  t.match(source(UserAgentCore.prototype, 'receiveRequestFromTransport'), 'this.receiveRequest(message)')
  t.match(source(UserAgentCore.prototype, 'receiveRequestFromTransport'), 'const transactionId = message.viaBranch')
})

t.test('a server transaction takes its transport when it is made', async t => {
  t.match(
    source(UserAgentServer.prototype, 'init'),
    /new this\.transactionConstructor\(this\.message, this\.core\.transport/
  )
})

t.test('a server says its To-tag and answers with headers of ours', async t => {
  t.match(String(UserAgentServer), 'this.toTag = message.toTag ? message.toTag : newTag()')
  t.match(source(UserAgentServer.prototype, 'reply'), 'options.toTag = this.toTag')
  t.equal(Reflect.get(UserAgentServer.prototype, 'reply').length, 1)
})

t.test('an accepted INVITE transaction may be ended by hand, and a dialog hears of it', async t => {
  t.type(Reflect.get(InviteServerTransaction.prototype, 'stateTransition'), 'function')
  t.equal(TransactionState.Accepted, 'Accepted')
  t.equal(TransactionState.Terminated, 'Terminated')
  t.match(source(SessionDialog.prototype, 'start2xxRetransmissionTimer'), 'onAckTimeout')
})

t.test('a dialog guards its order and can be let go', async t => {
  t.type(Reflect.get(Dialog.prototype, 'sequenceGuard'), 'function')
  t.type(Reflect.get(SessionDialog.prototype, 'dispose'), 'function')
  t.match(String(Dialog), 'this.dialogState = dialogState')
  t.match(source(SessionDialog.prototype, 'receiveRequest'), 'this.reinviteUserAgentServer')
})

t.test('a re-INVITE server says what waits for its ACK, and what it is given is written into', async t => {
  // So every answer's options are made anew: a shared one would carry the To-tag of the call before.
  t.match(source(UserAgentServer.prototype, 'reply'), 'options.toTag = this.toTag')
  t.match(source(SessionDialog.prototype, 'receiveRequest'), 'this.delegate.onAck({ message })')
  t.match(source(SessionDialog.prototype, 'receiveRequest'), 'this.delegate.onInvite(uas)')
  t.match(source(InviteUserAgentServer.prototype, 'progress'), 'Object.assign({}, response), { session }')
})

t.test('the list of methods in a 200 is ours', async t => {
  t.same(AllowedMethods, METHODS)
  t.match(source(InviteUserAgentServer.prototype, 'accept'), 'AllowedMethods.toString()')
})
