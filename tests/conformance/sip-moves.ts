import type { Test } from 'tap'
import { header, toTagOf } from '../support/sip-text.ts'
import { ASKING_PEER, placeCall, RING_PEER, type SipDriverBench } from '../support/switch-call.ts'
import { until } from '../support/until.ts'
import { type Sentence, said } from './sip-sentence.ts'

const TO_101 = { uri: 'sip:101@callbox.invalid', headers: { To: '<sip:101@callbox.invalid>' } }

/** Calls that are moved, sent on, taken over or recorded. */
export const MOVES: readonly Sentence[] = [
  {
    says: 'a switch that asks where a call should go is sent to the desk, and to its queue after it',
    expect: '302; <sip:4001@192.0.2.9>;q=1 <sip:queue@192.0.2.9>;q=0.5; offered alerting released',
    run: async (t, bench) => {
      bench.choose(async () => '4001')
      return askedFor(t, bench)
    }
  },
  {
    says: 'a choice that comes too late is not waited for',
    expect: '302; <sip:queue@192.0.2.9>; offered released',
    run: async (t, bench) => {
      bench.choose(() => new Promise(() => {}))
      return askedFor(t, bench)
    }
  },
  {
    says: 'REFER says that the call moved to a desk, and is reported done',
    expect: '202; NOTIFY terminated; offered transferred alerting 4002',
    run: async (t, bench) => {
      const call = await placeCall(t, bench)
      await call.open({ headers: { Contact: `<sip:switch@${call.client.address}:${call.client.port}>` } })
      const refer = await call.ask('REFER', { headers: { 'Refer-To': '<sip:4002@switch.invalid>' } })
      await call.until('offered transferred alerting')
      const state = await call.asked('NOTIFY', 'subscription-state')
      return `${refer.status}; NOTIFY ${state.split(';')[0]}; ${call.kinds} ${call.events.at(-1)?.device}`
    }
  },
  {
    says: 'who else is on the call is told by the INVITE, and who comes and goes by what follows',
    expect: '200; offered operator joined, ambulance joined, operator left',
    run: async (t, bench) => {
      const call = await placeCall(t, bench)
      await call.open({ headers: { 'X-Party': 'operator' } })
      const info = await call.ask('INFO', { headers: { 'X-Party': 'ambulance, operator;state=left' } })
      await call.until('offered party-joined party-joined party-left')
      const parties = call.events.flatMap(event =>
        event.kind === 'party-joined' || event.kind === 'party-left'
          ? [`${event.role} ${event.kind.slice('party-'.length)}`]
          : []
      )
      return `${info.status}; offered ${parties.join(', ')}`
    }
  },
  {
    says: 'a leg that takes the place of another ends it, and the switch is told',
    expect: '200; offered released; BYE',
    run: async (t, bench) => {
      const old = await placeCall(t, bench)
      await old.open({ headers: { Contact: `<sip:switch@${old.client.address}:${old.client.port}>` } })
      const { callId, fromTag, toTag } = old.dialog
      const call = await placeCall(t, bench)
      const replaces = `${callId};to-tag=${toTag};from-tag=${fromTag}`
      const up = await call.invite({ headers: { Replaces: replaces } })
      await old.until('offered released')
      await old.asked('BYE', 'call-id')
      return `${up.status}; ${old.kinds}; BYE`
    }
  },
  {
    says: 'a switch that insists on it gets a ringing it can acknowledge',
    expect: '180 100rel; 200; 487',
    run: async (t, bench) => {
      const call = await placeCall(t, bench, RING_PEER)
      const ringing = await call.invite({ headers: { Require: '100rel', Supported: '100rel' } })
      call.dialog = { ...call.dialog, toTag: toTagOf(ringing) }
      const rseq = header(ringing, 'rseq')
      const prack = await call.ask('PRACK', { headers: { RAck: `${rseq} 1 INVITE` } })
      call.dialog = { ...call.dialog, toTag: '' }
      await call.send('CANCEL', { headers: { To: '<sip:999@callbox.invalid>' } })
      await until(() => (call.heard('INVITE').includes(487) ? '' : 'not ended'))
      return `${ringing.status} ${header(ringing, 'require')}; ${prack.status}; ${call.heard('INVITE').at(-1)}`
    }
  },
  {
    says: 'a recorder is told that we are one who takes recordings',
    expect: '200; +sip.srs',
    run: async (t, bench) => {
      const call = await placeCall(t, bench)
      const contact = `<sip:src@${call.client.address}:${call.client.port}>;+sip.src`
      const up = await call.invite({ headers: { Contact: contact, Require: 'siprec' } })
      return `${up.status}; ${header(up, 'contact')?.includes('+sip.srs') ? '+sip.srs' : header(up, 'contact')}`
    }
  },
  {
    says: 'an INFO of a package nobody knows is refused as such',
    expect: '469; offered',
    run: async (t, bench) => {
      const call = await placeCall(t, bench)
      await call.open()
      const info = await call.ask('INFO', { headers: { 'Info-Package': 'unheard-of' } })
      return `${info.status}; ${call.kinds}`
    }
  },
  {
    says: 'a session too short to keep alive is refused with the shortest there may be',
    expect: '422 90; offered',
    run: async (t, bench) => {
      const call = await placeCall(t, bench)
      const headers = { 'Session-Expires': '30;refresher=uac', Supported: 'timer' }
      const answer = await call.invite({ headers })
      return `${answer.status} ${header(answer, 'min-se')}; ${call.kinds}`
    }
  },
  {
    says: 'a session the switch refreshes gets its timer',
    expect: '200 1800;refresher=uac; offered',
    run: async (t, bench) => {
      const call = await placeCall(t, bench)
      const answer = await call.invite({ headers: { 'Session-Expires': '1800;refresher=uac', Supported: 'timer' } })
      return `${answer.status} ${header(answer, 'session-expires')}; ${call.kinds}`
    }
  }
]

async function askedFor(t: Test, bench: SipDriverBench): Promise<string> {
  const call = await placeCall(t, bench, ASKING_PEER)
  const answer = await call.invite(TO_101)
  await until(() => (call.kinds.endsWith('released') ? '' : call.kinds))
  const contacts = (answer.headers.get('contact') ?? []).flatMap(each => each.split(/,\s*/))
  return `${said(call).split(';')[0]}; ${contacts.join(' ')}; ${call.kinds}`
}
