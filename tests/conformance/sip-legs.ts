import { header, makeBranch, makeDialog, OFFER, request, toTagOf } from '../support/sip-text.ts'
import { afterAnother, placeCall, RING_PEER, type SwitchCall } from '../support/switch-call.ts'
import { until } from '../support/until.ts'
import { type Sentence, said } from './sip-sentence.ts'

const HELD = OFFER.replace('a=rtpmap', 'a=sendonly\r\na=rtpmap')

/** Ring legs, other people’s calls, and what is no call. */
export const LEGS: readonly Sentence[] = [
  {
    says: 'a ring leg rings, and CANCEL with Reason 200 says that a phone has the call',
    expect: '180 487; 200; answered-elsewhere',
    run: async (t, bench) => {
      const call = await placeCall(t, bench, RING_PEER)
      await call.invite()
      await call.send('CANCEL', { headers: { Reason: 'SIP;cause=200;text="Call completed elsewhere"' } })
      return cancelled(call)
    }
  },
  {
    says: 'CANCEL without a Reason, from a switch that gives reasons, is an abandoned call',
    expect: '180 487; 200; abandoned',
    run: async (t, bench) => {
      const call = await placeCall(t, bench, RING_PEER)
      await call.invite()
      await call.send('CANCEL')
      return cancelled(call)
    }
  },
  {
    says: 'no path of a ring leg says 200 to an INVITE',
    expect: 'none of 4',
    run: async (t, bench) => {
      const call = await placeCall(t, bench, RING_PEER)
      const ringing = await call.invite()
      call.dialog = { ...call.dialog, toTag: toTagOf(ringing) }
      await call.ask('UPDATE', { body: HELD })
      await call.ask('INFO', { headers: { 'X-Device': '4001', 'X-Call-State': 'answered' } })
      await call.send('INVITE', { body: HELD })
      await call.client.send(call.inviteText)
      const refused = await placeCall(t, bench, RING_PEER)
      bench.take(async () => 'ignored')
      await refused.invite()
      await afterAnother(t, bench)
      const all = [...call.heard('INVITE'), ...refused.heard('INVITE')]
      return all.some(status => status >= 200 && status < 300) ? `said ${all.join(' ')}` : 'none of 4'
    }
  },
  {
    says: 'BYE on a leg that still rings ends it',
    expect: '200; 180 487; offered released',
    differs: {
      drachtio: {
        expect: '481; 180 500; offered released',
        why: 'the server knows no dialog before a 200 and answers itself; we hear of it by its record of ended calls'
      }
    },
    run: async (t, bench) => {
      const call = await placeCall(t, bench, RING_PEER)
      const ringing = await call.invite()
      call.dialog = { ...call.dialog, toTag: toTagOf(ringing) }
      const bye = await call.ask('BYE')
      await call.until('offered released')
      await until(() => (call.heard('INVITE').length === 2 ? '' : 'the INVITE has no answer'))
      return `${bye.status}; ${said(call)}`
    }
  },
  {
    says: 'the same call by another way is refused, and the first is still heard to end',
    expect: '482; offered released',
    differs: {
      drachtio: { expect: '500; offered released', why: 'the server keeps it to itself until the first has ended' }
    },
    run: async (t, bench) => {
      const call = await placeCall(t, bench, RING_PEER)
      await call.invite()
      const branch = makeBranch()
      await call.client.send(call.inviteText.replace(call.branch, branch))
      await afterAnother(t, bench)
      await call.send('CANCEL')
      await call.until('offered released')
      await until(() => (call.heard('INVITE', branch).length > 0 ? '' : 'the other way has no answer'))
      return `${call.heard('INVITE', branch).join(' ')}; ${call.kinds}`
    }
  },
  {
    says: 'the same call by another way, while the record is slow, does not hide the end of the first',
    expect: '482; offered released',
    run: async (t, bench) => {
      const slow = Promise.withResolvers<void>()
      bench.take(event => (event.kind === 'offered' ? slow.promise.then(() => 'durable') : Promise.resolve('durable')))
      const call = await placeCall(t, bench, RING_PEER)
      await call.client.send(call.inviteText)
      await call.until('offered')
      const branch = makeBranch()
      await call.client.send(call.inviteText.replace(call.branch, branch))
      await until(() => (call.heard('INVITE', branch).length > 0 ? '' : 'the other way has no answer'))
      await call.send('CANCEL')
      await call.until('offered released')
      slow.resolve()
      return `${call.heard('INVITE', branch).join(' ')}; ${call.kinds}`
    }
  },
  {
    says: 'nobody ends a call of another trunk by knowing its names',
    expect: '481; offered',
    run: async (t, bench) => {
      const call = await placeCall(t, bench)
      await call.open()
      const other = await placeCall(t, bench, RING_PEER)
      other.dialog = call.dialog
      const bye = await other.ask('BYE', { cseq: 9 })
      return `${bye.status}; ${call.kinds}`
    }
  },
  {
    says: 'BYE and INFO of a call nobody knows get 481',
    expect: '481 481',
    run: async (t, bench) => {
      const call = await placeCall(t, bench)
      call.dialog = makeDialog({ toTag: 'nobody' })
      const bye = await call.ask('BYE')
      const info = await call.ask('INFO')
      return `${bye.status} ${info.status}`
    }
  },
  {
    says: 'OPTIONS says that we are there and what we take',
    expect: '200; INVITE is allowed',
    run: async (t, bench) => {
      const call = await placeCall(t, bench)
      const answer = await call.ask('OPTIONS')
      return `${answer.status}; ${header(answer, 'allow')?.includes('INVITE') ? 'INVITE is allowed' : ''}`
    }
  },
  {
    says: 'what Callbox does not do is refused with what it does: REGISTER, MESSAGE',
    expect: '405 405; INVITE is allowed',
    run: async (t, bench) => {
      const call = await placeCall(t, bench)
      const register = await call.ask('REGISTER')
      const message = await call.ask('MESSAGE', { dialog: makeDialog() })
      const allow = header(register, 'allow') ?? ''
      return `${register.status} ${message.status}; ${allow.includes('INVITE') ? 'INVITE is allowed' : allow}`
    }
  },
  {
    says: 'an extension that is required and that nobody has is refused by name',
    expect: '420 unheard-of',
    run: async (t, bench) => {
      const call = await placeCall(t, bench)
      const answer = await call.invite({ headers: { Require: 'unheard-of' } })
      return `${answer.status} ${header(answer, 'unsupported')}`
    }
  },
  {
    says: 'a phone that calls itself pops nothing',
    expect: '480; ',
    run: async (t, bench) => {
      const call = await placeCall(t, bench)
      const self = '<sip:4001@switch.invalid>'
      const headers = { From: `${self};tag=${call.dialog.fromTag}`, To: self }
      await call.client.send(
        request({
          dialog: call.dialog,
          method: 'INVITE',
          uri: 'sip:4001@switch.invalid',
          headers,
          body: OFFER,
          via: call.via(call.branch)
        })
      )
      await call.answerTo('INVITE')
      return said(call)
    }
  },
  {
    says: 'while the gateway drains new calls go elsewhere',
    expect: '503 503; ',
    run: async (t, bench) => {
      const open = Promise.withResolvers<void>()
      bench.take(() => open.promise.then(() => 'durable'))
      const held = await placeCall(t, bench)
      await held.client.send(held.inviteText)
      await held.until('offered')
      const drained = bench.drain()
      const call = await placeCall(t, bench)
      const answer = await call.invite()
      const ping = await call.ask('OPTIONS', { dialog: makeDialog() })
      open.resolve()
      await held.answerTo('INVITE')
      await drained
      return `${answer.status} ${ping.status}; ${call.kinds}`
    }
  }
]

async function cancelled(call: SwitchCall): Promise<string> {
  await call.until('offered released')
  await until(() => (call.heard('INVITE').length === 2 && call.heard('CANCEL').length === 1 ? '' : 'not all answered'))
  const last = call.events.at(-1)
  return `${call.heard('INVITE').join(' ')}; ${call.heard('CANCEL').join(' ')}; ${last?.kind === 'released' ? last.cause : ''}`
}
