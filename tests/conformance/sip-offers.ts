import type { Test } from 'tap'
import { header, OFFER } from '../support/sip-text.ts'
import { placeCall, type SipDriverBench } from '../support/switch-call.ts'
import { type Sentence, said } from './sip-sentence.ts'

async function offer(t: Test, bench: SipDriverBench, headers: Record<string, string>, body = OFFER) {
  const call = await placeCall(t, bench)
  const from = headers['From']?.replace('FROM', call.dialog.fromTag)
  const answer = await call.invite({ headers: from === undefined ? headers : { ...headers, From: from }, body })
  const [event] = call.events
  return { call, status: answer.status, offered: event?.kind === 'offered' ? event : undefined }
}

async function numberOf(t: Test, bench: SipDriverBench, headers: Record<string, string>): Promise<string> {
  const { status, offered } = await offer(t, bench, headers)
  return `${status}; ${offered?.cli.trust ?? ''} ${offered?.cli.network?.e164 ?? ''}`.trim()
}

/** What a switch may put into an INVITE. */
export const OFFERS: readonly Sentence[] = [
  {
    says: 'a 999 call is one event and a 200 whose media is inactive',
    expect: '200; offered; 999; inactive',
    run: async (t, bench) => {
      const call = await placeCall(t, bench)
      const up = await call.invite()
      const [event] = call.events
      const line = event?.kind === 'offered' ? event.line : ''
      return `${said(call)}; ${line}; ${up.body.includes('a=inactive') ? 'inactive' : up.body}`
    }
  },
  {
    says: 'a call to a number no trunk knows is taken all the same',
    expect: '200; offered',
    run: async (t, bench) => {
      const call = await placeCall(t, bench)
      await call.invite({
        uri: 'sip:01632960999@callbox.invalid',
        headers: { To: '<sip:01632960999@callbox.invalid>' }
      })
      return said(call)
    }
  },
  {
    says: 'the number the network asserts is shown, also where it is a tel: identity',
    expect: '200; asserted +447700900123',
    run: (t, bench) => numberOf(t, bench, { 'P-Asserted-Identity': '<tel:+447700900123>' })
  },
  {
    says: 'of two asserted identities of one caller the number is read once',
    expect: '200; asserted +447700900123',
    run: (t, bench) =>
      numberOf(t, bench, {
        'P-Asserted-Identity': '<tel:+447700900123>, "Kiosk" <sip:+447700900123@switch.invalid;user=phone>'
      })
  },
  {
    says: 'a caller who withholds their number is withheld on the screen, and the network number stays known',
    expect: '200; withheld +447700900123',
    run: (t, bench) =>
      numberOf(t, bench, {
        Privacy: 'id',
        'P-Asserted-Identity': '<sip:+447700900123@switch.invalid>',
        From: '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=FROM'
      })
  },
  {
    says: 'the place a mobile sends is in the event',
    expect: '200; with place',
    run: async (t, bench) => {
      const part = '<presence xmlns="urn:ietf:params:xml:ns:pidf"/>'
      const body = [
        ['--b', 'Content-Type: application/sdp', '', OFFER].join('\r\n'),
        ['--b', 'Content-Type: application/pidf+xml', '', part, '--b--', ''].join('\r\n')
      ].join('\r\n')
      const headers = { 'Content-Type': 'multipart/mixed;boundary=b' }
      const { status, offered } = await offer(t, bench, headers, body)
      return `${status}; ${offered?.locationDocument === part ? 'with place' : offered?.locationDocument}`
    }
  },
  {
    says: 'a name in the code page of an old exchange does not cost the call, and comes back as it was sent',
    expect: '200; Café; as sent',
    differs: {
      drachtio: { expect: '200; Caf\ufffd; as sent', why: 'its library reads bytes as UTF-8 before we see them' }
    },
    run: async (t, bench) => {
      const from = '"Caf\xe9" <sip:+447700900123@switch.invalid>;tag=FROM'
      const { call, status, offered } = await offer(t, bench, { From: from })
      const back = header(call.client.answers.at(-1), 'from') ?? ''
      return `${status}; ${offered?.cli.name}; ${back.includes('Caf\xe9') ? 'as sent' : back}`
    }
  },
  {
    says: 'a header written over two lines does not cost the call',
    expect: '200; offered',
    run: async (t, bench) => {
      const call = await placeCall(t, bench)
      const From = `<sip:+447700900123@switch.invalid>\r\n ;tag=${call.dialog.fromTag}`
      await call.invite({ headers: { From } })
      return said(call)
    }
  },
  {
    says: 'blanks too many in the first line do not cost the call',
    expect: '200; offered',
    run: async (t, bench) => {
      const call = await placeCall(t, bench)
      await call.client.send(call.inviteText.replace(/^INVITE /, 'INVITE  '))
      await call.answerTo('INVITE')
      return said(call)
    }
  },
  {
    says: 'a header line that is none does not cost the call',
    expect: '200; offered',
    differs: { drachtio: { expect: '400; ', why: 'the server refuses any line it cannot read' } },
    run: async (t, bench) => {
      const call = await placeCall(t, bench)
      await call.client.send(call.inviteText.replace('Max-Forwards', 'no header at all\r\nMax-Forwards'))
      await call.answerTo('INVITE')
      return said(call)
    }
  },
  {
    says: 'an asserted name whose quote is never closed does not cost the call',
    expect: '200; asserted +447700900123',
    differs: { drachtio: { expect: '400;', why: 'the server refuses it, though border controllers send it' } },
    run: (t, bench) => numberOf(t, bench, { 'P-Asserted-Identity': '"Kiosk at the <sip:+447700900123@switch.invalid>' })
  },
  {
    says: 'a body of 50 KB in lines of usual length is taken',
    expect: '200; offered',
    run: async (t, bench) => {
      const call = await placeCall(t, bench)
      await call.invite({ body: `${OFFER}${`a=x-note:${'n'.repeat(70)}\r\n`.repeat(620)}` })
      return said(call)
    }
  },
  {
    says: 'a body with one line of 9 KB is taken',
    expect: '200; offered',
    differs: { drachtio: { expect: '400; ', why: 'the server takes a line over 8,192 bytes for a message cut off' } },
    run: async (t, bench) => {
      const call = await placeCall(t, bench)
      await call.invite({ body: `${OFFER}a=x-note:${'n'.repeat(9_000)}\r\n` })
      return said(call)
    }
  },
  {
    says: 'an ISUP body with a zero byte in it is taken',
    expect: '200; offered',
    differs: { drachtio: { expect: '400; ', why: 'the server takes a zero byte for the end of the message' } },
    run: async (t, bench) => {
      const call = await placeCall(t, bench)
      const isup = ['--b', 'Content-Type: application/isup', '', '\x01\x00\x49\x00\x00', '--b--', ''].join('\r\n')
      const body = `${['--b', 'Content-Type: application/sdp', '', OFFER].join('\r\n')}\r\n${isup}`
      await call.invite({ headers: { 'Content-Type': 'multipart/mixed;boundary=b' }, body })
      return said(call)
    }
  }
]
