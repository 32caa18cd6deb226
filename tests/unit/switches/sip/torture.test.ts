import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test as TapTest } from 'tap'
import { sharedData } from '../../../support/shared-data.ts'
import { makeBench } from '../../../support/sip-bench.ts'
import { withTrueLength } from '../../../support/sip-mutants.ts'

/*
 * What each message must get from a gateway that takes calls and is no registrar and no proxy, beside what its RFC asks
 * of whoever receives it. 0: no answer. An excuse is a sentence where we do not do what the RFC asks.
 */
type Row = readonly [status: number, asked: string, excuse?: string]
type Table = Readonly<Record<string, Row>>

const METHOD = 'well-formed; a method we do not have: 405'
const DISCARDED = 'a response to nothing we sent: dropped'
const LENIENT = 'may be refused, or taken where its meaning is plain'

const RFC4475: Table = {
  // §3.1.1: valid, however odd.
  'wsinv.dat': [481, 'well-formed; its To-tag names a dialog nobody has'],
  'intmeth.dat': [405, METHOD],
  'esc01.dat': [200, 'well-formed: taken'],
  'escnull.dat': [405, METHOD],
  'esc02.dat': [405, METHOD],
  'lwsdisp.dat': [200, 'well-formed: taken'],
  'longreq.dat': [200, 'well-formed: taken'],
  'dblreq.dat': [405, 'REGISTER, and bytes behind its body that are not read'],
  'semiuri.dat': [200, 'well-formed: taken'],
  'transports.dat': [200, 'well-formed: taken'],
  'mpart01.dat': [405, METHOD],
  'unreason.dat': [0, DISCARDED],
  'noreason.dat': [0, DISCARDED],
  // §3.1.2: invalid.
  'badinv01.dat': [400, 'empty parameters and values: refused'],
  'clerr.dat': [400, 'Content-Length beyond its end: refused'],
  'ncl.dat': [400, 'negative Content-Length: refused'],
  'scalar02.dat': [400, 'numbers beyond their range: refused'],
  'scalarlg.dat': [0, 'a response with numbers beyond their range: dropped'],
  'quotbal.dat': [400, 'a quote that does not end: refused'],
  'ltgtruri.dat': [400, 'brackets round the Request-URI: refused'],
  'lwsruri.dat': [400, 'spaces inside the Request-URI: refused'],
  'lwsstart.dat': [200, LENIENT],
  'trws.dat': [200, LENIENT],
  'escruri.dat': [200, 'headers in the Request-URI: may be refused, or ignored'],
  'baddate.dat': [200, 'a Date we have no use for: may be refused, or ignored'],
  'regbadct.dat': [405, 'REGISTER with an ambiguous Contact: refused'],
  'badaspec.dat': [200, LENIENT],
  'baddn.dat': [200, LENIENT],
  'badvers.dat': [505, 'not SIP/2.0: 505'],
  'mismatch01.dat': [400, 'CSeq of another method: refused'],
  'mismatch02.dat': [400, 'CSeq of another, unknown method: refused'],
  'bigcode.dat': [0, 'a response of status 4294967301: dropped'],
  // §3.2, §3.3, §3.4
  'badbranch.dat': [200, 'nothing behind the branch’s cookie: taken as from before RFC 3261'],
  'insuf.dat': [400, 'no Call-ID, From and To: refused'],
  'unkscm.dat': [416, 'a scheme nobody knows: 416'],
  'novelsc.dat': [416, 'a scheme that is no address of ours: 416'],
  'unksm2.dat': [405, 'REGISTER with schemes nobody knows: refused'],
  'bext01.dat': [420, 'requires what nobody has: 420'],
  'invut.dat': [415, 'a body nobody can read: 415'],
  'regaut01.dat': [405, 'REGISTER with credentials of an unknown kind: refused'],
  'multi01.dat': [400, 'single headers twice: refused'],
  'mcl01.dat': [400, 'two Content-Lengths: refused'],
  'bcast.dat': [0, 'a response to another’s broadcast address: dropped'],
  'zeromf.dat': [483, 'no hops left: 483'],
  'cparam01.dat': [405, METHOD],
  'cparam02.dat': [405, METHOD],
  'regescrt.dat': [405, METHOD],
  'sdp01.dat': [406, 'an INVITE that accepts no SDP: 406'],
  'inv2543.dat': [200, 'from before RFC 3261: taken']
}

