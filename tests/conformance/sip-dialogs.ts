import type { Test } from 'tap'
import { header, makeDialog, OFFER, toTagOf } from '../support/sip-text.ts'
import { afterAnother, placeCall, type SipDriverBench, STRANGER } from '../support/switch-call.ts'
import { until } from '../support/until.ts'
import { type Sentence, said } from './sip-sentence.ts'

const HELD = OFFER.replace('a=rtpmap', 'a=sendonly\r\na=rtpmap')

/** From an INVITE to the end of its dialog. */
export const DIALOGS: readonly Sentence[] = [
  {
    says: 'a body shorter than its Content-Length is refused',
    expect: '400; ',
    run: async (t, bench) => {
      const call = await placeCall(t, bench)
      await call.invite({ headers: { 'Content-Length': '900' } })
      return said(call)
    }
  },
  {
    says: 'bytes after the body are nobody’s',
    expect: '200; offered',
    run: async (t, bench) => {
      const call = await placeCall(t, bench)
      await call.client.send(`${call.inviteText}INVITE sip:999@callbox.invalid SIP/2.0\r\n`)
      await call.answerTo('INVITE')
      return said(call)
    }
  },
  {
    says: 'who is of no trunk hears nothing and nothing pops',
    expect: 'silence; no event',
    differs: {
      drachtio: { expect: '100; no event', why: 'the server says 100 to every INVITE before it asks us' }
    },
    run: async (t, bench) => {
      const call = await placeCall(t, bench, STRANGER)
      await call.client.send(call.inviteText)
      await call.send('OPTIONS', { dialog: makeDialog() })
      await afterAnother(t, bench)
      const heard = call.client.answers.map(answer => answer.status).join(' ')
      return `${heard === '' ? 'silence' : heard}; ${call.kinds === '' ? 'no event' : call.kinds}`
    }
  },
  {
    says: 'an INVITE sent again while the record is slow, and after it, is one call',
    expect: '200 200; offered',
    run: async (t, bench) => {
      const slow = Promise.withResolvers<void>()
      bench.take(() => slow.promise.then(() => 'durable'))
      const call = await placeCall(t, bench)
      await call.client.send(call.inviteText)
      await call.until('offered')
      await call.client.send(call.inviteText)
      await afterAnother(t, bench)
      slow.resolve()
      const up = await call.answerTo('INVITE')
      await call.client.send(call.inviteText)
      await call.answerTo('INVITE')
      call.dialog = { ...call.dialog, toTag: toTagOf(up) }
      await call.send('ACK')
      return said(call)
    }
  },
  {
    says: 'an INVITE that another gateway has answered meanwhile is left to it, and taken when it comes again',
    expect: 'silence, then 200; offered offered',
    differs: {
      drachtio: {
        expect: '482, then 482; offered',
        why: 'the server has said 100 and waits for an answer; it repeats that to whoever sends the same again'
      }
    },
    run: async (t, bench) => {
      const call = await placeCall(t, bench)
      bench.take(async event => (event.switchCallId === call.switchCallId ? 'elsewhere' : 'durable'))
      await call.client.send(call.inviteText)
      await call.until('offered')
      await afterAnother(t, bench)
      const first = call.heard('INVITE').join(' ')
      bench.take(async () => 'durable')
      await call.client.send(call.inviteText)
      await until(() => (call.heard('INVITE').length > (first === '' ? 0 : 1) ? '' : 'no answer yet'))
      return `${first === '' ? 'silence' : first}, then ${call.heard('INVITE').at(-1)}; ${call.kinds}`
    }
  },
  {
    says: 'a 999 call the record cannot take goes back to the switch with 500, to be tried at once elsewhere',
    expect: '500 without Retry-After',
    run: (t, bench) => refusedAs(t, bench, '999')
  },
  {
    says: 'a 101 call the record cannot take gets 503 and Retry-After',
    expect: '503 with Retry-After',
    run: (t, bench) => refusedAs(t, bench, '101')
  },
  {
    says: 'a caller who hangs up while the record is slow is heard, and never answered',
    expect: '487; offered released',
    run: async (t, bench) => {
      const slow = Promise.withResolvers<void>()
      bench.take(event => (event.kind === 'offered' ? slow.promise.then(() => 'durable') : Promise.resolve('durable')))
      const call = await placeCall(t, bench)
      await call.client.send(call.inviteText)
      await call.until('offered')
      await call.send('CANCEL')
      await call.until('offered released')
      slow.resolve()
      await afterAnother(t, bench)
      await until(() => (call.heard('INVITE').length > 0 ? '' : 'no answer'))
      return said(call)
    }
  },
  {
    says: 'BYE straight after ACK ends the call on the board, fifty times of fifty',
    expect: '50 of 50 ended',
    run: async (t, bench) => {
      const calls = await Promise.all(Array.from({ length: 50 }, () => placeCall(t, bench)))
      for (const call of calls) {
        await call.open()
        await call.send('BYE')
      }
      const ended = () => calls.filter(call => call.kinds === 'offered released').length
      await until(() => (ended() === 50 ? '' : `${ended()} ended`), 5_000).catch(() => {})
      return `${ended()} of 50 ended`
    }
  },
  {
    says: 'hold and retrieve by re-INVITE are seen',
    expect: '200 200 200; offered held retrieved',
    run: async (t, bench) => {
      const call = await placeCall(t, bench)
      await call.open()
      await call.ask('INVITE', { body: HELD })
      await call.send('ACK', { cseq: 2 })
      await call.ask('INVITE', { body: OFFER.replace('o=switch 1 1', 'o=switch 1 3') })
      await call.send('ACK', { cseq: 3 })
      await call.until('offered held retrieved')
      return said(call)
    }
  },
  {
    says: 'a re-INVITE without an offer gets our offer',
    expect: '200 with media',
    run: async (t, bench) => {
      const call = await placeCall(t, bench)
      await call.open()
      const again = await call.ask('INVITE', { body: '' })
      return `${again.status} ${again.body.includes('m=audio') ? 'with media' : 'without'}`
    }
  },
  {
    says: 'INFO and UPDATE name the desk where it rings',
    expect: '200 200; offered 4001 4002',
    run: async (t, bench) => {
      const call = await placeCall(t, bench)
      await call.open()
      const info = await call.ask('INFO', { headers: { 'X-Device': '4001' } })
      const update = await call.ask('UPDATE', { headers: { 'X-Device': '4002' } })
      await call.until('offered alerting alerting')
      const devices = call.events.slice(1).map(event => event.device)
      return `${info.status} ${update.status}; offered ${devices.join(' ')}`
    }
  },
  {
    says: 'UPDATE with an offer is answered with one of ours',
    expect: '200 with media; offered held',
    run: async (t, bench) => {
      const call = await placeCall(t, bench)
      await call.open()
      const update = await call.ask('UPDATE', { body: HELD })
      await call.until('offered held')
      return `${update.status} ${update.body.includes('a=inactive') ? 'with media' : 'without'}; ${call.kinds}`
    }
  }
]

async function refusedAs(t: Test, bench: SipDriverBench, number: string): Promise<string> {
  bench.take(async () => 'refused')
  const call = await placeCall(t, bench)
  const to = `<sip:${number}@callbox.invalid>`
  const answer = await call.invite({ uri: `sip:${number}@callbox.invalid`, headers: { To: to } })
  return `${answer.status} ${header(answer, 'retry-after') === undefined ? 'without' : 'with'} Retry-After`
}
