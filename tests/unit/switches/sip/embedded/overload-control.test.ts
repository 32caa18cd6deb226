import t from 'tap'
import { takesOverloadControl, withOverload } from '../../../../../src/switches/sip/embedded/overload-control.ts'
import { parseVia } from '../../../../../src/switches/sip/embedded/via.ts'

const BRANCH = 'SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK7'
const takes = (rest: string) => takesOverloadControl(parseVia(`${BRANCH}${rest}`)?.params ?? {})

t.test('a switch takes part when it says oc, and knows how to throttle by loss', async t => {
  for (const rest of [';oc', ';oc;oc-algo="loss"', ';oc;oc-algo="rate, loss"', ';OC;oc-algo=LOSS', ';oc=20'])
    t.ok(takes(rest), rest)
  for (const rest of ['', ';rport', ';oc;oc-algo="rate"', ';oc-algo="loss"', ';ocean']) t.notOk(takes(rest), rest)
})

t.test('what it hears: the share to keep back, for how long, and which word is the newer', async t => {
  const via = withOverload(`${BRANCH};oc;rport=5060;oc-algo="loss,rate";received=192.0.2.1`, 0.201, 1_772_539_200_007)
  t.equal(
    via,
    `${BRANCH};rport=5060;received=192.0.2.1;oc=21;oc-algo="loss";oc-validity=2000;oc-seq=1772539200.007`,
    'in the place of what it asked with'
  )
  t.match(parseVia(via)?.params, { branch: 'z9hG4bK7', oc: '21', 'oc-algo': 'loss', 'oc-validity': '2000' })
})

t.test('no overload: nothing to keep back, and no time to do it for', async t => {
  t.match(withOverload(`${BRANCH};oc`, 0, 1_000), /;branch=z9hG4bK7;oc=0;oc-algo="loss";oc-validity=0;oc-seq=1\.000$/)
  t.match(withOverload(`${BRANCH};oc`, 1.5, 0), /;oc=100;/, 'never more than all')
})