const RFC5118: Table = {
  'ipv6-good.dat': [405, METHOD],
  'ipv6-bad.dat': [400, 'an address without its brackets: refused'],
  'port-ambiguous.dat': [405, METHOD],
  'port-unambiguous.dat': [405, METHOD],
  'via-received-param-with-delim.dat': [481, 'BYE, well-formed, of a dialog nobody has'],
  'via-received-param-no-delim.dat': [200, 'well-formed: taken'],
  'ipv6-in-sdp.dat': [
    400,
    'well-formed: taken',
    'the archive’s copy says 17 bytes more than it has; with its true length it is taken'
  ],
  'mult-ip-in-sdp.dat': [200, 'well-formed: taken'],
  'mult-ip-in-header.dat': [481, 'BYE, well-formed, of a dialog nobody has'],
  'ipv4-mapped-ipv6.dat': [200, 'well-formed: taken'],
  'ipv6-bug-abnf-3-colons.dat': [200, LENIENT],
  'ipv6-correct-abnf-2-colons.dat': [200, 'well-formed: taken']
}

const MOST_EXCUSED = 2

async function gives(t: TapTest, bytes: Buffer): Promise<number> {
  const bench = makeBench(t)
  const answers = await bench.say(bytes)
  t.equal(await bench.faults(), 0, 'nothing thrown')
  t.ok(answers.length <= 1, 'one answer at most')
  return answers[0]?.status ?? 0
}

async function torture(t: TapTest, folder: string, table: Table): Promise<void> {
  const path = sharedData(folder)
  if (path === undefined) {
    t.comment(`skipped: ${folder} is not beside the project`)
    t.pass()
    return
  }
  const rfc = folder.replace('sip-rfc', 'RFC ')
  const files = readdirSync(path).filter(name => name.endsWith('.dat'))
  t.same(files.sort(), Object.keys(table).sort(), 'every file has its answer in the table')
  t.comment(`figure: ${rfc} | message | asked for | expected | got | judged`)
  for (const [file, [status, asked, excuse]] of Object.entries(table)) {
    await t.test(file, async sub => {
      const got = await gives(sub, readFileSync(join(path, file)))
      sub.equal(got, status)
      const verdict = got !== status ? 'WRONG' : excuse === undefined ? 'ok' : `excused: ${excuse}`
      const words = (each: number) => (each === 0 ? 'silence' : each)
      t.comment(
        `figure: ${rfc} | ${file.replace('.dat', '')} | ${asked} | ${words(status)} | ${words(got)} | ${verdict}`
      )
    })
  }
}

t.test('each of the 49 torture messages of RFC 4475 gets its answer or silence', t =>
  torture(t, 'sip-rfc4475', RFC4475)
)

t.test('each IPv6 torture message of RFC 5118 gets its answer', t => torture(t, 'sip-rfc5118', RFC5118))

t.test('at most two of them are excused, and the one whose length is wrong is taken once it is right', async t => {
  const excused = [...Object.values(RFC4475), ...Object.values(RFC5118)].filter(([, , excuse]) => excuse !== undefined)
  t.ok(excused.length <= MOST_EXCUSED, `${excused.length} excused`)
  const path = sharedData('sip-rfc5118')
  if (path === undefined) return
  const text = readFileSync(join(path, 'ipv6-in-sdp.dat'), 'latin1')
  t.equal(await gives(t, Buffer.from(withTrueLength(text), 'latin1')), 200)
})
