import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test as TapTest } from 'tap'
import { sharedData } from '../../../support/shared-data.ts'
import { makeBench } from '../../../support/sip-bench.ts'

/*
 * What each message must get from a gateway that takes calls and is no registrar and no proxy. Where RFC 4475 leaves
 * a choice, ours is named and the reason is beside it. 0: no answer.
 */
const RFC4475: Readonly<Record<string, number>> = {
  // §3.1.1: valid, however odd.
  'wsinv.dat': 481, // names a dialog by its To-tag that nobody has
  'intmeth.dat': 405,
  'esc01.dat': 200,
  'escnull.dat': 405, // REGISTER: we are no registrar
  'esc02.dat': 405,
  'lwsdisp.dat': 200,
  'longreq.dat': 200,
  'dblreq.dat': 405, // REGISTER; what follows its body is not read
  'semiuri.dat': 200,
  'transports.dat': 200,
  'mpart01.dat': 405, // MESSAGE
  'unreason.dat': 0, // a response to nothing we sent
  'noreason.dat': 0,
  // §3.1.2: invalid.
  'badinv01.dat': 400,
  'clerr.dat': 400,
  'ncl.dat': 400,
  'scalar02.dat': 400,
  'scalarlg.dat': 0, // a response
  'quotbal.dat': 400,
  'ltgtruri.dat': 400,
  'lwsruri.dat': 400,
  'lwsstart.dat': 200, // "may": the spaces are unambiguous, and a caller is behind them
  'trws.dat': 200, // likewise
  'escruri.dat': 200, // headers in the Request-URI are ignored
  'baddate.dat': 200, // we have no use for Date
  'regbadct.dat': 405,
  'badaspec.dat': 200, // spaces inside <>: unambiguous
  'baddn.dat': 200, // a comma in an unquoted name: unambiguous in From and To, which hold one value
  'badvers.dat': 505,
  'mismatch01.dat': 400,
  'mismatch02.dat': 400,
  'bigcode.dat': 0, // a response
  // §3.2, §3.3, §3.4
  'badbranch.dat': 200,
  'insuf.dat': 400,
  'unkscm.dat': 416,
  'novelsc.dat': 416,
  'unksm2.dat': 405,
  'bext01.dat': 420,
  'invut.dat': 415,
  'regaut01.dat': 405,
  'multi01.dat': 400,
  'mcl01.dat': 400,
  'bcast.dat': 0, // a response
  'zeromf.dat': 483,
  'cparam01.dat': 405,
  'cparam02.dat': 405,
  'regescrt.dat': 405,
  'sdp01.dat': 406,
  'inv2543.dat': 200
}

const RFC5118: Readonly<Record<string, number>> = {
  'ipv6-good.dat': 405, // REGISTER
  'ipv6-bad.dat': 400, // an address without its brackets
  'port-ambiguous.dat': 405,
  'port-unambiguous.dat': 405,
  'via-received-param-with-delim.dat': 481,
  'via-received-param-no-delim.dat': 200,
  'ipv6-in-sdp.dat': 400, // its Content-Length is longer than its datagram, on purpose (RFC 3261 §18.3)
  'mult-ip-in-sdp.dat': 200,
  'mult-ip-in-header.dat': 481,
  'ipv4-mapped-ipv6.dat': 200,
  'ipv6-bug-abnf-3-colons.dat': 200, // liberal in what it takes, as §4.10 allows
  'ipv6-correct-abnf-2-colons.dat': 200
}

async function torture(t: TapTest, folder: string, expected: Readonly<Record<string, number>>) {
  const path = sharedData(folder)
  if (path === undefined) {
    t.comment('skipped: no ../shared/data')
    t.pass()
    return
  }
  const files = readdirSync(path).filter(name => name.endsWith('.dat'))
  t.same(files.sort(), Object.keys(expected).sort(), 'every file has its answer in the table')
  for (const file of files) {
    await t.test(file, async t => {
      const bench = makeBench(t)
      const answers = await bench.say(readFileSync(join(path, file)))
      t.equal(answers[0]?.status ?? 0, expected[file])
      t.equal(answers.length, expected[file] === 0 ? 0 : 1, 'one answer at most')
      t.equal(await bench.faults(), 0, 'nothing thrown')
    })
  }
}

t.test('each of the 49 torture messages of RFC 4475 gets its answer or silence', t =>
  torture(t, 'sip-rfc4475', RFC4475)
)

t.test('each IPv6 torture message of RFC 5118 gets its answer', t => torture(t, 'sip-rfc5118', RFC5118))
